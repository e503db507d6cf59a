// What of running calls is on the disk, with a disk that does not take every write at once.
import { expect, test } from "@jest/globals";
import type { AmiText } from "../../src/ami/framer.ts";
import { parseEvent } from "../../src/ami/parse-event.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { createCallKeeper, type UnwrittenLimits } from "../../src/calls/keeper.ts";
import { liveLogSchema } from "../../src/calls/live-log.ts";
import { createCallTracker } from "../../src/calls/tracker.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { sql, type Statement } from "../../src/store/store.ts";
import { handClock } from "../outbox/hand-clock.ts";
import { storeFolder } from "../store/store-folder.ts";

const event = (name: string, ...fields: string[]): AmiText =>
  [
    `Event: ${name}`,
    "Privilege: call,all",
    "Channel: PJSIP/trunk-00000001",
    "ChannelState: 4",
    "ChannelStateDesc: Ring",
    "CallerIDNum: 79160000001",
    "Context: from-trunk",
    "Exten: 74950000001",
    "Uniqueid: 1795261714.1",
    "Linkedid: 1795261714.1",
    ...fields,
    "",
    "",
  ].join("\r\n") as AmiText;

test("F07: events that a full disk took late are forgotten once their call is accepted", async () => {
  await using place = storeFolder();
  const store = await place.open({ migrations: [liveLogSchema] });
  const clock = handClock();
  const late = Promise.withResolvers<undefined>();
  const told = Promise.withResolvers<undefined>();
  let writes = 0;
  const keep = async (statements: readonly Statement[]): Promise<unknown> => {
    writes += 1;
    if (writes === 1) await late.promise; // the disk is full: this write is tried again later
    return store.write(statements);
  };
  const keeper = createCallKeeper({
    settings: { extensions: ["_10X"], trunks: ["PJSIP/trunk"] },
    clock,
    store,
    parse: parseEvent,
    keep,
    accept: () => {
      told.resolve(undefined);
      return Promise.resolve("accepted");
    },
    onStage: () => undefined,
    onFatal: (error) => told.reject(error),
  });
  keeper.connected(clock.now());
  keeper.message(event("Newchannel"), clock.now());
  while (writes === 0) await new Promise(setImmediate);
  keeper.message(event("Hangup", "Cause: 16"), epochMs(clock.now() + 1));

  clock.advance(1_000);
  await told.promise;
  late.resolve(undefined);
  await keeper.stop();

  expect(await store.read(sql("SELECT linked FROM live_event"))).toEqual([]);
});

test("a call that is over and waits for the disk is counted until it is accepted", async () => {
  const clock = handClock();
  const disk = Promise.withResolvers<"accepted">();
  const keeper = createCallKeeper({
    ...{ settings: { extensions: ["_10X"], trunks: ["PJSIP/trunk"] }, clock },
    ...{ parse: parseEvent, store: { read: () => Promise.resolve([]) } },
    keep: () => Promise.resolve(),
    accept: () => disk.promise,
    onStage: () => undefined,
    onFatal: (error) => {
      throw error;
    },
  });
  keeper.connected(clock.now());
  keeper.message(event("Newchannel"), clock.now());
  keeper.message(event("Hangup", "Cause: 16"), epochMs(clock.now() + 1));
  const stopped = keeper.stop();
  clock.advance(1_000);
  while (keeper.running() > 0) await new Promise(setImmediate);

  expect(keeper.toAccept()).toBe(1);
  disk.resolve("accepted");
  await stopped;
  expect(keeper.toAccept()).toBe(0);
});

/** A disk that takes nothing but the first event of a call; then so many more are heard. */
async function keptOf(heard: number, unwritten: UnwrittenLimits): Promise<number> {
  const clock = handClock();
  const disk = Promise.withResolvers<undefined>();
  const batches: number[] = [];
  const keep = async (statements: readonly Statement[]): Promise<void> => {
    batches.push(statements.length);
    await disk.promise;
  };
  const keeper = createCallKeeper({
    ...{ settings: { extensions: ["_10X"], trunks: ["PJSIP/trunk"] }, clock, keep, unwritten },
    ...{ parse: parseEvent, store: { read: () => Promise.resolve([]) } },
    ...{ accept: () => Promise.resolve("accepted" as const), onStage: () => undefined },
    onFatal: (error) => disk.reject(error),
  });
  keeper.connected(clock.now());
  keeper.message(event("Newchannel"), clock.now());
  while (batches.length === 0) await new Promise(setImmediate);

  for (let one = 0; one < heard; one++) keeper.message(NAMES, clock.now());
  disk.resolve(undefined);
  await keeper.stop();
  return batches[1] ?? 0;
}

const NAMES = event("NewCallerid", "CallerIDName: Ana");

test.each([
  [4, 4],
  [5, 5],
  [6, 5],
])("F07: of %i events on a disk that takes nothing, %i wait in memory", async (heard, wait) => {
  expect(await keptOf(heard, { events: 5, bytes: Infinity })).toBe(wait);
  expect(await keptOf(heard, { events: 1_000, bytes: 5 * NAMES.length })).toBe(wait);
});

test.each([
  [-1, 4],
  [0, 5],
  [1, 5],
])("F07: with room for five events and %i bytes, %i wait in memory", async (more, wait) => {
  const bytes = 5 * NAMES.length + more;

  expect(await keptOf(8, { events: 1_000, bytes })).toBe(wait);
});

test("what is told of a call that ended during the login makes no call of a client without number", () => {
  const clock = handClock();
  const told: FinishedCall[] = [];
  const tracker = createCallTracker({
    clock,
    settings: { extensions: ["_10X"], trunks: ["PJSIP/trunk"] },
    onStage: () => undefined,
    onFinished: (call) => told.push(call),
  });
  tracker.connected();
  tracker.snapshot([], { isComplete: true });

  for (const text of [
    event("BridgeLeave", "BridgeUniqueid: 11111111-0000-4000-8000-000000000001"),
    event("Hangup", "Cause: 16"),
  ]) {
    const ami = parseEvent(text);
    if (ami !== undefined) tracker.event(ami);
  }
  clock.advance(60_000);
  tracker.connectionLost();
  tracker.connected(epochMs(clock.now() + 1_000));

  expect(told).toEqual([]);
  expect(tracker.live().channels).toBe(0);
  tracker.stop();
});
