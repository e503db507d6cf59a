/** What was done in Kommo for a call, in the few words of a table's cell. */
import type { KommoResult, KommoStep } from "../../kommo/step.ts";
import type { Answer } from "../../outbox/settle.ts";

/** @returns undefined where a further step will tell */
export function describeBooking(step: KommoStep, answer: Answer<KommoResult>): string | undefined {
  if (answer.kind === "nothing-there") {
    const isLeftOut =
      step.kind === "register-call" &&
      step.call.direction === "outbound" &&
      step.call.duration === 0;
    return isLeftOut ? "unknown number, not reached: left out" : undefined;
  }
  const { result } = answer;
  switch (result.kind) {
    case "booked": {
      const card = `${result.card.type.slice(0, -1)} ${result.card.id}`;
      return step.kind === "register-call" ? `call on ${card}` : `call as a note on ${card}`;
    }
    case "made-unsorted":
      return `new incoming lead ${result.leadId}`;
    case "made-card":
      return `new ${result.card.type.slice(0, -1)} ${result.card.id}`;
    case "made-task":
      return result.wasOpen === true ? undefined : `task ${result.taskId}: call back`;
    case "completed-task":
      return `task ${result.taskId} completed`;
    case "updated-card":
      return result.isChanged ? `new responsible for ${result.card.id}` : undefined;
    case "found-card":
    case "note-refused":
      return undefined;
  }
}
