/**
 * How fast a stream becomes finished calls: decompressed bytes in chunks of 16 kB through framer,
 * parser and reducer, as a ratio to the bare split of the same chunks in the same run.
 *
 *   node bench/replay.ts [LOAD.ami.gz]      or with LOAD_RECORDING=… in the environment
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createFramer } from "../src/ami/framer.ts";
import { parseEvent } from "../src/ami/parse-event.ts";
import { initialState, reduce } from "../src/calls/reduce.ts";
import type { CallSettings } from "../src/calls/settings.ts";
import { epochMs } from "../src/lib/clock.ts";
import { countMessages } from "./bare-split.ts";

export type ReplayBench = {
  readonly recording: string;
  readonly messages: number;
  readonly calls: number;
  /** Medians. */
  readonly messagesPerSecond: number;
  readonly bareMessagesPerSecond: number;
  /** 1 would be as fast as only splitting. */
  readonly ratio: number;
  /** Milliseconds of processor for 1,000 messages. */
  readonly processorMsPerThousand: number;
  /** Most memory that the process ever had, the recording itself included; megabytes. */
  readonly peakMegabytes: number;
};

const ROUNDS = 5;
/** The compiler needs as many before its code is settled, as it is in a daemon after its first minute. */
const WARM_UPS = 6;
const CHUNK_BYTES = 16_384;
const SETTINGS: CallSettings = { extensions: ["_10X"], trunks: ["PJSIP/trunk", "SIP/trunk"] };
/** A load recording's mean: 3 messages a millisecond. */
const MS_PER_CHUNK = 11;

export function benchReplay(recording: string | undefined): ReplayBench {
  const { name, bytes } = recording === undefined ? repeatedTraces() : loadRecording(recording);
  const chunks: Buffer[] = [];
  for (let i = 0; i < bytes.length; i += CHUNK_BYTES) {
    chunks.push(bytes.subarray(i, i + CHUNK_BYTES));
  }

  let messages = 0;
  let calls = 0;
  const rounds: { bare: number; whole: number; processor: number }[] = [];
  for (let round = 0; round < WARM_UPS + ROUNDS; round++) {
    const bare = time(() => (messages = countMessages(chunks)));
    const whole = time(() => (calls = countCalls(chunks)));
    if (round < WARM_UPS) continue;
    rounds.push({ bare: bare.wall, whole: whole.wall, processor: whole.processor });
  }
  const median = (of: (round: (typeof rounds)[number]) => number): number =>
    rounds.map(of).toSorted((one, other) => one - other)[Math.floor(ROUNDS / 2)] ?? NaN;
  return {
    recording: name,
    messages,
    calls,
    messagesPerSecond: Math.round((messages / median(({ whole }) => whole)) * 1000),
    bareMessagesPerSecond: Math.round((messages / median(({ bare }) => bare)) * 1000),
    ratio: median(({ bare, whole }) => bare / whole),
    processorMsPerThousand: median(({ processor }) => (processor / messages) * 1000),
    peakMegabytes: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

function countCalls(chunks: readonly Buffer[]): number {
  const framer = createFramer();
  let state = initialState(SETTINGS);
  let now = 1_795_000_000_000;
  let calls = 0;
  const step = (input: Parameters<typeof reduce>[1]): void => {
    const next = reduce(state, input);
    state = next.state;
    for (const { kind } of next.facts) if (kind === "finished") calls++;
  };
  for (const chunk of chunks) {
    const at = epochMs((now += MS_PER_CHUNK));
    for (const text of framer.push(chunk)) {
      const event = parseEvent(text);
      if (event !== undefined) step({ kind: "event", event, at });
    }
  }
  step({ kind: "end", at: epochMs(now) });
  return calls;
}

function time(work: () => void): { wall: number; processor: number } {
  const started = performance.now();
  const used = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(used);
  return { wall: performance.now() - started, processor: (user + system) / 1000 };
}

const loadRecording = (path: string): { name: string; bytes: Buffer } => ({
  name: path,
  bytes: gunzipSync(readFileSync(path)),
});

/** Where there is no load recording: one recorded call after the other, with ids of their own. */
function repeatedTraces(): { name: string; bytes: Buffer } {
  const root = join(import.meta.dirname, "../test/fixtures/traces/ast22");
  const traces = readdirSync(root)
    .map((name) => join(root, name, "events.ami.gz"))
    .filter((file) => existsSync(file))
    .map((file) => gunzipSync(readFileSync(file)).toString("latin1"));
  const parts: string[] = [];
  for (let round = 0; round < 20; round++) {
    for (const text of traces) parts.push(text.replaceAll(": 1795", `: ${1795 + round}`));
  }
  return { name: "repeated traces", bytes: Buffer.from(parts.join(""), "latin1") };
}

if (import.meta.main) {
  const result = benchReplay(process.argv[2] ?? process.env["LOAD_RECORDING"]);
  process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
}
