// Recordings of calls that are told from CEL: found on the disk by the channel that recorded.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import fc from "fast-check";
import { linkedId, uniqueId } from "../../src/ami/ids.ts";
import { findCalls } from "../../src/calls/cel/find-calls.ts";
import { filesOfChannels, foldersByDate } from "../../src/calls/cel/recording-files.ts";
import type { CelRow } from "../../src/calls/cel/cel-row.ts";
import type { CelSource } from "../../src/calls/cel/source.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { succeeded } from "../../src/lib/failure.ts";
import { celRecords, celRows, reading, rowsOf } from "./cel-rows.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "monitor-"));
});
afterEach(() => rmSync(root, { recursive: true }));

const SOUND = Buffer.alloc(1_000);
function record(path: string, sound = SOUND): string {
  const file = join(root, path);
  mkdirSync(join(file, ".."), { recursive: true });
  writeFileSync(file, sound);
  return file;
}

const sourceOf = (rows: readonly CelRow[]): CelSource => {
  const read = () => Promise.resolve(succeeded({ rows, skipped: 0, isWhole: true }));
  return { readWindow: read, readCalls: read, close: () => Promise.resolve() };
};

async function backfilled(rows: readonly CelRow[]): Promise<FinishedCall[]> {
  const linkedIds = [...new Set(rows.map(({ channel }) => channel.linked))];
  const calls: FinishedCall[] = [];
  const deps = {
    source: sourceOf(rows),
    reading: { ...reading, recordingsPath: root },
    now: () => epochMs(1_800_000_000_000),
    signal: new AbortController().signal,
  };
  for await (const read of findCalls({ kind: "ids", linkedIds }, deps)) {
    if (read.ok) calls.push(...read.value.map(({ call }) => call));
  }
  return calls;
}

const ids = (...texts: string[]) => new Set(texts.map(uniqueId));
const nameOf = (names: readonly string[], id: string): string | undefined =>
  filesOfChannels(names, ids(id)).get(uniqueId(id));

test("a call found in CEL has its recording, from FreePBX's folder of that day", async () => {
  const id = "1795261714.0";
  const name = `in-74951000101-79161234567-20261121-144834-${id}.wav`;
  const file = record(`2026/11/21/${name}`);
  record(`2026/11/21/in-74951000101-79161234567-20261121-144834-${id}1.wav`);

  const [call] = await backfilled(celRows("in-answered-101"));

  expect(call).toMatchObject({ linkedId: linkedId(id), recordings: [] });
  expect(call?.conversations).toMatchObject([{ extension: "101", recording: file }]);
});

test("a recording that lies straight in the folder is found as well", async () => {
  const file = record("1795261714.0.wav");

  const [call] = await backfilled(celRows("in-answered-101"));

  expect(call?.conversations).toMatchObject([{ recording: file }]);
});

test("a file that holds no sound is no recording", async () => {
  record("2026/11/21/in-1795261714.0.wav", Buffer.alloc(44));

  const [call] = await backfilled(celRows("in-answered-101"));

  expect(call?.conversations).toMatchObject([{ recording: undefined }]);
});

test("what CEL itself names is not looked for", async () => {
  record("2026/11/21/other-1795261714.0.wav");
  const [start, dial, ...rest] = celRecords("in-answered-101");
  const mixmonitor = { ...dial, appname: "MixMonitor", appdata: "named.wav,b" };
  const records = [start, mixmonitor, dial, ...rest].filter((one) => one !== undefined);

  const [call] = await backfilled(rowsOf(records));

  expect(call?.conversations).toMatchObject([{ recording: join(root, "named.wav") }]);
});

test("a call in which nobody spoke has no recording, whatever lies there", async () => {
  record("2026/11/21/out-1795261800.1.wav");

  const [call] = await backfilled(celRows("out-busy"));

  expect(call?.recordings).toEqual([]);
});

test("the folder of a day is found in every zone of the world", () => {
  const noon = epochMs(Date.parse("2026-01-01T12:00:00Z"));
  const evening = epochMs(Date.parse("2026-12-31T23:30:00Z"));

  expect(foldersByDate("/m", { from: noon, to: noon })).toEqual([
    "/m",
    "/m/2025/12/31",
    "/m/2026/01/01",
    "/m/2026/01/02",
  ]);
  expect(foldersByDate("/m", { from: evening, to: evening })).toContain("/m/2027/01/01");
  expect(foldersByDate("/m", { from: epochMs(0), to: evening }).length).toBe(41);
});

test("a name belongs to the channel whose whole uniqueid it ends in", () => {
  const names = [
    "q-400-79161234567-20261121-134609-1795268769.45.wav",
    "out-8916-101-pbx1-1795268769.4.mp3",
    "1795268769.5.wav",
    "note-1795268769.6.txt",
    "x1795268769.7.wav",
  ];

  expect(nameOf(names, "1795268769.45")).toBe(names[0]);
  expect(nameOf(names, "pbx1-1795268769.4")).toBe(names[1]);
  expect(nameOf(names, "1795268769.5")).toBe(names[2]);
  for (const id of ["1795268769.6", "1795268769.7", "795268769.45", "9.45", "1795268769.454"])
    expect(nameOf(names, id)).toBeUndefined();
});

test("of two files of one recording the one that Asterisk wrote is taken", () => {
  const names = ["in-1.2.mp3", "in-1.2.wav", "in-1.2.ogg"];

  expect(nameOf(names, "1.2")).toBe("in-1.2.wav");
});

test("no name and no id confuse it", () => {
  fc.assert(
    fc.property(fc.array(fc.string()), fc.array(fc.string()), (names, texts) => {
      const found = filesOfChannels(names, ids(...texts));

      for (const [id, name] of found) expect(name).toContain(id);
    }),
  );
});
