/** Bytes → finished calls by the same framer, parser and reducer as `replay` and the daemon use. */
import { createFramer } from "../src/ami/framer.ts";
import { parseEventWithin } from "../src/ami/parse-event.ts";
import type { CallInput } from "../src/calls/fact.ts";
import { initialState, reduce } from "../src/calls/reduce.ts";
import type { CallSettings } from "../src/calls/settings.ts";
import type { EpochMs } from "../src/lib/clock.ts";

export type CallCounter = {
  readonly read: (chunk: Buffer, at: EpochMs) => void;
  /** There will be no more. @returns how many calls there were */
  readonly end: (at: EpochMs) => number;
};

export function createCallCounter(settings: CallSettings): CallCounter {
  const framer = createFramer();
  const state = initialState(settings);
  let calls = 0;
  let now = 0 as EpochMs;
  const step = (input: CallInput): void => {
    for (const { kind } of reduce(state, input).facts) if (kind === "finished") calls++;
  };
  const onMessage = (text: string, start: number, end: number): void => {
    const event = parseEventWithin(text, start, end);
    if (event !== undefined) step({ kind: "event", event, at: now });
  };
  return {
    read(chunk, at) {
      now = at;
      framer.events(chunk, onMessage);
    },
    end(at) {
      step({ kind: "end", at });
      return calls;
    },
  };
}
