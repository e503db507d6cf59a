/** The open tasks of a client's cards, for the employee whose telephone rings. @source kommo-api, section 13 */
import { succeeded, type Result } from "../lib/failure.ts";
import { decodeTask, TASKS_PATH } from "./entities/tasks.ts";
import type { KommoFailure } from "./failure.ts";
import { readList } from "./hal.ts";
import { asInteger, type JsonObject } from "./json.ts";
import type { Reader } from "./read-cards.ts";
import type { Card } from "./step.ts";

export type OpenTask = {
  readonly id: number;
  readonly text: string;
  /** Unix seconds. */
  readonly dueAt: number;
  readonly card: Card | undefined;
  readonly responsibleUserId: number | undefined;
};

const MOST_PAGES = 1;

/** One request for each type of card. @returns the most urgent first */
export async function readOpenTasks(
  { client, signal }: Reader,
  cards: readonly Card[],
): Promise<Result<readonly OpenTask[], KommoFailure>> {
  const tasks: OpenTask[] = [];
  for (const [type, ofType] of Map.groupBy(cards, (card) => card.type)) {
    const found = await readList(client, {
      path: TASKS_PATH,
      query: [
        ["filter[is_completed]", "0"],
        ["filter[entity_type]", type],
        ...ofType.map(({ id }) => ["filter[entity_id][]", String(id)] as const),
      ],
      plural: "tasks",
      decode: decodeOpenTask,
      purpose: "popup",
      signal,
      mostPages: MOST_PAGES,
    });
    if (!found.ok) return found;
    tasks.push(...found.value);
  }
  return succeeded(tasks.toSorted((one, other) => one.dueAt - other.dueAt));
}

function decodeOpenTask(row: JsonObject): OpenTask | undefined {
  const task = decodeTask(row);
  if (task === undefined || task.isCompleted) return undefined;
  const { id, text, cardType: type, cardId } = task;
  return {
    id,
    text,
    dueAt: task.completeTill ?? 0,
    card: type === undefined || cardId === undefined ? undefined : { type, id: cardId },
    responsibleUserId: asInteger(row["responsible_user_id"]),
  };
}
