import { expect, test } from "@jest/globals";
import { purgeDone } from "../../src/outbox/purge.ts";
import { sql } from "../../src/store/store.ts";
import { done, make, refused, scriptedOutbox } from "./scripted-outbox.ts";
import { START } from "./hand-clock.ts";

test("only what was done before the retention is forgotten", async () => {
  await using scene = await scriptedOutbox({
    send: (steps) => steps.map(({ name }) => (name === "poison" ? refused : done())),
  });
  await scene.start();
  await scene.queue("old", "5550000001", make("old"));
  await scene.queue("bad", "5550000002", make("poison"));
  await scene.pass(1_000);
  await scene.pass(10_000);
  await scene.queue("new", "5550000003", make("new"));
  await scene.pass(1_000);
  await scene.outbox.stop();
  await scene.queue("open", "5550000001", make("open"));

  const deleted = await purgeDone(scene.store, START + 5_000);

  expect(deleted).toBe(1);
  expect((await scene.rows("origin")).map(({ origin }) => origin)).toEqual(["bad", "new", "open"]);
  const memories = await scene.store.read(sql("SELECT key FROM memory ORDER BY key"));
  expect(memories).toEqual([{ key: "5550000001" }, { key: "5550000003" }]);
});
