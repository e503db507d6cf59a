/**
 * What running calls cost: memory for each of 10 to 2,000 of them, and processor for an event beside
 * them. A recorded call is begun as often as wanted, each time with ids of its own, and not ended.
 *
 *   node --expose-gc bench/live-calls.ts     (a process of its own, see `benchLiveCalls`)
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { createFramer } from "../src/ami/framer.ts";
import { parseEventWithin } from "../src/ami/parse-event.ts";
import { initialState, reduce } from "../src/calls/reduce.ts";
import type { CallsState } from "../src/calls/state.ts";
import { epochMs } from "../src/lib/clock.ts";
import { lineThrough } from "./line.ts";
import { LOAD_SETTINGS, chunksOf } from "./load-recording.ts";

export type LiveCallsBench = {
  readonly points: readonly { calls: number; kilobytes: number; msPerThousand: number }[];
  /** Slope of the line through the memory at 10 to 2,000 calls. */
  readonly kilobytesPerCall: number;
  /** The cost of an event beside 2,000 calls, in that beside 10: from the fitted line. */
  readonly costAtMost: number;
};

const COUNTS = [10, 100, 1_000, 2_000];
/** Whole calls that pass beside the running ones while the processor is measured. */
const PASSING = 400;
const ROUNDS = 5;
const START = 1_795_000_000_000;
const CALL = join(import.meta.dirname, "../test/fixtures/traces/ast22/in-group-answered-by-one");

export const benchLiveCalls = (): LiveCallsBench =>
  JSON.parse(
    execFileSync(process.execPath, ["--expose-gc", import.meta.filename], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    }),
  ) as LiveCallsBench;

const stream = gunzipSync(readFileSync(join(CALL, "events.ami.gz"))).toString("latin1");
const whole = stream.slice(stream.indexOf("Event: Newchannel\r\n")); // without the login
const begun = whole.slice(0, whole.indexOf("Event: Hangup\r\n"));

/** The same call with uniqueids, channel names and bridges of its own. */
const withOwnIds = (text: string, index: number): string =>
  text
    .replace(/id: (\d{10})\./g, (_, seconds: string) => `id: ${Number(seconds) + index}.`)
    .replace(/BridgeUniqueid: ........-/g, `BridgeUniqueid: ${String(index).padStart(8, "0")}-`)
    .replace(/(Channel: \S+-)[0-9a-f]{4}/g, `$1${index.toString(16).padStart(4, "0")}`);

type Line = { feed: (text: string) => number; state: CallsState };

function openLine(): Line {
  const framer = createFramer();
  const state = initialState(LOAD_SETTINGS);
  let now = START;
  let messages = 0;
  const onMessage = (text: string, start: number, end: number): void => {
    messages++;
    const event = parseEventWithin(text, start, end);
    if (event !== undefined) reduce(state, { kind: "event", event, at: epochMs(now) });
  };
  const feed = (text: string): number => {
    messages = 0;
    for (const chunk of chunksOf(Buffer.from(text, "latin1"))) {
      now += 11;
      framer.events(chunk, onMessage);
    }
    return messages;
  };
  return { feed, state };
}

function measure(calls: number): LiveCallsBench["points"][number] {
  const line = openLine();
  passBy(line, 0); // the compiler's own memory is not the calls'
  const before = heldBytes();
  for (let i = 1; i <= calls; i++) line.feed(withOwnIds(begun, i));
  const kilobytes = (heldBytes() - before) / 1_000;
  if (new Set(line.state.calls.values()).size < calls) throw new Error("a call has ended");
  const costs: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) costs.push(passBy(line, round));
  return { calls, kilobytes, msPerThousand: medianOf(costs) };
}

/** @returns milliseconds of processor for 1,000 messages of calls that come and go */
function passBy(line: Line, round: number): number {
  const texts: string[] = [];
  for (let i = 0; i < PASSING; i++) {
    texts.push(withOwnIds(whole, 100_000 + round * PASSING + i));
  }
  const text = texts.join("");
  const used = process.cpuUsage();
  const messages = line.feed(text);
  const { user, system } = process.cpuUsage(used);
  return (user + system) / messages;
}

function heldBytes(): number {
  globalThis.gc?.();
  globalThis.gc?.();
  return process.memoryUsage().heapUsed;
}

const medianOf = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;

function allCounts(): LiveCallsBench {
  for (let i = 0; i < 4; i++) measure(COUNTS[1] ?? 1); // the compiler settles
  const points = COUNTS.map(measure);
  const memory = lineThrough(points.map(({ calls, kilobytes }) => [calls, kilobytes]));
  const cost = lineThrough(points.map(({ calls, msPerThousand }) => [calls, msPerThousand]));
  return {
    points,
    kilobytesPerCall: memory.slope,
    costAtMost: cost.at(COUNTS.at(-1) ?? 1) / cost.at(COUNTS[0] ?? 1),
  };
}

if (import.meta.main) process.stdout.write(JSON.stringify(allCounts()));
