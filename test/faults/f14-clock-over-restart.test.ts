// F14: the host's clock is set while the daemon is being restarted. What is kept of running calls bears
// times of the old clock; the calls still end when they end, and are as long as they were.
import { expect, test } from "@jest/globals";
import type { AmiText } from "../../src/ami/framer.ts";
import { parseEvent } from "../../src/ami/parse-event.ts";
import type { Snapshot } from "../../src/ami/resync.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { createCallKeeper, type CallKeeper } from "../../src/calls/keeper.ts";
import { createAcceptance } from "../../src/cli/acceptance.ts";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { byClockOfNow, liveLogSchema } from "../../src/calls/live-log.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { sql, type Statement } from "../../src/store/store.ts";
import { handClock, type HandClock } from "../outbox/hand-clock.ts";
import { settings } from "../registration/made-up-call.ts";
import { storeFolder } from "../store/store-folder.ts";

const HOUR_MS = 3_600_000;
const RANG_MS = 20_000;

const message = (event: string, second: string, ...fields: string[]): AmiText =>
  [
    ...[`Event: ${event}`, second],
    ...["Channel: PJSIP/trunk-00000001", "ChannelState: 4", "ChannelStateDesc: Ring"],
    ...["CallerIDNum: 79160000001", "Context: from-trunk", "Exten: 74950000001"],
    ...["Uniqueid: 1795261714.1", "Linkedid: 1795261714.1", ...fields, "", ""],
  ].join("\r\n") as AmiText;
const rings = message("Newchannel", "Privilege: call,all");
const names = message("NewCallerid", "Privilege: call,all", "CallerIDName: Ana");
const hangsUp = message("Hangup", "Privilege: call,all", "Cause: 16");
const runs = message("CoreShowChannel", "ActionID: 1", "Duration: 00:00:30");

const exchangeWith = (clock: HandClock, channels: readonly AmiText[]): Snapshot => ({
  ...{ at: clock.now(), isComplete: true, channels, statuses: [], bridges: [], members: [] },
  exchange: { asteriskVersion: undefined, systemName: undefined, startedAt: undefined },
  missing: [],
});

/** A daemon in whose first life a call begins; in its second the clock says something else. */
async function restarted(setBy: number) {
  const place = storeFolder();
  const store = await place.open({ migrations: [liveLogSchema] });
  const clock = handClock();
  const told: FinishedCall[] = [];
  const begin = (): CallKeeper =>
    createCallKeeper({
      ...{ settings: { extensions: ["_10X"], trunks: ["PJSIP/trunk"] }, clock, store },
      ...{ parse: parseEvent, keep: (statements) => store.write(statements) },
      accept: (call) => Promise.resolve("accepted" as const).finally(() => told.push(call)),
      ...{ onStage: () => undefined, onFatal: (error) => expect(error).toBeUndefined() },
    });
  const first = begin();
  first.connected(clock.now());
  first.message(rings, clock.now());
  clock.advance(RANG_MS);
  first.message(names, clock.now());
  await first.stop();

  clock.advance(1_000);
  clock.setWall(clock.now() + setBy);
  const second = begin();
  await second.restore();
  second.connected(clock.now());
  return { clock, told, keeper: second, end: () => place[Symbol.asyncDispose]() };
}

const CLOCKS: readonly (readonly [string, number])[] = [
  ["two hours back", -2 * HOUR_MS],
  ["a day back", -24 * HOUR_MS],
  ["a day on", 24 * HOUR_MS],
  ["a month on", 30 * 24 * HOUR_MS],
];

test.each(CLOCKS)(
  "F14: with a clock set %s, a call that went on is told once",
  async (_, setBy) => {
    const { clock, told, keeper, end } = await restarted(setBy);
    keeper.snapshot(exchangeWith(clock, [runs]));
    clock.advance(9_000);

    keeper.message(hangsUp, clock.now());
    clock.advance(1_000);
    await new Promise(setImmediate);
    await keeper.stop();

    expect(told).toMatchObject([{ clientPhone: "79160000001" }]);
    expect(keeper.running()).toBe(0);
    await end();
  },
);

