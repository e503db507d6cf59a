import { expect, test } from "@jest/globals";
import { book, done, make, scriptedOutbox, unknown } from "./scripted-outbox.ts";

test("stopping waits for the answer that is on its way, and claims nothing more", async () => {
  let answer = (): void => {};
  await using scene = await scriptedOutbox({
    send: async (steps) => {
      await new Promise<void>((resolve) => (answer = resolve));
      return steps.map(() => done());
    },
  });
  await scene.queue("1", "5550000001", make("first"), make("second"));
  await scene.start();
  await scene.pass(1_000);

  const stopped = scene.outbox.stop();
  answer();
  await stopped;

  expect((await scene.rows("state")).map(({ state }) => state)).toEqual(["done", "ready"]);
});

test("stopping gives up an answer that does not come, and keeps that it is unknown", async () => {
  await using scene = await scriptedOutbox({
    send: (_, signal) =>
      new Promise((resolve) => signal.addEventListener("abort", () => resolve([unknown]))),
  });
  await scene.queue("1", "5550000001", make("slow"));
  await scene.start();
  await scene.pass(1_000);

  const stopped = scene.outbox.stop();
  await scene.settled();
  scene.clock.advance(3_800);
  await stopped;

  expect(await scene.rows("state")).toEqual([{ state: "unknown" }]);
});

test("stopping does not wait for a far side that never comes back; the next start looks it up", async () => {
  await using scene = await scriptedOutbox({ send: () => new Promise(() => {}) });
  await scene.queue("1", "5550000001", make("hung"));
  await scene.start();
  await scene.pass(1_000);

  const stopped = scene.outbox.stop();
  await scene.settled();
  scene.clock.advance(3_800);
  await scene.settled();
  scene.clock.advance(700);
  await stopped;

  expect(await scene.rows("state")).toEqual([{ state: "sending" }]);
});

test("an abort of the signal that it was started with stops it", async () => {
  await using scene = await scriptedOutbox();
  const daemon = new AbortController();
  await scene.outbox.start(daemon.signal);

  daemon.abort();
  await scene.outbox.stop();
  await scene.queue("1", "5550000001", book("too late"));
  await scene.settled();

  expect(scene.sent).toEqual([]);
});

test("what an earlier run left half sent is looked up before anything else of that client", async () => {
  await using scene = await scriptedOutbox({
    recall: () => [{ kind: "done", result: { card: 9 } }],
  });
  await scene.queue("1", "5550000001", make("half sent"), make("after it"));
  await scene.store.write([
    { sql: "UPDATE step SET state = 'sending', attempt = 1 WHERE id = 1", values: [] },
  ]);

  await scene.start();
  await scene.pass(1_000);

  expect(scene.recalled).toEqual(["make half sent"]);
  expect(scene.told).toEqual(["done make half sent", "done note after it"]);
});
