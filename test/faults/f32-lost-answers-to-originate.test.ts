// F32: the exchange takes a dial, and its answer never comes, or is another's. The dial ends by itself,
// the employee is told, and nothing is dialled a second time.
import { expect, test } from "@jest/globals";
import type { AmiAction } from "../../src/ami/action.ts";
import { parseEvent } from "../../src/ami/parse-event.ts";
import type { AmiText } from "../../src/ami/framer.ts";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { succeeded } from "../../src/lib/failure.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { createDialLimits } from "../../src/originate/dial-limits.ts";
import { createDials, type Dial, type DialWish } from "../../src/originate/dials.ts";
import { createNumberPolicy } from "../../src/originate/number-policy.ts";
import { createOriginatePlan } from "../../src/originate/originate-plan.ts";
import { newestDials, readDial } from "../../src/originate/schema.ts";
import { handClock } from "../outbox/hand-clock.ts";
import { storeFolder } from "../store/store-folder.ts";

const RING_MS = 30_000;
const ANSWER_LATE_MS = 20_000;
const CLIENT = "79161234567";
const ANNA = 9_100_001;

const wish: DialWish = {
  ...{ user: ANNA, phone: CLIENT, card: undefined, extension: undefined },
  ...{ proof: "one-time token", request: {} },
};

/** Whatever an exchange may say to a dial, the whole of it is known to be lost or another's. */
async function openTelephone() {
  const place = storeFolder();
  const store = await place.open({ migrations: storeMigrations });
  const clock = handClock();
  const sent: AmiAction[] = [];
  const told: Dial[] = [];
  const writes: Promise<unknown>[] = [];
  const dials = createDials({
    plan: createOriginatePlan({
      ...{ context: "from-internal", otherContexts: [], channel: "auto" },
      ...{ callerId: "{phone}", ringMs: RING_MS },
    }),
    policy: createNumberPolicy({
      ...{ rewrite: (number) => number, allow: ["_XXX!"], refuse: [] },
      ...{ international: false, premium: false, countryCode: () => undefined },
    }),
    limits: createDialLimits({ perUser: 20, total: 60, monotonicMs: () => clock.monotonicMs() }),
    extensionsOf: () => ["101"],
    telephones: { stateOf: () => "idle", devicesOf: () => ["PJSIP/101"] },
    customize: () => undefined,
    send(_extension, action) {
      sent.push(action);
      return Promise.resolve(succeeded({ fields: new Map() } as never));
    },
    keepSoon: (statements) => void writes.push(store.write(statements)),
    ...{ clock, log: silentLogger, onProgress: (dial) => void told.push(dial) },
  });
  return {
    ...{ dials, clock, sent, told },
    states: () => told.map(({ progress }) => progress.state),
    hear: (text: AmiText) => dials.message(text, () => parseEvent(text)),
    rows: async () => {
      await Promise.all(writes);
      return (await store.read(newestDials(10))).map(readDial);
    },
    end: async () => {
      dials.stop();
      await Promise.all(writes);
      await place[Symbol.asyncDispose]();
    },
  };
}

const answerTo = (actionId: string): AmiText =>
  [
    ...["Event: OriginateResponse", "Privilege: call,all", `ActionID: ${actionId}`],
    ...["Response: Failure", "Channel: PJSIP/101", "Context: from-internal", `Exten: ${CLIENT}`],
    ...["Reason: 0", "Uniqueid: <null>", "CallerIDNum: <unknown>", "CallerIDName: <unknown>"],
    ...["", ""],
  ].join("\r\n") as AmiText;

test("F32: a dial whose answer never comes is waited for so long, told as unknown, and dialled once", async () => {
  const { dials, clock, sent, states, rows, end } = await openTelephone();

  const begun = await dials.dial(wish);
  clock.advance(RING_MS + ANSWER_LATE_MS - 1);
  await new Promise(setImmediate);
  const before = states();
  clock.advance(1);
  await new Promise(setImmediate);

  expect(begun.ok).toBe(true);
  expect(before).toEqual([]);
  expect(states()).toEqual(["unknown"]);
  expect(sent).toHaveLength(1);
  expect(await rows()).toMatchObject([{ state: "unknown", phone: CLIENT }]);
  expect(dials.of(ANNA)).toEqual([]);
  await end();
});

test("F32: an answer to another's dial says nothing of this one", async () => {
  const { dials, clock, told, states, hear, end } = await openTelephone();
  const begun = await dials.dial(wish);
  const id = begun.ok ? begun.value.id : "";

  for (const other of ["kommo-1795261714.100000000", `${id}0`, `x${id}`, "", "1"])
    hear(answerTo(other));
  const afterOthers = states();
  clock.advance(RING_MS + ANSWER_LATE_MS);
  await new Promise(setImmediate);

  expect(afterOthers).toEqual([]);
  expect(states()).toEqual(["unknown"]);
  expect(told[0]).toMatchObject({ id, progress: { isFinal: true } });
  await end();
});

test("F32: an answer that comes after the dial was given up changes nothing, and dials nothing", async () => {
  const { dials, clock, sent, states, hear, end } = await openTelephone();
  const begun = await dials.dial(wish);
  clock.advance(RING_MS + ANSWER_LATE_MS);
  await new Promise(setImmediate);

  hear(answerTo(begun.ok ? begun.value.id : ""));

  expect(states()).toEqual(["unknown"]);
  expect(sent).toHaveLength(1);
  await end();
});

test("F32: while an answer is awaited a second click dials nothing; afterwards it may", async () => {
  const { dials, clock, sent, end } = await openTelephone();
  await dials.dial(wish);

  const second = await dials.dial(wish);
  clock.advance(RING_MS + ANSWER_LATE_MS);
  await new Promise(setImmediate);
  const third = await dials.dial(wish);

  expect(second).toMatchObject({ ok: false, failure: { code: "already_dialling" } });
  expect(third.ok).toBe(true);
  expect(sent).toHaveLength(2);
  await end();
});
