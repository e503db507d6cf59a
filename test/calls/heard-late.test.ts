// A daemon that logs in while a client talks may lose the line again before it was told which channels there
// are, and the call ends meanwhile: all that is known are the events in between, which name their channels.
import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import type { AmiText } from "../../src/ami/framer.ts";
import { parseEvent } from "../../src/ami/parse-event.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { initialState, reduce } from "../../src/calls/reduce.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { phoneKey } from "../../src/lib/phone.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { labSettings } from "./recorded-traces.ts";

const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");
const LEFT_OUT = [
  "in-anonymous", // the client's number is withheld
  // Who called is told by no event of the telephones that ring: the employee's mobile looks like a client.
  "in-desk-and-mobile-desk-answers",
];

type Message = { readonly text: string; readonly at: number };

function toldFrom(messages: readonly Message[], from: number): readonly FinishedCall[] {
  const state = initialState(labSettings);
  const calls: FinishedCall[] = [];
  const input = (given: Parameters<typeof reduce>[1]): void => {
    for (const fact of reduce(state, given).facts)
      if (fact.kind === "finished") calls.push(fact.call);
  };
  const heard = messages.slice(from);
  const endedAt = epochMs((heard.at(-1)?.at ?? 0) + 1_000);
  input({ kind: "connected", at: epochMs(heard[0]?.at ?? 0) });
  for (const { text, at } of heard) {
    const event = parseEvent(text as AmiText);
    if (event !== undefined) input({ kind: "event", event, at: epochMs(at) });
  }
  input({ kind: "connection-lost", at: endedAt });
  input({ kind: "connected", at: endedAt });
  input({ kind: "snapshot", at: endedAt, channels: [], isComplete: true });
  input({ kind: "tick", at: epochMs(endedAt + 1_000) });
  return calls;
}

test.each(readdirSync(RECORDINGS).filter((name) => !LEFT_OUT.includes(name)))(
  "%s, heard from any event on, is nobody else's call",
  async (name) => {
    const trace = await readTrace(join(RECORDINGS, name));
    if (!trace.ok) throw new Error(trace.failure.hint);
    const messages = trace.value.parts.flatMap((part) => part.messages.filter(({ live }) => live));
    const truth = JSON.parse(await readFile(join(RECORDINGS, name, "truth.json"), "utf8")) as {
      calls: { client: string; direction: string }[];
    };
    const clients = new Set(truth.calls.map((call) => phoneKey(call.client)));

    const strangers = messages.flatMap((_, from) =>
      toldFrom(messages, from)
        .filter(({ direction }) => direction !== "internal")
        .map(({ direction, clientPhone }) => ({ from, direction, clientPhone }))
        .filter(({ clientPhone }) => !clients.has(phoneKey(clientPhone ?? ""))),
    );

    expect(strangers).toEqual([]);
  },
);
