/** Plans walked as the outbox walks them: step, answer, what follows, what is remembered. */
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import type { KommoResult, KommoStep } from "../../src/kommo/step.ts";
import { createCourse } from "../../src/registration/course.ts";
import { planCall, type Decision } from "../../src/registration/plan.ts";
import type { RegistrationSettings } from "../../src/registration/settings.ts";

export const contact = { type: "contacts", id: 610033 } as const;
export const openLead = 500210;

/** Kommo as far as the table asks. */
export type Client = {
  readonly isKnown: boolean;
  readonly openLeads?: readonly number[];
};
export const known: Client = { isKnown: true, openLeads: [openLead] };
export const knownWithoutLead: Client = { isKnown: true, openLeads: [] };
export const stranger: Client = { isKnown: false };

function answerOf(step: KommoStep, { isKnown, openLeads = [] }: Client): KommoResult | undefined {
  const [lead, ...others] = openLeads;
  const card =
    lead === undefined || others.length > 0 ? contact : ({ type: "leads", id: lead } as const);
  switch (step.kind) {
    case "register-call":
      return isKnown ? { kind: "booked", card, noteId: 70001 } : undefined;
    case "find-card":
      return isKnown ? { kind: "found-card", card: contact, openLeads } : undefined;
    case "add-call-note":
      return { kind: "booked", card: step.card, noteId: 70002 };
    case "add-unsorted":
      return { kind: "made-unsorted", uid: "9f0c", leadId: 500390, contactId: 610090 };
    case "create-contact":
      return { kind: "made-card", card: { type: "contacts", id: 610091 }, contactId: 610091 };
    case "create-lead":
      return { kind: "made-card", card: { type: "leads", id: 500400 }, contactId: 610092 };
    case "create-task":
      return { kind: "made-task", taskId: 330001 };
    case "complete-task":
      return { kind: "completed-task", taskId: step.taskId };
    case "update-card":
      return { kind: "updated-card", card: step.card, isChanged: true };
    // Of appointments, which no call makes.
    default:
      return undefined;
  }
}

export type Walk = {
  readonly sent: readonly KommoStep[];
  readonly kinds: readonly string[];
  readonly decisions: readonly Decision[];
};

export function walk(call: FinishedCall, client: Client, settings: RegistrationSettings): Walk {
  const course = createCourse(settings);
  const plan = planCall(call, settings);
  const decisions = [...plan.decisions];
  const sent: KommoStep[] = [];
  const queue = [...plan.steps];
  let memory: unknown;
  for (let queued = queue.shift(); queued !== undefined; queued = queue.shift()) {
    const step = course.revise(queued, memory);
    if ("skip" in step) continue;
    sent.push(step);
    const result = answerOf(step, client);
    const answer = result ? { kind: "done" as const, result } : { kind: "nothing-there" as const };
    const next = course.after(step, answer, { memory, hasWaited: false });
    if (next.remember !== undefined) memory = next.remember;
    decisions.push(...(next.decisions ?? []));
    queue.push(...next.follow);
  }
  return { sent, kinds: sent.map(({ kind }) => kind), decisions };
}
