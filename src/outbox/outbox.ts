/**
 * The outbox: brings every queued step to the far side once, in order within its key, whatever
 * happens to this process or the far side meanwhile. It knows neither calls nor Kommo.
 *
 * The caller writes `statementsFor` in the transaction of its own facts and then calls `wake`. One
 * loop claims batches and looks up lost answers; each is a flight of its own (flight.ts).
 */
import { createAlarm } from "../lib/alarm.ts";
import { toError } from "../lib/failure.ts";
import { StoreFailure, type Statement } from "../store/store.ts";
import { endWaiting, insertStep, recoverAll } from "./changes.ts";
import { createFlights } from "./flight.ts";
import { createGate } from "./gate.ts";
import type { OutboxOptions } from "./options.ts";
import * as query from "./queries.ts";
import { createOutboxClock } from "./outbox-clock.ts";

export type Outbox<S extends { readonly kind: string }> = {
  /** SQL that queues steps, first to last, for the caller's own transaction. */
  statementsFor(origin: string, key: string, steps: readonly S[]): readonly Statement[];
  /** To be called after `statementsFor` was written: the outbox looks at once. */
  wake(): void;
  /**
   * Takes up what an earlier run left, then goes on until `signal` or `stop`.
   * Rejects with StoreFailure when the store is broken; a full disk is waited out.
   */
  start(signal: AbortSignal): Promise<void>;
  /**
   * Claims nothing more; resolves when all that was sent is answered and written, after
   * `stopWithinMs` at the latest: what is unanswered then is looked up after the next start.
   */
  stop(): Promise<void>;
  /** What steps of this key waited for has happened (Delivery.isWaiting): they are tried at once. */
  endWaiting(key: string): Promise<void>;
  /** The operator acted: ends a halt. */
  resume(): void;
  state(): Promise<query.OutboxState>;
  /** Resolves when no step is ready, sending or unknown. */
  drained(): Promise<void>;
};

const IDLE_POLL_MS = 5_000; // finds steps that another process queued (`calls resend`)
const LAST_WORD_MS = 700; // of stopWithinMs: for flights that were told to give up

