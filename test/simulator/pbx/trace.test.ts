import { mkdtemp, readFile, rm, writeFile, mkdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { readTrace } from "../../../src/simulator/pbx/trace.ts";
import { fixture, fixturePath } from "./raw-client.ts";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "trace-"));
});
afterEach(() => rm(folder, { recursive: true }));

const BANNER = "Asterisk Call Manager/11.0.0\r\n";
const event = (name: string): string =>
  `Event: ${name}\r\nPrivilege: call,all\r\nUniqueid: 1795261714.0\r\nLinkedid: 1795261714.0\r\n\r\n`;

async function hint(path: string): Promise<string> {
  const trace = await readTrace(path);
  return trace.ok ? "no failure" : trace.failure.hint;
}

test("every byte behind the banner belongs to one message, and times never lack", async () => {
  const trace = await fixture("in-answered-101");

  const bytes = gunzipSync(await readFile(join(fixturePath("in-answered-101"), "events.ami.gz")));
  const messages = trace.parts[0]?.messages ?? [];
  const text = messages.map((message) => message.text).join("");
  expect(BANNER + text).toBe(bytes.toString("latin1"));
  expect(messages.every((message) => message.at > 1.7e12)).toBe(true);
  expect(trace.endedAt - trace.startedAt).toBeGreaterThan(4000);
});

test("the recorder's own login, answers and lists are not live", async () => {
  const trace = await fixture("ami-reconnect-in-talk");

  const messages = trace.parts.flatMap((part) => part.messages);
  const heads = (live: boolean): Set<string> =>
    new Set(
      messages.filter((one) => one.live === live).map((one) => one.text.split("\r\n")[0] ?? ""),
    );
  expect(trace.parts).toHaveLength(2);
  for (const name of [
    "FullyBooted",
    "SuccessfulAuth",
    "CoreShowChannel",
    "Status",
    "BridgeListItem",
  ]) {
    expect(heads(false)).toContain(`Event: ${name}`);
    expect(heads(true)).not.toContain(`Event: ${name}`);
  }
  expect(heads(true)).toContain("Event: Newchannel");
  expect(heads(false)).not.toContain("Event: Hangup");
});

test("a load recording is read with the times of its reads, and cut where the reads cut it", async () => {
  const stream = BANNER + event("Newchannel") + event("Hangup");
  const middle = stream.length - 10;
  const reads = `offset\tlength\tunix_time\n0\t${middle}\t1795261714.5\n${middle}\t10\t1795261716.25\n`;
  await writeFile(join(folder, "small.ami.gz"), gzipSync(stream));
  await writeFile(join(folder, "small.reads.tsv.gz"), gzipSync(reads));

  const trace = await readTrace(join(folder, "small.ami.gz"));

  expect(trace).toMatchObject({ ok: true, value: { name: "small", endedAt: 1795261716250 } });
  expect(trace.ok && trace.value.parts[0]?.messages.map((one) => one.at)).toEqual([
    1795261714500, 1795261716250,
  ]);
});

test("an empty line too many stays with its message, and an unfinished last message is left out", async () => {
  await writeFile(
    join(folder, "events.ami"),
    `${BANNER}${event("TestEvent")}\r\n${event("Hangup")}Event: Half`,
  );
  await writeFile(join(folder, "timing.tsv"), "offset\tlength\tunix_time\n0\t9999\t1795261714.5\n");

  const trace = await readTrace(folder);

  const texts = trace.ok ? trace.value.parts[0]?.messages.map((one) => one.text) : [];
  expect(texts).toEqual([`${event("TestEvent")}\r\n`, event("Hangup")]);
});

test("what a line end in a variable tore off stays with its event", async () => {
  const torn =
    "Event: Newexten\r\nPrivilege: dialplan,all\r\nAppData: one\r\nEvent: Hangup\r\n\r\nfour\r\n\r\n";
  await writeFile(join(folder, "events.ami"), BANNER + torn);
  await writeFile(join(folder, "timing.tsv"), "offset\tlength\tunix_time\n0\t9999\t1795261714.5\n");

  const trace = await readTrace(folder);

  const live = trace.ok ? trace.value.parts[0]?.messages.filter((one) => one.live) : [];
  expect(live?.map((one) => one.text).join("")).toBe(torn);
});

test("what is no trace is told in one sentence", async () => {
  await mkdir(join(folder, "untimed"));
  await writeFile(join(folder, "untimed/events.ami"), BANNER + event("Hangup"));
  await mkdir(join(folder, "mistimed"));
  await writeFile(join(folder, "mistimed/events.ami"), BANNER + event("Hangup"));
  await writeFile(join(folder, "mistimed/timing.tsv"), "offset\tlength\tunix_time\nx\ty\tz\n");
  await mkdir(join(folder, "silent"));
  await writeFile(join(folder, "silent/events.ami"), BANNER);
  await writeFile(join(folder, "silent/timing.tsv"), "offset\tlength\tunix_time\n0\t30\t1.5\n");
  await mkdir(join(folder, "damaged"));
  await writeFile(join(folder, "damaged/events.ami.gz"), "not gzip");

  expect(await hint(folder)).toMatch(/holds no trace/);
  expect(await hint(join(folder, "absent"))).toMatch(/There is no trace/);
  expect(await hint(join(folder, "untimed/events.ami"))).toMatch(/reads\.tsv/);
  expect(await hint(join(folder, "untimed"))).toMatch(/arrival times, is missing/);
  expect(await hint(join(folder, "mistimed"))).toMatch(/must have offset, length and unix_time/);
  expect(await hint(join(folder, "silent"))).toMatch(/holds no message/);
  expect(await hint(join(folder, "damaged"))).toMatch(/cannot be read/);
  expect(await hint(import.meta.filename)).toMatch(/neither a trace folder/);
});
