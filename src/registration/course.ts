/**
 * How a plan goes on after each answer of Kommo, and what a card that we made means for the client's
 * next call. Pure: the outbox keeps the memory (one value for each client's number) and hands it in.
 */
import type { AddCallNote, CallFields, Card, KommoResult, KommoStep } from "../kommo/step.ts";
import { assertNever } from "../lib/failure.ts";
import { phoneKey } from "../lib/phone.ts";
import type { Course } from "../outbox/delivery.ts";
import { addUnsorted, createContact, createLead, wasAnswered } from "./new-card.ts";
import type { RegistrationSettings } from "./settings.ts";

/** What is remembered of a number: the card that we made for it and that Kommo does not find by it yet. */
export type CardMemory = { readonly card: Card };

const FORGOTTEN = null;

type Answer = { kind: "done"; result: KommoResult } | { kind: "nothing-there" };
type Next = {
  readonly follow: readonly KommoStep[];
  readonly remember?: CardMemory | null;
};

/** Steps in Kommo's seconds; a deadline counts from the start of the call. */
const SECONDS_A_MINUTE = 60;

export function createCourse(settings: RegistrationSettings): Course<KommoStep, KommoResult> {
  return {
    revise: (step, memory) => revise(step, readMemory(memory)),
    after: (step, answer) => after(step, answer, settings),
    mayShareBatch: (kind) => kind === "register-call" || kind === "add-call-note",
  };
}

function readMemory(memory: unknown): CardMemory | undefined {
  return typeof memory === "object" && memory !== null && "card" in memory
    ? (memory as CardMemory)
    : undefined;
}

/** A second call of a number for which a card was just made becomes a note on that card. */
function revise(step: KommoStep, memory: CardMemory | undefined): KommoStep {
  switch (step.kind) {
    case "add-unsorted":
    case "create-contact":
    case "create-lead":
      return memory === undefined || phoneKey(step.call.phone) === ""
        ? step
        : { kind: "add-call-note", card: memory.card, call: step.call };
    case "register-call":
    case "add-call-note":
    case "create-task":
      return step;
    default:
      return assertNever(step);
  }
}

function after(step: KommoStep, answer: Answer, settings: RegistrationSettings): Next {
  if (answer.kind === "nothing-there") return afterNothingThere(step, settings);
  const { result } = answer;
  switch (result.kind) {
    case "booked":
      // Kommo found the card by the number: what we remembered of it is no longer needed.
      return step.kind === "register-call"
        ? { follow: callBackTask(step.call, result.card, settings), remember: FORGOTTEN }
        : { follow: [] };
    case "made-unsorted":
      return { follow: [], remember: { card: { type: "leads", id: result.leadId } } };
    case "made-card":
      return "call" in step
        ? { follow: [noteOn(result.card, step.call)], remember: { card: result.card } }
        : { follow: [] };
    case "made-task":
      return { follow: [] };
    default:
      return assertNever(result);
  }
}

function afterNothingThere(step: KommoStep, settings: RegistrationSettings): Next {
  switch (step.kind) {
    case "register-call":
      return { follow: forUnknownClient(step.call, settings) };
    case "add-call-note":
      // The card that we knew is gone (declined, deleted): its client is unknown again.
      return { follow: forUnknownClient(step.call, settings), remember: FORGOTTEN };
    case "add-unsorted":
    case "create-contact":
    case "create-lead":
    case "create-task":
      return { follow: [] };
    default:
      return assertNever(step);
  }
}

/** The table's second row in plan.ts. */
function forUnknownClient(call: CallFields, settings: RegistrationSettings): KommoStep[] {
  if (call.direction === "outbound")
    return wasAnswered(call) ? [createContact(call, settings)] : [];
  switch (settings.unknownClient) {
    case "unsorted":
      return [addUnsorted(call, settings)];
    case "contact":
      return [createContact(call, settings)];
    case "contact_and_lead":
      return [createLead(call, settings)];
    case "ignore":
      return [];
    default:
      return assertNever(settings.unknownClient);
  }
}

const noteOn = (card: Card, call: CallFields): AddCallNote => ({
  kind: "add-call-note",
  card,
  call,
});

function callBackTask(call: CallFields, card: Card, settings: RegistrationSettings): KommoStep[] {
  if (wasAnswered(call) || !isTaskWanted(call, settings)) return [];
  return [
    {
      kind: "create-task",
      card,
      text:
        call.direction === "inbound"
          ? `Call back on a missed call from a number ${call.phone}`
          : `Call back on an unanswered call to a number ${call.phone}`,
      complete_till: call.created_at + settings.task.deadlineMinutes * SECONDS_A_MINUTE,
      task_type_id: settings.task.typeId,
      uniq: call.uniq,
      ...(call.responsible_user_id === undefined
        ? {}
        : { responsible_user_id: call.responsible_user_id }),
    },
  ];
}

function isTaskWanted(call: CallFields, { missedCallTask }: RegistrationSettings): boolean {
  return missedCallTask === true || (missedCallTask === "inbound" && call.direction === "inbound");
}
