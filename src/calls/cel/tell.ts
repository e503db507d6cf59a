/** Rows of CEL → finished calls, by the same reducer as the live stream's. Exports `tellCalls`. */
import type { CallFact } from "../fact.ts";
import type { FinishedCall } from "../finished-call.ts";
import { initialState, reduce } from "../reduce.ts";
import type { CallSettings } from "../settings.ts";
import { endOf, inOrder, keptApart } from "./cel-row.ts";
import type { CelRow } from "./cel-row.ts";
import { readLegs } from "./legs.ts";
import type { FilesByChannel } from "./recording-files.ts";
import { eventsOf } from "./to-events.ts";

export type CelReading = {
  readonly settings: CallSettings;
  /** Where MixMonitor puts a file that is named without its folder. */
  readonly recordingsPath: string;
};

/** What was found on the disk, see recording-files.ts. */
export type FoundFiles = { readonly found: FilesByChannel };
const NOTHING_FOUND: FoundFiles = { found: new Map() };

/**
 * A call that the rows do not see to its end is told with `isEndKnown: false` and its last row as its
 * end. Where the table has no column `extra`, why a call was not answered is unknown: `reason` is
 * undefined.
 * @param rows in any order; of whole calls, else the parts that are there are told
 * @returns in the order in which they ended
 */
export function tellCalls(
  rows: readonly CelRow[],
  reading: CelReading,
  files: FoundFiles = NOTHING_FOUND,
): FinishedCall[] {
  return callsApart(rows)
    .flatMap((own) => tellOne(own, { ...reading, ...files }))
    .sort((one, other) => one.endedAt - other.endedAt);
}

function tellOne(rows: readonly CelRow[], reading: CelReading & FoundFiles): FinishedCall[] {
  const ordered = keptApart(inOrder(rows));
  const legs = readLegs(ordered);
  const state = initialState(reading.settings);
  const calls: FinishedCall[] = [];
  const keep = (facts: readonly CallFact[]): void => {
    for (const fact of facts) if (fact.kind === "finished") calls.push(fact.call);
  };
  for (const { at, event } of eventsOf(ordered, legs, reading)) {
    keep(reduce(state, { kind: "event", event, at }).facts);
  }
  keep(reduce(state, { kind: "end", at: endOf(ordered) }).facts);
  const tellsCauses = ordered.some(({ extra }) => extra !== undefined);
  return tellsCauses ? calls : calls.map(withoutReason);
}

/** `result` of a call outside has to be one of the unanswered ones; this claims the least. */
function withoutReason(call: FinishedCall): FinishedCall {
  if (call.result === "answered") return call;
  const result = call.direction === "inbound" ? "missed" : "no_answer";
  return { ...call, result, reason: undefined, isNumberUnknown: false };
}

/**
 * Rows of calls that have a channel in common belong together (they were merged), and so do those
 * that met in a bridge (a conference leaves the linkedids as they are).
 */
export function callsApart(rows: readonly CelRow[]): CelRow[][] {
  const parents = new Map<string, string>();
  const rootOf = (id: string): string => {
    let root = id;
    for (let next = parents.get(root); next !== undefined; next = parents.get(root)) root = next;
    if (root !== id) parents.set(id, root);
    return root;
  };
  const join = (one: string, other: string): void => {
    const [first, second] = [rootOf(one), rootOf(other)];
    if (first !== second) parents.set(first, second);
  };
  // A name is the channel's that bore it last: names repeat after a restart of the exchange.
  const byName = new Map<string, string>();
  for (const { channel, type, peers, extra } of inOrder(rows)) {
    const call = `linkedid ${channel.linked}`;
    // A uniqueid and a linkedid may be the same text and mean different things.
    join(call, `uniqueid ${channel.id}`);
    if (type === "CHAN_START") byName.set(channel.name, call);
    if (type !== "BRIDGE_ENTER" || extra?.["bridge_technology"] === "holding_bridge") continue;
    const bridge = extra?.["bridge_id"];
    if (bridge !== undefined) join(call, `bridge ${bridge}`);
    for (const peer of peers) {
      const met = byName.get(peer);
      if (met !== undefined) join(call, met);
    }
  }
  return [...Map.groupBy(rows, ({ channel }) => rootOf(`linkedid ${channel.linked}`)).values()];
}
