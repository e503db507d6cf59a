// The whole way from finished calls to the simulated account: plan, store, outbox, client, simulator.
// One clock for all of them, which a test moves on, so that waits of minutes take none. What really
// was is written down when a call is made, and the account is judged by the checker.
import { linkedId } from "../../src/ami/ids.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import type { AccountUrl } from "../../src/kommo/account-url.ts";
import { createKommoClient } from "../../src/kommo/client.ts";
import { EXCHANGE_LIMITS, type ExchangeLimits } from "../../src/kommo/exchange.ts";
import { createKommoFarSide } from "../../src/kommo/far-side.ts";
import { createLimiter } from "../../src/kommo/limiter.ts";
import type { KommoResult, KommoStep } from "../../src/kommo/step.ts";
import { epochMs, systemClock, wholeSecondsOf } from "../../src/lib/clock.ts";
import { createOutbox, type Outbox } from "../../src/outbox/outbox.ts";
import { outboxMigrations } from "../../src/outbox/schema.ts";
import { createCourse } from "../../src/registration/course.ts";
import { planCall } from "../../src/registration/plan.ts";
import type { RegistrationSettings } from "../../src/registration/settings.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import type { Switches } from "../../src/simulator/kommo/switches.ts";
import { sql } from "../../src/store/store.ts";
import { checkJournal, type CheckOptions, type TrueCall } from "../checker/check-journal.ts";
import { evidenceOf } from "../checker/evidence.ts";
import { accountUrl } from "../kommo/scripted-server.ts";
import { answeredCall, conversation, missedCall, settings } from "../registration/made-up-call.ts";
import { storeFolder } from "../store/store-folder.ts";
import { movableClock, type MovableClock } from "./movable-clock.ts";

export type FaultOptions = {
  readonly settings?: Partial<RegistrationSettings>;
  readonly switches?: Partial<Switches>;
  readonly limits?: Partial<ExchangeLimits>;
  /** The daemon's own pace and Kommo's limit, in real time; else neither is in the way. */
  readonly atKommosPace?: boolean;
  /** Until the first restart in place of the simulator's. */
  readonly firstUrl?: AccountUrl;
};

/** What a test says of a call; the rest is as every day. */
export type Wanted = {
  readonly changes?: Partial<FinishedCall>;
  readonly truth?: Partial<TrueCall>;
};

