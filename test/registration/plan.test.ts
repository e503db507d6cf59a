// The decision table of plan.ts and course.ts, walked as the outbox walks it: step, answer, next steps.
import { expect, test } from "@jest/globals";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import type { KommoResult, KommoStep } from "../../src/kommo/step.ts";
import { createCourse } from "../../src/registration/course.ts";
import { planCall } from "../../src/registration/plan.ts";
import type { RegistrationSettings } from "../../src/registration/settings.ts";
import {
  answeredCall,
  missedCall,
  outboundCall,
  settings,
  unansweredOutboundCall,
} from "./made-up-call.ts";

const nothingBefore = { memory: undefined, hasWaited: false };

const contact = { type: "contacts", id: 610033 } as const;

/** Kommo as far as the table asks: it knows the client or not, and makes what it is told to make. */
function answerOf(step: KommoStep, isClientKnown: boolean): KommoResult | undefined {
  switch (step.kind) {
    case "register-call":
      return isClientKnown ? { kind: "booked", card: contact, noteId: 70001 } : undefined;
    case "add-call-note":
      return { kind: "booked", card: step.card, noteId: 70002 };
    case "add-unsorted":
      return { kind: "made-unsorted", uid: "9f0c", leadId: 500390, contactId: 610090 };
    case "create-contact":
      return { kind: "made-card", card: contact, contactId: contact.id };
    case "create-lead":
      return { kind: "made-card", card: { type: "leads", id: 500400 }, contactId: contact.id };
    case "create-task":
      return { kind: "made-task", taskId: 330001 };
    case "complete-task":
      return { kind: "completed-task", taskId: step.taskId };
    case "update-card":
      return { kind: "updated-card", card: step.card, isChanged: true };
    case "find-card":
      return isClientKnown ? { kind: "found-card", card: contact, openLeads: [] } : undefined;
    // Of appointments, which no call makes.
    default:
      return undefined;
  }
}

function walk(call: FinishedCall, isClientKnown: boolean, rules: RegistrationSettings): string[] {
  const course = createCourse(rules);
  const sent: string[] = [];
  const queue = [...planCall(call, rules).steps];
  for (let step = queue.shift(); step !== undefined; step = queue.shift()) {
    sent.push(step.kind);
    const result = answerOf(step, isClientKnown);
    const answer = result ? { kind: "done" as const, result } : { kind: "nothing-there" as const };
    queue.push(...course.after(step, answer, nothingBefore).follow);
  }
  return sent;
}

const inbound = answeredCall();
const missed = missedCall();
const outbound = outboundCall();
const unansweredOutbound = unansweredOutboundCall();
const unsorted = ["register-call", "add-unsorted"];
const newContact = ["register-call", "create-contact", "add-call-note"];
const newLead = ["register-call", "create-lead", "add-call-note"];
const withTask = ["register-call", "create-task"];
const known = true;
const unknown = false;

test.each<[string, FinishedCall, boolean, Partial<RegistrationSettings>, string[]]>([
  ["answered, known client", inbound, known, {}, ["register-call"]],
  ["missed, known client", missed, known, {}, withTask],
  ["answered, unknown client", inbound, unknown, {}, unsorted],
  ["missed, unknown client: no task, the lead is one", missed, unknown, {}, unsorted],
  ["unknown client, contacts wanted", missed, unknown, { unknownClient: "contact" }, newContact],
  ["unknown, leads wanted", inbound, unknown, { unknownClient: "contact_and_lead" }, newLead],
  ["unknown client, ignored", missed, unknown, { unknownClient: "ignore" }, ["register-call"]],
  ["outbound, known client", outbound, known, {}, ["register-call"]],
  ["outbound unanswered, known client", unansweredOutbound, known, {}, withTask],
  ["outbound, unknown client", outbound, unknown, {}, newContact],
  ["outbound unanswered, unknown client", unansweredOutbound, unknown, {}, ["register-call"]],
  ["missed, no tasks wanted", missed, known, { missedCallTask: false }, ["register-call"]],
  ["missed, tasks for inbound", missed, known, { missedCallTask: "inbound" }, withTask],
  [
    "outbound unanswered, tasks for inbound",
    unansweredOutbound,
    known,
    { missedCallTask: "inbound" },
    ["register-call"],
  ],
  ["internal", answeredCall({ direction: "internal" }), known, {}, []],
  ["withheld number", missedCall({ clientPhone: undefined }), unknown, {}, ["add-unsorted"]],
  ["a name for a number", missedCall({ clientPhone: "Office" }), unknown, {}, ["add-unsorted"]],
  [
    "withheld number, contacts wanted",
    missedCall({ clientPhone: undefined }),
    unknown,
    { unknownClient: "contact" },
    [],
  ],
])("%s", (_, call, isClientKnown, rules, steps) => {
  expect(walk(call, isClientKnown, { ...settings, ...rules })).toEqual(steps);
});

