/**
 * How fast a stream becomes finished calls: decompressed bytes in chunks of 16 kB through framer,
 * parser and reducer, as a ratio to the bare split of the same chunks in the same run.
 *
 *   node bench/replay.ts        (LOAD_RECORDING=… in the environment for another recording)
 */
import { epochMs } from "../src/lib/clock.ts";
import { countMessages } from "./bare-split.ts";
import { createCallCounter } from "./call-counter.ts";
import { LOAD_SETTINGS, MS_PER_CHUNK, loadedChunks } from "./load-recording.ts";
import { peakMegabytes } from "./peak-memory.ts";

export type ReplayBench = {
  readonly messages: number;
  readonly calls: number;
  /** Medians. */
  readonly messagesPerSecond: number;
  readonly bareMessagesPerSecond: number;
  /** 1 would be as fast as only splitting. */
  readonly ratio: number;
  /** Milliseconds of processor for 1,000 messages. */
  readonly processorMsPerThousand: number;
  /** Most memory while the recording was read from the disk, above that of the started process. */
  readonly peakMegabytes: number;
};

const ROUNDS = 5;
/** Each round plays the recording so often, bare and whole in turn: a busy machine hits both alike. */
const PASSES = 4;
/** The compiler needs as many before its code is settled, as it is in a daemon after its first minutes. */
const WARM_UPS = 10;

/** Milliseconds for one pass. */
type Round = { readonly bare: number; readonly whole: number; readonly processor: number };

export function benchReplay(): ReplayBench {
  const chunks = loadedChunks();
  let messages = 0;
  let calls = 0;
  const play = (passes: number): Round => {
    const spent = { bare: 0, whole: 0, processor: 0 };
    for (let pass = 0; pass < passes; pass++) {
      const bare = time(() => (messages = countMessages(chunks)));
      const whole = time(() => (calls = countCalls(chunks)));
      spent.bare += bare.wall / passes;
      spent.whole += whole.wall / passes;
      spent.processor += whole.processor / passes;
    }
    return spent;
  };
  play(WARM_UPS);
  const rounds = Array.from({ length: ROUNDS }, () => play(PASSES));
  const median = (of: (round: Round) => number): number =>
    rounds.map(of).toSorted((one, other) => one - other)[Math.floor(ROUNDS / 2)] ?? NaN;
  return {
    messages,
    calls,
    messagesPerSecond: Math.round((messages / median(({ whole }) => whole)) * 1000),
    bareMessagesPerSecond: Math.round((messages / median(({ bare }) => bare)) * 1000),
    ratio: median(({ bare, whole }) => bare / whole),
    processorMsPerThousand: median(({ processor }) => (processor / messages) * 1000),
    peakMegabytes: peakMegabytes(),
  };
}

function countCalls(chunks: readonly Buffer[]): number {
  const counter = createCallCounter(LOAD_SETTINGS);
  let now = 1_795_000_000_000;
  for (const chunk of chunks) counter.read(chunk, epochMs((now += MS_PER_CHUNK)));
  return counter.end(epochMs(now));
}

function time(work: () => void): { wall: number; processor: number } {
  const started = performance.now();
  const used = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(used);
  return { wall: performance.now() - started, processor: (user + system) / 1000 };
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(benchReplay(), null, 2)}\n`);
