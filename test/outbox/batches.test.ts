import { expect, test } from "@jest/globals";
import { sql } from "../../src/store/store.ts";
import { book, done, later, refused, scriptedOutbox, task } from "./scripted-outbox.ts";

test("live calls wait 100 ms at most to go together", async () => {
  await using scene = await scriptedOutbox();
  await scene.start();
  await scene.queue("1", "5550000001", book("a"));
  await scene.quiet();
  scene.clock.advance(99);
  await scene.queue("2", "5550000002", book("b"));
  await scene.quiet();
  const before = [...scene.sent];

  scene.clock.advance(1);
  await scene.quiet();

  expect(before).toEqual([]);
  expect(scene.sent).toEqual(["book a b"]);
});

test.each([
  [49, 0],
  [50, 1],
  [51, 1],
])("of %i steps queued at once, %i full batch goes without waiting", async (count, batches) => {
  await using scene = await scriptedOutbox();
  await scene.start();
  const statements = Array.from({ length: count }, (_, index) =>
    scene.outbox.statementsFor(`${index}`, `555000${index}`, [book(`${index}`)]),
  );
  await scene.store.write(statements.flat());
  scene.outbox.wake();

  await scene.quiet();

  expect(scene.sent).toHaveLength(batches);
});

test("a backlog of 1,000 calls goes out in 20 full batches, the oldest first", async () => {
  await using scene = await scriptedOutbox();
  const statements = Array.from({ length: 1_000 }, (_, index) =>
    scene.outbox.statementsFor(`${index}`, `${5_550_000_000 + index}`, [book(`${index}`)]),
  );
  await scene.store.write(statements.flat());

  await scene.start();
  await scene.outbox.drained();

  expect(scene.sent).toHaveLength(20);
  expect(scene.sent[0]).toMatch(/^book 0 1 2 /);
});

test("a call that ends while a backlog is sent goes with the next batch", async () => {
  await using scene = await scriptedOutbox({
    send: async (steps) => {
      if (scene.sent.length === 1) await scene.queue("live", "5559999999", book("live"));
      return steps.map(() => done());
    },
  });
  await scene.store.write(
    Array.from({ length: 999 }, (_, index) =>
      scene.outbox.statementsFor(`${index}`, `${5_550_000_000 + index}`, [book(`${index}`)]),
    ).flat(),
  );

  await scene.start();
  await scene.outbox.drained();

  const batch = scene.sent.findIndex((sent) => sent.endsWith(" live"));
  expect(batch).toBeGreaterThan(0);
  expect(batch).toBeLessThanOrEqual(4); // as many as were under way or claimed already
  expect(scene.sent).toHaveLength(20);
});

test("the newest call of a client does not overtake that client's earlier ones", async () => {
  await using scene = await scriptedOutbox({}, { batchSize: 10 });
  await scene.store.write(
    Array.from({ length: 100 }, (_, index) =>
      scene.outbox.statementsFor(`${index}`, `${index < 99 ? index : 50}`, [book(`${index}`)]),
    ).flat(),
  );

  await scene.start();
  await scene.outbox.drained();

  const order = scene.sent.flatMap((sent) => sent.split(" ").slice(1));
  expect(order.indexOf("99")).toBeGreaterThan(order.indexOf("50"));
  expect(order.indexOf("98")).toBe(9);
});

test("each step of a batch gets its own answer", async () => {
  await using scene = await scriptedOutbox({
    send: (steps) =>
      steps.map(({ name }) => (name === "b" ? refused : name === "c" ? later(5_000) : done())),
  });
  for (const name of ["a", "b", "c", "d"]) await scene.queue(name, name, book(name));
  await scene.start();

  await scene.pass(1_000);
  const states = (await scene.rows("state")).map(({ state }) => state);
  scene.script.send = (steps) => steps.map(() => done());
  await scene.pass(10_000);

  expect(states).toEqual(["done", "set-aside", "ready", "done"]);
  expect(scene.sent).toEqual(["book a b c d", "book c"]);
});

test("no more than four batches are under way at once", async () => {
  const answers: (() => void)[] = [];
  await using scene = await scriptedOutbox(
    {
      send: async (steps) => {
        await new Promise<void>((answer) => answers.push(answer));
        return steps.map(() => done());
      },
    },
    { batchSize: 1 },
  );
  for (let call = 0; call < 6; call++) await scene.queue(`${call}`, `${call}`, task(`${call}`));
  await scene.start();

  await scene.quiet();
  const atFirst = scene.sent.length;
  answers.splice(0, 1).forEach((answer) => answer());
  await scene.quiet();
  const afterOne = scene.sent.length;
  answers.splice(0).forEach((answer) => answer());
  await scene.quiet();
  answers.splice(0).forEach((answer) => answer());

  expect([atFirst, afterOne, scene.sent.length]).toEqual([4, 5, 6]);
});

test("the steps of a finished call are kept with it or not at all", async () => {
  await using scene = await scriptedOutbox();

  const failed = scene.store.write([
    ...scene.outbox.statementsFor("1", "5550000001", [book("a")]),
    sql("INSERT INTO no_such_table VALUES (1)"),
  ]);
  await expect(failed).rejects.toThrow("no_such_table");

  expect(await scene.rows("id")).toEqual([]);
});

test("state tells what stands where and since when the oldest waits", async () => {
  await using scene = await scriptedOutbox();
  await scene.queue("1", "5550000001", book("a"), book("b"));

  const before = await scene.outbox.state();
  await scene.start();
  await scene.pass(1_000);
  const after = await scene.outbox.state();

  expect(before).toEqual({
    ready: 2,
    sending: 0,
    unknown: 0,
    setAside: 0,
    oldestReadyAt: 1_795_261_714_000,
  });
  expect(after).toMatchObject({ ready: 0, oldestReadyAt: undefined });
});
