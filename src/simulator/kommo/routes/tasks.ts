/**
 * /tasks: list, one, written and completed.
 * @source kommo-api, section 13
 */
import { CARD_TYPES } from "../state/account.ts";
import type { Account, CardType, Task } from "../state/account.ts";
import { authorRule, ownerRule } from "../state/references.ts";
import { noContent, notFound, ok, problem } from "../wire/answer.ts";
import type { Answer } from "../wire/answer.ts";
import {
  numberParam,
  page,
  patchedOne,
  route,
  selfLink,
  withBatch,
  withObject,
  written,
} from "../wire/exchange.ts";
import type { Exchange, Route } from "../wire/exchange.ts";
import { filterRange, filterSet, ordered, orderOf, within } from "../wire/query.ts";
import {
  atLeast,
  filledText,
  flag,
  integer,
  notSupported,
  object,
  oneOf,
  refined,
  text,
  violate,
} from "../wire/rule.ts";
import type { Passed, Place, Rule } from "../wire/rule.ts";

const changeable = ({ account }: Exchange) => ({
  task_type_id: oneOf(...account.taskTypes.map(({ id }) => id)),
  entity_id: integer,
  entity_type: oneOf(...CARD_TYPES),
  responsible_user_id: ownerRule(account),
  duration: atLeast(0),
  is_completed: flag,
  result: object({ text: filledText }, {}),
  created_by: authorRule(account),
  updated_by: authorRule(account),
  created_at: atLeast(0),
  updated_at: atLeast(0),
  request_id: text,
});

const taskRule = (exchange: Exchange) =>
  withCard(exchange, object({ text: filledText, complete_till: atLeast(0) }, changeable(exchange)));
const everyField = (exchange: Exchange) => ({
  ...changeable(exchange),
  text: filledText,
  complete_till: atLeast(0),
});
const changeRule = (exchange: Exchange) =>
  withCard(exchange, object({ id: taskIdRule(exchange) }, everyField(exchange)));
const patchRule = (exchange: Exchange) =>
  withCard(exchange, object({}, { ...everyField(exchange), id: integer }));

const taskIdRule = ({ account }: Exchange): Rule<number> =>
  refined(integer, (id, place) => {
    if (!account.tasks.has(id)) notSupported(place);
  });

type Placed = { readonly entity_id?: number; readonly entity_type?: CardType };

/** The card of a task has a type and an id, and is there. */
function withCard<T extends Placed>({ account, switches }: Exchange, rule: Rule<T>): Rule<T> {
  return refined(rule, ({ entity_id, entity_type }, place) => {
    if (entity_id === undefined && entity_type === undefined) return;
    if (entity_type === undefined || entity_id === undefined) {
      const absent = entity_type === undefined ? "entity_type" : "entity_id";
      violate(below(place, absent), "FieldMissing", "This field is missing.");
    } else if (switches.missingCard === "validation" && !isThere(account, entity_type, entity_id)) {
      notSupported(below(place, "entity_id"));
    }
  });
}

const below = (place: Place, name: string): Place => ({ path: name, found: place.found });
const isThere = (account: Account, type: CardType, id: number): boolean =>
  account.cards[type].get(id)?.is_deleted === false;

function add(exchange: Exchange): Answer {
  const { account, user, now } = exchange;
  return withBatch(exchange, { rule: taskRule(exchange) }, (items) => {
    const lost = items.some(
      ({ item }) =>
        item.entity_type !== undefined && !isThere(account, item.entity_type, item.entity_id ?? 0),
    );
    if (lost) return notFound;
    return written(
      exchange,
      "tasks",
      items.map(({ item, requestId }) => {
        const task: Task = {
          id: account.nextId.tasks++,
          text: item.text,
          complete_till: item.complete_till,
          task_type_id: item.task_type_id ?? 1,
          entity_type: item.entity_type ?? null,
          entity_id: item.entity_id ?? null,
          responsible_user_id: item.responsible_user_id ?? user.id,
          duration: item.duration ?? 0,
          is_completed: item.is_completed ?? false,
          result: item.result?.text ?? null,
          created_by: item.created_by ?? user.id,
          updated_by: item.updated_by ?? item.created_by ?? user.id,
          created_at: item.created_at ?? now,
          updated_at: item.updated_at ?? now,
        };
        account.tasks.set(task.id, task);
        account.changes.push({ action: "add", type: "tasks", id: task.id });
        bringForward(account, task);
        return { id: task.id, request_id: requestId, _links: hrefOf(exchange, task) };
      }),
    );
  });
}

const hrefOf = (exchange: Exchange, task: Task): object => selfLink(exchange, `/tasks/${task.id}`);

