/**
 * Feeds broken streams through framer, parser and call model: recorded calls mixed together, messages
 * lost, doubled, shuffled, garbled, cut short, ids used again, the connection lost in between. Exports
 * `fuzz`, which says what did not hold. An input is one message; the same seed gives the same inputs.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gunzipSync } from "node:zlib";
import { createFramer } from "../src/ami/framer.ts";
import { parseEvent, parseEventWithin } from "../src/ami/parse-event.ts";
import type { RunningChannel } from "../src/ami/event.ts";
import type { CallInput } from "../src/calls/fact.ts";
import type { FinishedCall } from "../src/calls/finished-call.ts";
import { initialState, reduce } from "../src/calls/reduce.ts";
import type { CallSettings } from "../src/calls/settings.ts";
import { channelsOf } from "../src/calls/state.ts";
import type { CallsState } from "../src/calls/state.ts";
import { epochMs } from "../src/lib/clock.ts";
import { mutate, pick, random } from "./mutations.ts";
import type { Chance } from "./mutations.ts";

export type FuzzReport = {
  readonly inputs: number;
  /** Of the inputs, those that told something about calls. */
  readonly events: number;
  readonly calls: number;
  readonly mostLiveChannels: number;
  /** Most that the model remembered of calls that were over, a day after the last message. */
  readonly mostRemembered: number;
  /** Of what is in use after the first tenth of the inputs, garbage left out. */
  readonly heapGrowthMegabytes: number;
  /** What did not hold, each with the seed of its round; empty: all is well. */
  readonly faults: readonly string[];
};

const TRACES = join(import.meta.dirname, "../test/fixtures/traces");
const SETTINGS: CallSettings = {
  extensions: ["_1XX", "_2XX"],
  trunks: ["PJSIP/trunk", "PJSIP/trunk2", "SIP/trunk"],
};
const HOUR_MS = 3_600_000;
/** No call is silent for longer than 12 hours; by then the last one is closed. */
const REST_HOURS = 26;
const MOST_TRACES = 6;
const MAX_FAULTS = 20;
/** Devices and endpoints that the model may have learned, made-up ones among them. */
const MOST_REMEMBERED = 15_000;
const MOST_GROWTH_MEGABYTES = 30;

export function fuzz({ inputs, seed }: { inputs: number; seed: number }): FuzzReport {
  const recorded = recordedMessages();
  const traces = [...recorded, ...recorded.map(asOfOldExchange)];
  const total = { inputs: 0, events: 0, calls: 0, mostLiveChannels: 0, mostRemembered: 0 };
  const faults: string[] = [];
  // One model for all rounds: what it would leak in one would add up.
  let line = createLine();
  let heapAtFirst: number | undefined;
  for (let round = seed; total.inputs < inputs && faults.length < MAX_FAULTS; round++) {
    const chance = random(round);
    const messages = mutate(mixed(traces, chance), chance);
    total.inputs += messages.length;
    try {
      line.play(messages, chance);
      const { told, events, mostLiveChannels } = line.rest();
      total.events += events;
      total.calls += told.length;
      total.mostLiveChannels = Math.max(total.mostLiveChannels, mostLiveChannels);
      const remembered = rememberedIn(line.state);
      total.mostRemembered = Math.max(total.mostRemembered, remembered);
      for (const fault of [...faultsOf(told), ...leftIn(line.state)]) {
        faults.push(`round ${round}: ${fault}`);
      }
      if (remembered > MOST_REMEMBERED)
        faults.push(`round ${round}: remembers ${remembered} things`);
    } catch (thrown) {
      faults.push(
        `round ${round}: threw ${thrown instanceof Error ? thrown.stack : String(thrown)}`,
      );
      line = createLine();
    }
    if (total.inputs >= inputs / 10) heapAtFirst ??= heapMegabytes();
  }
  const heap = heapMegabytes();
  const heapGrowthMegabytes = heap - (heapAtFirst ?? heap);
  if (heapGrowthMegabytes > MOST_GROWTH_MEGABYTES) {
    faults.push(`the heap has grown by ${heapGrowthMegabytes} MB`);
  }
  return { ...total, heapGrowthMegabytes, faults };
}

function heapMegabytes(): number {
  collectGarbage();
  return Math.round(process.memoryUsage().heapUsed / 2 ** 20);
}

