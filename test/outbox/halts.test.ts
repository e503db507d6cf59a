import { expect, test } from "@jest/globals";
import { book, done, later, scriptedOutbox, type Script } from "./scripted-outbox.ts";

const blocked: Script["send"] = (steps) => ({
  deliveries: steps.map(() => later()),
  halt: { reason: "blocked", hint: "wait", probeAfterMs: 600_000 },
});
const revoked: Script["send"] = (steps) => ({
  deliveries: steps.map(() => later()),
  halt: { reason: "token revoked", hint: "run auth", probeAfterMs: undefined },
});

test("a far side that is closed to us is tried with one step alone in ten minutes", async () => {
  await using scene = await scriptedOutbox({ send: blocked });
  for (const name of ["a", "b", "c"]) await scene.queue(name, name, book(name));
  await scene.start();
  await scene.pass(599_000);
  const before = [...scene.sent];

  await scene.pass(2_000);
  const probes = scene.sent.slice(1);
  scene.script.send = (steps) => steps.map(() => done());
  await scene.pass(700_000);

  expect(before).toEqual(["book a b c"]);
  expect(probes).toEqual(["book a"]);
  expect(scene.told.slice(0, 3)).toEqual(["halt blocked", "done book a", "resume"]);
  expect(scene.told.slice(3).toSorted()).toEqual(["done book b", "done book c"]);
});

test("after a revoked token nothing is sent until the operator acts", async () => {
  await using scene = await scriptedOutbox({ send: revoked });
  await scene.queue("1", "5550000001", book("a"));
  await scene.start();
  await scene.pass(3_600_000);
  await scene.queue("2", "5550000002", book("b"));
  await scene.pass(10_000);
  const before = [...scene.sent];

  scene.script.send = (steps) => steps.map(() => done());
  scene.outbox.resume();
  await scene.pass(1_000);

  expect(before).toEqual(["book a"]);
  expect(scene.told[0]).toBe("halt token revoked");
  expect(scene.told[1]).toBe("resume");
  expect(scene.told.slice(2).toSorted()).toEqual(["done book a", "done book b"]);
});
