/**
 * One recorded call, from its first event to the last request to Kommo, in this process: with the
 * daemon's rooms, a disk in memory, a simulated account, and one operation that fails. Exports
 * `playScenario`.
 */
import type { DatabaseSync } from "node:sqlite";
import { parseEvent } from "../../src/ami/parse-event.ts";
import type { AmiText } from "../../src/ami/framer.ts";
import { callSchema } from "../../src/calls/archive.ts";
import { createCallKeeper, type CallKeeper } from "../../src/calls/keeper.ts";
import { liveLogSchema } from "../../src/calls/live-log.ts";
import { createAcceptance } from "../../src/cli/acceptance.ts";
import { planDay, type RecordedCall } from "../../src/cli/demo/office-day.ts";
import { parseAccountUrl } from "../../src/kommo/account-url.ts";
import { createKommoClient } from "../../src/kommo/client.ts";
import { createKommoFarSide } from "../../src/kommo/far-side.ts";
import { createLimiter } from "../../src/kommo/limiter.ts";
import type { KommoResult, KommoStep } from "../../src/kommo/step.ts";
import { epochMs, systemClock, type Clock, type EpochMs } from "../../src/lib/clock.ts";
import { createOutbox, type Outbox } from "../../src/outbox/outbox.ts";
import { outboxMigrations } from "../../src/outbox/schema.ts";
import { createCourse } from "../../src/registration/course.ts";
import type { RegistrationSettings } from "../../src/registration/settings.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { coreShowChannels, bridgeList, statusList } from "../../src/simulator/pbx/actions/lists.ts";
import { createExchange, type Exchange } from "../../src/simulator/pbx/exchange.ts";
import { readTrace, type TraceMessage } from "../../src/simulator/pbx/trace.ts";
import { renderMessage } from "../../src/simulator/pbx/wire.ts";
import { writeUntilKept } from "../../src/store/write-until-kept.ts";
import { checkJournal, type TrueCall } from "../checker/check-journal.ts";
import { evidenceOf } from "../checker/evidence.ts";
import { createDisk, createFailingClient, createFailingStore } from "./failing.ts";
import type { Countdown, NetworkFault, StoreFault } from "./failing.ts";
import { settingsOf, USERS, type Scenario } from "./scenarios.ts";

export type Failing =
  | { readonly at: "store"; readonly fault: StoreFault; readonly operation: number }
  | { readonly at: "network"; readonly fault: NetworkFault; readonly operation: number };

export type Outcome = {
  /** false: the scenario has fewer operations. */
  readonly hasFailed: boolean;
  readonly problems: readonly string[];
};

/** The outbox's minutes are passed in milliseconds. */
const HASTE = 200;
const hasty: Clock = {
  now: () => epochMs(START + performance.now() * HASTE),
  monotonicMs: () => performance.now() * HASTE,
  sleep: (ms, signal) => systemClock.sleep(ms / HASTE, signal),
};
const START = Date.now() - performance.now() * HASTE;
const GAP_MS = 40;
const SETTLED_AFTER_MS = 200;
const BOOKED_WITHIN_MS = 60_000;

