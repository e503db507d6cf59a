/**
 * Notes on the leads of our own incoming leads. While one is neither accepted nor declined, Kommo may
 * refuse notes on it as if it were not there; then it is looked at before that is believed.
 * @source kommo-api, sections 8.2 and 14; the switch `notesOnUnsorted` of the simulator
 */
import { decodeUnsorted, UNSORTED_PATH } from "./entities/unsorted.ts";
import { tellFailure } from "./failure.ts";
import { readList } from "./hal.ts";
import type { Item, KommoDelivery } from "./judge.ts";
import { cardKey, readOwners, type Reader } from "./read-cards.ts";
import type { AddCallNote } from "./step.ts";

const FIRST_WAIT_MS = 300_000;
const READ_PAUSE_MS = 2_000;

const WAITING: KommoDelivery = {
  kind: "later",
  reason: "the client's incoming lead is neither accepted nor declined",
  afterMs: FIRST_WAIT_MS,
  isWaiting: true,
};

export type Refused = {
  readonly items: readonly Item[];
  readonly deliveries: ReadonlyMap<number, KommoDelivery>;
  /** Calls that were refused once by a lead that had been accepted; kept from batch to batch. */
  readonly refusedOnce: Set<string>;
};

/** @returns what is to be said instead of what is in `deliveries`. */
export async function lookAtWaitingLeads(
  reader: Reader,
  { items, deliveries, refusedOnce }: Refused,
): Promise<ReadonlyMap<Item, KommoDelivery>> {
  const isRefused = ({ at }: Item): boolean => {
    const kind = deliveries.get(at)?.kind;
    return kind === "nothing-there" || kind === "refused";
  };
  for (const item of items) if (!isRefused(item)) refusedOnce.delete(uniqOf(item));
  const refused = items.filter((item) => uidOf(item) !== "" && isRefused(item));
  const uids = new Set(refused.map(uidOf));
  if (uids.size === 0) return new Map();
  const standing = await readList(reader.client, {
    path: UNSORTED_PATH,
    query: [...uids].map((uid) => ["filter[uid][]", uid] as const),
    plural: "unsorted",
    decode: decodeUnsorted,
    purpose: "call",
    signal: reader.signal,
  });
  if (!standing.ok) return sayOf(refused, later(tellFailure(standing.failure)));
  // Filters that Kommo does not know are ignored: only what was asked for counts.
  const waiting = new Set(standing.value.map(({ uid }) => uid).filter((uid) => uids.has(uid)));
  // Kommo names only the first that it refuses; the others of the same lead have the same fate.
  const alike = items.filter((item) => {
    const kind = deliveries.get(item.at)?.kind;
    return waiting.has(uidOf(item)) && (isRefused(item) || kind === "later");
  });
  const gone = refused.filter((item) => !waiting.has(uidOf(item)));
  const leads = await readOwners(
    reader,
    gone.map(({ step }) => (step as AddCallNote).card),
  );
  if (!leads.ok)
    return new Map([...sayOf(alike, WAITING), ...sayOf(gone, later(tellFailure(leads.failure)))]);
  const isThere = ({ step }: Item): boolean => leads.value.has(cardKey((step as AddCallNote).card));
  return new Map([
    ...sayOf(alike, WAITING),
    ...gone.map(
      (item) => [item, isThere(item) ? afterAcceptance(item, refusedOnce) : GONE] as const,
    ),
  ]);
}

const GONE: KommoDelivery = { kind: "nothing-there" };

/** Accepted just now, the lead takes the note. If it does not, the call must not wait for ever. */
function afterAcceptance(item: Item, refusedOnce: Set<string>): KommoDelivery {
  const uniq = uniqOf(item);
  if (!refusedOnce.delete(uniq)) {
    refusedOnce.add(uniq);
    return later("the incoming lead has just been accepted");
  }
  const { card } = item.step as AddCallNote;
  return { kind: "done", result: { kind: "note-refused", card } };
}

const uniqOf = ({ step }: Item): string => ("call" in step ? step.call.uniq : "");

const uidOf = ({ step }: Item): string =>
  step.kind === "add-call-note" ? (step.unsortedUid ?? "") : "";

const later = (reason: string): KommoDelivery => ({
  kind: "later",
  reason,
  afterMs: READ_PAUSE_MS,
});

const sayOf = (items: readonly Item[], delivery: KommoDelivery): ReadonlyMap<Item, KommoDelivery> =>
  new Map(items.map((item) => [item, delivery]));
