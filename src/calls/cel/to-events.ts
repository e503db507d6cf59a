/**
 * Rows of CEL → the events that the call model takes from AMI, so that the same rules tell the calls.
 * Exports `eventsOf`. What CEL cannot tell is listed in docs/cel.md.
 */
import { join } from "node:path/posix";
import type { AmiEvent } from "../../ami/event.ts";
import { bridgeId } from "../../ami/ids.ts";
import type { BridgeId, UniqueId } from "../../ami/ids.ts";
import type { EpochMs } from "../../lib/clock.ts";
import { endpointOf, telephoneNumber } from "../endpoint.ts";
import type { CelRow } from "./cel-row.ts";
import { isDial, isQueue, numberRung } from "./legs.ts";
import type { Leg, Legs } from "./leg.ts";
import { ringEndOf } from "./ring-end.ts";

export type TimedEvent = { readonly at: EpochMs; readonly event: AmiEvent };

export type KnownFiles = {
  /** Where MixMonitor puts a file that is named without its folder. */
  readonly recordingsPath: string;
  /** Recordings that the rows do not name, by the channel that recorded. */
  readonly found: ReadonlyMap<UniqueId, string>;
};

export function* eventsOf(
  rows: readonly CelRow[],
  legs: Legs,
  files: KnownFiles,
): Generator<TimedEvent> {
  const bridges = new Bridges();
  const ended = new Set<UniqueId>();
  for (const row of rows) {
    const leg = legs.get(row.channel.id);
    if (leg === undefined) continue;
    for (const event of eventsOfRow({ row, leg, legs, bridges, ended, files })) {
      yield { at: row.at, event };
    }
  }
}

type Turn = {
  readonly row: CelRow;
  readonly leg: Leg;
  readonly legs: Legs;
  readonly bridges: Bridges;
  readonly ended: Set<UniqueId>;
  readonly files: KnownFiles;
};

function eventsOfRow(turn: Turn): readonly AmiEvent[] {
  const { row, leg, legs, bridges, ended, files } = turn;
  const { channel } = row;
  switch (row.type) {
    case "CHAN_START":
      return [...born(leg, legs, row), ...recordingOf(channel.id, files.found.get(channel.id))];
    case "ANSWER":
      return leg.wasDialled ? [dialEnd(row, "answer")] : [];
    case "APP_START":
      return applicationStarts(turn);
    case "APP_END":
      return applicationEnds(row, leg);
    case "PARK_START":
      bridges.park(channel.id);
      return [];
    case "PARK_END":
      bridges.unpark(channel.id);
      return [];
    case "BRIDGE_ENTER":
      return [{ kind: "bridge-enter", channel, ...bridges.enter(row) }];
    case "BRIDGE_EXIT":
      return [{ kind: "bridge-leave", channel, bridge: bridges.leave(row) }];
    case "PICKUP":
      return [dialEnd(row, "cancel")];
    case "HANGUP":
    case "CHAN_END":
      if (ended.has(channel.id)) return [];
      ended.add(channel.id);
      return gone(row, leg, legs);
    default:
      return [];
  }
}

const dialEnd = (row: CelRow, status: "answer" | "cancel"): AmiEvent => ({
  kind: "dial-end",
  to: row.channel,
  status,
  forward: "",
});

function born(leg: Leg, legs: Legs, row: CelRow): AmiEvent[] {
  const { channel, context, exten } = row;
  const callerNumber = leg.wasDialled ? "" : row.callerNumber;
  const stateName = leg.wasDialled ? "Down" : "Ring";
  const events: AmiEvent[] = [
    { kind: "new-channel", channel, stateName, callerNumber, context, exten },
  ];
  const other = leg.other;
  if (other !== undefined && isBornBefore(other, leg)) {
    events.push({ kind: "local-bridge", one: other.ref, two: channel });
  }
  if (leg.wasDialled) events.push(dialBegin(leg, legs, row));
  return events;
}

const isBornBefore = (one: Leg, other: Leg): boolean =>
  one.startedAt < other.startedAt || (one.startedAt === other.startedAt && one.half === "1");

function dialBegin(leg: Leg, legs: Legs, row: CelRow): AmiEvent {
  const { peer } = endpointOf(row.channel.name);
  const number = numberRung(legs, leg);
  return {
    kind: "dial-begin",
    from: leg.rungBy && legs.get(leg.rungBy.by)?.ref,
    to: row.channel,
    toCallerNumber: row.callerNumber,
    dialString: destinationOf(leg) ?? (number === undefined ? peer : `${number}@${peer}`),
  };
}

/** What Dial was told to ring with this leg, where the table has its arguments. */
function destinationOf(leg: Leg): string | undefined {
  const dial = leg.rungBy;
  if (dial?.appArguments === undefined || !/^(retry)?dial$/i.test(dial.app)) return undefined;
  const { technology, peer } = endpointOf(leg.ref.name);
  const fitting = destinations(dial.appArguments).filter((text) => {
    const slash = text.indexOf("/");
    return text.slice(0, slash) === technology && text.slice(slash + 1).includes(peer);
  });
  const [only] = fitting;
  return fitting.length === 1 ? only?.slice(only.indexOf("/") + 1) : undefined;
}