test.each(CLOCKS)(
  "F14: with a clock set %s, a call that ended meanwhile is told at once",
  async (_, setBy) => {
    const { clock, told, keeper, end } = await restarted(setBy);

    keeper.snapshot(exchangeWith(clock, []));
    clock.advance(1_000);
    await new Promise(setImmediate);
    await keeper.stop();

    expect(told).toMatchObject([{ clientPhone: "79160000001", isEndKnown: false }]);
    await end();
  },
);

test.each(CLOCKS.slice(0, 2))(
  "F14: with a clock set %s, a call is as long as it was",
  async (_, setBy) => {
    const { clock, told, keeper, end } = await restarted(setBy);
    keeper.snapshot(exchangeWith(clock, [runs]));
    clock.advance(9_000);

    keeper.message(hangsUp, clock.now());
    clock.advance(1_000);
    await new Promise(setImmediate);
    await keeper.stop();

    const [call] = told;
    const seconds = ((call?.endedAt ?? 0) - (call?.startedAt ?? 0)) / 1_000;
    expect(seconds).toBeGreaterThanOrEqual(28); // the second between the lives is not known
    expect(seconds).toBeLessThanOrEqual(31);
    expect(call?.endedAt).toBeLessThanOrEqual(epochMs(clock.now()));
    await end();
  },
);

test("F14: a call that was accepted, and not yet forgotten when the clock was set back, is accepted once", async () => {
  const place = storeFolder();
  const store = await place.open({ migrations: storeMigrations });
  const clock = handClock();
  const write = (statements: readonly Statement[]) => store.write(statements);
  const acceptance = createAcceptance({
    ...{ settings, store, keep: write, now: () => clock.now() },
    ...{ statementsFor: () => [], onAccepted: () => undefined },
  });
  /** @param keep of all but the call itself */
  const begin = (keep: typeof write): CallKeeper =>
    createCallKeeper({
      ...{ settings: { extensions: ["_10X"], trunks: ["PJSIP/trunk"] }, clock, store },
      ...{ parse: parseEvent, keep },
      accept: (call) => acceptance.accept(call).then(() => "accepted" as const),
      ...{ onStage: () => undefined, onFatal: (error) => expect(error).toBeUndefined() },
    });
  const killed = begin((statements) =>
    statements.some(({ sql }) => sql.startsWith("DELETE"))
      ? new Promise(() => {})
      : write(statements),
  );
  killed.connected(clock.now());
  killed.message(rings, clock.now());
  clock.advance(RANG_MS);
  killed.message(hangsUp, clock.now());
  while ((await store.read(sql("SELECT 1 FROM live_event"))).length < 2)
    await new Promise(setImmediate);
  clock.advance(1_000);
  while ((await store.read(sql("SELECT 1 FROM call"))).length === 0)
    await new Promise(setImmediate);

  clock.setWall(clock.now() - 2 * HOUR_MS);
  const second = begin(write);
  await second.restore();
  second.connected(clock.now());
  second.snapshot(exchangeWith(clock, []));
  clock.advance(1_000);
  await new Promise(setImmediate);
  await second.stop();

  const calls = await store.read(sql("SELECT id FROM call"));
  expect(calls).toEqual([{ id: "1795261714.1" }]);
  expect(await store.read(sql("SELECT * FROM live_event"))).toEqual([]);
  await place[Symbol.asyncDispose]();
});

test("F14: what was kept by several clocks is told in the order in which it was", () => {
  const kept = [50_000, 50_100, 10_000, 10_200, 90_000, 90_500, 30_000].map((at) => ({
    text: rings,
    at: epochMs(at),
  }));

  const told = byClockOfNow(kept, epochMs(100_001)).map(({ at }) => at);

  // Set back by 60 s at the end and by 40 s at the beginning; a step on is time that went by.
  expect(told).toEqual([-50_600, -50_500, -50_500, -50_300, 29_500, 30_000, 30_000]);
});
