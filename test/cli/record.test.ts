import { writeFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { runRecord } from "../../src/cli/record.ts";
import { findLeaks } from "../../src/cli/record/leak-check.ts";
import { settingsOf } from "../../src/cli/record/accept.ts";
import { createTraceWriter } from "../../src/cli/record/trace-writer.ts";
import { replayPath } from "../../src/cli/replay-trace.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace, type Trace } from "../../src/simulator/pbx/trace.ts";
import { fixture, fixturePath } from "../simulator/pbx/raw-client.ts";
import {
  contentOf,
  copyRecorded,
  newFolder,
  removeFolders,
  SETTINGS,
  startRecording,
} from "./record-harness.ts";

afterEach(removeFolders);

async function callsOf(folder: string): Promise<readonly FinishedCall[]> {
  const replayed = await replayPath(folder, SETTINGS);
  if (!replayed.ok) throw new Error(replayed.failure.hint);
  return replayed.value.calls;
}

/** A call but for what is replaced and for the ids that the player gives anew. */
const course = (call: FinishedCall): object => ({
  direction: call.direction,
  trunk: call.trunk,
  result: call.result,
  reason: call.reason,
  answeredBy: call.answeredBy,
  digits: call.clientPhone?.length,
  didDigits: call.did?.length,
  conversations: call.conversations.map(({ extension, result, withClient }) => ({
    extension,
    result,
    withClient,
  })),
  recordings: call.recordings.length,
});

const NAMES = [
  "ami-reconnect-in-talk",
  "ami-restart-in-talk",
  "ami-timestampevents",
  "click-answered",
  "click-channelid",
  "in-answered-101",
  "in-queue-abandoned",
  "in-queue-local-members",
  "xfer-blind-refer",
];

test.each(NAMES)("%s: the recording has the same calls, with the same times", async (name) => {
  const original = await callsOf(fixturePath(name));

  const recorded = await callsOf(await copyRecorded(fixturePath(name)));

  const withTimes = (calls: readonly FinishedCall[]): object[] =>
    calls.map((call) => ({
      ...course(call),
      linkedId: call.linkedId,
      startedAt: call.startedAt,
      endedAt: call.endedAt,
      talks: call.conversations.map(({ talkSeconds }) => talkSeconds),
      stages: call.stages,
    }));
  expect(withTimes(recorded)).toEqual(withTimes(original));
  for (const [index, { clientPhone }] of original.entries()) {
    expect(recorded[index]?.clientPhone).not.toBe(clientPhone);
  }
});

test.each(["in-answered-101", "in-queue-local-members", "xfer-blind-refer"])(
  "%s recorded off the line replays as the same call, and can be played again",
  async (name) => {
    const recording = await startRecording();
    await recording.connected();
    await recording.pbx.play(await fixture(name), { speed: Infinity }).finished;
    const recorded = await recording.stop();

    const calls = await callsOf(recording.folder);

    expect(recorded).toMatchObject({ ok: true, value: { connections: 1, ended: "stopped" } });
    expect((await readdir(recording.folder)).sort()).toEqual([
      "config.json",
      "events.ami",
      "sent.ami",
      "timing.tsv",
    ]);
    expect(calls.map(course)).toEqual((await callsOf(fixturePath(name))).map(course));
    const again = await readTrace(recording.folder);
    expect(again).toMatchObject({ ok: true });
  },
);

test("neither number, name nor secret of what was said is in the files", async () => {
  const recording = await startRecording();
  await recording.connected();
  const edit = (event: string): string =>
    event
      .replace(/(CallerIDName|ConnectedLineName|AccountCode): [^\r]*/g, "$1: Zacharias Задунайский")
      .replace(/\r\nValue: [^\r]*/, "\r\nValue: Zacharias\\r\\nEvent: Hangup,+7 (916) 123-45-67");
  const encoded = (event: string): string => Buffer.from(edit(event), "utf8").toString("latin1");
  const trace = await fixture("in-answered-101");
  await recording.pbx.play(trace, { speed: Infinity, edit: encoded }).finished;

  const recorded = await recording.stop();

  const content = Buffer.from(contentOf(recording.folder), "latin1").toString("utf8");
  expect(recorded.ok).toBe(true);
  expect(content).not.toMatch(/9161234567|916\) 123|zacharias|задунайский/i);
  expect(content).not.toContain(DEFAULT_USER.secret);
  expect(content).not.toMatch(/Action: (Login|Challenge)/);
  expect(content).not.toMatch(/^Key: |Challenge: \d/m);
  expect(content).toContain("Action: CoreShowChannels");
});

const hangupsIn = (text: string): number => text.split("Event: Hangup\r\n").length - 1;

