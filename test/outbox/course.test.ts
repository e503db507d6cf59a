// What the course may say beside "these steps follow": not wanted, refused after all, and why.
import { expect, test } from "@jest/globals";
import type { Delivery } from "../../src/outbox/delivery.ts";
import { settleDelivery } from "../../src/outbox/settle.ts";
import type { OpenStep } from "../../src/outbox/step-row.ts";
import {
  book,
  course,
  done,
  make,
  nothingThere,
  scriptedOutbox,
  task,
  type TestResult,
  type TestStep,
} from "./scripted-outbox.ts";

const MINUTE = 60_000;
const waiting: Delivery<TestResult> = {
  kind: "later",
  reason: "not accepted yet",
  afterMs: 5 * MINUTE,
  isWaiting: true,
};

test("a step that is not wanted any more is done without being sent", async () => {
  const skip = { decided: "no task", because: "talked afterwards" };
  await using office = await scriptedOutbox(
    {},
    { course: { ...course, revise: (step) => (step.kind === "task" ? { skip } : step) } },
  );
  await office.queue("call-1", "client", task("a"), book("b"));

  await office.start();
  await office.pass(1_000);

  expect(office.sent).toEqual(["book b"]);
  expect(await office.rows("state, answer, why")).toMatchObject([
    { state: "done", answer: '{"kind":"skipped"}', why: JSON.stringify([skip]) },
    { state: "done" },
  ]);
});

test("a chain that would never end is set aside where the course says so", async () => {
  const refuse = { reason: "made, and not there", hint: "look" };
  const after: typeof course.after = (step, answer, situation) => {
    if (answer.kind === "done") return course.after(step, answer, situation);
    return step.kind === "make" ? { follow: [], refuse, remember: null } : { follow: [make("b")] };
  };
  await using office = await scriptedOutbox(
    { send: (steps) => steps.map(() => nothingThere) },
    { course: { ...course, after } },
  );
  await office.queue("call-1", "client", book("a"));

  await office.start();
  await office.pass(10_000);

  expect(office.sent).toEqual(["book a", "make b"]);
  expect(office.told).toEqual(["nothing-there book a", "set aside b: made, and not there"]);
  expect(await office.rows("state, reason, hint")).toMatchObject([
    { state: "done" },
    { state: "set-aside", ...refuse },
  ]);
});

test("decisions made after an answer are kept with the step, and none where there is none", async () => {
  const decisions = [{ decided: "on lead 7", because: "it is the only one" }];
  const after: typeof course.after = (step) =>
    step.name === "a" ? { follow: [], decisions } : { follow: [] };
  await using office = await scriptedOutbox({}, { course: { ...course, after } });
  await office.queue("call-1", "one", book("a"));
  await office.queue("call-2", "two", book("b"));

  await office.start();
  await office.pass(1_000);

  expect(await office.rows("why")).toEqual([{ why: JSON.stringify(decisions) }, { why: null }]);
});

test("the course hears what was remembered, and whether the step has waited", async () => {
  const heard: unknown[] = [];
  const after: typeof course.after = (step, answer, situation) => {
    heard.push([step.name, situation.memory, situation.hasWaited]);
    return answer.kind === "done" ? { follow: [], remember: { from: step.name } } : { follow: [] };
  };
  let answers = 0;
  await using office = await scriptedOutbox(
    { send: (steps) => steps.map(() => (answers++ === 1 ? waiting : done())) },
    { course: { ...course, after } },
  );
  await office.queue("call-1", "client", task("a"), task("b"));

  await office.start();
  await office.pass(6 * MINUTE);

  expect(heard).toEqual([
    ["a", undefined, false],
    ["b", { from: "a" }, true],
  ]);
});

test.each([
  [1, 5],
  [2, 10],
  [3, 20],
  [4, 40],
  [5, 60],
  [50, 60],
])("after try %d a step waits for %d minutes", (attempt, minutes) => {
  const now = 1_000;
  const step: OpenStep<TestStep> = {
    ...{ id: 1, origin: "call-1", key: "client", step: task("a"), turn: 1, attempt, repeats: 0 },
    ...{ givenUpAt: 0, lookedAt: undefined, hasWaited: attempt > 1, memory: undefined },
  };

  const { statements } = settleDelivery(step, waiting, {
    ...{ course, now, at: now, believeAbsenceAfterMs: 0, secondLookAfterMs: 0 },
    pauseMs: () => 0,
  });

  expect(statements.flatMap(({ values }) => values)).toContain(now + minutes * MINUTE);
});

test("a step that waits holds up neither the line nor later steps of its client", async () => {
  await using office = await scriptedOutbox({
    send: (steps) => steps.map(({ name }) => (name === "a" ? waiting : done())),
  });
  await office.queue("call-1", "client", task("a"));
  await office.start();
  await office.pass(1_000);

  await office.queue("call-2", "client", task("b"));
  await office.queue("call-3", "other", task("c"));
  await office.pass(1_000);

  expect(office.sent.slice(1).join(" ")).toBe("task b c");
  expect(office.told).not.toContain("set aside a: not accepted yet");
});