export async function playScenario(scenario: Scenario, failing?: Failing): Promise<Outcome> {
  const countdown: Countdown = { left: failing?.operation ?? 0, hasStruck: false };
  const recorded = await recordingOf(scenario.recording);
  const users = [...USERS.values()].map((id) => ({ id, name: `User ${id}`, isAdmin: true }));
  const kommo = await startKommoSimulator({ account: { users } });
  Object.assign(kommo.switches, { requestsPerSecond: 0 });
  const knownPhones = scenario.isKnown
    ? recorded.calls.flatMap(({ client }) => (client === null ? [] : [client]))
    : [];
  for (const phone of knownPhones) kommo.seed.contact({ phones: [phone] });
  const disk = createDisk([callSchema, liveLogSchema, ...outboxMigrations]);
  const clock = recordedClock(recorded.messages[0]?.at ?? epochMs(0));
  const exchange = newExchange(clock);
  const ground: Ground = { scenario, failing, countdown, disk, kommo, clock };
  let daemon = await boot(ground, exchange);
  // Calls that began and ended while nothing was kept cannot be known.
  let wasCut = false;
  const aliveAtReboot = new Set<string>();
  try {
    for (const burst of burstsOf(recorded.messages)) {
      const [first] = burst;
      if (first === undefined) continue;
      await clock.passTo(first.at);
      if (daemon.isBroken()) {
        wasCut = true;
        for (const linked of linkedIdsOf(exchange)) aliveAtReboot.add(linked);
        daemon = await reboot(daemon, ground, exchange);
      }
      for (const { text, at } of burst) {
        exchange.tell(text, 1);
        clock.set(at);
        if (!daemon.isBroken() && scenario.isDeaf !== true)
          daemon.keeper.message(text as AmiText, at);
      }
      for (let turn = 0; turn < 6; turn++) await new Promise((resolve) => setImmediate(resolve));
    }
    await clock.passTo(epochMs(clock.now() + SETTLED_AFTER_MS));
    const until = performance.now() + BOOKED_WITHIN_MS;
    while (performance.now() < until) {
      if (daemon.isBroken()) {
        wasCut ||= !isAccepted(disk) && !isFollowed(disk);
        daemon = await reboot(daemon, ground, exchange);
      }
      await clock.passTo(epochMs(clock.now() + SETTLED_AFTER_MS));
      if (!daemon.isBroken() && daemon.isIdle() && isDone(disk)) break;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    const isCertain = !wasCut || aliveAtReboot.size >= recorded.calls.length || isAccepted(disk);
    const truth = recorded.calls.map((call): TrueCall => {
      const whole = truthOf(call, scenario);
      if (!wasCut) return whole;
      const { userId: _, ...part } = whole;
      const isByChance = !isCertain || (call.direction === "outbound" && !scenario.isKnown);
      return { ...part, isPartlyHeard: true, booked: isByChance ? "at-most-once" : whole.booked };
    });
    const problems = checkJournal(evidenceOf(kommo), truth, {
      knownPhones,
      requestsPerSecond: Infinity,
      mustProve: false,
    });
    return {
      hasFailed: countdown.hasStruck,
      problems: [...problems.map(({ kind, tell }) => `${kind}: ${tell}`), ...leftOn(disk)],
    };
  } finally {
    await daemon.end();
    await kommo.close();
    disk.close();
  }
}

type Ground = {
  readonly scenario: Scenario;
  readonly failing: Failing | undefined;
  readonly countdown: Countdown;
  readonly disk: DatabaseSync;
  readonly kommo: KommoSimulator;
  readonly clock: RecordedClock;
};

type Process = {
  readonly keeper: CallKeeper;
  readonly isBroken: () => boolean;
  /** Nothing goes on, and nothing waits in memory to be accepted. */
  readonly isIdle: () => boolean;
  readonly end: () => Promise<void>;
};

/** As main.ts joins the rooms. */
async function boot(ground: Ground, exchange: Exchange): Promise<Process> {
  const { scenario, failing, countdown, disk, kommo, clock } = ground;
  let isBroken = false;
  const leave = (): void => void (isBroken = true);
  const store = createFailingStore(
    disk,
    { fault: failing?.at === "store" ? failing.fault : undefined, countdown },
    leave,
  );
  const stopping = new AbortController();
  const { signal } = stopping;
  const keep: Parameters<typeof createCallKeeper>[0]["keep"] = (statements) =>
    writeUntilKept({ store, clock: hasty, signal, onWait: () => undefined }, statements);
  const accountUrl = parseAccountUrl(kommo.url);
  if (!accountUrl.ok) throw new Error(accountUrl.failure.hint);
  const limiter = createLimiter({ requestsPerSecond: 1_000, clock: systemClock, intervalMs: 1 });
  const log = { debug: () => undefined, warn: () => undefined };
  const client = createFailingClient(
    createKommoClient({
      accountUrl: accountUrl.value,
      accessToken: () => kommo.token,
      limiter,
      clock: systemClock,
      log,
      userAgent: "asterisk-kommo/test",
    }),
    { fault: failing?.at === "network" ? failing.fault : undefined, countdown },
  );
  const settings: RegistrationSettings = settingsOf(scenario);
  const outbox: Outbox<KommoStep> = createOutbox<KommoStep, KommoResult>({
    store,
    clock: hasty,
    farSide: createKommoFarSide({ client, clock: hasty, log }),
    course: createCourse(settings),
    onCrash: leave,
  });
  const acceptance = createAcceptance({
    settings,
    store,
    keep,
    now: () => clock.now(),
    statementsFor: (origin, key, steps) => outbox.statementsFor(origin, key, steps),
    onAccepted: () => outbox.wake(),
  });
  const keeper = createCallKeeper({
    settings: { extensions: ["_10X"], trunks: ["PJSIP/trunk"] },
    clock,
    store,
    parse: parseEvent,
    keep,
    accept: async (call) => {
      await acceptance.accept(call);
      return "accepted";
    },
    onStage: () => undefined,
    onFatal: leave,
  });
  const start = async (): Promise<void> => {
    await keeper.restore();
    await outbox.start(signal);
    keeper.connected(clock.now());
    keeper.snapshot(snapshotOf(exchange, clock.now()));
  };
  await start().catch(leave);
  return {
    keeper,
    isBroken: () => isBroken,
    isIdle: () => keeper.running() === 0 && keeper.toAccept() === 0,
    async end() {
      stopping.abort();
      await outbox.stop();
      limiter.close();
      client.close();
    },
  };
}

async function reboot(old: Process, ground: Ground, exchange: Exchange): Promise<Process> {
  await old.end();
  return boot(ground, exchange);
}

function snapshotOf(exchange: Exchange, at: EpochMs): Parameters<CallKeeper["snapshot"]>[0] {
  const texts = (items: readonly (readonly (readonly [string, string])[])[]): AmiText[] =>
    items.map(([event = ["", ""], ...fields]) => {
      const actionId = ["ActionID", "snapshot-1"] as const; // as an item of a list bears it
      return renderMessage([event, actionId, ...fields]) as AmiText;
    });
  const statuses = statusList(exchange, { fields: [] });
  return {
    at,
    isComplete: true,
    channels: texts(coreShowChannels(exchange).items),
    statuses: typeof statuses === "string" ? [] : texts(statuses.items),
    bridges: texts(bridgeListItems(exchange)),
    members: [],
    exchange: { asteriskVersion: "22.0.0", systemName: undefined, startedAt: undefined },
    missing: [],
  };
}

const bridgeListItems = (
  exchange: Exchange,
): readonly (readonly (readonly [string, string])[])[] => {
  const list = bridgeList(exchange, { fields: [] });
  return list.items;
};

const newExchange = (clock: Clock): Exchange =>
  createExchange({
    clock,
    version: "22",
    users: [],
    endpoints: [],
    random: () => 0.5,
    clickTraces: [],
    clickSpeed: 1,
  });

type RecordedClock = Clock & {
  set(at: EpochMs): void;
  /** Wakes who sleeps until then. */
  passTo(at: EpochMs): Promise<void>;
};

/** Stands where the recording stands. */
function recordedClock(startsAt: EpochMs): RecordedClock {
  let now = startsAt;
  const sleepers = new Set<{ readonly until: number; readonly wake: () => void }>();
  const set = (at: EpochMs): void => void (now = epochMs(Math.max(now, at)));
  return {
    now: () => now,
    monotonicMs: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        const sleeper = { until: now + ms, wake: resolve };
        if (signal?.aborted) return resolve();
        sleepers.add(sleeper);
        signal?.addEventListener("abort", () => resolve(), { once: true });
      }),
    set,
    async passTo(at) {
      for (;;) {
        const [next] = [...sleepers].toSorted((one, other) => one.until - other.until);
        if (next === undefined || next.until > at) break;
        sleepers.delete(next);
        set(epochMs(next.until));
        next.wake();
        await new Promise((resolve) => setImmediate(resolve));
      }
      set(at);
    },
  };
}