const hangupsOf = (trace: Trace): number =>
  trace.parts.flatMap(({ messages }) => messages).filter(({ text }) => hangupsIn(text) > 0).length;

const eventsOf = (folder: string): Promise<string> =>
  readFile(join(folder, "events-1.ami"), "latin1").catch(() => "");

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 600 && !(await isTrue()); tries++)
    await new Promise((resolve) => setTimeout(resolve, 20));
}

test("it does not matter in which pieces the stream comes", async () => {
  const recording = await startRecording();
  recording.pbx.faults.chunkBytes(1);
  await recording.connected();
  const trace = await fixture("in-queue-abandoned");
  // Not all at once: two rounds of ringing in one millisecond would be one.
  await recording.pbx.play(trace, { speed: 10 }).finished;
  // Byte by byte the last ones are still on their way; a goodbye would not wait for them.
  await until(async () => hangupsIn(await eventsOf(recording.folder)) === hangupsOf(trace));
  recording.pbx.faults.chunkBytes(undefined);
  await recording.stop();

  const calls = await callsOf(recording.folder);

  const original = await callsOf(fixturePath("in-queue-abandoned"));
  expect(calls.map(course)).toEqual(original.map(course));
});

test("a lost connection begins new files, and both are replayed", async () => {
  const recording = await startRecording();
  await recording.connected();
  const trace = await fixture("in-answered-101");
  await recording.pbx.play(trace, { speed: Infinity }).finished;
  recording.pbx.faults.closeAll();
  await recording.connected(2);
  await recording.pbx.play(trace, { speed: Infinity }).finished;

  const recorded = await recording.stop();

  expect(recorded).toMatchObject({ ok: true, value: { connections: 2, calls: 2 } });
  expect((await readdir(recording.folder)).sort()).toEqual([
    "config.json",
    "events-1.ami",
    "events-2.ami",
    "sent-1.ami",
    "sent-2.ami",
    "timing-1.tsv",
    "timing-2.tsv",
  ]);
  const calls = await callsOf(recording.folder);
  expect(calls.map(({ answeredBy }) => answeredBy)).toEqual(["101", "101"]);
  expect(calls[0]?.clientPhone).toBe(calls[1]?.clientPhone);
});

test("it ends by itself at the size that was allowed", async () => {
  const recording = await startRecording({ maxBytes: 5000 });
  await recording.connected();
  await recording.pbx.play(await fixture("in-answered-101"), { speed: Infinity }).finished;

  const recorded = await recording.ended;

  await recording.pbx.stop();
  expect(recorded).toMatchObject({ ok: true, value: { ended: "size is reached" } });
  expect((await readTrace(recording.folder)).ok).toBe(true);
});

test("a full disk ends the recording, and what is there is whole", async () => {
  const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC" });
  const folder = newFolder();
  let room = 300;
  const { writeSync } = await import("node:fs");
  const writer = createTraceWriter(folder, (file, bytes, from) => {
    const some = bytes.subarray(from, from + room);
    if (some.length === 0) throw full;
    room -= some.length;
    return writeSync(file, some);
  });
  writer.open("Asterisk Call Manager/11.0.0", epochMs(1000));
  for (let i = 0; i < 20; i++) writer.received(`Event: Number${i}`, epochMs(1001 + i));

  const flushed = writer.flush();
  room = 10_000;
  const closed = writer.close();

  expect(flushed).toEqual({ ok: false, failure: { hint: "the disk is full" } });
  expect(closed.ok).toBe(true);
  const events = await readFile(join(folder, "events.ami"), "utf8");
  const rows = (await readFile(join(folder, "timing.tsv"), "utf8")).trimEnd().split("\n").slice(1);
  const last = rows.at(-1)?.split("\t").map(Number);
  expect(events).toMatch(/\r\n\r\n$/);
  expect((last?.[0] ?? 0) + (last?.[1] ?? 0)).toBe(events.length);
});

test("a recording that holds what had to be replaced is found out, and told only masked", async () => {
  const folder = newFolder();
  writeFileSync(
    join(folder, "events.ami"),
    "Event: VarSet\r\nUniqueid: 1795261714.1\r\nValue: in-89161112233.wav\r\nNote: Zacharias 10.0.0.5\r\n\r\n",
  );
  const replaced = {
    numbers: new Map([["9161112233", "1000000001"]]),
    words: new Map([["zacharias", "bababababa"]]),
    ips: new Map(),
    hosts: new Map(),
  };

  const leaks = await findLeaks(folder, {
    replaced,
    names: new Set(["zacharias"]),
    secrets: new Set(["10.0.0.5"]),
    isKept: () => false,
  });

  expect(leaks.map(({ sentence }) => sentence)).toEqual([
    "the number •••33 in Value of VarSet",
    "the name Z••• in Note of VarSet",
  ]);
});

