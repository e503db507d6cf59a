/**
 * The two halves of `replay` by themselves: bytes into typed events, and typed events into finished
 * calls. Each as a ratio to the bare split of the same recording in the same run.
 */
import { createFramer } from "../src/ami/framer.ts";
import { parseEventWithin } from "../src/ami/parse-event.ts";
import type { CallInput } from "../src/calls/fact.ts";
import { initialState, reduce } from "../src/calls/reduce.ts";
import { epochMs } from "../src/lib/clock.ts";
import { countMessages } from "./bare-split.ts";
import { LOAD_SETTINGS, MS_PER_CHUNK, loadedChunks } from "./load-recording.ts";
import { medianOf } from "./median.ts";

export type PartBench = {
  /** 1 would be as fast as only splitting. */
  readonly ratio: number;
  readonly perSecond: number;
  readonly barePerSecond: number;
};

const ROUNDS = 5;
const PASSES = 4;
const WARM_UPS = 10;
const BEGIN = 1_795_000_000_000;

export const benchParse = (): PartBench => {
  const chunks = loadedChunks();
  return compare(chunks, () => void eventsIn(chunks));
};

export const benchCalls = (): PartBench => {
  const chunks = loadedChunks();
  const inputs = eventsIn(chunks);
  return compare(chunks, () => {
    const state = initialState(LOAD_SETTINGS);
    for (const input of inputs) reduce(state, input);
  });
};

function eventsIn(chunks: readonly Buffer[]): CallInput[] {
  const framer = createFramer();
  const inputs: CallInput[] = [];
  let now = BEGIN;
  for (const chunk of chunks) {
    const at = epochMs((now += MS_PER_CHUNK));
    framer.events(chunk, (text, start, end) => {
      const event = parseEventWithin(text, start, end);
      if (event !== undefined) inputs.push({ kind: "event", event, at });
    });
  }
  return inputs;
}

/** Bare and whole in turn: a busy machine hits both alike. */
function compare(chunks: readonly Buffer[], work: () => void): PartBench {
  const messages = countMessages(chunks);
  const round = (passes: number): { bare: number; own: number } => {
    const spent = { bare: 0, own: 0 };
    for (let pass = 0; pass < passes; pass++) {
      spent.bare += msOf(() => void countMessages(chunks)) / passes;
      spent.own += msOf(work) / passes;
    }
    return spent;
  };
  round(WARM_UPS);
  const rounds = Array.from({ length: ROUNDS }, () => round(PASSES));
  return {
    ratio: medianOf(rounds.map(({ bare, own }) => bare / own)),
    perSecond: Math.round((messages / medianOf(rounds.map(({ own }) => own))) * 1_000),
    barePerSecond: Math.round((messages / medianOf(rounds.map(({ bare }) => bare))) * 1_000),
  };
}

function msOf(work: () => void): number {
  const begun = performance.now();
  work();
  return performance.now() - begun;
}
