/** Tasks on cards. @source kommo-api, section 13 */
import { asId, asInteger, asText, embedded, type JsonObject } from "../json.ts";
import type { CardType, CompleteTask, CreateTask } from "../step.ts";
import { readCardType } from "./calls.ts";

export const TASKS_PATH = "/api/v4/tasks";

export const encodeTask = (task: CreateTask, requestId: string): JsonObject => ({
  text: task.text,
  complete_till: task.complete_till,
  task_type_id: task.task_type_id,
  entity_type: task.card.type,
  entity_id: task.card.id,
  ...(task.responsible_user_id === undefined
    ? {}
    : { responsible_user_id: task.responsible_user_id }),
  request_id: requestId,
});

/** What stands for the card's name in a task's text. */
const CARD_NAME = "{name}";

export const withCardName = (text: string, name: string): string =>
  text.replaceAll(CARD_NAME, () => name);

/** Whether a task was made with this text, whatever the card was called then. */
export const isTextOf = ({ text, nameless }: CreateTask, found: string): boolean => {
  if (nameless === undefined) return found === text;
  const [first = "", ...others] = text.split(CARD_NAME);
  const last = others.at(-1) ?? "";
  return (
    found.startsWith(first) && found.endsWith(last) && found.length >= first.length + last.length
  );
};

/** @source kommo-api, section 13: completed by a PATCH, with a result */
export const encodeCompletion = (
  { taskId, result }: CompleteTask,
  requestId: string,
): JsonObject => ({
  id: taskId,
  is_completed: true,
  result: { text: result },
  request_id: requestId,
});

export const savedTasks = (body: unknown): readonly JsonObject[] => embedded(body, "tasks");

export type Task = {
  readonly id: number;
  readonly text: string;
  readonly cardType: CardType | undefined;
  readonly cardId: number | undefined;
  readonly completeTill: number | undefined;
  readonly isCompleted: boolean;
};

export function decodeTask(task: JsonObject): Task | undefined {
  const id = asId(task["id"]);
  if (id === undefined) return undefined;
  return {
    id,
    text: asText(task["text"]) ?? "",
    cardType: readCardType(task["entity_type"]),
    cardId: asId(task["entity_id"]),
    completeTill: asInteger(task["complete_till"]),
    isCompleted: task["is_completed"] === true,
  };
}

/** Completed ones too: someone may have been quick. `entity_id` needs one `entity_type` beside it. */
export const tasksOfCardsQuery = (
  type: CardType,
  ids: readonly number[],
): readonly (readonly [string, string])[] => [
  ["filter[entity_type]", type],
  ...ids.map((id) => ["filter[entity_id][]", String(id)] as const),
  ["order[id]", "desc"],
];