test("an incoming lead has the names that users of Itgrix know, and the number on its contact", () => {
  const [first] = planCall(missed, settings).steps;
  const next = createCourse(settings).after(
    first as KommoStep,
    { kind: "nothing-there" },
    nothingBefore,
  );

  expect(next.follow).toEqual([
    expect.objectContaining({
      kind: "add-unsorted",
      contact: {
        name: "Contact 79161234567",
        phone: "79161234567",
        tags: ["asterisk-kommo"],
        responsible_user_id: 9100001,
      },
      lead: {
        name: "79161234567 - missed incoming",
        tags: ["asterisk-kommo"],
        responsible_user_id: 9100001,
      },
      sourceUid: "1795261714.0",
    }),
  ]);
});

test("a second call of a new number becomes a note on the lead that the first call made", () => {
  const course = createCourse(settings);
  const [first] = planCall(missed, settings).steps;
  const [makeLead] = course.after(
    first as KommoStep,
    { kind: "nothing-there" },
    nothingBefore,
  ).follow;
  const made = { kind: "made-unsorted", uid: "9f0c", leadId: 500390, contactId: 1 } as const;

  const { remember } = course.after(
    makeLead as KommoStep,
    { kind: "done", result: made },
    nothingBefore,
  );
  const second = course.revise(makeLead as KommoStep, remember);

  expect(second).toMatchObject({ kind: "add-call-note", card: { type: "leads", id: 500390 } });
});

test("a client whose remembered lead is gone is unknown again, and nothing is lost", () => {
  const course = createCourse(settings);
  const [first] = planCall(missed, settings).steps;
  const call = (first as Extract<KommoStep, { kind: "register-call" }>).call;
  const note = { kind: "add-call-note", card: { type: "leads", id: 500390 }, call } as const;

  const memory = { card: { type: "leads", id: 500390 } };
  const next = course.after(note, { kind: "nothing-there" }, { memory, hasWaited: false });

  expect(next).toMatchObject({ remember: null, follow: [{ kind: "add-unsorted" }] });
});

test("two callers without a number never share a card", () => {
  const course = createCourse(settings);
  const [step] = planCall(missedCall({ clientPhone: undefined }), settings).steps;

  const revised = course.revise(step as KommoStep, { card: { type: "leads", id: 500390 } });

  expect(revised).toBe(step);
});

test("the task names the number and is due after the configured time", () => {
  const wanted = { ...settings, task: { typeId: 2, deadlineMinutes: 30 } };
  const course = createCourse(wanted);
  const [first] = planCall(missed, wanted).steps;
  const booked = { kind: "booked", card: contact, noteId: 70001 } as const;

  const { follow } = course.after(
    first as KommoStep,
    { kind: "done", result: booked },
    nothingBefore,
  );

  expect(follow).toEqual([
    {
      kind: "create-task",
      card: contact,
      text: "Call back on a missed call from a number 79161234567",
      complete_till: 1795261714 + 30 * 60,
      task_type_id: 2,
      uniq: "1795261714.0",
      responsible_user_id: 9100001,
      isForCardOwner: true,
      missed_at: 1795261714,
    },
  ]);
});

test("the plan says why, and its reasons never name a client's number", () => {
  const plan = planCall(missed, settings);

  expect(plan.decisions).toEqual([
    { decided: "user 9100001 is responsible", because: "extension 101 was rung last" },
    {
      decided: "register the call by its number",
      because: "Kommo finds the card by the client's number, and says so if there is none",
    },
  ]);
});
