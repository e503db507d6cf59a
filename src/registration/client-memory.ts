/**
 * What is remembered of a client's number between calls: one value for each key, kept by the outbox.
 * Read leniently, because it outlives versions.
 */
import type { Card, CardType } from "../kommo/step.ts";

export type ClientMemory = {
  /** The card that we made for the number and that Kommo does not find by it yet. */
  readonly card?: Card;
  /** It is the lead of this incoming lead. */
  readonly uid?: string;
  /** Only for calls that began before this, in Unix seconds. */
  readonly until?: number;
  /** Our last task to call back, as far as we know still open. */
  readonly task?: number;
  /** When a talk with the client last ended, in Unix seconds. */
  readonly talked_at?: number;
};

const CARD_TYPES: readonly unknown[] = ["leads", "contacts", "companies"] satisfies CardType[];

export function readMemory(value: unknown): ClientMemory {
  if (typeof value !== "object" || value === null) return {};
  const { card, uid, until, task, talked_at } = value as Record<string, unknown>;
  const known = readCard(card);
  return {
    ...(known === undefined ? {} : { card: known }),
    ...(known !== undefined && typeof uid === "string" && uid !== "" ? { uid } : {}),
    ...(known !== undefined && isId(until) ? { until } : {}),
    ...(isId(task) ? { task } : {}),
    ...(isId(talked_at) ? { talked_at } : {}),
  };
}

function readCard(value: unknown): Card | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  const { type, id } = value as Record<string, unknown>;
  return CARD_TYPES.includes(type) && isId(id) ? { type: type as CardType, id } : undefined;
}

const isId = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) > 0;

const FORGOTTEN = null;

/** @returns what the outbox is to remember; nothing where nothing has changed */
export function remembering(
  before: ClientMemory,
  after: ClientMemory,
): { readonly remember?: ClientMemory | null } {
  const fields = ["card", "uid", "until", "task", "talked_at"] as const;
  if (fields.every((name) => JSON.stringify(before[name]) === JSON.stringify(after[name])))
    return {};
  return { remember: Object.keys(after).length === 0 ? FORGOTTEN : after };
}

export function withoutCard(memory: ClientMemory): ClientMemory {
  const { card: _card, uid: _uid, until: _until, ...rest } = memory;
  return rest;
}

export function withoutTask({ task: _task, ...rest }: ClientMemory): ClientMemory {
  return rest;
}
