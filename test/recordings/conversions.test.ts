// Recordings on their way to mp3, with the store, the disk and the process that converts.
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { createConversions } from "../../src/recordings/conversions.ts";
import { recordingId, type RecordingId } from "../../src/recordings/link.ts";
import { createMp3Folder, type Mp3Folder } from "../../src/recordings/mp3-folder.ts";
import { removeOld } from "../../src/recordings/retention.ts";
import {
  beginConversion,
  insertRecording,
  readRecording,
  recordingById,
  retryRecordings,
  type RecordingRow,
} from "../../src/recordings/schema.ts";
import { isRightLength } from "../../src/recordings/sound/mp3-length.ts";
import { createSoundWork, type SoundWork } from "../../src/recordings/sound/work-process.ts";
import { wavOf } from "./made-sound.ts";
import { openRecordingStore, type RecordingStore } from "./recording-store.ts";

let office: RecordingStore;
let monitor: string;
let mp3s: Mp3Folder;
let ending: (() => Promise<void>)[] = [];

beforeEach(async () => {
  office = await openRecordingStore();
  monitor = join(office.folder, "monitor");
  await mkdir(monitor);
  mp3s = createMp3Folder(join(office.folder, "mp3"));
  await mp3s.prepare();
});

afterEach(async () => {
  for (const end of ending) await end();
  ending = [];
  await office[Symbol.asyncDispose]();
});

type Running = { end(): Promise<void>; wake(): void };

function run(
  changes: {
    work?: Pick<SoundWork, "look" | "convert">;
    waitMs?: number;
    atOnce?: number;
    isDiskShort?: () => boolean;
  } = {},
): Running {
  const own = createSoundWork();
  const stopping = new AbortController();
  const conversions = createConversions({
    settings: {
      rootsOf: () => ({ path: monitor, pbxPath: "/pbx", others: [] }),
      isVoiceMessage: () => false,
      converter: "auto",
      kbitPerSecond: 32,
      atOnce: changes.atOnce ?? 1,
      waitMs: changes.waitMs ?? 3_600_000,
    },
    ...{ folder: mp3s, work: changes.work ?? own, store: office.store, keep: office.keep },
    ...{ clock: systemClock, log: silentLogger, isDiskShort: changes.isDiskShort ?? (() => false) },
  });
  const done = conversions.run(stopping.signal);
  const end = async (): Promise<void> => {
    stopping.abort();
    await own.stop();
    await done;
  };
  ending.push(end);
  return { end, wake: () => conversions.wake() };
}

async function add(
  name: string,
  endedAgoMs = 0,
  parts: readonly string[] = [],
): Promise<RecordingId> {
  const id = recordingId("call", name);
  const callEndedAt = Date.now() - endedAgoMs;
  await office.keep([
    insertRecording({
      ...{ id, callId: "call", extension: "101", path: `/pbx/${name}` },
      ...(parts.length === 0 ? {} : { parts: parts.map((part) => `/pbx/${part}`) }),
      ...{ callStartedAt: callEndedAt - 10_000, callEndedAt, dueAt: Date.now() },
    }),
  ]);
  return id;
}

async function rowOf(id: RecordingId): Promise<RecordingRow> {
  const [row] = await office.store.read(recordingById(id));
  if (row === undefined) throw new Error("no such row");
  return readRecording(row);
}

async function until(id: RecordingId, isIt: (row: RecordingRow) => boolean): Promise<RecordingRow> {
  for (let tries = 0; tries < 1_200; tries++) {
    const row = await rowOf(id);
    if (isIt(row)) return row;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`it stays ${JSON.stringify(await rowOf(id))}`);
}

const isReady = (row: RecordingRow): boolean => row.state === "ready";

test("F66: a recording that comes late is converted when it is there", async () => {
  const id = await add("a.wav");
  run();
  await until(id, ({ dueAt, callEndedAt }) => dueAt > callEndedAt + 500);
  await writeFile(join(monitor, "a.wav"), wavOf(2));

  const row = await until(id, isReady);

  expect(row).toMatchObject({ attempt: 1, source: join(monitor, "a.wav") });
  expect((await readFile(mp3s.fileOf(id))).length).toBe(row.bytes);
});