export function createOutbox<S extends { readonly kind: string }, R>(
  options: OutboxOptions<S, R>,
): Outbox<S> {
  const { store, clock, farSide, course } = options;
  const gatherMs = options.gatherMs ?? 100;
  const stopWithinMs = options.stopWithinMs ?? 4_500;
  const time = createOutboxClock(clock);
  const alarm = createAlarm(clock);
  const gate = createGate(options);
  const stopping = new AbortController();
  const flights = createFlights(options, {
    gate,
    time,
    stopping: stopping.signal,
    landed: alarm.ring,
    crashed: crash,
  });
  let hasStarted = false;
  let loop: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;
  let waitingForDrained: (() => void)[] = [];

  function crash(thrown: unknown): void {
    const isOurStop = stopping.signal.aborted && thrown instanceof StoreFailure;
    stopping.abort();
    alarm.ring();
    if (!isOurStop) options.onCrash?.(toError(thrown));
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      const looks = await startLooks();
      const sends = await startSends();
      if (looks.hasStarted || sends.hasStarted) continue;
      await tellDrained();
      const nextAt = Math.min(looks.nextAt, sends.nextAt, time.now() + IDLE_POLL_MS);
      await alarm.wait(nextAt - time.now());
    }
  }

  type Round = { hasStarted: boolean; nextAt: number };

  async function startSends(): Promise<Round> {
    const now = time.now();
    const isClosed = gate.sends({ now, ...flights.count() }) === "none";
    if (isClosed) return { hasStarted: false, nextAt: gate.opensAt(now) };

    const counted = await Promise.all((await kindsIn("ready")).map((kind) => count(kind, now)));
    const round: Round = { hasStarted: false, nextAt: await nextDue(now) };
    for (const { steps, since, kind } of counted.sort((a, b) => a.turn - b.turn)) {
      const allowed = gate.sends({ now, ...flights.count() });
      if (allowed === "none") break;
      if (steps === 0 || flights.hasNoRoomFor(kind)) continue;
      const limit = allowed === "one" ? 1 : farSide.batchSize(kind);
      if (steps < limit && since + gatherMs > now) {
        round.nextAt = Math.min(round.nextAt, since + gatherMs);
        continue;
      }
      const isShared = course.mayShareBatch(kind);
      await flights.send({ kind, now, isShared, limit });
      round.hasStarted = true;
    }
    return round;
  }

  async function startLooks(): Promise<Round> {
    const now = time.now();
    let hasStarted = false;
    for (const kind of await kindsIn("unknown")) {
      const allowed = gate.looks({ now, ...flights.count() });
      if (allowed === "none") return { hasStarted, nextAt: gate.opensAt(now) };
      const limit = allowed === "one" ? 1 : farSide.batchSize(kind);
      if (await flights.look({ kind, now, limit })) hasStarted = true;
    }
    return { hasStarted, nextAt: await nextDue(now) };
  }

  async function kindsIn(state: "ready" | "unknown"): Promise<S["kind"][]> {
    const rows = await store.read(query.kindsIn(state));
    return rows.map(({ kind }) => kind as S["kind"]);
  }

  async function count(kind: S["kind"], now: number): Promise<Counted<S>> {
    const isShared = course.mayShareBatch(kind);
    const asked = { kind, now, isShared, limit: farSide.batchSize(kind) };
    const [row] = await store.read(query.countSendable(asked));
    const { steps, since, turn } = row ?? {};
    return { kind, steps: Number(steps), since: Number(since), turn: Number(turn) };
  }

  async function nextDue(now: number): Promise<number> {
    const dueAt = (await store.read(query.nextDue(now)))[0]?.["due_at"];
    return typeof dueAt === "number" ? dueAt : Infinity;
  }

  async function tellDrained(): Promise<void> {
    if (waitingForDrained.length === 0) return;
    if ((await store.read(query.anyOpen())).length > 0) return;
    waitingForDrained.splice(0).forEach((resolve) => resolve());
  }

  async function end(): Promise<void> {
    stopping.abort();
    alarm.ring();
    const ended = new AbortController();
    const quiet = Promise.resolve(loop)
      .then(() => flights.landedAll())
      .then(() => ended.abort());
    await Promise.race([quiet, clock.sleep(stopWithinMs - LAST_WORD_MS, ended.signal)]);
    flights.giveUp();
    await Promise.race([quiet, clock.sleep(LAST_WORD_MS, ended.signal)]);
    flights.abandon();
  }

  const stop = (): Promise<void> => (stopped ??= end());

  return {
    statementsFor: (origin, key, steps) =>
      steps.map((step) =>
        insertStep({ origin, key, step, dueAt: time.now(), createdAt: clock.now() }),
      ),
    wake: alarm.ring,
    async start(signal) {
      if (hasStarted) throw new Error("the outbox was started already");
      hasStarted = true;
      const longestPauseMs = gate.longestPauseMs;
      signal.addEventListener("abort", () => void stop(), { once: true });
      if (signal.aborted) return stop();
      await flights.keep(recoverAll(time.now(), longestPauseMs), stopping.signal);
      loop = run().catch(crash);
    },
    stop,
    async endWaiting(key) {
      await flights.keep([endWaiting(key, time.now())], stopping.signal);
      alarm.ring();
    },
    resume() {
      gate.resume();
      alarm.ring();
    },
    state: async () => query.parseState(await store.read(query.stateCounts())),
    drained: () =>
      new Promise((resolve) => {
        waitingForDrained = [...waitingForDrained, resolve];
        alarm.ring();
      }),
  };
}

type Counted<S extends { readonly kind: string }> = {
  readonly kind: S["kind"];
  readonly steps: number;
  /** Since when the oldest of them may go. */
  readonly since: number;
  readonly turn: number;
};
