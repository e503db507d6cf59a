/** All that is known of one accepted call, for the page: what `calls show` tells, with lanes and links. */
import { recordingsOf as filesOf } from "../../recordings/call-recordings.ts";
import { recordingId } from "../../recordings/link.ts";
import type {
  CallAnswer,
  CallRecording,
  DecisionLine,
  RecordingState,
  StepStory,
} from "../../http/admin/contract.ts";
import type { Card, KommoResult, KommoStep } from "../../kommo/step.ts";
import { encodeStep, methodOf, pathOf } from "../../kommo/step-wire.ts";
import type { Redactor } from "../../lib/redact.ts";
import { parseToldStep, stepsOf, type ToldStep } from "../../outbox/story.ts";
import { sql, type Store } from "../../store/store.ts";
import { findCall, type KeptCall } from "../calls/kept-calls.ts";
import { cardLink } from "../calls/story-text.ts";
import { rowOf } from "./find-calls.ts";
import { lanesOf, transfersOf } from "./lanes.ts";

export type StoryDeps = {
  readonly store: Pick<Store, "read">;
  readonly nameOf: (extension: string) => string | null;
  readonly userName: (user: number) => string | undefined;
  /** "https://acme.kommo.com" */
  readonly accountUrl: string;
  /** Takes secrets out of what is shown. */
  readonly redactor: Redactor;
  readonly voicemailPath: string;
};

/** @returns undefined: there is no such call */
export async function callStory(id: string, deps: StoryDeps): Promise<CallAnswer | undefined> {
  const found = await findCall(deps.store, id);
  if (found.kind !== "one") return undefined;
  const { kept } = found;
  const { call } = kept;
  const steps = (await deps.store.read(stepsOf(kept.id))).map(parseToldStep);
  return {
    call: {
      ...(await rowOf(kept, deps)),
      ...{ trunk: call.trunk ?? null, queue: call.queue ?? null, isEndKnown: call.isEndKnown },
      mergedIds: call.mergedLinkedIds ?? [],
      answeredBy:
        call.answeredBy === undefined
          ? null
          : { extension: call.answeredBy, name: deps.nameOf(call.answeredBy) },
      acceptedAt: kept.acceptedAt,
    },
    lanes: lanesOf(call, deps.nameOf),
    transfers: transfersOf(call),
    stages: call.stages.map(({ stage, extension, at }) => ({
      ...{ stage, at },
      extension: extension ?? null,
    })),
    recordings: await recordingsOf(kept, deps),
    decisions: kept.decisions.map((decision) => withNames(decision, deps)),
    steps: steps.map((step) => stepStory(step, deps)),
  };
}

const STATES: Readonly<Record<string, RecordingState>> = {
  ...{ waiting: "waiting", ready: "ready", original: "ready" },
  ...{ missing: "missing", useless: "missing", removed: "removed" },
};

async function recordingsOf(
  { id, call }: KeptCall,
  { store, voicemailPath }: StoryDeps,
): Promise<CallRecording[]> {
  const isVoiceMessage = (path: string): boolean => path.startsWith(voicemailPath);
  const rows = await store.read(sql("SELECT id, state FROM recording WHERE call_id = ?", id));
  const states = new Map(rows.map((row) => [String(row["id"]), String(row["state"])]));
  return filesOf(call, isVoiceMessage).map(({ path, extension }) => {
    const key = recordingId(id, path);
    const part = call.conversations.find(({ recording }) => recording === path);
    const from = part?.acceptedAt ?? part?.requestedAt ?? call.startedAt;
    return {
      id: key,
      extension: extension ?? null,
      state: STATES[states.get(key) ?? ""] ?? "missing",
      span: { from, to: part?.endedAt ?? call.endedAt },
    };
  });
}

/** "user 9100003" says nothing to who looks; the name beside it does. */
function withNames({ decided, because }: DecisionLine, { userName }: StoryDeps): DecisionLine {
  const named = (text: string): string =>
    text.replace(/\buser (\d{1,12})\b/g, (whole, id: string) => {
      const name = userName(Number(id));
      return name === undefined ? whole : `${name} (${whole})`;
    });
  return { decided: named(decided), because: named(because) };
}

const OPEN: readonly ToldStep["state"][] = ["ready", "sending", "unknown"];

function stepStory(told: ToldStep, deps: StoryDeps): StepStory {
  const { accountUrl, redactor } = deps;
  const safe = (value: unknown): unknown => redactor.value(value, "whole");
  const card = cardIn(told.answer);
  return {
    ...{ id: told.id, kind: told.kind, state: told.state, tries: told.attempt },
    createdAt: told.createdAt,
    finishedAt: told.finishedAt ?? null,
    nextAt: OPEN.includes(told.state) && told.dueAt > 0 ? told.dueAt : null,
    reason: told.reason ?? null,
    hint: told.hint ?? null,
    decisions: told.why.map((decision) => withNames(decision, deps)),
    request: requestOf(told.step as KommoStep, safe),
    answer: safe(told.answer ?? null),
    card:
      card === undefined
        ? null
        : { what: SINGULAR[card.type], id: card.id, url: cardLink(accountUrl, card) },
  };
}

const SINGULAR = { leads: "lead", contacts: "contact", companies: "company" } as const;

/** As it is, or will be, sent. */
export function requestOf(
  step: KommoStep,
  safe: (value: unknown) => unknown = (value) => value,
): StepStory["request"] {
  try {
    const path = pathOf(step);
    if (step.kind === "find-card")
      return { method: "GET", path: `${path}?query=…`, body: safe({ query: step.call.phone }) };
    const { request_id: _ours, ...body } = encodeStep(step, "");
    return { method: methodOf(step.kind), path, body: safe(body) };
  } catch {
    // A step of another version of the daemon.
    return { method: "", path: "", body: safe(step) };
  }
}

function cardIn(answer: unknown): Card | undefined {
  const { kind, result } = (answer ?? {}) as { kind?: unknown; result?: KommoResult };
  if (kind !== "done" || result === undefined) return undefined;
  if (result.kind === "made-unsorted") return { type: "leads", id: result.leadId };
  return "card" in result ? result.card : undefined;
}
