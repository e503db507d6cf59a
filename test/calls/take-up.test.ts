// A host goes on where another one died: it was listening too, and books what that one no longer could.
// Recorded calls, cut at many places: whatever the moment, the calls are the same, each of them once.
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { parseEvent } from "../../src/ami/parse-event.ts";
import type { AmiText } from "../../src/ami/framer.ts";
import { acceptCall, callSchema } from "../../src/calls/archive.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { createHeardEvents } from "../../src/calls/heard-events.ts";
import { createCallKeeper, type CallKeeper } from "../../src/calls/keeper.ts";
import { liveLogSchema } from "../../src/calls/live-log.ts";
import { epochMs, type EpochMs } from "../../src/lib/clock.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { sql, type DaemonStore } from "../../src/store/store.ts";
import { handClock, type HandClock } from "../outbox/hand-clock.ts";
import { storeFolder } from "../store/store-folder.ts";
import { labSettings } from "./recorded-traces.ts";

type Message = { readonly text: AmiText; readonly at: EpochMs };

const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");

async function messagesOf(name: string): Promise<readonly Message[]> {
  const trace = await readTrace(join(RECORDINGS, name));
  if (!trace.ok) throw new Error(trace.failure.hint);
  return trace.value.parts.flatMap(({ messages }) =>
    messages.filter(({ live }) => live).map(({ text, at }) => ({ text: text as AmiText, at })),
  );
}

type Host = CallKeeper & {
  hear(messages: readonly Message[]): Promise<void>;
  /** Long enough for calls that are over to be told. */
  end(): Promise<void>;
};

function hostOn(store: DaemonStore, clock: HandClock): Host {
  const keeper = createCallKeeper({
    ...{ settings: labSettings, clock, store, parse: parseEvent },
    keep: (statements) => store.write(statements),
    async accept(call) {
      const facts = { id: call.linkedId, call, clientKey: "", decisions: [], acceptedAt: 0 };
      await store.write([acceptCall(facts)]); // rejected where it was accepted before
      return "accepted";
    },
    ...{ onStage: () => undefined, onFatal: (error) => expect(error).toBeUndefined() },
  });
  return {
    ...keeper,
    async hear(messages) {
      for (const { text, at } of messages) {
        clock.advance(Math.max(0, at - clock.now()));
        keeper.message(text, at);
      }
      await new Promise(setImmediate);
    },
    async end() {
      clock.advance(1_000);
      await new Promise(setImmediate);
      await keeper.stop();
    },
  };
}

async function callsIn(store: DaemonStore): Promise<readonly FinishedCall[]> {
  const rows = await store.read(sql("SELECT facts FROM call ORDER BY id"));
  return rows.map(({ facts }) => JSON.parse(String(facts)) as FinishedCall);
}

const startAt = ([first]: readonly Message[]): HandClock => {
  const clock = handClock();
  clock.setWall((first?.at ?? 0) - 1);
  return clock;
};

/** One host hears all of it. */
async function toldByOne(
  store: DaemonStore,
  messages: readonly Message[],
): Promise<readonly FinishedCall[]> {
  const clock = startAt(messages);
  const host = hostOn(store, clock);
  host.connected(clock.now());
  await host.hear(messages);
  await host.end();
  return callsIn(store);
}

type Death = {
  /** So many messages the first host hears. */
  readonly after: number;
  /** From this one on the second host listens. */
  readonly from: number;
  /** Before this one it takes over. */
  readonly until: number;
};

async function toldByTwo(store: DaemonStore, messages: readonly Message[], death: Death) {
  await store.write([sql("DELETE FROM call"), sql("DELETE FROM live_event")]);
  const clock = startAt(messages);
  const first = hostOn(store, clock);
  first.connected(clock.now());
  await first.hear(messages.slice(0, death.after));
  await first.end();

  const heard = createHeardEvents();
  const standby = messages.slice(death.from, death.until);
  for (const { text, at } of standby)
    if (parseEvent(text) !== undefined) heard.put(text, epochMs(at));
  clock.advance(Math.max(0, (standby.at(-1)?.at ?? 0) - clock.now()));
  const second = hostOn(store, clock);
  const since = messages[death.from]?.at;
  await second.restore({ events: heard.take(clock.now()), since });
  await second.hear(messages.slice(death.until));
  await second.end();
  const left = await store.read(sql("SELECT linked FROM live_event"));
  return { calls: await callsIn(store), left };
}

const PIECES = 8;

test.each([
  "in-answered-101",
  "in-queue-linear-second",
  "xfer-blind-refer",
  "xfer-att-refer-completed",
  "park-retrieved",
  "two-simultaneous",
])(
  "whenever the first host dies in %s, the second tells the calls as one host would",
  async (name) => {
    await using place = storeFolder();
    const store = await place.open({ migrations: [liveLogSchema, callSchema] });
    const messages = await messagesOf(name);
    const expected = await toldByOne(store, messages);
    const all = messages.length;
    const places = Array.from({ length: PIECES }, (_, piece) => Math.floor((all * piece) / PIECES));

    for (const after of places) {
      for (const from of [0, Math.floor(after / 2)]) {
        for (const until of [Math.min(all, after + Math.ceil(all / 4)), all]) {
          const { calls, left } = await toldByTwo(store, messages, { after, from, until });

          expect({ after, from, until, calls }).toEqual({ after, from, until, calls: expected });
          expect(left).toEqual([]);
        }
      }
    }
  },
);
