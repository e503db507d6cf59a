/** Cards and tasks by their ids, many in one request: what has to be known before a step is sent. */
import { succeeded, type Result } from "../lib/failure.ts";
import type { KommoClient } from "./client.ts";
import { byIdQuery, cardsPath, decodeOwner, type CardOwner } from "./entities/cards.ts";
import { decodeTask, TASKS_PATH, type Task } from "./entities/tasks.ts";
import type { KommoFailure } from "./failure.ts";
import { readList } from "./hal.ts";
import type { Card } from "./step.ts";

export type Reader = { readonly client: KommoClient; readonly signal: AbortSignal };

export const cardKey = ({ type, id }: Card): string => `${type}/${String(id)}`;

/**
 * The name and the responsible user of each card that is there; one request for each type of card.
 * @returns by `cardKey`
 */
export async function readOwners(
  { client, signal }: Reader,
  cards: readonly Card[],
): Promise<Result<ReadonlyMap<string, CardOwner>, KommoFailure>> {
  const owners = new Map<string, CardOwner>();
  for (const [type, ofType] of Map.groupBy(cards, (card) => card.type)) {
    const found = await readList(client, {
      path: cardsPath(type),
      query: byIdQuery([...new Set(ofType.map(({ id }) => id))]),
      plural: type,
      decode: decodeOwner,
      purpose: "call",
      signal,
    });
    if (!found.ok) return found;
    for (const owner of found.value) owners.set(cardKey({ type, id: owner.id }), owner);
  }
  return succeeded(owners);
}

/** Tasks by their ids; those that are gone are not in the map. */
export async function readTasks(
  { client, signal }: Reader,
  ids: readonly number[],
): Promise<Result<ReadonlyMap<number, Task>, KommoFailure>> {
  if (ids.length === 0) return succeeded(new Map());
  const found = await readList(client, {
    path: TASKS_PATH,
    query: byIdQuery([...new Set(ids)]),
    plural: "tasks",
    decode: decodeTask,
    purpose: "call",
    signal,
  });
  return found.ok ? succeeded(new Map(found.value.map((task) => [task.id, task]))) : found;
}
