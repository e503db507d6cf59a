/**
 * The calls that go on now, as they are at one moment: for whoever wants to look at them. Pure, and
 * read only; nothing is remembered from one look to the next. Exports `viewLive`.
 */
import type { Extension, LinkedId } from "../ami/ids.ts";
import type { EpochMs } from "../lib/clock.ts";
import { firstTelephone } from "./clients.ts";
import type { Direction } from "./finished-call.ts";
import { didOf, trunkOf } from "./numbers.ts";
import type { CallsState, Client, LiveCall, Part } from "./state.ts";

export type LiveView = {
  readonly linkedId: LinkedId;
  readonly direction: Direction;
  readonly startedAt: EpochMs;
  readonly clientPhone: string | undefined;
  readonly did: string | undefined;
  readonly trunk: string | undefined;
  readonly queue: string | undefined;
  /** In the order in which they came in; those who have left go first where there are too many. */
  readonly parts: readonly LivePartView[];
};

export type LivePartView = {
  readonly extension: Extension;
  readonly is: "rings" | "talks" | "dials" | "left";
  readonly since: EpochMs;
};

/** A queue may ring a hundred telephones for hours; nobody reads more of one call. */
const MOST_PARTS = 12;

/** @param most of the calls are told, the oldest ones */
export function viewLive(state: CallsState, most: number): LiveView[] {
  const running = new Set<LiveCall>();
  for (const call of state.calls.values())
    if (call.liveChannels > 0 && !call.isOver) running.add(call);
  return [...running]
    .toSorted((one, other) => one.startedAt - other.startedAt)
    .slice(0, most)
    .flatMap((call) => viewOfCall(call) ?? []);
}

/** @returns undefined: the exchange's own doing, in which nobody takes part */
function viewOfCall(call: LiveCall): LiveView | undefined {
  const client = call.clients.find(({ isTold }) => !isTold) ?? call.clients.at(-1);
  if (client === undefined && firstTelephone(call) === undefined) return undefined;
  return {
    linkedId: call.linked,
    direction: client?.direction ?? (call.wanted === undefined ? "internal" : "outbound"),
    startedAt: call.startedAt,
    clientPhone: client?.number ?? call.wanted?.number,
    did: client && didOf(client),
    trunk: client && trunkOf(client),
    queue: client?.queue ?? call.queue,
    parts: partsOf(call, client),
  };
}

function partsOf(call: LiveCall, client: Client | undefined): LivePartView[] {
  const parts = call.parts.map((part) => viewOfPart(part));
  const caller = client === undefined ? firstTelephone(call) : undefined;
  if (
    caller?.party.kind === "telephone" &&
    caller.part === undefined &&
    caller.endedAt === undefined
  ) {
    const talk = call.talks.find(
      ({ channels, to }) => to === undefined && channels.includes(caller),
    );
    parts.unshift({
      extension: caller.party.extension,
      is: talk === undefined ? "dials" : "talks",
      since: talk?.from ?? caller.startedAt,
    });
  }
  const there = parts.filter(({ is }) => is !== "left");
  const left = parts.filter(({ is }) => is === "left");
  const kept = new Set([...there, ...left.toReversed()].slice(0, MOST_PARTS));
  return parts.filter((part) => kept.has(part));
}

function viewOfPart({ extension, ...part }: Part): LivePartView {
  if (part.endedAt !== undefined) return { extension, is: "left", since: part.endedAt };
  if (part.acceptedAt !== undefined) return { extension, is: "talks", since: part.acceptedAt };
  const is = part.how === "rang" && !part.isDialler ? "rings" : "dials";
  return { extension, is, since: part.requestedAt };
}
