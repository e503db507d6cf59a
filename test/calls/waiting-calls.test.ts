// Calls that wait for a store that takes no writes: how many are held, at what cost, and that none goes.
import { expect, test } from "@jest/globals";
import { linkedId } from "../../src/ami/ids.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { createWaitingCalls, type WaitingLimits } from "../../src/calls/waiting-calls.ts";
import { answeredCall } from "../registration/made-up-call.ts";

const call = (number: number): FinishedCall => ({
  ...answeredCall(),
  linkedId: linkedId(`1795261714.${number}`),
});
const CHARS = JSON.stringify(call(1)).length;

/** A store that takes nothing until it is told to. */
function fullStore(limits: Partial<WaitingLimits>) {
  const told: string[] = [];
  const held: { call: FinishedCall; write: PromiseWithResolvers<void> }[] = [];
  const accepted: FinishedCall[] = [];
  let hasRoom = false;
  const calls = createWaitingCalls({
    limits,
    accept: async (taken) => {
      const write = Promise.withResolvers<void>();
      held.push({ call: taken, write });
      if (hasRoom) write.resolve();
      await write.promise;
      accepted.push(taken);
    },
    onFull: () => told.push("full"),
    onRoom: () => told.push("room"),
  });
  return {
    calls,
    told,
    accepted,
    async takeOne() {
      held.shift()?.write.resolve();
      await new Promise(setImmediate);
    },
    takeAll() {
      hasRoom = true;
      for (const { write } of held.splice(0)) write.resolve();
    },
  };
}

const end = (store: ReturnType<typeof fullStore>, count: number): Promise<unknown> =>
  Promise.all(Array.from({ length: count }, (_, number) => store.calls.accept(call(number))));

test.each([
  [4, { atWork: 4, waiting: 0 }],
  [5, { atWork: 5, waiting: 0 }],
  [6, { atWork: 5, waiting: 1 }],
])("of %d calls at most five are planned and written at a time", async (count, expected) => {
  const store = fullStore({ atOnce: 5 });

  const ended = end(store, count);

  expect(store.calls.count()).toMatchObject(expected);
  store.takeAll();
  await ended;
  expect(store.accepted).toHaveLength(count);
  expect(store.calls.count()).toEqual({ atWork: 0, waiting: 0, chars: 0 });
});

test.each([
  [2, []],
  [3, ["full"]],
  [4, ["full"]],
])("with %d calls waiting where three may, it says so and holds them all", async (count, said) => {
  const store = fullStore({ atOnce: 1, mostCalls: 3 });

  const ended = end(store, 1 + count);

  expect(store.told).toEqual(said);
  store.takeAll();
  await ended;
  expect(store.accepted).toHaveLength(1 + count);
  expect(store.told).toEqual(said.length === 0 ? [] : ["full", "room"]);
});

test.each([
  [CHARS - 1, []],
  [CHARS, ["full"]],
  [CHARS + 1, ["full"]],
])("facts of %d characters, with room for those of one call", async (chars, said) => {
  const store = fullStore({ atOnce: 1, mostChars: CHARS });
  const padding = "7".repeat(Math.max(0, chars - CHARS));
  const did = call(2).did ?? "";
  const long = { ...call(2), did: chars < CHARS ? did.slice(1) : did + padding };

  const ended = Promise.all([store.calls.accept(call(1)), store.calls.accept(long)]);

  expect(store.calls.count().chars).toBe(chars);
  expect(store.told).toEqual(said);
  store.takeAll();
  await ended;
});

test("calls are accepted in the order in which they ended, with all their facts", async () => {
  const store = fullStore({ atOnce: 1 });
  const ended = end(store, 20);

  store.takeAll();
  await ended;

  expect(store.accepted.map((one) => JSON.stringify(one))).toEqual(
    Array.from({ length: 20 }, (_, number) => JSON.stringify(call(number))),
  );
});

test("there is room again when half of those that waited are through, not at the first", async () => {
  const store = fullStore({ atOnce: 1, mostCalls: 4 });
  const ended = end(store, 5);

  await store.takeOne();
  const afterOne = [...store.told];
  await store.takeOne();
  const afterTwo = [...store.told];
  await store.takeOne();

  expect(afterOne).toEqual(["full"]);
  expect(afterTwo).toEqual(["full"]);
  expect(store.told).toEqual(["full", "room"]);
  store.takeAll();
  await ended;
});

test("one that cannot be accepted is told to whoever waits for it, and the next goes on", async () => {
  const calls = createWaitingCalls({
    limits: { atOnce: 1 },
    accept: ({ linkedId: id }) =>
      id.endsWith(".1") ? Promise.reject(new Error("the store is broken")) : Promise.resolve(),
    onFull: () => undefined,
    onRoom: () => undefined,
  });

  const ended = await Promise.allSettled([1, 2, 3].map((number) => calls.accept(call(number))));

  expect(ended.map(({ status }) => status)).toEqual(["rejected", "fulfilled", "fulfilled"]);
});
