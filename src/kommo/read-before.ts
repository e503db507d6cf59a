/**
 * What Kommo is asked before steps are sent, and only where a step needs it: the responsible user of a
 * card, whether a task is still open, which card has a number.
 */
import type { Result } from "../lib/failure.ts";
import type { CardOwner } from "./entities/cards.ts";
import { decodeLead, isActive, LEADS_PATH, leadsByIdQuery } from "./entities/leads.ts";
import type { PhoneOwner } from "./entities/contacts.ts";
import { withCardName } from "./entities/tasks.ts";
import type { KommoFailure } from "./failure.ts";
import { findCompaniesByPhone, findContactsByPhone } from "./find-by-phone.ts";
import { readList } from "./hal.ts";
import type { JsonObject } from "./json.ts";
import type { Item, KommoDelivery } from "./judge.ts";
import { cardKey, readOwners, readTasks, type Reader } from "./read-cards.ts";
import type { Card, CreateTask, FindCard, UpdateCard } from "./step.ts";

export type ReadBefore = {
  /** Still to be sent, as they are now. */
  readonly items: readonly Item[];
  readonly settled: ReadonlyMap<Item, KommoDelivery>;
  /** Why `unread` are neither. */
  readonly failure?: KommoFailure;
  readonly unread: readonly Item[];
};

const nothingRead = (items: readonly Item[]): ReadBefore => ({
  items,
  settled: new Map(),
  unread: [],
});
const unreadable = (unread: readonly Item[], failure: KommoFailure): ReadBefore => ({
  items: [],
  settled: new Map(),
  failure,
  unread,
});

/** A client's card without a question to Kommo: from a copy that may be old. */
export type KnownCard = {
  readonly card: Card;
  /** The oldest first. */
  readonly openLeads: readonly number[];
};
export type KnowCard = (phone: string) => Promise<KnownCard | undefined>;

/** `knowCard` absent: Kommo is asked each time. */
export type ReaderBefore = Reader & { readonly knowCard?: KnowCard | undefined };

/** @param items of one kind */
export async function readBefore(
  reader: ReaderBefore,
  items: readonly Item[],
): Promise<ReadBefore> {
  switch (items[0]?.step.kind) {
    case "find-card":
      return findCards(reader, items);
    case "create-task":
      return prepareTasks(reader, items);
    case "update-card":
      return prepareUpdates(reader, items);
    default:
      return nothingRead(items);
  }
}

async function prepareTasks(reader: Reader, items: readonly Item[]): Promise<ReadBefore> {
  const steps = items.map((item) => ({ item, step: item.step as CreateTask }));
  const tasks = await readTasks(
    reader,
    steps.flatMap(({ step }) => step.unlessOpen ?? []),
  );
  if (!tasks.ok) return unreadable(items, tasks.failure);
  const isOpen = ({ unlessOpen }: CreateTask): boolean =>
    unlessOpen !== undefined && tasks.value.get(unlessOpen)?.isCompleted === false;
  const settled = new Map<Item, KommoDelivery>(
    steps.flatMap(({ item, step }) =>
      isOpen(step) && step.unlessOpen !== undefined
        ? [[item, stillOpen(step.unlessOpen)] as const]
        : [],
    ),
  );
  const wanted = steps.filter(({ step }) => !isOpen(step));
  const owners = await readOwners(
    reader,
    wanted.flatMap(({ step }) =>
      step.isForCardOwner === true || step.nameless !== undefined ? [step.card] : [],
    ),
  );
  if (!owners.ok) return { ...unreadable(items, owners.failure), settled };
  return {
    settled,
    unread: [],
    items: wanted.map(({ item, step }) => ({
      ...item,
      wire: { ...item.wire, ...fromCard(step, owners.value.get(cardKey(step.card))) },
    })),
  };
}

