/** Each kind of step and the entity that speaks for it on the wire. Pure. */
import { assertNever } from "../lib/failure.ts";
import { isCardStep } from "./card-step.ts";
import * as calls from "./entities/calls.ts";
import * as cards from "./entities/cards.ts";
import * as contacts from "./entities/contacts.ts";
import * as leads from "./entities/leads.ts";
import * as notes from "./entities/notes.ts";
import * as tasks from "./entities/tasks.ts";
import * as unsorted from "./entities/unsorted.ts";
import { cardStepPath, decodeCardResult, encodeCardStep, savedByCardSteps } from "./card-wire.ts";
import { asArray, asId, asText, type JsonObject } from "./json.ts";
import type { KommoResult, KommoStep } from "./step.ts";

/** Steps of one path may share a request. */
export function pathOf(step: KommoStep): string {
  switch (step.kind) {
    case "register-call":
      return calls.CALLS_PATH;
    case "add-unsorted":
      return unsorted.UNSORTED_SIP_PATH;
    case "create-contact":
      return contacts.CONTACTS_PATH;
    case "create-lead":
      return leads.COMPLEX_LEADS_PATH;
    case "add-call-note":
      return notes.notesPath(step.card.type);
    case "create-task":
    case "complete-task":
      return tasks.TASKS_PATH;
    case "update-card":
      return `/api/v4/${step.card.type}`;
    case "find-card":
      return contacts.CONTACTS_PATH;
    case "make-lead":
    case "change-card":
    case "add-note":
    case "make-task":
      return cardStepPath(step);
    default:
      return assertNever(step);
  }
}

const CHANGES: readonly KommoStep["kind"][] = ["complete-task", "update-card", "change-card"];

export const methodOf = (kind: KommoStep["kind"]): "POST" | "PATCH" =>
  CHANGES.includes(kind) ? "PATCH" : "POST";

export function encodeStep(step: KommoStep, requestId: string): JsonObject {
  if (isCardStep(step)) return encodeCardStep(step, requestId);
  if ("body" in step && step.body !== undefined) return { ...step.body, request_id: requestId };
  switch (step.kind) {
    case "register-call":
      return calls.encodeCall(step.call, requestId);
    case "add-unsorted":
      return unsorted.encodeUnsorted(step, requestId);
    case "create-contact":
      return { ...contacts.encodeContact(step.contact), request_id: requestId };
    case "create-lead":
      return leads.encodeComplexLead(step, requestId);
    case "add-call-note":
      return notes.encodeCallNote(step, requestId);
    case "create-task":
      return tasks.encodeTask(step, requestId);
    case "complete-task":
      return tasks.encodeCompletion(step, requestId);
    case "update-card":
      return cards.encodeResponsible(step, requestId);
    case "find-card":
      return {}; // only looked up
    default:
      return assertNever(step);
  }
}

/** The elements of an answer that were saved, by the `request_id` that each carries. */
export function savedElements(
  kind: KommoStep["kind"],
  body: unknown,
): ReadonlyMap<string, JsonObject> {
  return new Map(
    listSaved(kind, body).flatMap((saved) =>
      requestIdsOf(saved).map((requestId) => [requestId, saved] as const),
    ),
  );
}

function listSaved(kind: KommoStep["kind"], body: unknown): readonly JsonObject[] {
  switch (kind) {
    case "register-call":
      return calls.savedCalls(body);
    case "add-unsorted":
      return unsorted.savedUnsorted(body);
    case "create-contact":
      return contacts.savedContacts(body);
    case "create-lead":
      return leads.savedComplexLeads(body);
    case "add-call-note":
      return notes.savedNotes(body);
    case "create-task":
    case "complete-task":
      return tasks.savedTasks(body);
    case "update-card":
      return cards.savedCards(body);
    case "find-card":
      return [];
    case "make-lead":
    case "change-card":
    case "add-note":
    case "make-task":
      return savedByCardSteps(kind, body);
    default:
      return assertNever(kind);
  }
}

/** One, or a list of one in `/leads/complex`. */
const requestIdsOf = (saved: JsonObject): readonly string[] =>
  [saved["request_id"], ...asArray(saved["request_id"])]
    .map(asText)
    .filter((requestId) => requestId !== undefined);

/** @returns undefined when the saved element lacks the id that says what was made. */
export function decodeResult(step: KommoStep, saved: JsonObject): KommoResult | undefined {
  switch (step.kind) {
    case "register-call": {
      const booked = calls.decodeCall(saved);
      return booked && { kind: "booked", ...booked };
    }
    case "add-unsorted": {
      const made = unsorted.decodeUnsorted(saved);
      if (made === undefined) return undefined;
      return {
        kind: "made-unsorted",
        uid: made.uid,
        leadId: made.leadId,
        contactId: made.contactId,
      };
    }
    case "create-contact": {
      const contact = contacts.decodePhoneOwner(saved);
      if (contact === undefined) return undefined;
      return {
        kind: "made-card",
        card: { type: "contacts", id: contact.id },
        contactId: contact.id,
      };
    }
    case "create-lead": {
      const made = leads.decodeComplexLead(saved);
      if (made === undefined) return undefined;
      return {
        kind: "made-card",
        card: { type: "leads", id: made.leadId },
        contactId: made.contactId,
      };
    }
    case "add-call-note": {
      const noteId = asId(saved["id"]);
      return noteId === undefined ? undefined : { kind: "booked", card: step.card, noteId };
    }
    case "create-task": {
      const taskId = asId(saved["id"]);
      return taskId === undefined ? undefined : { kind: "made-task", taskId };
    }
    case "complete-task":
      return { kind: "completed-task", taskId: step.taskId };
    case "update-card":
      return { kind: "updated-card", card: step.card, isChanged: true };
    case "find-card":
      return undefined;
    case "make-lead":
    case "change-card":
    case "add-note":
    case "make-task":
      return decodeCardResult(step, saved);
    default:
      return assertNever(step);
  }
}