test("F66: the files of one conversation become one mp3, when the last of them is there", async () => {
  await writeFile(join(monitor, "a.wav"), wavOf(2));
  const id = await add("b.wav", 0, ["a.wav", "b.wav"]);
  run();
  await until(id, ({ dueAt, callEndedAt }) => dueAt > callEndedAt + 500);
  await writeFile(join(monitor, "b.wav"), wavOf(3));

  const row = await until(id, isReady);

  expect(row).toMatchObject({ attempt: 1, reason: undefined });
  expect(isRightLength(row.seconds ?? 0, 5)).toBe(true);
  expect((await readFile(mp3s.fileOf(id))).length).toBe(row.bytes);
});

test("F66: a part that never comes is said, and the others are played", async () => {
  await writeFile(join(monitor, "a.wav"), wavOf(2));
  await writeFile(join(monitor, "c.wav"), wavOf(1));
  await writeFile(join(monitor, "d.wav"), "");
  const id = await add("c.wav", 60_000, ["a.wav", "b.wav", "c.wav", "d.wav"]);
  run({ waitMs: 1_000 });

  const row = await until(id, isReady);

  expect(row.reason).toBe("without b.wav: the file never came; d.wav: the file is empty");
  expect(isRightLength(row.seconds ?? 0, 3)).toBe(true);
});

test("F66: where none of the parts comes the recording is missing, all of it", async () => {
  const id = await add("b.wav", 60_000, ["a.wav", "b.wav"]);
  run({ waitMs: 1_000 });

  const row = await until(id, ({ state }) => state === "missing");

  expect(row.reason).toBe("the file never came; it has 2 files, not joined");
});

test("F68: a file that never comes ends as a kept reason, and a retry finds it later", async () => {
  const id = await add("a.wav", 60_000);
  const running = run({ waitMs: 1_000 });

  const missing = await until(id, ({ state }) => state === "missing");
  await writeFile(join(monitor, "a.wav"), wavOf(1));
  await office.keep([retryRecordings(Date.now())]);
  running.wake();
  const found = await until(id, isReady);

  expect(missing.reason).toBe("the file never came");
  expect(found.state).toBe("ready");
});

test("F65: a file without sound is given up at once, with the reason", async () => {
  await writeFile(join(monitor, "a.wav"), "<html>".repeat(1_000));
  const id = await add("a.wav", 7_200_000);
  run();

  const row = await until(id, ({ state }) => state === "useless");

  expect(row).toMatchObject({ attempt: 0, reason: "it has no WAV header" });
});

test("F70: a link to a file outside is never converted", async () => {
  await writeFile(join(office.folder, "secret.wav"), wavOf(1));
  await symlink(join(office.folder, "secret.wav"), join(monitor, "a.wav"));
  const id = await add("a.wav", 7_200_000);
  run();

  const row = await until(id, ({ state }) => state === "missing");

  expect(row.reason).toBe("it is a symbolic link");
});

test("F67: while the volume hangs the recording waits, and is converted once it answers", async () => {
  const real = createSoundWork();
  ending.push(() => real.stop());
  let looks = 0;
  const work: Pick<SoundWork, "look" | "convert"> = {
    look: (request) => {
      looks += 1;
      return looks === 1
        ? Promise.resolve({ kind: "gone", reason: "no sign of life" })
        : real.look(request);
    },
    convert: (request) => real.convert(request),
  };
  await writeFile(join(monitor, "a.wav"), wavOf(1));
  const id = await add("a.wav", 86_400_000);
  const running = run({ work });

  const waiting = await until(id, ({ dueAt }) => looks === 1 && dueAt > Date.now() + 10_000);
  await office.keep([retryRecordings(Date.now()), dueNow(id)]);
  running.wake();
  await until(id, isReady);

  expect(waiting.state).toBe("waiting");
});

const dueNow = (id: RecordingId): { sql: string; values: readonly string[] } => ({
  sql: "UPDATE recording SET due_at = 0 WHERE id = ?",
  values: [id],
});

test("F64: a conversion that fails three times is given up, and the original is served", async () => {
  const work: Pick<SoundWork, "look" | "convert"> = {
    look: ({ candidates }) =>
      Promise.resolve({
        ...{ kind: "found", path: candidates[0] ?? "", bytes: 1_044, changedAt: 0 },
        ...{ extent: { dataAt: 44, toldBytes: 1_000 }, sound: { kind: "sound", seconds: 1 } },
      } as never),
    convert: () => Promise.resolve({ kind: "failed", reason: "ffmpeg ended by SIGKILL" }),
  };
  const id = await add("a.wav");
  const running = run({ work });

  for (const attempt of [1, 2]) {
    await until(id, (row) => row.attempt === attempt && row.dueAt > Date.now() + 10_000);
    await office.keep([dueNow(id)]);
    running.wake();
  }
  const row = await until(id, ({ state }) => state !== "waiting");

  expect(row).toMatchObject({ state: "original", attempt: 3, reason: "ffmpeg ended by SIGKILL" });
});

