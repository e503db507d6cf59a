/**
 * A finished call as lanes: who rang, waited, talked and held when, and who gave the client to whom.
 * Pure. Exports `lanesOf` and `transfersOf`.
 */
import type { Conversation, FinishedCall } from "../../calls/finished-call.ts";
import type { Lane, Span, Transfer } from "../../http/admin/contract.ts";

export type NameOf = (extension: string) => string | null;

export function lanesOf(call: FinishedCall, nameOf: NameOf): readonly Lane[] {
  return [
    ...(call.direction === "internal" ? [] : [clientLane(call)]),
    ...(call.queue === undefined ? [] : [queueLane(call, call.queue)]),
    ...employeeLanes(call, nameOf),
  ];
}

/** One lane for each employee, though he may take part several times. */
function employeeLanes(call: FinishedCall, nameOf: NameOf): Lane[] {
  const byExtension = Map.groupBy(call.conversations, ({ extension }) => extension);
  return [...byExtension].map(([extension, parts]) => {
    const talked = parts.findLast(({ result }) => result === "answered");
    return {
      ...{ who: "employee", extension, name: nameOf(extension) },
      result: (talked ?? parts.at(-1))?.result ?? null,
      withClient: parts.some(({ withClient }) => withClient),
      rings: parts.flatMap(ringOf),
      talks: joined(parts.flatMap(talksOf)),
      holds: joined(parts.flatMap(({ holds = [] }) => holds)),
    };
  });
}

function ringOf({ requestedAt, acceptedAt, endedAt }: Conversation): Span[] {
  const to = acceptedAt ?? endedAt;
  return to > requestedAt ? [{ from: requestedAt, to }] : [];
}

/** Who accepted was in a talk, if only with a colleague. */
function talksOf(part: Conversation): readonly Span[] {
  const { acceptedAt, endedAt, talks } = part;
  if (talks !== undefined && talks.length > 0) return talks;
  return acceptedAt === undefined || endedAt <= acceptedAt
    ? []
    : [{ from: acceptedAt, to: endedAt }];
}

function clientLane(call: FinishedCall): Lane {
  const withClient = call.conversations.filter((part) => part.withClient);
  const talks = joined(withClient.flatMap(talksOf));
  return {
    ...{ who: "client", extension: null, name: null, result: null, withClient: true },
    rings: waitsOf(call, talks),
    talks,
    holds: joined(withClient.flatMap(({ holds = [] }) => holds)),
  };
}

/** Until somebody talks, and between two who do. After the last talk the client only hangs up. */
function waitsOf({ startedAt, endedAt }: FinishedCall, talks: readonly Span[]): readonly Span[] {
  if (talks.length === 0) return endedAt > startedAt ? [{ from: startedAt, to: endedAt }] : [];
  return talks
    .map(({ from }, index) => ({ from: talks[index - 1]?.to ?? startedAt, to: from }))
    .filter(({ from, to }) => to > from);
}

function queueLane(call: FinishedCall, queue: string): Lane {
  const accepted = call.conversations.find(({ acceptedAt }) => acceptedAt !== undefined);
  const to = accepted?.acceptedAt ?? call.endedAt;
  return {
    ...{ who: "queue", extension: null, name: queue, result: null, withClient: true },
    rings: to > call.startedAt ? [{ from: call.startedAt, to }] : [],
    ...{ talks: [], holds: [] },
  };
}

/** In order, and those that touch as one. */
function joined(spans: readonly Span[]): readonly Span[] {
  const told: { from: number; to: number }[] = [];
  for (const { from, to } of spans.toSorted((one, other) => one.from - other.from)) {
    const last = told.at(-1);
    if (last !== undefined && from <= last.to) last.to = Math.max(last.to, to);
    else told.push({ from, to });
  }
  return told;
}

/** Between two talks of one client there is hardly a breath; longer ones are a new ring, not a transfer. */
const GAP_MS = 60_000;

/** The client left one employee and came to another. */
export function transfersOf(call: FinishedCall): readonly Transfer[] {
  const talks = call.conversations
    .filter(({ withClient, result }) => withClient && result === "answered")
    .flatMap((part) => talksOf(part).map((span) => ({ ...span, extension: part.extension })))
    .toSorted((one, other) => one.from - other.from);
  const found: Transfer[] = [];
  for (const [index, talk] of talks.entries()) {
    const next = talks[index + 1];
    if (next === undefined || next.extension === talk.extension) continue;
    if (next.to <= talk.to || next.from - talk.to > GAP_MS) continue;
    found.push({ from: talk.extension, to: next.extension, at: Math.min(next.from, talk.to) });
  }
  return found;
}
