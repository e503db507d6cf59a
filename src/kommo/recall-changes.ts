/** Looks up changes whose answer was lost. Each may be repeated, so a wrong "absent" does no harm. */
import { cardKey, readOwners, readTasks } from "./read-cards.ts";
import { ABSENT, unreachable, type Look, type Recalled } from "./recall-calls.ts";
import type { CompleteTask, UpdateCard } from "./step.ts";

export async function recallCompletions(
  look: Look,
  steps: readonly CompleteTask[],
): Promise<readonly Recalled[]> {
  const tasks = await readTasks(
    look,
    steps.map(({ taskId }) => taskId),
  );
  if (!tasks.ok) return steps.map(() => unreachable(tasks.failure));
  return steps.map(({ taskId }) =>
    tasks.value.get(taskId)?.isCompleted === true
      ? { kind: "done", result: { kind: "completed-task", taskId } }
      : ABSENT,
  );
}

export async function recallUpdates(
  look: Look,
  steps: readonly UpdateCard[],
): Promise<readonly Recalled[]> {
  const owners = await readOwners(
    look,
    steps.map(({ card }) => card),
  );
  if (!owners.ok) return steps.map(() => unreachable(owners.failure));
  return steps.map(({ card, responsible_user_id: user }) =>
    owners.value.get(cardKey(card))?.responsibleUserId === user
      ? { kind: "done", result: { kind: "updated-card", card, isChanged: true } }
      : ABSENT,
  );
}
