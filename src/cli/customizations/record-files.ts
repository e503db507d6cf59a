/**
 * The customization process_record_file_path: where each file of a call is, before the call is
 * registered, since the link on its card comes from it. Exports `withRecordFiles`.
 */
import type { FinishedCall } from "../../calls/finished-call.ts";
import type { HookName } from "../../customization/contract/hooks.ts";
import type { JsonObject, RunResult } from "../../customization/run-result.ts";
import { recordingsOf } from "../../recordings/call-recordings.ts";
import type { Decision } from "../../registration/plan.ts";

export type RecordFilesDeps = {
  readonly run: (name: HookName, input: JsonObject) => Promise<RunResult>;
  readonly isVoiceMessage: (path: string) => boolean;
};

export type RecordFiles = { readonly call: FinishedCall; readonly decisions: readonly Decision[] };

const HOOK = "process_record_file_path";

/**
 * Asks for all files of a call at once. A file that the script cancels is none of the call's any more.
 * @param callFull of the call as the exchange told it
 * @returns undefined: the daemon stops
 */
export async function withRecordFiles(
  call: FinishedCall,
  callFull: JsonObject,
  { run, isVoiceMessage }: RecordFilesDeps,
): Promise<RecordFiles | undefined> {
  const paths = recordingsOf(call, isVoiceMessage).flatMap(({ path, parts }) => parts ?? [path]);
  const answers = await Promise.all(
    paths.map((path) =>
      run(HOOK, {
        call_full: callFull,
        conversation: partOf(call, path, callFull),
        file_path: path,
      }),
    ),
  );
  if (answers.some(({ kind }) => kind === "stopped")) return undefined;
  const becomes = new Map(paths.map((path, index) => [path, pathIn(answers[index], path)]));
  return {
    call: withPaths(call, becomes),
    decisions: answers.flatMap((answer) => decisionOf(answer)),
  };
}

/** As it stands in call_full; null: the call's own file. */
function partOf(call: FinishedCall, path: string, callFull: JsonObject): unknown {
  const index = call.conversations.findIndex(
    ({ recording, recordingParts = [] }) => recording === path || recordingParts.includes(path),
  );
  const parts = Object.values((callFull["conversations"] ?? {}) as JsonObject);
  return index < 0 ? null : (parts[index] ?? null);
}

/** @returns undefined: cancelled */
function pathIn(answer: RunResult | undefined, path: string): string | undefined {
  if (answer?.kind === "cancelled") return undefined;
  return answer?.kind === "answered" ? String(answer.data["file_path"]) : path;
}

function withPaths(
  call: FinishedCall,
  becomes: ReadonlyMap<string, string | undefined>,
): FinishedCall {
  const now = (path: string): string | undefined => (becomes.has(path) ? becomes.get(path) : path);
  return {
    ...call,
    conversations: call.conversations.map(({ recordingParts, ...part }) => ({
      ...part,
      recording: part.recording === undefined ? undefined : now(part.recording),
      ...(recordingParts === undefined
        ? {}
        : { recordingParts: recordingParts.map(now).filter((path) => path !== undefined) }),
    })),
    recordings: call.recordings.map(now).filter((path) => path !== undefined),
  };
}

function decisionOf(answer: RunResult): readonly Decision[] {
  if (answer.kind === "cancelled")
    return [{ decided: "leave a recording out", because: `customization ${HOOK} says so` }];
  if (answer.kind !== "failed") return [];
  const because = `customization ${HOOK} failed: ${answer.reason}`;
  return [{ decided: "go on as without the script", because }];
}
