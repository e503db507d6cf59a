import { expect, test } from "@jest/globals";
import {
  book,
  make,
  nothingThere,
  done,
  refused,
  scriptedOutbox,
  task,
} from "./scripted-outbox.ts";

test("one client's steps go one after another, other clients' do not wait", async () => {
  await using scene = await scriptedOutbox();
  await scene.queue("call 1", "5551234567", book("anna"), task("ring anna"));
  await scene.queue("call 2", "5559999999", task("ring ben"));
  await scene.start();

  await scene.pass(1_000);

  expect(scene.sent.slice(0, 2).toSorted()).toEqual(["book anna", "task ring ben"]);
  expect(scene.sent.slice(2)).toEqual(["task ring anna"]);
});

test("what follows from the first call goes before the second call of the same client", async () => {
  await using scene = await scriptedOutbox({
    send: (steps) => steps.map(({ kind }) => (kind === "book" ? nothingThere : done(41))),
  });
  await scene.queue("call 1", "5551234567", book("first"));
  await scene.queue("call 2", "5551234567", task("second"));
  await scene.start();

  await scene.pass(1_000);

  expect(scene.sent).toEqual(["book first", "make first", "task second"]);
});

test("a new number that calls three times at once makes one card, and the rest become notes on it", async () => {
  await using scene = await scriptedOutbox({
    send: (steps) => steps.map(({ kind }) => (kind === "book" ? nothingThere : done(41))),
  });
  for (const call of ["1", "2", "3"]) await scene.queue(call, "5551234567", book(call));
  await scene.start();

  await scene.pass(1_000);

  expect(scene.sent[0]).toBe("book 1 2 3");
  expect(scene.sent[1]).toBe("make 1");
  expect(scene.sent.filter((batch) => batch.startsWith("make"))).toHaveLength(1);
  expect(scene.sent.slice(2)).toEqual(["note 2", "note 3"]);
  const notes = (await scene.rows("payload, kind")).filter(({ kind }) => kind === "note");
  expect(notes.map(({ payload }) => JSON.parse(String(payload)) as unknown)).toMatchObject([
    { card: 41 },
    { card: 41 },
  ]);
});

test("calls without a number wait for nobody and remember nothing", async () => {
  await using scene = await scriptedOutbox();
  await scene.queue("call 1", "", make("withheld 1"));
  await scene.queue("call 2", "", make("withheld 2"));
  await scene.start();

  await scene.pass(1_000);

  expect(scene.sent).toEqual(["make withheld 1 withheld 2"]);
});

test("a step that is set aside lets the client's later steps go on", async () => {
  await using scene = await scriptedOutbox({
    send: (steps) => steps.map(({ name }) => (name === "poison" ? refused : done())),
  });
  await scene.queue("call 1", "5551234567", make("poison"), task("after it"));
  await scene.start();

  await scene.pass(1_000);

  expect(scene.sent).toEqual(["make poison", "task after it"]);
  expect(scene.told).toEqual(["set aside poison: bad", "done task after it"]);
  expect(await scene.rows("state, reason, hint")).toMatchObject([
    { state: "set-aside", reason: "bad", hint: "correct it" },
    { state: "done" },
  ]);
});

test("the answer, its followers and what is remembered are kept together with the origin", async () => {
  await using scene = await scriptedOutbox({
    send: (steps) => steps.map(({ kind }) => (kind === "book" ? nothingThere : done(41))),
  });
  await scene.queue("call 1", "5551234567", book("new"));
  await scene.start();

  await scene.pass(1_000);

  expect(await scene.rows("origin, key, turn, kind, state, answer")).toEqual([
    {
      origin: "call 1",
      key: "5551234567",
      turn: 1,
      kind: "book",
      state: "done",
      answer: '{"kind":"nothing-there"}',
    },
    {
      origin: "call 1",
      key: "5551234567",
      turn: 1,
      kind: "make",
      state: "done",
      answer: '{"kind":"done","result":{"card":41}}',
    },
  ]);
});