/** `closest_task_at` of the card of a new task. */
function bringForward(account: Account, task: Task): void {
  if (task.entity_type === null || task.is_completed) return;
  const card = account.cards[task.entity_type].get(task.entity_id ?? 0);
  if (card === undefined) return;
  card.closest_task_at = Math.min(card.closest_task_at ?? Infinity, task.complete_till);
}

/** The same after a change, when any of the card's tasks may be the next. */
function refreshClosest(account: Account, { entity_type, entity_id }: Task): void {
  if (entity_type === null || entity_id === null) return;
  const card = account.cards[entity_type].get(entity_id);
  if (card === undefined) return;
  const open = [...account.tasks.values()].filter(
    (task) =>
      task.entity_type === entity_type && task.entity_id === entity_id && !task.is_completed,
  );
  card.closest_task_at =
    open.length === 0 ? null : Math.min(...open.map(({ complete_till }) => complete_till));
}

type Changed = Passed<ReturnType<typeof patchRule>>;

function change(exchange: Exchange, task: Task, item: Changed): void {
  const { account, now, user } = exchange;
  const { result, updated_at, updated_by } = item;
  task.text = item.text ?? task.text;
  task.complete_till = item.complete_till ?? task.complete_till;
  task.task_type_id = item.task_type_id ?? task.task_type_id;
  task.entity_type = item.entity_type ?? task.entity_type;
  task.entity_id = item.entity_id ?? task.entity_id;
  task.responsible_user_id = item.responsible_user_id ?? task.responsible_user_id;
  task.duration = item.duration ?? task.duration;
  task.is_completed = item.is_completed ?? task.is_completed;
  task.result = result?.text ?? task.result;
  task.updated_at = updated_at ?? now;
  task.updated_by = updated_by ?? user.id;
  account.changes.push({ action: "update", type: "tasks", id: task.id });
  refreshClosest(account, task);
}

const changedLine = (exchange: Exchange, task: Task, requestId: string): object => ({
  id: task.id,
  updated_at: task.updated_at,
  request_id: requestId,
  _links: hrefOf(exchange, task),
});

const changeMany = (exchange: Exchange): Answer =>
  withBatch(exchange, { rule: changeRule(exchange) }, (items) =>
    written(
      exchange,
      "tasks",
      items.flatMap(({ item, requestId }) => {
        const task = exchange.account.tasks.get(item.id);
        if (task === undefined) return [];
        change(exchange, task, item);
        return [changedLine(exchange, task, requestId)];
      }),
    ),
  );

function changeOne(exchange: Exchange): Answer {
  const task = exchange.account.tasks.get(numberParam(exchange));
  if (task === undefined) return notFound;
  return withObject(exchange, patchRule(exchange), (item, requestId) => {
    change(exchange, task, item);
    return patchedOne(exchange, "tasks", changedLine(exchange, task, requestId));
  });
}

const shown = (exchange: Exchange, task: Task): object => ({
  ...task,
  group_id: 0,
  result: task.result === null ? [] : { text: task.result },
  account_id: exchange.account.id,
  _links: hrefOf(exchange, task),
});

function list(exchange: Exchange): Answer {
  const { account, query } = exchange;
  const ids = filterSet(query, "id");
  const owners = filterSet(query, "responsible_user_id");
  const done = filterSet(query, "is_completed");
  const types = filterSet(query, "task_type") ?? filterSet(query, "task_type_id");
  const entityTypes = filterSet(query, "entity_type");
  const entityIds = entityTypes === undefined ? undefined : filterSet(query, "entity_id");
  const updated = filterRange(query, "updated_at");
  const matching = account.tasks
    .values()
    .filter(
      (task) =>
        (ids === undefined || ids.has(String(task.id))) &&
        (owners === undefined || owners.has(String(task.responsible_user_id))) &&
        (done === undefined || done.has(task.is_completed ? "1" : "0")) &&
        (types === undefined || types.has(String(task.task_type_id))) &&
        (entityTypes === undefined || entityTypes.has(task.entity_type ?? "")) &&
        (entityIds === undefined || entityIds.has(String(task.entity_id))) &&
        within(updated, task.updated_at),
    );
  const fields = ["complete_till", "created_at", "id"] as const;
  const items = ordered<(typeof fields)[number], Task>(matching, orderOf(query, fields));
  return page(exchange, { name: "tasks", items }, (task: Task) => shown(exchange, task));
}

function get(exchange: Exchange): Answer {
  if (exchange.switches.taskById === "405") return problem(405, "Method Not Allowed");
  const task = exchange.account.tasks.get(numberParam(exchange));
  return task === undefined ? noContent : ok(shown(exchange, task));
}

export const taskRoutes: readonly Route[] = [
  route("GET", "/api/v4/tasks", list),
  route("GET", "/api/v4/tasks/:id", get),
  route("POST", "/api/v4/tasks", add),
  route("PATCH", "/api/v4/tasks", changeMany),
  route("PATCH", "/api/v4/tasks/:id", changeOne),
];