test("F69: what a killed conversion left behind is removed, and the recording is converted anew", async () => {
  await writeFile(join(monitor, "a.wav"), wavOf(1));
  const id = await add("a.wav");
  await office.keep([beginConversion(id, 1)]);
  await mkdir(dirname(mp3s.fileOf(id)), { recursive: true });
  await writeFile(`${mp3s.fileOf(id)}.part`, "half");

  await mp3s.prepare();
  const left = await readdir(dirname(mp3s.fileOf(id)));
  run();
  const row = await until(id, isReady);

  expect(left).toEqual([]);
  expect(row.attempt).toBe(2);
});

test("F71: many recordings that finish at once are converted a few at a time, each once", async () => {
  let now = 0;
  let most = 0;
  let converted = 0;
  const work: Pick<SoundWork, "look" | "convert"> = {
    look: ({ candidates }) =>
      Promise.resolve({
        ...{ kind: "found", path: candidates[0] ?? "", bytes: 1_044, changedAt: 0 },
        ...{ extent: { dataAt: 44, toldBytes: 1_000 }, sound: { kind: "sound", seconds: 1 } },
      } as never),
    convert: async () => {
      now += 1;
      most = Math.max(most, now);
      await new Promise((resolve) => setImmediate(resolve));
      now -= 1;
      converted += 1;
      return { kind: "ready", bytes: 1, seconds: 1 };
    },
  };
  const ids: RecordingId[] = [];
  for (let number = 0; number < 100; number++) ids.push(await add(`${number}.wav`));
  run({ work, atOnce: 2 });

  for (const id of ids) await until(id, isReady);

  expect(most).toBe(2);
  expect(converted).toBe(100);
});

test("old mp3 files are removed by age and by size, and what Asterisk keeps stays", async () => {
  const ids: RecordingId[] = [];
  for (const [name, days] of [
    ["old.wav", 100],
    ["middle.wav", 10],
    ["new.wav", 1],
  ] as const) {
    await writeFile(join(monitor, name), wavOf(1));
    ids.push(await add(name, days * 86_400_000));
  }
  const running = run();
  for (const id of ids) await until(id, isReady);
  await running.end();
  const [old, middle, young] = ids as [RecordingId, RecordingId, RecordingId];
  const bytes = (await rowOf(young)).bytes ?? 0;
  const deps = { folder: mp3s, store: office.store, keep: office.keep, now: () => Date.now() };

  const byAge = await removeOld({ ...deps, keepDays: 30, keepBytes: undefined });
  const untouched = await removeOld({ ...deps, keepDays: undefined, keepBytes: 2 * bytes });
  const bySize = await removeOld({ ...deps, keepDays: undefined, keepBytes: 2 * bytes - 1 });

  expect([byAge, untouched, bySize]).toEqual([1, 0, 1]);
  expect([(await rowOf(old)).state, (await rowOf(middle)).state]).toEqual(["removed", "removed"]);
  expect(await mp3s.open(old)).toBeUndefined();
  expect((await rowOf(young)).state).toBe("ready");
  expect((await readdir(monitor)).length).toBe(3);
  await rm(mp3s.path, { recursive: true });
});

test("F07: while the disk is short nothing is converted, and all is made up for afterwards", async () => {
  await writeFile(join(monitor, "a.wav"), wavOf(1));
  const id = await add("a.wav", 60_000);
  let isShort = true;
  let looks = 0;
  const isDiskShort = (): boolean => {
    looks += 1;
    return isShort;
  };
  const running = run({ isDiskShort });

  for (let tries = 0; tries < 20; tries++) {
    running.wake();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const whileShort = await rowOf(id);
  isShort = false;
  running.wake();
  const row = await until(id, isReady);

  expect(looks).toBeGreaterThan(1);
  expect(whileShort).toMatchObject({ state: "waiting", attempt: 0 });
  expect(row.attempt).toBe(1);
});
