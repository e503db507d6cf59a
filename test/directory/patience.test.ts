import { expect, test } from "@jest/globals";
import { createPatience } from "../../src/directory/patience.ts";
import type { KommoFailure } from "../../src/kommo/failure.ts";
import { failed, succeeded, type Result } from "../../src/lib/failure.ts";
import { handClock } from "../outbox/hand-clock.ts";

const told = { detail: "", hint: "" };
const blocked: KommoFailure = { ...told, kind: "blocked", retry: "after-operator" };
const unreachable: KommoFailure = { ...told, kind: "unreachable", retry: "later" };
const forbidden: KommoFailure = {
  ...told,
  kind: "forbidden",
  retry: "after-operator",
  isScope: false,
};

function scene() {
  const clock = handClock();
  const patience = createPatience(clock);
  let asked = 0;
  const giveUp = new AbortController();
  const ask = (answer: Result<number, KommoFailure>) =>
    patience.ask(() => {
      asked += 1;
      return Promise.resolve(answer);
    }, giveUp.signal);
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn++) await Promise.resolve();
  };
  return { clock, patience, giveUp, ask, settle, asked: () => asked };
}

test.each([
  [blocked, 600_000],
  [{ ...told, kind: "rate-limited", retry: "later", retryAfterMs: undefined }, 60_000],
  [{ ...told, kind: "rate-limited", retry: "later", retryAfterMs: 90_000 }, 90_000],
  [unreachable, 5_000],
] as [KommoFailure, number][])("after %j nothing is asked for a while", async (failure, ms) => {
  const { clock, ask, settle, asked } = scene();
  await ask(failed(failure));
  const next = ask(succeeded(1));

  clock.advance(ms - 1);
  await settle();
  const before = asked();
  clock.advance(1);
  await next;

  expect([before, asked()]).toEqual([1, 2]);
});

test("a right that is missing holds nothing else up", async () => {
  const { ask, asked } = scene();

  await ask(failed(forbidden));
  await ask(succeeded(1));

  expect(asked()).toBe(2);
});

test("an outage is asked about ever more rarely, every five minutes at most", async () => {
  const { clock, ask, settle, asked } = scene();
  const pauses: number[] = [];
  for (let turn = 0; turn < 9; turn++) {
    const flight = ask(failed(unreachable));
    let waited = 0;
    for (await settle(); asked() === turn; await settle()) {
      clock.advance(1_000);
      waited += 1;
    }
    pauses.push(waited);
    await flight;
  }

  expect(pauses).toEqual([0, 5, 10, 20, 40, 80, 160, 300, 300]);
});

test("while nothing may be sent nothing is asked, until it may", async () => {
  const { clock, patience, ask, settle, asked } = scene();
  patience.hold();
  const flight = ask(succeeded(1));
  clock.advance(3_600_000);
  await settle();
  const meanwhile = asked();

  patience.release();
  await flight;

  expect([meanwhile, asked()]).toEqual([0, 1]);
});

test("who gives up waiting is answered with nothing", async () => {
  const { patience, giveUp, ask, asked } = scene();
  patience.hold();
  const flight = ask(succeeded(1));

  giveUp.abort();

  expect(await flight).toBeUndefined();
  expect(asked()).toBe(0);
});