test("what was meant to stay is not taken for something left", async () => {
  const folder = newFolder();
  writeFileSync(
    join(folder, "events.ami"),
    "Event: VarSet\r\nUniqueid: 1795261714.54321\r\nContext: ivr-sales\r\nVariable: SALES_ID\r\nValue: Local/101@ivr-sales-0005432a;1 1795261714.54321 60001 10.0.0.7\r\n\r\n",
  );

  const leaks = await findLeaks(folder, {
    replaced: {
      numbers: new Map([
        ["54321", "22222"],
        ["60001", "33333"],
        ["1795261714", "1000000002"],
      ]),
      words: new Map([["sales", "babab"]]),
      ips: new Map([["192.0.2.1", "10.0.0.7"]]),
      hosts: new Map(),
    },
    names: new Set(["sales"]),
    secrets: new Set(),
    isKept: (name) => ["ivr-sales", "60001"].includes(name),
  });

  expect(leaks).toEqual([]);
});

type Told = { code: number; out: string; err: string };

async function run(args: string[], stop = new AbortController().signal): Promise<Told> {
  let [out, err] = ["", ""];
  const code = await runRecord(args, {
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
    stop,
  });
  return { code, out, err };
}

function configFor(port: number): string {
  const file = join(newFolder(), "given.json");
  const { name: username, secret } = DEFAULT_USER;
  const { extensions, trunks } = SETTINGS;
  writeFileSync(
    file,
    JSON.stringify({
      ami: { port, username, secret },
      pbx: { extensions: [...extensions, "_8123456XXXX"], trunks },
      users: { "101": 1, "79165550011": 2 },
    }),
  );
  return file;
}

test("the command says what it recorded, how to look at it and how to attach it", async () => {
  const pbx = await startPbxSimulator();
  const folder = join(newFolder(), "monday");
  const config = configFor(pbx.port);

  const told = await run(["--minutes", "0.005", "--config", config, folder]);
  await pbx.stop();

  expect(told).toMatchObject({ code: 0, err: "" });
  expect(told.out).toContain(`connected to Asterisk at 127.0.0.1:${pbx.port}`);
  expect(told.out).toContain("it ended since the time is over");
  expect(told.out).toContain(`asterisk-kommo replay --config ${folder}/config.json ${folder}`);
  expect(told.out).toMatch(/tar -czf monday\.tar\.gz -C \S+ monday\n/);
  expect(told.out).toContain("read through it before you send it");
  expect(await settingsOf(folder, undefined)).toMatchObject({ extensions: ["_10X"] });
});

test("a folder that holds something is refused", async () => {
  const folder = newFolder();
  writeFileSync(join(folder, "mine"), "");

  const told = await run(["--config", configFor(1), folder]);

  expect(told.code).toBe(1);
  expect(told.err).toContain("is not empty: name a new folder");
  expect(await readdir(folder)).toEqual(["mine"]);
});

test("an exchange that is not there is told at once", async () => {
  const pbx = await startPbxSimulator();
  const { port } = pbx;
  await pbx.stop();
  const folder = newFolder();

  const told = await run(["--config", configFor(port), folder]);

  expect(told.code).toBe(1);
  expect(told.err).toContain("does not answer");
  expect(await readdir(folder)).toEqual([]);
});

test.each([
  [[]],
  [["one", "two"]],
  [["--minutes", "0", "x"]],
  [["--max-mb", "much", "x"]],
  [["--accept", "x"]],
])("%j is wrong usage", async (args) => {
  expect((await run(args)).code).toBe(2);
});

test("a recording becomes a test: shown, accepted, and held against what was accepted", async () => {
  const folder = await copyRecorded(fixturePath("in-answered-101"));
  const { extensions, trunks } = SETTINGS;
  writeFileSync(join(folder, "config.json"), JSON.stringify({ pbx: { extensions, trunks } }));

  const shown = await run(["--test", folder]);
  const accepted = await run(["--test", "--accept", folder]);
  const same = await run(["--test", folder]);
  const calls = await readFile(join(folder, "calls.json"), "utf8");
  writeFileSync(join(folder, "calls.json"), calls.replace('"answered"', '"missed"'));
  const differs = await run(["--test", folder]);

  expect([shown.code, accepted.code, same.code, differs.code]).toEqual([0, 0, 0, 1]);
  expect(shown.out).toContain("not accepted yet");
  expect(same.out).toContain("these are the calls that were accepted");
  expect(JSON.parse(calls)).toMatchObject({ calls: [{ result: "answered", answered_by: "101" }] });
  expect(differs.err).toContain("not the calls that were accepted");
});
