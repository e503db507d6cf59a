// What earlier calls of a client mean for the next: remembered cards, tasks, waiting incoming leads.
import { expect, test } from "@jest/globals";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import type { AddCallNote, CreateTask, KommoStep } from "../../src/kommo/step.ts";
import { readMemory } from "../../src/registration/client-memory.ts";
import { createCourse } from "../../src/registration/course.ts";
import { planCall } from "../../src/registration/plan.ts";
import type { Sequel } from "../../src/outbox/delivery.ts";
import { answeredCall, missedCall, outboundCall, settings } from "./made-up-call.ts";
import { contact } from "./walked-plan.ts";

const course = createCourse(settings);
const START = 1_795_261_714;
const lead = { type: "leads", id: 500390 } as const;

const firstStep = (call: FinishedCall, ruled = settings): KommoStep => {
  const [step] = planCall(call, ruled).steps;
  if (step === undefined) throw new Error("nothing is planned");
  return step;
};

const booked = (call: FinishedCall, memory: unknown, ruled = settings): Sequel<KommoStep> =>
  createCourse(ruled).after(
    firstStep(call, ruled),
    { kind: "done", result: { kind: "booked", card: contact, noteId: 1 } },
    { memory, hasWaited: false },
  );

const taskOf = (call: FinishedCall): CreateTask => {
  const task = booked(call, undefined).follow.find(({ kind }) => kind === "create-task");
  if (task?.kind !== "create-task") throw new Error("no task follows");
  return task;
};

const noteOnLead = (changes: Partial<AddCallNote> = {}): AddCallNote => {
  const step = firstStep(missedCall());
  if (step.kind !== "register-call" || step.booking === undefined) throw new Error("no booking");
  const { call, booking } = step;
  const kind = "add-call-note" as const;
  return { kind, card: lead, call, booking, cardFrom: "earlier-call", ...changes };
};

test("the task of a second missed call is made only if the first one is done", () => {
  const task = taskOf(missedCall());

  const revised = course.revise(task, { task: 330001 });

  expect(revised).toEqual({ ...task, unlessOpen: 330001 });
});

test("a made task is remembered by its id, whatever its text", () => {
  const result = { kind: "made-task", taskId: 330001 } as const;

  const next = course.after(taskOf(missedCall()), { kind: "done", result }, nothing);

  expect(next.remember).toEqual({ task: 330001 });
});

const nothing = { memory: undefined, hasWaited: false };

test.each([
  ["calls again", answeredCall(), "The client called again and was answered"],
  ["is called", outboundCall(), "The client was called and answered"],
])("when the client %s and is talked with, the open task is completed", (_, call, result) => {
  const next = booked(call, { task: 330001 });

  expect(next.follow).toEqual([{ kind: "complete-task", taskId: 330001, result }]);
  expect(next.remember).toEqual({ talked_at: START + 4 });
  expect(next.decisions).toContainEqual({
    decided: "complete task 330001",
    because: "somebody talked with the client",
  });
});

test("a missed call completes no task", () => {
  const { follow, remember } = booked(missedCall(), { task: 330001 });

  expect(follow.map(({ kind }) => kind)).toEqual(["create-task"]);
  expect(remember).toBeUndefined();
});

test.each([
  [START + 1, "skip"],
  [START, "create-task"],
  [START - 1, "create-task"],
])("a task that comes after a talk that ended at %d", (talkedAt, expected) => {
  const revised = course.revise(taskOf(missedCall()), { talked_at: talkedAt });

  expect("skip" in revised ? "skip" : revised.kind).toBe(expected);
});

test("once Kommo finds the client by the number, the remembered card is forgotten, the task kept", () => {
  const { remember } = booked(missedCall(), { card: lead, uid: "9f0c", task: 5 });

  expect(remember).toEqual({ task: 5 });
});

test("an incoming lead is remembered with its uid, and a further call becomes a note on its lead", () => {
  const step = firstStep(missedCall());
  const [add] = course.after(step, { kind: "nothing-there" }, nothing).follow;
  const result = { kind: "made-unsorted", uid: "9f0c", leadId: 500390, contactId: 1 } as const;

  const { remember } = course.after(add as KommoStep, { kind: "done", result }, nothing);
  const second = course.revise(add as KommoStep, remember);

  expect(remember).toEqual({ card: lead, uid: "9f0c" });
  expect(second).toMatchObject({ kind: "add-call-note", card: lead, unsortedUid: "9f0c" });
});