function fromCard(step: CreateTask, card: CardOwner | undefined): JsonObject {
  const owner = step.isForCardOwner === true ? card?.responsibleUserId : undefined;
  const name = step.nameless === undefined ? undefined : card?.name || step.nameless;
  return {
    ...(owner === undefined ? {} : { responsible_user_id: owner }),
    ...(name === undefined ? {} : { text: withCardName(step.text, name) }),
  };
}

const stillOpen = (taskId: number): KommoDelivery => ({
  kind: "done",
  result: { kind: "made-task", taskId, wasOpen: true },
});

async function prepareUpdates(reader: Reader, items: readonly Item[]): Promise<ReadBefore> {
  const steps = items.map((item) => ({ item, step: item.step as UpdateCard }));
  const owners = await readOwners(
    reader,
    steps.flatMap(({ step }) => (step.onlyFrom === undefined ? [] : [step.card])),
  );
  if (!owners.ok) return unreadable(items, owners.failure);
  const isWanted = ({ card, onlyFrom }: UpdateCard): boolean =>
    onlyFrom === undefined || owners.value.get(cardKey(card))?.responsibleUserId === onlyFrom;
  return {
    items: steps.filter(({ step }) => isWanted(step)).map(({ item }) => item),
    settled: new Map(
      steps
        .filter(({ step }) => !isWanted(step))
        .map(({ item, step }) => [
          item,
          { kind: "done", result: { kind: "updated-card", card: step.card, isChanged: false } },
        ]),
    ),
    unread: [],
  };
}

/** Kommo has no list of cards by several numbers: each takes its own requests. */
async function findCards(reader: ReaderBefore, items: readonly Item[]): Promise<ReadBefore> {
  const settled = new Map<Item, KommoDelivery>();
  for (const item of items) {
    const step = item.step as FindCard;
    const known = await reader.knowCard?.(step.call.phone);
    if (known !== undefined && isEnough(known, step)) {
      settled.set(item, { kind: "done", result: { kind: "found-card", ...known } });
      continue;
    }
    const found = await findCard(reader, step.call.phone);
    if (!found.ok) {
      const unread = items.filter((other) => !settled.has(other));
      return { items: [], settled, failure: found.failure, unread };
    }
    settled.set(item, found.value);
  }
  return { items: [], settled, unread: [] };
}

/** What is only believed known still goes to Kommo, which contradicts: nothing is made or left out by it. */
const isEnough = ({ openLeads }: KnownCard, { booking: { known } }: FindCard): boolean =>
  known.register && (known.lead === undefined || openLeads.length > 0);

/** Contacts before companies, the oldest first, as POST /calls has it. @source kommo-api, section 7.1 */
async function findCard(
  reader: Reader,
  phone: string,
): Promise<Result<KommoDelivery, KommoFailure>> {
  for (const [type, find] of [
    ["contacts", findContactsByPhone],
    ["companies", findCompaniesByPhone],
  ] as const) {
    const owners = await find(reader.client, { phone, purpose: "call", signal: reader.signal });
    if (!owners.ok) return owners;
    const owner = owners.value.toSorted((one, other) => one.id - other.id)[0];
    if (owner !== undefined) return tellOwner(reader, { type, id: owner.id }, owner);
  }
  return { ok: true, value: { kind: "nothing-there" } };
}

const MOST_LEADS = 100; // so many ids still fit into an address

async function tellOwner(
  { client, signal }: Reader,
  card: Card,
  { leadIds }: PhoneOwner,
): Promise<Result<KommoDelivery, KommoFailure>> {
  const leads =
    leadIds.length === 0
      ? { ok: true as const, value: [] }
      : await readList(client, {
          path: LEADS_PATH,
          query: leadsByIdQuery(leadIds.toSorted((a, b) => b - a).slice(0, MOST_LEADS)),
          plural: "leads",
          decode: decodeLead,
          purpose: "call",
          signal,
        });
  if (!leads.ok) return leads;
  const openLeads = leads.value
    .filter(isActive)
    .map(({ id }) => id)
    .toSorted((one, other) => one - other);
  return { ok: true, value: { kind: "done", result: { kind: "found-card", card, openLeads } } };
}