type Recording = {
  readonly messages: readonly TraceMessage[];
  readonly calls: readonly RecordedCall[];
};

const day = planDay();
const recordings = new Map<string, Promise<Recording>>();

function recordingOf(name: string): Promise<Recording> {
  const read = recordings.get(name) ?? readRecording(name);
  recordings.set(name, read);
  return read;
}

async function readRecording(name: string): Promise<Recording> {
  const entry = (await day).entries.find(({ recording }) => recording === name);
  if (entry === undefined) throw new Error(`there is no recording ${name}`);
  const trace = await readTrace(entry.path);
  if (!trace.ok) throw new Error(trace.failure.hint);
  const recorded = new Map([...entry.phones].map(([from, to]) => [to, from]));
  return {
    messages: trace.value.parts.flatMap(({ messages }) => messages.filter(({ live }) => live)),
    calls: entry.calls.map((call) => ({
      ...call,
      client: call.client === null ? null : (recorded.get(call.client) ?? call.client),
    })),
  };
}

function burstsOf(messages: readonly TraceMessage[]): TraceMessage[][] {
  const bursts: TraceMessage[][] = [];
  let lastAt = -Infinity;
  for (const message of messages) {
    if (message.at - lastAt > GAP_MS) bursts.push([]);
    bursts.at(-1)?.push(message);
    lastAt = message.at;
  }
  return bursts;
}

function truthOf(call: RecordedCall, { isKnown }: Scenario): TrueCall {
  const { client, direction, result, employee, talkSeconds } = call;
  const wasAnswered = result === "answered";
  const userId = employee === null ? undefined : USERS.get(employee);
  return {
    name: direction,
    phone: client,
    direction,
    wasAnswered,
    talkSeconds: wasAnswered ? talkSeconds : [0, 0],
    booked: direction === "inbound" || wasAnswered || isKnown ? "once" : "never",
    ...(userId !== undefined && { userId }),
  };
}

const linkedIdsOf = (exchange: Exchange): string[] =>
  [...exchange.calls.channels.values()].map(({ snapshot }) => snapshot.get("Linkedid") ?? "");

const isAccepted = (disk: DatabaseSync): boolean =>
  disk.prepare("SELECT 1 FROM call LIMIT 1").all().length > 0;

/** What was heard of a call that is not over is on the disk. */
const isFollowed = (disk: DatabaseSync): boolean =>
  disk.prepare("SELECT 1 FROM live_event LIMIT 1").all().length > 0;

const OPEN = "SELECT kind, state FROM step WHERE state NOT IN ('done')";

const isDone = (disk: DatabaseSync): boolean =>
  !isFollowed(disk) &&
  disk.prepare("SELECT 1 FROM step WHERE state IN ('ready', 'sending', 'unknown') LIMIT 1").all()
    .length === 0;

const leftOn = (disk: DatabaseSync): string[] => [
  ...disk
    .prepare(OPEN)
    .all()
    .map(({ kind, state }) => `a step ${String(kind)} is ${String(state)}`),
  ...(isFollowed(disk) ? ["a call seems to go on"] : []),
];