/** Under a name that only a new context knows, so that it works however node was started. */
function collectGarbage(): void {
  setFlagsFromString("--expose-gc");
  runInNewContext("gc()");
}

/** Each recorded stream as its messages, without their empty lines. */
const recordedMessages = (): readonly (readonly string[])[] =>
  readdirSync(TRACES)
    .flatMap((exchange) => readdirSync(join(TRACES, exchange)).map((name) => join(exchange, name)))
    .flatMap((folder) =>
      readdirSync(join(TRACES, folder))
        .filter((file) => /^events.*\.ami\.gz$/.test(file))
        .map((file) => gunzipSync(readFileSync(join(TRACES, folder, file))).toString("latin1")),
    )
    .map((text) => text.split("\r\n\r\n").filter((message) => message !== ""));

/** The same with what no recording holds: rooms of MeetMe for bridges, and CDRs that name a recording. */
const asOfOldExchange = (messages: readonly string[]): readonly string[] =>
  messages.flatMap((message) => {
    if (message.startsWith("Event: Hangup\r\n")) return [cdrOf(message), message];
    const isBridge = message.startsWith("Event: Bridge");
    if (!isBridge) return [message];
    return [
      message
        .replace("Event: BridgeEnter", "Event: MeetmeJoin")
        .replace("Event: BridgeLeave", "Event: MeetmeLeave")
        .replace("Event: BridgeDestroy", "Event: MeetmeEnd")
        .replace("BridgeUniqueid: ", "Meetme: "),
    ];
  });

function cdrOf(hangup: string): string {
  const id = /\r\nUniqueid: ([^\r]*)/.exec(hangup)?.[1] ?? "";
  return `Event: Cdr\r\nPrivilege: cdr,all\r\nUniqueID: ${id}\r\nRecordingFile: in-${id}.wav`;
}

/** Several recordings at once, each in its own order. */
function mixed(traces: readonly (readonly string[])[], chance: Chance): string[] {
  const sources = Array.from({ length: 1 + chance(MOST_TRACES) }, () => ({
    messages: pick(traces, chance) ?? [],
    next: 0,
  }));
  const messages: string[] = [];
  while (sources.length > 0) {
    const index = chance(sources.length);
    const source = sources[index];
    const burst = 1 + chance(20);
    for (let i = 0; source !== undefined && i < burst; i++) {
      const message = source.messages[source.next++];
      if (message === undefined) {
        sources.splice(index, 1);
        break;
      }
      messages.push(message);
    }
  }
  return messages;
}

function createLine() {
  const state = initialState(SETTINGS);
  let now = 1_795_000_000_000;
  let told: Told[] = [];
  let events = 0;
  let mostLiveChannels = 0;
  const step = (input: CallInput): void => {
    for (const fact of reduce(state, input).facts) {
      if (fact.kind === "finished") told.push({ call: fact.call, at: now });
    }
  };

  const play = (messages: readonly string[], chance: Chance): void => {
    const bytes = Buffer.from(`${messages.join("\r\n\r\n")}\r\n\r\n`, "latin1");
    const framer = createFramer({ maxMessageBytes: 8_192 });
    const isWhole = chance(2) === 0;
    const onEvent = (event: ReturnType<typeof parseEvent>): void => {
      if (event === undefined) return;
      events++;
      step({ kind: "event", event, at: epochMs(now) });
    };
    for (let from = 0; from < bytes.length;) {
      const to = from + 1 + chance(chance(10) === 0 ? 40 : 6_000);
      const chunk = bytes.subarray(from, to);
      from = to;
      now += chance(400);
      if (isWhole) for (const text of framer.push(chunk)) onEvent(parseEvent(text));
      else framer.events(chunk, (text, start, end) => onEvent(parseEventWithin(text, start, end)));
      mostLiveChannels = Math.max(mostLiveChannels, channelsOf(state).length);
      if (chance(200) === 0) step({ kind: "tick", at: epochMs(now) });
      if (chance(300) === 0) interrupt(chance);
    }
  };

  /** The connection is lost, and found again mostly. */
  const interrupt = (chance: Chance): void => {
    step({ kind: "connection-lost", at: epochMs(now) });
    now += chance(120_000);
    if (chance(4) === 0) return;
    step({ kind: "connected", at: epochMs(now) });
    const channels = runningChannels(state, chance);
    const isComplete = chance(2) === 0;
    step({ kind: "snapshot", channels, isComplete, at: epochMs(now) });
  };

  /** A day without a message. */
  const rest = () => {
    for (let hour = 0; hour < REST_HOURS; hour++) {
      step({ kind: "tick", at: epochMs((now += HOUR_MS)) });
    }
    step({ kind: "tick", at: epochMs((now += 1_000)) });
    const result = { told, events, mostLiveChannels };
    told = [];
    events = 0;
    return result;
  };
  return { play, rest, state };
}

