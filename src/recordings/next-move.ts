/** What becomes of a recording after a look at it. Pure. */
import { isComplete, type Look } from "./sound/sound-file.ts";
import type { Gone, LookAnswer } from "./sound/work.ts";
import type { RecordingRow } from "./schema.ts";

export type Move =
  | { readonly move: "look-again"; readonly afterMs: number }
  | { readonly move: "convert"; readonly path: string; readonly bytes: number }
  | {
      readonly move: "end";
      readonly state: "original" | "missing" | "useless";
      readonly source?: string;
      readonly reason: string;
    };

export type Circumstances = {
  readonly now: number;
  /** On a clock that does not jump. */
  readonly seenAt: number;
  /** The first of the looks that all saw the same. */
  readonly firstLook: Look | undefined;
  /** How long after its call a file is waited for. */
  readonly waitMs: number;
  readonly isConverterOff: boolean;
  readonly isVoiceMessage: boolean;
};

/** While a file is written. */
const GROWING_MS = 2_000;
/** While the volume does not answer. */
const HANGING_MS = 30_000;
const MOST_BETWEEN_MS = 60_000;

export function nextMove(
  row: Pick<RecordingRow, "callStartedAt" | "callEndedAt">,
  answer: LookAnswer | Gone,
  circumstances: Circumstances,
): Move {
  const { now, seenAt, firstLook, waitMs } = circumstances;
  const age = now - row.callEndedAt;
  const isOver = age > waitMs;
  switch (answer.kind) {
    case "gone":
      return { move: "look-again", afterMs: HANGING_MS };
    case "absent":
      // Of a volume that is not mounted nothing can be said.
      if (!answer.isFolderThere) return { move: "look-again", afterMs: HANGING_MS };
      return isOver ? missing("the file never came") : again(age);
    case "refused":
      return isOver ? missing(answer.reason) : again(age);
    case "found": {
      const seen: Look = { bytes: answer.bytes, changedAt: answer.changedAt, seenAt };
      if (!isComplete(seen, firstLook, answer.extent) && !isOver)
        return { move: "look-again", afterMs: GROWING_MS };
      const source = answer.path;
      if (circumstances.isVoiceMessage && !isOfThisCall(row, answer.changedAt))
        return missing("another message has taken its place");
      const { sound } = answer;
      if (sound.kind === "useless")
        return { move: "end", state: "useless", source, reason: sound.reason };
      if (sound.kind === "playable")
        return { move: "end", state: "original", source, reason: "it plays as it is" };
      if (circumstances.isConverterOff)
        return { move: "end", state: "original", source, reason: "recordings.converter is off" };
      return { move: "convert", path: answer.path, bytes: answer.bytes };
    }
  }
}

const missing = (reason: string): Move => ({ move: "end", state: "missing", reason });

/** Often at first: most files are there at once. */
const again = (age: number): Move => ({
  move: "look-again",
  afterMs: Math.min(Math.max(age / 2, 1_000), MOST_BETWEEN_MS),
});

const SLACK_MS = 10 * 60_000;

/** Voicemail numbers its messages anew when one is deleted. */
const isOfThisCall = (
  { callStartedAt, callEndedAt }: Pick<RecordingRow, "callStartedAt" | "callEndedAt">,
  changedAt: number,
): boolean => changedAt >= callStartedAt - SLACK_MS && changedAt <= callEndedAt + SLACK_MS;