/** "PJSIP/101&PJSIP/102,20,tT" → the part that names whom to ring. */
const destinations = (appArguments: string): string[] => {
  const [first = ""] = appArguments.split(",", 1);
  return first.split("&").filter((text) => text.includes("/"));
};

const recordingOf = (id: UniqueId, value: string | undefined): AmiEvent[] =>
  value === undefined ? [] : [{ kind: "variable-set", id, variable: "recording", value }];

function applicationStarts({ row, leg, files }: Turn): AmiEvent[] {
  const { id } = row.channel;
  if (isQueue(row)) {
    const queue = queueName(row);
    return queue === undefined ? [] : [{ kind: "queue-joined", id, queue }];
  }
  if (isDial(row)) {
    const named = destinations(row.appArguments ?? "");
    if (named.length === 0 || leg.dials.length === 0) return [];
    return [{ kind: "dial-application", id, destinations: named.join("&") }];
  }
  const app = row.app.toLowerCase();
  if (app === "stopmixmonitor") return [{ kind: "recording-stopped", id }];
  if (app !== "mixmonitor") return [];
  const [file = ""] = (row.appArguments ?? "").split(",", 1);
  if (file === "") return [];
  return recordingOf(id, file.startsWith("/") ? file : join(files.recordingsPath, file));
}

/** Without the arguments: the number that was dialled for it, as FreePBX has it. */
function queueName({ appArguments, exten }: CelRow): string | undefined {
  const [named = ""] = (appArguments ?? "").split(",", 1);
  if (named !== "") return named;
  return /^\d{2,6}$/.test(exten) ? exten : undefined;
}

/** A Dial that made no channel at all: nobody there is registered. */
function applicationEnds(row: CelRow, leg: Leg): AmiEvent[] {
  if (!isDial(row) || isQueue(row)) return [];
  const dial = leg.dials.find(({ to, from }) => from <= row.at && to === row.at);
  if (dial === undefined || dial.legs.length > 0 || dial.appArguments === undefined) return [];
  const { id } = row.channel;
  return [{ kind: "variable-set", id, variable: "dial-status", value: "CHANUNAVAIL" }];
}

function gone(row: CelRow, leg: Leg, legs: Legs): AmiEvent[] {
  const { channel } = row;
  const events: AmiEvent[] = [];
  const ringEnd = leg.wasDialled ? ringEndOf(legs, leg) : undefined;
  if (ringEnd !== undefined && !leg.wasOriginated) {
    events.push({ kind: "dial-end", to: channel, ...ringEnd });
  }
  if (leg.wasOriginated && leg.dials.length === 0) events.push(originateFailed(row, leg));
  if (leg.hungUpItself) events.push({ kind: "hangup-request", id: channel.id });
  events.push({ kind: "hangup", channel, cause: leg.cause ?? 0 });
  return events;
}

/** The employee's telephone was rung and the client never: the caller id says whom it was for. */
function originateFailed(row: CelRow, leg: Leg): AmiEvent {
  const numbers = [leg.laterNumber, leg.other?.laterNumber, leg.other?.firstNumber];
  const { technology, peer } = endpointOf(row.channel.name);
  return {
    kind: "originate-response",
    actionId: "",
    isSuccess: false,
    id: row.channel.id,
    channel: `${technology}/${peer}`,
    exten: "",
    callerNumber: numbers.find((text) => telephoneNumber(text ?? "") !== undefined) ?? "",
  };
}

/** Which bridge a channel is in. Without the id in `extra` the names of those in it tell it. */
class Bridges {
  readonly #ofName = new Map<string, BridgeId>();
  readonly #parked = new Set<UniqueId>();
  #made = 0;

  park(id: UniqueId): void {
    this.#parked.add(id);
  }

  unpark(id: UniqueId): void {
    this.#parked.delete(id);
  }

  enter(row: CelRow): { bridge: BridgeId; isHolding: boolean } {
    const told = row.extra?.["bridge_id"];
    const technology = row.extra?.["bridge_technology"];
    const known = row.peers.map((peer) => this.#ofName.get(peer)).find((id) => id !== undefined);
    const bridge = told === undefined ? (known ?? this.#next()) : bridgeId(told);
    this.#ofName.set(row.channel.name, bridge);
    const isHolding =
      technology === undefined ? this.#parked.has(row.channel.id) : technology === "holding_bridge";
    return { bridge, isHolding };
  }

  leave(row: CelRow): BridgeId {
    const told = row.extra?.["bridge_id"];
    const bridge = told === undefined ? this.#ofName.get(row.channel.name) : bridgeId(told);
    this.#ofName.delete(row.channel.name);
    return bridge ?? bridgeId("");
  }

  #next(): BridgeId {
    this.#made++;
    return bridgeId(`cel-${String(this.#made)}`);
  }
}
