// What was missed while nobody listened, found in CEL afterwards.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { completed, createCatchUp } from "../../src/calls/cel/catch-up.ts";
import type { CatchUp } from "../../src/calls/cel/catch-up.ts";
import { csvSource } from "../../src/calls/cel/csv-calls.ts";
import type { CelFailure, CelSource } from "../../src/calls/cel/source.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { epochMs } from "../../src/lib/clock.ts";
import type { EpochMs } from "../../src/lib/clock.ts";
import { createFakeClock, until } from "../ami/fake-clock.ts";
import { celText, reading, toldFromCel } from "./cel-rows.ts";
import { callsOf, traceFolder } from "./recorded-traces.ts";

const folder = mkdtempSync(join(tmpdir(), "cel-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** in-answered-101 lasted from 11:48:34.3 to 11:48:39.8. */
const BEFORE = epochMs(Date.parse("2026-11-21T11:48:00Z"));
const AFTER = epochMs(Date.parse("2026-11-21T11:53:00Z"));

function fileOf(...names: string[]): string {
  const texts = names.map((name) => celText(name));
  const [header = ""] = texts[0]?.split("\n", 1) ?? [];
  const path = join(folder, `${names.join("+")}.csv`);
  writeFileSync(path, [header, ...texts.map((text) => text.slice(header.length + 1))].join("\n"));
  return path;
}

type Scene = {
  readonly catchUp: CatchUp;
  readonly clock: ReturnType<typeof createFakeClock>;
  readonly accepted: FinishedCall[];
  readonly troubles: CelFailure[];
  readonly caughtUp: number[];
  readonly notes: EpochMs[];
};

function scene(
  source: CelSource,
  { heardUntil, now = AFTER }: { heardUntil?: EpochMs; now?: EpochMs } = {},
): Scene {
  const clock = createFakeClock(now);
  const accepted: FinishedCall[] = [];
  const troubles: CelFailure[] = [];
  const caughtUp: number[] = [];
  const notes: EpochMs[] = [];
  const catchUp = createCatchUp({
    source,
    reading,
    clock,
    accept: (call) => {
      const isKnown = accepted.some(({ linkedId }) => linkedId === call.linkedId);
      if (!isKnown) accepted.push(call);
      return Promise.resolve(isKnown ? "known" : "accepted");
    },
    heard: {
      read: () => Promise.resolve(heardUntil),
      write: (at) => Promise.resolve(notes.push(at)),
    },
    onTrouble: (failure) => troubles.push(failure),
    onCaughtUp: ({ calls }) => caughtUp.push(calls),
    onCrash: (thrown) => {
      throw thrown;
    },
  });
  return { catchUp, clock, accepted, troubles, caughtUp, notes };
}

const csv = (path: string): CelSource => csvSource({ path, zone: "UTC" }, 10_000);

async function stop({ catchUp, clock }: Scene): Promise<void> {
  const stopped = catchUp.stop();
  await clock.advance(1_000);
  await stopped;
}

async function completedBy({ catchUp, clock }: Scene, lost: FinishedCall): Promise<unknown> {
  let call: FinishedCall | undefined;
  void catchUp.complete(lost).then((told) => (call = told));
  while (call === undefined) await clock.advance(1_000);
  return call;
}

test("calls that lie wholly within the gap of a restart are accepted", async () => {
  const daemon = scene(csv(fileOf("in-answered-101", "out-busy")), { heardUntil: BEFORE });
  await daemon.catchUp.start();

  daemon.catchUp.connected(AFTER);
  await daemon.clock.advance(5_000);
  await until(() => daemon.caughtUp.length > 0);

  expect(daemon.accepted.map(({ linkedId, result }) => [linkedId, result])).toEqual([
    ["1795261714.0", "answered"],
    ["1795261955.99", "busy"],
  ]);
  expect(daemon.caughtUp).toEqual([2]);
  await stop(daemon);
});

test("the first start of all books nothing of the time before", async () => {
  const daemon = scene(csv(fileOf("in-answered-101")));
  await daemon.catchUp.start();

  daemon.catchUp.connected(AFTER);
  await daemon.clock.advance(600_000);

  expect(daemon.accepted).toEqual([]);
  expect(daemon.notes.length).toBeGreaterThan(0);
  await stop(daemon);
});

test("while CEL cannot be read, a warning says so once and the gap is tried again", async () => {
  const path = join(folder, "comes-later.csv");
  const daemon = scene(csv(path), { heardUntil: BEFORE });
  await daemon.catchUp.start();
  daemon.catchUp.connected(AFTER);
  await daemon.clock.advance(5_000);
  await until(() => daemon.troubles.length > 0);
  const kept = daemon.notes.at(-1);

  writeFileSync(path, celText("in-answered-101"));
  for (let minute = 0; minute < 3; minute++) await daemon.clock.advance(60_000);
  await until(() => daemon.caughtUp.length > 0);

  expect(kept ?? BEFORE).toBe(BEFORE); // a crash now would not lose the gap
  expect(daemon.troubles).toHaveLength(1);
  expect(daemon.accepted).toHaveLength(1);
  await stop(daemon);
});

test("a call whose end nobody saw is completed from CEL", async () => {
  const [lost] = await callsOf(traceFolder("ami-reconnect-end-in-gap"));
  const [truth] = toldFromCel("ami-reconnect-end-in-gap");
  const daemon = scene(csv(fileOf("ami-reconnect-end-in-gap")));
  if (lost === undefined) throw new Error("no call");

  const call = await completedBy(daemon, lost);

  expect(call).toMatchObject({
    linkedId: lost.linkedId,
    isEndKnown: true,
    endedAt: truth?.endedAt,
  });
  await stop(daemon);
});

test("a call that CEL does not know stays as it was seen", async () => {
  const [lost] = await callsOf(traceFolder("ami-reconnect-end-in-gap"));
  const daemon = scene(csv(fileOf("out-busy")));
  if (lost === undefined) throw new Error("no call");

  const call = await completedBy(daemon, lost);

  expect(call).toBe(lost);
  await stop(daemon);
});

test("a call whose completion a stop of the daemon cuts is left to the next start", async () => {
  const [lost] = await callsOf(traceFolder("ami-reconnect-end-in-gap"));
  const daemon = scene(csv(fileOf("out-busy")));
  if (lost === undefined) throw new Error("no call");

  const completing = daemon.catchUp.complete(lost);
  await stop(daemon);

  expect(await completing).toBeUndefined();
});

test("what only the live stream told stays: recordings, line, queue", () => {
  const [told] = toldFromCel("in-answered-101");
  if (told === undefined) throw new Error("no call");
  const seen: FinishedCall = {
    ...told,
    queue: "400",
    isEndKnown: false,
    conversations: told.conversations.map((one) => ({ ...one, recording: "/a.wav" })),
    recordings: ["/greeting.wav"],
  };

  const call = completed(told, seen);

  expect(call).toMatchObject({ isEndKnown: true, queue: "400", recordings: ["/greeting.wav"] });
  expect(call.conversations).toMatchObject([{ extension: "101", recording: "/a.wav" }]);
});

test("a recording that Asterisk and this host name differently is one recording", () => {
  const [told] = toldFromCel("in-answered-101");
  if (told === undefined) throw new Error("no call");
  const withRecording = (recording: string) => ({
    ...told,
    conversations: told.conversations.map((one) => ({ ...one, recording })),
  });

  const call = completed(withRecording("/mnt/pbx/in.wav"), withRecording("/var/spool/in.wav"));

  expect(call.recordings).toEqual([]);
  expect(call.conversations).toMatchObject([{ recording: "/var/spool/in.wav" }]);
});
