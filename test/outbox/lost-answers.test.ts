import { expect, test } from "@jest/globals";
import { book, done, later, make, scriptedOutbox, task, unknown } from "./scripted-outbox.ts";

test("a step whose answer was lost is looked up at once, and what is found ends the wait", async () => {
  await using scene = await scriptedOutbox({
    send: () => [unknown],
    recall: () => [{ kind: "done", result: { card: 9 } }],
  });
  await scene.queue("1", "5550000001", make("a"));
  await scene.start();

  await scene.pass(100);

  expect(scene.sent).toEqual(["make a"]);
  expect(scene.recalled).toEqual(["make a"]);
  expect(scene.told).toEqual(["done make a"]);
});

test("nothing found is believed only after a look at 60 s and another 15 s later", async () => {
  await using scene = await scriptedOutbox({ send: () => [unknown] });
  await scene.queue("1", "5550000001", make("a"));
  await scene.start();
  await scene.pass(100);
  scene.script.send = () => [done()];

  await scene.pass(59_999);
  const at59s = scene.recalled.length;
  await scene.pass(1);
  const at60s = scene.recalled.length;
  await scene.pass(14_999);
  const sentBefore = scene.sent.length;
  await scene.pass(101);

  expect([at59s, at60s, scene.recalled.length]).toEqual([1, 2, 3]);
  expect(sentBefore).toBe(1);
  expect(scene.sent).toEqual(["make a", "make a"]);
  expect(scene.told).toEqual(["done make a"]);
});

test("what shows up only for the second late look is not sent again", async () => {
  await using scene = await scriptedOutbox({ send: () => [unknown] });
  await scene.queue("1", "5550000001", make("a"));
  await scene.start();
  await scene.pass(61_000);

  scene.script.recall = () => [{ kind: "done", result: { card: 9 } }];
  await scene.pass(20_000);

  expect(scene.sent).toEqual(["make a"]);
  expect(scene.told).toEqual(["done make a"]);
});

test("only the client of the lost answer waits", async () => {
  await using scene = await scriptedOutbox({
    send: (steps) => steps.map(({ name }) => (name === "lost" ? unknown : done())),
  });
  await scene.queue("1", "5550000001", make("lost"));
  await scene.queue("2", "5550000001", task("same client"));
  await scene.queue("3", "5550000002", task("other client"));
  await scene.start();

  await scene.pass(10_000);

  expect(scene.told).toEqual(["done task other client"]);
});

test("a far side that cannot be asked is asked again until it answers, with growing pauses", async () => {
  await using scene = await scriptedOutbox({
    send: () => [unknown],
    recall: () => [{ kind: "unreachable", reason: "no route" }],
  });
  await scene.queue("1", "5550000001", make("a"));
  await scene.start();
  await scene.pass(120_000);
  const tries = scene.recalled.length;

  scene.script.recall = () => [{ kind: "done", result: { card: 9 } }];
  await scene.pass(120_000);

  expect(tries).toBeGreaterThan(3);
  expect(tries).toBeLessThan(60);
  expect(scene.sent).toEqual(["make a"]);
  expect(scene.told).toEqual(["done make a"]);
});

test("a step that makes every request fail ends up alone, and the others go through", async () => {
  await using scene = await scriptedOutbox({
    send: (steps) => steps.map(() => (steps.some(({ name }) => name === "c") ? unknown : done())),
  });
  for (const name of ["a", "b", "c", "d"]) await scene.queue(name, name, book(name));
  await scene.start();

  await scene.pass(600_000);

  expect(scene.told.toSorted()).toEqual(["done book a", "done book b", "done book d"]);
});

test("while nothing goes through, one step at a time is tried, ever more rarely", async () => {
  await using scene = await scriptedOutbox({ send: (steps) => steps.map(() => later()) });
  const statements = Array.from({ length: 200 }, (_, index) =>
    scene.outbox.statementsFor(`${index}`, `${index}`, [book(`${index}`)]),
  );
  await scene.store.write(statements.flat());
  await scene.start();
  await scene.pass(600_000);
  const duringOutage = scene.sent.length;

  scene.script.send = (steps) => steps.map(() => done());
  await scene.pass(200_000);

  expect(duringOutage).toBeLessThan(25);
  expect(scene.told).toHaveLength(200);
});

test("a far side that throws is taken for a lost answer", async () => {
  await using scene = await scriptedOutbox({
    send: () => Promise.reject(new Error("a bug")),
    recall: () => [{ kind: "done", result: { card: 9 } }],
  });
  await scene.queue("1", "5550000001", make("a"));
  await scene.start();

  await scene.pass(1_000);

  expect(scene.told).toEqual(["done make a"]);
});

test("a step that the answer leaves out is looked up", async () => {
  await using scene = await scriptedOutbox({
    send: () => [done()],
    recall: () => [{ kind: "done", result: { card: 9 } }],
  });
  await scene.queue("1", "1", book("a"));
  await scene.queue("2", "2", book("b"));
  await scene.start();

  await scene.pass(1_000);

  expect(scene.recalled).toEqual(["book b"]);
  expect(scene.told).toEqual(["done book a", "done book b"]);
});

test("a host's clock that is set back a day neither freezes nor fires what waits", async () => {
  await using scene = await scriptedOutbox({ send: () => [later(10_000)] });
  await scene.queue("1", "5550000001", make("a"));
  await scene.start();
  await scene.pass(1_000);

  scene.clock.setWall(scene.clock.now() - 86_400_000);
  await scene.pass(5_000);
  const tooEarly = scene.sent.length;
  scene.script.send = () => [done()];
  await scene.pass(20_000);

  expect(tooEarly).toBe(1);
  expect(scene.told).toEqual(["done make a"]);
});