export type FaultOffice = {
  readonly kommo: KommoSimulator;
  readonly clock: MovableClock;
  readonly outbox: Outbox<KommoStep>;
  /** What the administrator is told: "halt …", "resume", "trouble …", "aside …". */
  readonly alarms: readonly string[];
  answered(phone: string, wanted?: Wanted): Promise<void>;
  missed(phone: string, wanted?: Wanted): Promise<void>;
  outbound(phone: string, wanted?: Wanted): Promise<void>;
  /** Several that end in the same moment. */
  together(...calls: readonly Made[]): Promise<void>;
  /** Resolves when all is done, set aside or waiting for a person; time is moved on as needed. */
  settled(): Promise<void>;
  /** Resolves once `isSo`; time is moved on by `stepMs` at each look. Rejects after two minutes. */
  until(isSo: () => boolean | Promise<boolean>, stepMs?: number): Promise<void>;
  /** Moves time on, in steps, with the daemon at work. */
  pass(ms: number, stepMs?: number): Promise<void>;
  /** The daemon ends and starts again. */
  restart(): Promise<void>;
  /** What is wrong on the account. */
  problems(options?: Partial<CheckOptions>): string[];
  /** "POST /api/v4/calls" of each request that arrived. */
  requests(): string[];
  setAside(): Promise<string[]>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type Made = { readonly call: FinishedCall; readonly truth: TrueCall };

const quiet = { debug: () => undefined, warn: () => undefined };
/** So that no call of a client begins before the last one is over. */
const BETWEEN_CALLS_MS = 10_000;
const MOST_REAL_MS = 120_000;
const STEP_MS = 1_000; // of moved time, at each look; a look takes some milliseconds

export async function openFaultOffice(options: FaultOptions = {}): Promise<FaultOffice> {
  const { atKommosPace: isPaced = false } = options;
  const place = storeFolder();
  const clock = movableClock();
  const kommo = await startKommoSimulator({
    clock,
    switches: { requestsPerSecond: isPaced ? 7 : 0, ...options.switches },
  });
  const alarms: string[] = [];
  const truth: TrueCall[] = [];
  const known = new Set<string>();
  const ours = { ...settings, ...options.settings };
  const store = await place.open({ migrations: outboxMigrations });
  let daemon = await startDaemon(options.firstUrl ?? accountUrl(kommo.url));

  async function startDaemon(url: AccountUrl) {
    const limiter = isPaced
      ? createLimiter({ requestsPerSecond: 7, clock: systemClock })
      : createLimiter({ requestsPerSecond: 100, clock: systemClock, intervalMs: 5 });
    const client = createKommoClient({
      accountUrl: url,
      accessToken: () => kommo.token,
      limiter,
      clock,
      log: quiet,
      userAgent: "asterisk-kommo/test",
      limits: { ...EXCHANGE_LIMITS, ...options.limits },
    });
    const outbox = createOutbox<KommoStep, KommoResult>({
      store,
      clock,
      farSide: createKommoFarSide({ client, clock, log: quiet }),
      course: createCourse(ours),
      stopWithinMs: 1_500,
      onHalt: ({ reason }) => alarms.push(`halt ${reason}`),
      onResume: () => alarms.push("resume"),
      onTrouble: ({ reason }) => alarms.push(`trouble ${reason}`),
      onSetAside: (_, { reason }) => alarms.push(`aside ${reason}`),
      onCrash: (error) => alarms.push(`crash ${error.message}`),
    });
    await outbox.start(new AbortController().signal);
    const stop = async (): Promise<void> => {
      await outbox.stop();
      limiter.close();
      client.close();
    };
    return { outbox, stop };
  }

  async function together(...calls: readonly Made[]): Promise<void> {
    truth.push(...calls.map((one) => one.truth));
    const plans = calls.map(({ call }) => ({ origin: call.linkedId, ...planCall(call, ours) }));
    await store.write(
      plans.flatMap(({ origin, key, steps }) => daemon.outbox.statementsFor(origin, key, steps)),
    );
    daemon.outbox.wake();
  }

  function next(make: typeof answeredBy, phone: string, wanted?: Wanted): Promise<void> {
    if (!isPaced) clock.moveBy(BETWEEN_CALLS_MS);
    return together(make(clock, phone, wanted));
  }

  const OPEN = `SELECT count(*) AS open FROM step WHERE state IN ('sending', 'unknown')
    OR (state = 'ready' AND (has_waited = 0 OR due_at <= ?))`;
  const isDone = async (): Promise<boolean> => {
    const [row] = await store.read(sql(OPEN, clock.now()));
    return row?.["open"] === 0;
  };

  async function until(
    isSo: () => boolean | Promise<boolean>,
    stepMs = isPaced ? 0 : STEP_MS,
  ): Promise<void> {
    const end = systemClock.monotonicMs() + MOST_REAL_MS;
    while (!(await isSo())) {
      if (systemClock.monotonicMs() > end) throw new Error(`it never came: ${alarms.join("; ")}`);
      await systemClock.sleep(5);
      clock.moveBy(stepMs);
    }
  }

  return {
    kommo,
    clock,
    get outbox() {
      return daemon.outbox;
    },
    alarms,
    answered: (phone, wanted) => next(answeredBy, phone, wanted),
    missed: (phone, wanted) => next(missedBy, phone, wanted),
    outbound: (phone, wanted) => next(outboundTo, phone, wanted),
    together,
    settled: () => until(isDone),
    until,
    async pass(ms, stepMs = STEP_MS) {
      const end = clock.monotonicMs() + ms;
      await until(() => clock.monotonicMs() >= end, stepMs);
    },
    async restart() {
      await daemon.stop();
      daemon = await startDaemon(accountUrl(kommo.url));
    },
    problems: (more = {}) => {
      for (const contact of [...kommo.account.cards.contacts.values()])
        if (!kommo.journal.contacts().some(({ id }) => id === contact.id))
          for (const { field, values } of contact.fields)
            if (field.code === "PHONE") values.forEach(({ value }) => known.add(String(value)));
      return checkJournal(evidenceOf(kommo), truth, {
        knownPhones: known,
        requestsPerSecond: isPaced ? 7 : Infinity,
        ...more,
      }).map(({ kind, tell }) => `${kind}: ${tell}`);
    },
    requests: () => kommo.journal.entries().map(({ method, path }) => `${method} ${path}`),
    async setAside() {
      const rows = await store.read(
        sql("SELECT reason FROM step WHERE state = 'set-aside' ORDER BY id"),
      );
      return rows.map(({ reason }) => String(reason));
    },
    async [Symbol.asyncDispose]() {
      await daemon.stop();
      await place[Symbol.asyncDispose]();
      await kommo.close();
    },
  };
}

let calls = 0;

/** A talk of 4.9 s with extension 101, that is over now. */
export function answeredBy(clock: MovableClock, phone: string, wanted: Wanted = {}): Made {
  const call = { ...answeredCall(), ...justNow(clock, phone), ...wanted.changes };
  return { call, truth: { ...reallyWas(call), ...wanted.truth } };
}

export function missedBy(clock: MovableClock, phone: string, wanted: Wanted = {}): Made {
  const call = { ...missedCall(), ...justNow(clock, phone), ...wanted.changes };
  return { call, truth: { ...reallyWas(call), ...wanted.truth } };
}

export function outboundTo(clock: MovableClock, phone: string, wanted: Wanted = {}): Made {
  const changes = { direction: "outbound", did: undefined, ...wanted.changes } as const;
  return answeredBy(clock, phone, { ...wanted, changes });
}

function justNow(clock: MovableClock, phone: string): Partial<FinishedCall> {
  const now = clock.now();
  calls += 1;
  return {
    linkedId: linkedId(`1795261714.${String(calls)}`),
    clientPhone: phone,
    startedAt: epochMs(now - 6_000),
    endedAt: now,
  };
}

const USER_OF_101 = 9_100_001;

function reallyWas(call: FinishedCall): TrueCall {
  const wasAnswered = call.result === "answered";
  const talk = conversation().talkSeconds;
  return {
    name: `${call.direction} ${call.result}`,
    uniq: call.linkedId,
    phone: call.clientPhone ?? null,
    direction: call.direction === "inbound" ? "inbound" : "outbound",
    wasAnswered,
    talkSeconds: wasAnswered ? [talk, talk] : [0, 0],
    ...(wasAnswered ? { userId: USER_OF_101 } : {}),
    startedAt: wholeSecondsOf(call.startedAt),
    booked: "once",
  };
}
