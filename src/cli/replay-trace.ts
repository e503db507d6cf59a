/**
 * A recorded stream → the calls it holds, by the same parser and reducer as the daemon's. No network,
 * and no clock but the recording's own. For the command, the demo, the simulators and tests.
 */
import { createEventTime } from "../ami/event-time.ts";
import { createFramer } from "../ami/framer.ts";
import { createEventParser, type EventParser } from "../ami/parse-event.ts";
import type { CallFact, CallInput } from "../calls/fact.ts";
import type { FinishedCall } from "../calls/finished-call.ts";
import { initialState, reduce } from "../calls/reduce.ts";
import type { CallSettings } from "../calls/settings.ts";
import type { EpochMs } from "../lib/clock.ts";
import type { Result } from "../lib/failure.ts";
import { openRecorded } from "./replay-source.ts";
import type { NoTrace, Recorded, RecordedStream } from "./replay-source.ts";

export type ReplayedTrace = {
  /** Name of the folder or of the load recording. */
  readonly trace: string;
  /** In the order in which they ended. */
  readonly calls: readonly FinishedCall[];
};

export async function replayPath(
  path: string,
  settings: CallSettings,
): Promise<Result<ReplayedTrace, NoTrace>> {
  const recorded = await openRecorded(path);
  if (!recorded.ok) return recorded;
  const calls: FinishedCall[] = [];
  for await (const fact of factsOf(recorded.value, settings)) {
    if (fact.kind === "finished") calls.push(fact.call);
  }
  return { ok: true, value: { trace: recorded.value.name, calls } };
}

/** Live stages and finished calls, in order; calls that the recording cuts off are closed with its end. */
export async function* factsOf(
  recorded: Recorded,
  settings: CallSettings,
): AsyncGenerator<CallFact> {
  const state = initialState(settings);
  let last = recorded.streams[0]?.startedAt;
  if (last === undefined) return;
  const parse = createEventParser(settings.variables);
  const step = (input: CallInput): readonly CallFact[] => reduce(state, input).facts;
  for (const [index, stream] of recorded.streams.entries()) {
    if (index > 0) yield* step({ kind: "connection-lost", at: last });
    yield* step({ kind: "connected", at: stream.startedAt });
    for await (const { facts, at } of stepsOf(stream, { parse, step })) {
      last = at;
      yield* facts;
    }
  }
  yield* step({ kind: "end", at: last });
}

async function* stepsOf(
  stream: RecordedStream,
  { parse, step }: { parse: EventParser; step: (input: CallInput) => readonly CallFact[] },
): AsyncGenerator<{ facts: readonly CallFact[]; at: EpochMs }> {
  const framer = createFramer();
  const eventTime = createEventTime();
  for await (const { bytes, at } of stream.reads()) {
    const facts: CallFact[] = [];
    framer.events(bytes, (text, start, end) => {
      const event = parse(text, start, end);
      if (event === undefined) return;
      const happened = eventTime(text, at, start);
      for (const fact of step({ kind: "event", event, at: happened })) facts.push(fact);
    });
    yield { facts, at };
  }
}