/** Some of the channels that there are, some of them in wrong bridges, and one that nobody knew. */
function runningChannels(state: CallsState, chance: Chance): RunningChannel[] {
  const bridges = [...state.bridges.keys()];
  const known = channelsOf(state).filter(() => chance(3) > 0);
  const running = known.map((channel) => ({
    id: channel.id,
    linked: channel.call.linked,
    name: channel.name,
    isUp: chance(2) === 0,
    wasDialled: chance(2) === 0,
    callerNumber: channel.callerNumber,
    exten: channel.exten,
    context: channel.context,
    bridge: pick(bridges, chance),
    seconds: chance(100),
  }));
  const [first] = running;
  if (first === undefined) return [];
  return [...running, { ...first, id: `${first.id}9` as RunningChannel["id"] }];
}

type Told = { readonly call: FinishedCall; readonly at: number };

/** So long the model knows what is over; later, or for another time, the same id is another call. */
const KNOWN_MS = 60_000;
const doOverlap = (one: FinishedCall, other: FinishedCall): boolean =>
  one.startedAt < other.endedAt && other.startedAt < one.endedAt;

function faultsOf(told: readonly Told[]): string[] {
  const faults: string[] = [];
  const before = new Map<string, Told>();
  for (const { call, at } of told) {
    const { linkedId } = call;
    const again = before.get(linkedId);
    const isSame = again !== undefined && at - again.at <= KNOWN_MS && doOverlap(again.call, call);
    if (isSame) faults.push(`${linkedId} was told twice`);
    before.set(linkedId, { call, at });
    if (!(call.endedAt >= call.startedAt)) faults.push(`${linkedId} ends before it starts`);
    const ends = call.stages.filter(({ stage }) => stage === "call_ended").length;
    if (ends !== 1) faults.push(`${linkedId} has ${ends} ends`);
    const seen = new Set<string>();
    for (const { extension, requestedAt, acceptedAt, endedAt, talkSeconds } of call.conversations) {
      const name = `${linkedId}: the conversation of ${extension} at ${requestedAt}`;
      const key = `${extension} ${requestedAt} ${acceptedAt} ${endedAt}`;
      if (seen.has(key)) faults.push(`${name} was told twice (${key})`);
      seen.add(key);
      if (!(endedAt >= (acceptedAt ?? requestedAt))) faults.push(`${name} ends before it begins`);
      if (!(talkSeconds >= 0)) faults.push(`${name} has ${talkSeconds} s of talk`);
    }
  }
  return faults;
}

/** After a day of silence nothing goes on. */
function leftIn(state: CallsState): string[] {
  const left = [
    ["channels", channelsOf(state).length],
    ["bridges", state.bridges.size],
    ["calls", state.calls.size],
    ["calls to be told", state.settling.length],
  ] as const;
  return left.filter(([, count]) => count > 0).map(([what, count]) => `${count} ${what} are left`);
}

function rememberedIn({ gone, devices, endpoints, listed, listedHolding }: CallsState): number {
  const over =
    gone.channels.length + gone.olderChannels.length + gone.calls.size + gone.olderCalls.size;
  const learned = devices.size + endpoints.size + gone.originates.size;
  return over + learned + listed.length + listedHolding.size;
}

if (import.meta.main) {
  const [inputs = 1_000_000, seed = 1] = process.argv.slice(2).map(Number);
  const startedAt = performance.now();
  const report = fuzz({ inputs, seed });
  const seconds = Math.round((performance.now() - startedAt) / 100) / 10;
  process.stdout.write(`${JSON.stringify({ ...report, seconds }, null, 2)}\n`);
  process.exitCode = report.faults.length === 0 ? 0 : 1;
}
