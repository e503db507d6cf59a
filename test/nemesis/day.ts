/**
 * Recorded calls played into an office, and the truth about them. Exports `planCalls`, `playCall`
 * and `truthOf`.
 */
import { planDay, type DayEntry } from "../../src/cli/demo/office-day.ts";
import { readTrace, type Trace } from "../../src/simulator/pbx/trace.ts";
import type { TrueCall } from "../checker/check-journal.ts";
import {
  heardSpans,
  isBoundToBook,
  readSpans,
  slowestAnswer,
  wasHeardWhole,
  type CallTimes,
  type Span,
} from "./hearing.ts";
import { clientKey, clientsIn } from "./kept-calls.ts";
import { USERS, type Office } from "./office.ts";

/** Of whose number nothing was told that could be relied on: such a call binds to nothing. */
const NEVER = { at: Infinity, until: -Infinity };

/** What the exchange sent of one recording, and when. */
export type Played = {
  readonly entry: DayEntry;
  begunAt: number;
  endedAt: number;
  /** By the client's key: the channel that had the number first, from when until when. */
  readonly clients: Map<string, { readonly channel: string; readonly at: number; until: number }>;
  /** As they were played. */
  readonly linkedIds: Set<string>;
  /** From the first event to the last hangup, when it was recorded. */
  readonly recordedMs: number;
};

/** A machine that is late plays what is overdue at once: who talked how long is not to be seen then. */
const PACE_SLACK_MS = 1_000;

export const wasPaced = ({ begunAt, endedAt, recordedMs }: Played): boolean =>
  Math.abs(endedAt - begunAt - recordedMs) <= PACE_SLACK_MS;

/** Longer ones would make every day as long as they are. */
const TOO_LONG = new Set(["in-voicemail", "click-client-no-answer", "out-no-answer"]);
/** Withheld numbers: which call is which cannot be told apart. */
const NAMELESS = new Set(["in-anonymous"]);

export type CallPlan = {
  readonly entries: readonly DayEntry[];
  readonly knownClients: readonly string[];
};

/** @returns so many recordings by chance, one after another `betweenMs` apart */
export async function planCalls(
  random: () => number,
  { count, betweenMs }: { count: number; betweenMs: number },
): Promise<CallPlan> {
  const day = await planDay({ rounds: Math.ceil(count / 30) + 1 });
  const usable = day.entries
    .filter(({ recording }) => !TOO_LONG.has(recording) && !NAMELESS.has(recording))
    .map((entry) => ({ entry, order: random() }))
    .toSorted((one, other) => one.order - other.order)
    .slice(0, count)
    .map(({ entry }, index) => ({ ...entry, afterMs: index * betweenMs }));
  return { entries: usable, knownClients: day.knownClients };
}

const traces = new Map<string, Promise<Trace>>();

async function load(path: string): Promise<Trace> {
  const trace = await readTrace(path);
  if (!trace.ok) throw new Error(trace.failure.hint);
  return trace.value;
}

function traceAt(path: string): Promise<Trace> {
  const loaded = traces.get(path) ?? load(path);
  traces.set(path, loaded);
  return loaded;
}

export type Play = { readonly played: Played; readonly finished: Promise<unknown> };

/** @returns once it is to begin */
export async function playCall(
  { pbx, sent }: Pick<Office, "pbx" | "sent">,
  entry: DayEntry,
): Promise<Play> {
  const trace = await traceAt(entry.path);
  const played: Played = {
    entry,
    begunAt: Infinity,
    endedAt: Infinity,
    clients: new Map(),
    linkedIds: new Set(),
    recordedMs: recordedMs(trace),
  };
  const edit = (event: string): string => {
    const now = sent.note(event);
    played.begunAt = Math.min(played.begunAt, now);
    const linked = /\r\nLinkedid: (\S+)/.exec(event)?.[1];
    if (linked !== undefined) played.linkedIds.add(linked);
    const channel = /\r\nUniqueid: (\S+)/.exec(event)?.[1] ?? "";
    if (event.startsWith("Event: Hangup\r\n")) {
      played.endedAt = now;
      for (const client of played.clients.values())
        if (client.channel === channel) client.until = now;
    }
    for (const client of clientsIn(event))
      if (!played.clients.has(client.key))
        played.clients.set(client.key, { channel: client.channel, at: now, until: Infinity });
    return event;
  };
  const { afterMs, phones } = entry;
  return { played, finished: pbx.play(trace, { afterMs, phones, gaps: "ignore", edit }).finished };
}

function recordedMs({ parts, startedAt }: Trace): number {
  const messages = parts.flatMap((part) => part.messages);
  const last = messages.findLast(({ text, live }) => live && text.startsWith("Event: Hangup\r\n"));
  return (last?.at ?? startedAt) - startedAt;
}

export type OfficeCall = TrueCall & {
  /** It is to be booked, and the daemon had read of it, however soon that was dead. */
  readonly wasRead: boolean;
};

/** What the daemon is bound to have booked, by what it could hear and by what it had kept. */
export function truthOf(
  { marks, kept }: Pick<Office, "marks" | "kept">,
  played: readonly Played[],
  knownClients: ReadonlySet<string>,
): OfficeCall[] {
  const heard = heardSpans(marks);
  const read = readSpans(marks);
  return played.flatMap((one) =>
    one.entry.calls.map((call): OfficeCall => {
      const { entry, begunAt, endedAt, clients } = one;
      const { client, direction, result, employee, talkSeconds } = call;
      const wasAnswered = result === "answered";
      const key = clientKey(direction, client ?? "");
      const { at: clientAt, until: clientUntil } = clients.get(key) ?? NEVER;
      const times: CallTimes = { begunAt, clientAt, clientUntil, endedAt };
      const isWhole = wasPaced(one) && wasHeardWhole(times, heard, marks.blurred);
      const isByRule = direction === "inbound" || wasAnswered || knownClients.has(client ?? "");
      // With a part unheard, an outbound call may seem unanswered, which is told for known clients alone.
      const isCertain = isWhole || direction === "inbound" || knownClients.has(client ?? "");
      const wasKept = client !== null && kept.has(one.linkedIds, key);
      const isDue = (spans: readonly Span[]): boolean =>
        isByRule && isCertain && (wasKept || isBoundToBook(times, spans));
      const isBound = isDue(heard);
      const [least, most] = talkSeconds;
      const late = slowestAnswer(marks, { from: begunAt, to: endedAt }) / 1_000;
      const userId = employee === null ? undefined : USERS.get(employee);
      return {
        name: entry.recording,
        phone: client,
        direction,
        wasAnswered,
        talkSeconds: wasAnswered ? [least - late, most + late] : [0, 0],
        link: null, // the office has no public address
        booked: isBound ? "once" : isByRule || !isWhole ? "at-most-once" : "never",
        isPartlyHeard: !isWhole,
        wasRead: isBound || isDue(read),
        ...(isWhole && userId !== undefined && { userId }),
      };
    }),
  );
}
