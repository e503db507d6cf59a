// Lost, doubled, late and mixed-up events: calls are closed with what is known, and told once.
import { gunzipSync } from "node:zlib";
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { createFramer } from "../../src/ami/framer.ts";
import { parseEvent } from "../../src/ami/parse-event.ts";
import type { AmiEvent } from "../../src/ami/event.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { initialState, reduce } from "../../src/calls/reduce.ts";
import { channelsOf } from "../../src/calls/state.ts";
import type { CallsState } from "../../src/calls/state.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { allTraces, labSettings, traceFolder } from "./recorded-traces.ts";

const traces: readonly (readonly AmiEvent[])[] = allTraces().map(({ name, exchange }) =>
  eventsIn(traceFolder(name, exchange)),
);

function eventsIn(folder: string): readonly AmiEvent[] {
  return readdirSync(folder)
    .filter((file) => file.startsWith("events"))
    .flatMap((file) => {
      const framer = createFramer();
      return framer
        .push(gunzipSync(readFileSync(join(folder, file))))
        .map(parseEvent)
        .filter((event) => event !== undefined);
    });
}

const HOUR_MS = 3_600_000;

/** Plays the events, then lets a day pass without any, and gives what was told. */
function playThrough(events: readonly AmiEvent[]): { told: FinishedCall[]; state: CallsState } {
  let state = initialState(labSettings);
  let now = 1_795_000_000_000;
  const told: FinishedCall[] = [];
  const step = (input: Parameters<typeof reduce>[1]): void => {
    const next = reduce(state, input);
    state = next.state;
    for (const fact of next.facts) if (fact.kind === "finished") told.push(fact.call);
  };
  for (const event of events) step({ kind: "event", event, at: epochMs((now += 7)) });
  for (let hour = 0; hour < 30; hour++) step({ kind: "tick", at: epochMs((now += HOUR_MS)) });
  step({ kind: "tick", at: epochMs(now + 1_000) });
  return { told, state };
}

/** Pieces of several recordings, shuffled together, with losses and repetitions. */
const disorder = fc
  .array(fc.nat({ max: traces.length - 1 }), { minLength: 1, maxLength: 4 })
  .chain((indexes) => {
    const events = indexes.flatMap((index) => traces[index] ?? []);
    return fc.record({
      events: fc.constant(events),
      kept: fc.array(fc.nat({ max: Math.max(0, events.length - 1) }), { maxLength: 400 }),
      isOrdered: fc.boolean(),
    });
  })
  .map(({ events, kept, isOrdered }) => {
    const order = isOrdered ? kept.toSorted((one, other) => one - other) : kept;
    return order.map((index) => events[index]).filter((event) => event !== undefined);
  });

test("F28: whatever is lost, doubled or out of order: nothing breaks, all ends, nothing stays in memory", () => {
  fc.assert(
    fc.property(disorder, (events) => {
      const { told, state } = playThrough(events);

      expect(channelsOf(state).length + state.bridges.size + state.calls.size).toBe(0);
      expect(state.settling).toHaveLength(0);
      expect(new Set(told.map(({ linkedId }) => linkedId)).size).toBe(told.length);
      for (const call of told) expectSane(call);
    }),
    { numRuns: 300 },
  );
});

function expectSane(call: FinishedCall): void {
  expect(call.endedAt).toBeGreaterThanOrEqual(call.startedAt);
  expect(call.stages.filter(({ stage }) => stage === "call_ended")).toHaveLength(1);
  const seen = new Set<string>();
  for (const conversation of call.conversations) {
    const { extension, requestedAt, acceptedAt, endedAt, talkSeconds } = conversation;
    expect(talkSeconds).toBeGreaterThanOrEqual(0);
    expect(endedAt).toBeGreaterThanOrEqual(acceptedAt ?? requestedAt);
    const key = `${extension} ${requestedAt} ${acceptedAt} ${endedAt}`;
    expect(seen.has(key)).toBe(false);
    seen.add(key);
  }
}

test("a stream that is told twice over yields each call once", () => {
  for (const events of traces) {
    const once = playThrough(events).told;
    const twice = playThrough(events.flatMap((event) => [event, event])).told;

    expect(twice.map(summary)).toEqual(once.map(summary));
  }
});

/** Without the time in the id of a call that had no channel. */
const summary = (call: FinishedCall): string => {
  const id = call.linkedId.replace(/^originate-[\d.]+/, "originate");
  const extensions = call.conversations.map(({ extension }) => extension);
  return [id, call.direction, call.result, call.answeredBy, ...extensions].join(" ");
};

test("F28: a call whose hangups were lost is closed in the end, and says that its end is unknown", () => {
  const events = (traces[0] ?? []).filter(({ kind }) => kind !== "hangup");

  const { told } = playThrough(events);

  expect(told.every(({ isEndKnown }) => !isEndKnown)).toBe(true);
});

test("2,000 calls at once end as 2,000 calls", () => {
  const [sample = []] = traces.filter((events) => events.length > 10);
  const many = Array.from({ length: 2_000 }, (_, index) => renamed(sample, `${index}-`));
  const longest = Math.max(...many.map((events) => events.length));
  const mixed = Array.from({ length: longest }, (_, index) =>
    many.map((events) => events[index]).filter((event) => event !== undefined),
  ).flat();

  const { told, state } = playThrough(mixed);

  expect(told).toHaveLength(2_000 * playThrough(sample).told.length);
  expect(channelsOf(state)).toHaveLength(0);
});

/** The same call on channels of its own. */
const renamed = (events: readonly AmiEvent[], prefix: string): readonly AmiEvent[] =>
  events.map(
    (event) =>
      JSON.parse(JSON.stringify(event), (key, value: unknown) =>
        ["id", "linked", "bridge"].includes(key) && typeof value === "string"
          ? prefix + value
          : value,
      ) as AmiEvent,
  );

test("F31: an id that is used again after the clock was set back is another call", () => {
  const [events = []] = traces.filter((list) => list.some(({ kind }) => kind === "hangup"));
  const cut = events.slice(
    0,
    events.findIndex(({ kind }) => kind === "hangup"),
  );
  const again = cut.map(
    (event) =>
      JSON.parse(JSON.stringify(event), (key, value: unknown) =>
        key === "name" && typeof value === "string" ? value.replace(/-/, "-f") : value,
      ) as AmiEvent,
  );

  const { state } = playThrough([...cut, ...again]);

  expect(channelsOf(state)).toHaveLength(0);
});
