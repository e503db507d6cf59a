/**
 * Looks up what became of steps whose answer was lost. Says `absent` only of what was looked for to
 * the end; whether an absence is believed yet is the outbox's to decide, because Kommo shows new notes
 * and cards late.
 */
import { assertNever } from "../lib/failure.ts";
import { recallChanges, recallMadeLeads, recallMadeTasks, recallPlainNotes } from "./card-wire.ts";
import type { KommoClient } from "./client.ts";
import {
  decodeTask,
  isTextOf,
  TASKS_PATH,
  tasksOfCardsQuery,
  type Task,
} from "./entities/tasks.ts";
import { readList } from "./hal.ts";
import {
  ABSENT,
  recallCalls,
  recallNotes,
  recallUnsorted,
  unreachable,
  type Look,
  type Recalled,
} from "./recall-calls.ts";
import { recallContact, recallLead } from "./recall-cards.ts";
import { recallCompletions, recallUpdates } from "./recall-changes.ts";
import type { CreateTask, KommoStep } from "./step.ts";

/** @param steps of one kind, as the outbox hands them over. @returns one for each, in their order. */
export async function recallSteps(
  client: KommoClient,
  steps: readonly KommoStep[],
  signal: AbortSignal,
): Promise<readonly Recalled[]> {
  const look: Look = { client, signal };
  const kind = steps[0]?.kind;
  switch (kind) {
    case undefined:
      return [];
    case "register-call":
      return recallCalls(look, only(steps, kind));
    case "add-call-note":
      return recallNotes(look, only(steps, kind));
    case "add-unsorted":
      return recallUnsorted(look, only(steps, kind));
    case "create-contact":
      return oneByOne(only(steps, kind), (step) => recallContact(look, step));
    case "create-lead":
      return oneByOne(only(steps, kind), (step) => recallLead(look, step));
    case "create-task":
      return recallTasks(look, only(steps, kind));
    case "complete-task":
      return recallCompletions(look, only(steps, kind));
    case "update-card":
      return recallUpdates(look, only(steps, kind));
    case "find-card":
      return steps.map(() => ABSENT);
    case "make-lead":
      return recallMadeLeads(look, only(steps, kind));
    case "change-card":
      return recallChanges(look, only(steps, kind));
    case "add-note":
      return recallPlainNotes(look, only(steps, kind));
    case "make-task":
      return recallMadeTasks(look, only(steps, kind));
    default:
      return assertNever(kind);
  }
}

/** @throws when the steps are of several kinds: the answers would be told of the wrong ones. */
function only<K extends KommoStep["kind"]>(
  steps: readonly KommoStep[],
  kind: K,
): readonly Extract<KommoStep, { kind: K }>[] {
  const ofKind = steps.filter(
    (step): step is Extract<KommoStep, { kind: K }> => step.kind === kind,
  );
  if (ofKind.length !== steps.length) throw new Error("steps of several kinds in one recall");
  return ofKind;
}

/** Two tasks of the same words on one card stay two: each found task answers for one step. */
async function recallTasks(
  { client, signal }: Look,
  steps: readonly CreateTask[],
): Promise<readonly Recalled[]> {
  const recalled = new Map<CreateTask, Recalled>();
  for (const [type, ofType] of Map.groupBy(steps, ({ card }) => card.type)) {
    const found = await readList(client, {
      path: TASKS_PATH,
      query: tasksOfCardsQuery(type, [...new Set(ofType.map(({ card }) => card.id))]),
      plural: "tasks",
      decode: decodeTask,
      purpose: "call",
      signal,
    });
    const left = new Set(found.ok ? found.value : []);
    for (const step of ofType) {
      const task = [...left].find((candidate) => isTaskOf(step, candidate));
      if (task !== undefined) left.delete(task);
      recalled.set(step, tellTask(task) ?? (found.ok ? ABSENT : unreachable(found.failure)));
    }
  }
  return steps.map((step) => recalled.get(step) ?? ABSENT);
}

const tellTask = (task: Task | undefined): Recalled | undefined =>
  task && { kind: "done", result: { kind: "made-task", taskId: task.id } };

const isTaskOf = (step: CreateTask, task: Task): boolean =>
  task.cardId === step.card.id &&
  (task.cardType ?? step.card.type) === step.card.type &&
  isTextOf(step, task.text) &&
  task.completeTill === step.complete_till;

/**
 * Kommo has no list of cards by several numbers: each number takes its own requests. None after one
 * that could not be answered: the next would meet the same trouble.
 */
async function oneByOne<S>(
  steps: readonly S[],
  recall: (step: S) => Promise<Recalled>,
): Promise<readonly Recalled[]> {
  const recalled: Recalled[] = [];
  for (const step of steps) {
    const last = recalled.at(-1);
    recalled.push(last?.kind === "unreachable" ? last : await recall(step));
  }
  return recalled;
}
