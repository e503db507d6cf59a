import { gunzipSync, gzipSync } from "node:zlib";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { runReplay } from "../../src/cli/replay.ts";
import { callsOf, labSettings, traceFolder } from "./recorded-traces.ts";

let folder: string;
let config: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "replay-"));
  config = join(folder, "config.json");
  writeFileSync(config, `{ // only what replay needs\n "pbx": { "extensions": ["_10X"] } }`);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const plain = (name: string, file: string): Buffer =>
  gunzipSync(readFileSync(join(traceFolder(name), `${file}.gz`)));

async function replay(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const code = await runReplay(args, {
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
  });
  return { code, out, err };
}

test("a folder with nothing but a stream and its times is a trace", async () => {
  writeFileSync(join(folder, "events.ami"), plain("in-answered-101", "events.ami"));
  writeFileSync(join(folder, "timing.tsv"), plain("in-answered-101", "timing.tsv"));

  const { code, out } = await replay("--json", "--config", config, folder);

  expect(code).toBe(0);
  const { calls } = JSON.parse(out) as { calls: unknown[] };
  expect(calls).toMatchObject([
    {
      direction: "inbound",
      client_phone: "79161234567",
      did: "74951000101",
      trunk: "PJSIP/trunk",
      result: "answered",
      reason: null,
      answered_by: "101",
      conversations: [{ extension: "101", result: "answered", with_client: true, recording: null }],
      recordings: [],
    },
  ]);
});

test("each path is one line of JSON, and times are Unix seconds", async () => {
  const paths = [traceFolder("in-answered-101"), traceFolder("out-busy")];

  const { out } = await replay("--json", "--config", config, ...paths);

  const lines = out.trim().split("\n");
  expect(lines.map((line) => (JSON.parse(line) as { trace: string }).trace)).toEqual([
    "in-answered-101",
    "out-busy",
  ]);
  expect(lines[0]).toContain(`"started_at":1795261714.`);
});

test("a withheld number is null", async () => {
  const { out } = await replay("--json", "--config", config, traceFolder("in-anonymous"));

  expect(out).toContain(`"client_phone":null`);
});

test("a load recording is a stream with the times of its reads", async () => {
  const stream = plain("in-answered-101", "events.ami");
  writeFileSync(join(folder, "small.ami.gz"), gzipSync(stream));
  const rows = [0, 4_000, 8_000].map((offset) => `${offset}\t4000\t${1795261714 + offset / 1000}`);
  writeFileSync(
    join(folder, "small.reads.tsv.gz"),
    gzipSync(["offset\tlength\tunix_time", ...rows].join("\n")),
  );

  const { code, out } = await replay("--json", "--config", config, join(folder, "small.ami.gz"));

  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({ trace: "small", calls: [{ direction: "inbound" }] });
});

test("without --json a person can read it", async () => {
  const { out } = await replay("--config", config, traceFolder("in-answered-101"));

  expect(out).toMatch(/inbound +79161234567 +answered .* to 74951000101/);
});

for (const [what, make] of [
  ["a folder that holds no trace", (): string => folder],
  ["a folder that does not exist", (): string => join(folder, "nowhere")],
  ["a file that is no recording", (): string => config],
] as const) {
  test(`${what}: one sentence and exit code 1`, async () => {
    const { code, out, err } = await replay("--json", "--config", config, make());

    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err.trim().split("\n")).toHaveLength(1);
  });
}

test("the other traces are told even if one is none", async () => {
  const { code, out } = await replay("--json", "--config", config, folder, traceFolder("out-busy"));

  expect(code).toBe(1);
  expect(out).toContain("out-busy");
});

test("no path is wrong usage", async () => {
  const { code, err } = await replay("--json");

  expect(code).toBe(2);
  expect(err).toContain("--help");
});

test("help says what it does", async () => {
  const { code, out } = await replay("--help");

  expect(code).toBe(0);
  expect(out).toContain("Usage: asterisk-kommo replay");
});

test("a stream that ends in the middle of a call gives the call as far as it went", async () => {
  const stream = plain("in-answered-101", "events.ami");
  writeFileSync(join(folder, "events.ami"), stream.subarray(0, stream.length - 9_000));
  writeFileSync(join(folder, "timing.tsv"), plain("in-answered-101", "timing.tsv"));

  const [call] = await callsOf(folder, labSettings);

  expect(call).toMatchObject({ direction: "inbound", isEndKnown: false });
});

test("noise in place of a stream, or of its times, is no call and no crash", async () => {
  const noise = Buffer.from(Array.from({ length: 50_000 }, (_, index) => (index * 7919) % 256));
  writeFileSync(join(folder, "events.ami"), noise);
  writeFileSync(
    join(folder, "timing.tsv"),
    "offset\tlength\tunix_time\n0\t30\t1795261714.1\nx\ty\n",
  );

  const calls = await callsOf(folder, labSettings);

  expect(calls).toEqual([]);
});

test("a recording whose times are unreadable is named as such", async () => {
  writeFileSync(join(folder, "events.ami"), "");
  writeFileSync(join(folder, "timing.tsv"), "");

  const { code, err } = await replay("--json", "--config", config, folder);

  expect(code).toBe(1);
  expect(err).toContain("timing.tsv");
});

test("a gzipped stream that is cut short counts up to there", async () => {
  const whole = gzipSync(plain("in-answered-101", "events.ami"));
  writeFileSync(join(folder, "events.ami.gz"), whole.subarray(0, whole.length - 200));
  writeFileSync(join(folder, "timing.tsv"), plain("in-answered-101", "timing.tsv"));

  const calls = await callsOf(folder, labSettings);

  expect(calls).toHaveLength(1);
});