test("nobody sees tasks on an incoming lead: a note on one makes none", () => {
  const result = { kind: "booked", card: lead, noteId: 2 } as const;
  const hidden = noteOnLead({ unsortedUid: "9f0c" });

  const onHidden = course.after(hidden, { kind: "done", result }, nothing);
  const onVisible = course.after(noteOnLead(), { kind: "done", result }, nothing);

  expect(onHidden.follow).toEqual([]);
  expect(onVisible.follow).toMatchObject([{ kind: "create-task", card: lead }]);
});

test("a call that waited for an incoming lead is set aside when that is declined", () => {
  const memory = { card: lead, uid: "9f0c", task: 5 };
  const note = noteOnLead({ unsortedUid: "9f0c" });

  const next = course.after(note, { kind: "nothing-there" }, { memory, hasWaited: true });

  expect(next).toMatchObject({ follow: [], remember: { task: 5 } });
  expect(next.refuse?.reason).toMatch(/declined while this call waited/);
});

test("a call that waited leaves the card alone that a later call has made", () => {
  const memory = { card: { type: "leads", id: 500999 }, uid: "aaaa" };
  const note = noteOnLead({ unsortedUid: "9f0c" });

  const next = course.after(note, { kind: "nothing-there" }, { memory, hasWaited: true });

  expect(next.remember).toBeUndefined();
});

test("a call after the decline makes a new incoming lead", () => {
  const memory = { card: lead, uid: "9f0c" };
  const note = noteOnLead({ unsortedUid: "9f0c" });

  const next = course.after(note, { kind: "nothing-there" }, { memory, hasWaited: false });

  expect(next).toMatchObject({ follow: [{ kind: "add-unsorted" }], remember: null });
});

test.each(["this-call", "new-lead"] as const)(
  "a card made for the call that is gone at once is told, not made for ever: %s",
  (cardFrom) => {
    const next = course.after(noteOnLead({ cardFrom }), { kind: "nothing-there" }, nothing);

    expect(next.follow).toEqual([]);
    expect(next.refuse?.reason).toMatch(/lead 500390 was just made/);
  },
);

test("a card that a rule names and that is gone loses no call", () => {
  const next = course.after(noteOnLead({ cardFrom: "rule" }), { kind: "nothing-there" }, nothing);

  expect(next.follow).toMatchObject([{ kind: "register-call" }]);
});

test.each([
  ["never", answeredCall(), []],
  [
    "always",
    answeredCall(),
    [{ kind: "update-card", card: contact, responsible_user_id: 9100001 }],
  ],
  [
    "if_default",
    answeredCall(),
    [{ kind: "update-card", card: contact, responsible_user_id: 9100001, onlyFrom: 9100009 }],
  ],
] as const)("the responsible user of an existing card changes %s", (existingCard, call, follow) => {
  const responsible = { ...settings.responsible, existingCard, defaultUser: 9100009 };

  expect(booked(call, undefined, { ...settings, responsible }).follow).toEqual(follow);
});

test("a missed call gives no card to whoever was rung", () => {
  const responsible = { ...settings.responsible, existingCard: "always" as const };

  const { follow } = booked(missedCall(), undefined, { ...settings, responsible });

  expect(follow.map(({ kind }) => kind)).toEqual(["create-task"]);
});

test("on an old customer of amoCRM, whose card has no id here, nothing is hung", () => {
  const result = { kind: "booked", card: { type: "contacts", id: 0 }, noteId: 1 } as const;

  const next = course.after(firstStep(missedCall()), { kind: "done", result }, nothing);

  expect(next.follow).toEqual([]);
});

test("a step that was queued without its booking goes by the table alone", () => {
  const { booking: _booking, ...bare } = noteOnLead();

  const next = course.after(
    { kind: "register-call", call: bare.call },
    { kind: "nothing-there" },
    nothing,
  );

  expect(next.follow).toMatchObject([
    { kind: "add-unsorted", lead: { name: "79161234567 - missed incoming" } },
  ]);
});

test.each<[unknown, object]>([
  [undefined, {}],
  [null, {}],
  ["text", {}],
  [[1], {}],
  [{ card: { type: "leads", id: 5 } }, { card: { type: "leads", id: 5 } }],
  [{ card: { type: "deals", id: 5 }, uid: "x" }, {}],
  [{ card: { type: "leads", id: "5" } }, {}],
  [{ card: null, task: 0, talked_at: -1 }, {}],
  [{ until: 5 }, {}],
  [
    { task: 7, talked_at: 9, other: true },
    { task: 7, talked_at: 9 },
  ],
])("a memory of another version is read leniently: %j", (value, expected) => {
  expect(readMemory(value)).toEqual(expected);
});
