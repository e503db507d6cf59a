/**
 * The working parts of appointments joined: what is heard (webhooks, polling), what is worked off, what is
 * asked of Altegio. Three loops that wake each other; each goes on after a restart where it was.
 */
import type { Clock } from "../lib/clock.ts";
import { failed, succeeded, toError, type Result } from "../lib/failure.ts";
import { inTime } from "../lib/in-time.ts";
import type { KommoStep } from "../kommo/step.ts";
import { StoreFailure, type Row, type Statement, type Store } from "../store/store.ts";
import type { AltegioClient } from "./api/client.ts";
import { tellAltegioFailure, type AltegioFailure } from "./api/failure.ts";
import type { CrmReader } from "./crm.ts";
import { readFacts, type AltegioFacts } from "./facts.ts";
import { readEvents } from "./intake.ts";
import {
  createOrders,
  type NewOrder,
  type Order,
  type OrderOutcome,
  type Orders,
} from "./orders.ts";
import { isAltegioOrigin, stepKey } from "./place.ts";
import { createPoll, type Poll } from "./poll.ts";
import {
  keepPlace,
  parseRecordRow,
  recordsByKeys,
  recordsOfLeads,
  wantRecord,
  wantRecordsOf,
} from "./rows.ts";
import type { AltegioSettings } from "./settings.ts";
import { createSnapshots } from "./snapshot.ts";
import { moveOf } from "./stage-orders.ts";
import { createSync, type Sync, type SyncDeps, type SyncTrouble } from "./sync.ts";
import { purgeDecisions } from "./decision-rows.ts";
import { planTie, type TieWish } from "./tie.ts";
import { ALTEGIO_WORDS } from "./words.ts";

export type EngineDeps = {
  readonly settings: AltegioSettings;
  readonly crm: CrmReader;
  readonly altegio: AltegioClient;
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<readonly (readonly Row[])[]>;
  readonly outbox: SyncDeps["outbox"];
  readonly clock: Clock;
  readonly log: SyncDeps["log"];
  readonly onFatal: (error: Error) => void;
  readonly onPlaced?: SyncDeps["onPlaced"];
  readonly onApplied?: SyncDeps["onApplied"];
  readonly believeAfterMs?: number;
};

export type Engine = {
  readonly orders: Pick<Orders, "find">;
  progress(): ReturnType<Poll["progress"]>;
  facts(): Promise<Result<AltegioFacts, SyncTrouble>>;
  /** The body of a webhook. Returns at once. */
  hear(body: unknown): void;
  /** The outbox has ended a step. */
  stepEnded(origin: string): void;
  /** Something happened to these leads in Kommo. */
  heedLeads(leadIds: Iterable<number>): Promise<void>;
  /** Keeps and works off: statements of `orders`, `wantRecord` and the like. */
  want(statements: readonly Statement[]): Promise<void>;
  readonly newOrder: (order: NewOrder) => Statement;
  /** Rejects with StoreFailure. @returns false: the appointment is being written just now */
  tie(wish: TieWish): Promise<Result<boolean, SyncTrouble>>;
  /** Altegio is asked now what has changed. */
  pollNow(): void;
  state(): {
    readonly isRefused: boolean;
    readonly busy: number;
    readonly trouble: string | undefined;
  };
  start(): Promise<void>;
  stop(): Promise<void>;
};

const FACTS_GOOD_FOR_MS = 3_600_000;
const POLL_AFTER_FAILURE_MS = 15_000;
/** The operator has to act: asked now and then whether it was done. */
const REFUSED_PAUSE_MS = 300_000;
const KEEP_DECISIONS_MS = 180 * 86_400_000;
const STOP_WITHIN_MS = 2_000;
const MOST_SETTLED = 200;

export function createEngine(deps: EngineDeps): Engine {
  const { settings, altegio, crm, store, keep, clock, log } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  const snapshots = createSnapshots({ crm, clock });
  let known: { readonly facts: AltegioFacts; readonly at: number } | undefined;
  let isRefused = false;
  let trouble: string | undefined;
  let heard: Promise<void> = Promise.resolve();
  const ended = new Set<string>();

  async function facts(): Promise<Result<AltegioFacts, SyncTrouble>> {
    if (known !== undefined && clock.monotonicMs() - known.at < FACTS_GOOD_FOR_MS)
      return succeeded(known.facts);
    const read = await readFacts({ settings, crm, altegio }, signal);
    if (read.ok) {
      known = { facts: read.value, at: clock.monotonicMs() };
      trouble = undefined;
      return succeeded(read.value);
    }
    // What was known an hour ago is better than nothing.
    if (known !== undefined && read.failure.of !== "setup") return succeeded(known.facts);
    const { failure } = read.failure;
    if (read.failure.of === "altegio")
      onAccess(read.failure.failure.kind === "token-refused", read.failure.failure);
    trouble = `${read.failure.of}: ${failure.detail}`;
    return failed({ reason: trouble, hint: failure.hint, afterMs: 0 });
  }

  function onAccess(refused: boolean, failure?: AltegioFailure): void {
    if (refused === isRefused) return;
    isRefused = refused;
    if (refused && failure !== undefined)
      log.error(
        { reason: tellAltegioFailure(failure), hint: failure.hint },
        "altegio refuses the token",
      );
    else if (!refused) log.warn({}, "altegio takes the token again");
  }

  const sync: Sync = createSync({
    ...{ settings, facts, crm, altegio, snapshots, store, keep, clock, log, onAccess },
    outbox: deps.outbox,
    ...(deps.onPlaced === undefined ? {} : { onPlaced: deps.onPlaced }),
    ...(deps.onApplied === undefined ? {} : { onApplied: deps.onApplied }),
  });
  const orders = createOrders({
    ...{ altegio, store, keep, clock, log, onAccess },
    accountsOf: (locationId) => known?.facts.accountsOf(locationId) ?? [],
    ended: (order, outcome) => endOf(order, outcome),
    onEnded: (order, outcome) => {
      if (outcome.kind === "refused")
        log.warn({ record: order.recordId, reason: outcome.detail }, "altegio did not do it");
      deps.outbox.wake();
      work.wake();
    },
    ...(deps.believeAfterMs === undefined ? {} : { believeAfterMs: deps.believeAfterMs }),
  });
  const poll = createPoll({
    ...{ altegio, store, keep, clock, log },
    locations: settings.locations,
    fillFrom: settings.fillFrom,
    onHeard: () => work.wake(),
  });

  /** With an order's end: a note on the lead, and the appointment is read anew. */
  function endOf(order: Order, outcome: OrderOutcome): readonly Statement[] {
    const again = wantRecord(order, {
      ...{ wish: "update", isMoney: order.asked.kind === "checkout", isUrgent: true },
      dueAt: clock.now(),
    });
    const text = noteOf(order, outcome);
    if (text === undefined || order.leadId === undefined) return [again];
    const note: KommoStep = {
      kind: "add-note",
      card: { type: "leads", id: order.leadId },
      text,
      decidedAt: Math.floor(clock.now() / 1_000),
    };
    const origin = `altegio-order/${String(order.id)}`;
    return [again, ...deps.outbox.statementsFor(origin, origin, [note])];
  }

  function noteOf(order: Order, { kind, detail }: OrderOutcome): string | undefined {
    const words = ALTEGIO_WORDS[settings.language];
    const of = `(${order.recordId})`;
    switch (kind) {
      case "checked-out":
        return `${words.checkedOut} ${of}: ${detail}`;
      case "paid-already":
        return `${words.checkedOut} ${of}: ${words.alreadyPaid}, ${detail}`;
      case "refused":
        return order.asked.kind === "checkout"
          ? `${words.notCheckedOut} ${of}: ${detail}`
          : `${words.attendanceRefused} ${of}: ${detail}`;
      case "attendance-set":
        return undefined;
    }
  }

  const work = createLoop(() => sync.round(signal));
  const ordering = createLoop(async () => {
    const ready = await facts();
    return ready.ok ? orders.round(signal) : POLL_AFTER_FAILURE_MS;
  });
  const polling = createLoop(async () => {
    const read = await poll.round(signal);
    await keep([purgeDecisions(clock.now() - KEEP_DECISIONS_MS)]);
    if (read.ok) {
      onAccess(false);
      return settings.pollMs;
    }
    onAccess(read.failure.kind === "token-refused", read.failure);
    if (read.failure.kind === "token-refused") return REFUSED_PAUSE_MS;
    if (read.failure.kind !== "given-up")
      log.warn(
        { reason: tellAltegioFailure(read.failure), hint: read.failure.hint },
        "altegio was not polled",
      );
    return Math.min(settings.pollMs, POLL_AFTER_FAILURE_MS);
  });

  /** A job that comes again and again, and sooner when it is called. */
  function createLoop(round: () => Promise<number>) {
    let woken = new AbortController();
    let running: Promise<void> | undefined;
    async function run(): Promise<void> {
      while (!signal.aborted) {
        woken = new AbortController();
        const called = woken.signal;
        const pauseMs = await round();
        if (pauseMs > 0) await clock.sleep(pauseMs, AbortSignal.any([called, signal]));
      }
    }
    return {
      wake: () => woken.abort("woken"),
      start() {
        running ??= run().catch(stumble);
      },
      ended: async () => running,
    };
  }

  /** Trouble with the store is told by the store itself; everything else is a bug. */
  function stumble(thrown: unknown): void {
    if (!(thrown instanceof StoreFailure)) deps.onFatal(toError(thrown));
  }

  /** Many at once: each by itself would wait for a commit of its own. */
  async function settleEnded(): Promise<void> {
    while (ended.size > 0) {
      const origins = [...ended].slice(0, MOST_SETTLED);
      for (const origin of origins) ended.delete(origin);
      if ((await sync.stepsEnded(origins)) > 0) work.wake();
    }
  }

  async function want(statements: readonly Statement[]): Promise<void> {
    if (statements.length === 0) return;
    await keep(statements);
    work.wake();
    ordering.wake();
  }

  return {
    orders,
    progress: () => poll.progress(),
    facts,
    hear(body) {
      const events = readEvents(body, settings.locations);
      const now = clock.now();
      const statements = events.map((event) =>
        event.kind === "client"
          ? wantRecordsOf(event, now)
          : wantRecord(event, { ...event, isUrgent: true, dueAt: now }),
      );
      heard = heard.then(() => want(statements)).catch(stumble);
    },
    stepEnded(origin) {
      if (!isAltegioOrigin(origin)) return;
      ended.add(origin);
      if (ended.size === 1) heard = heard.then(settleEnded).catch(stumble);
    },
    async heedLeads(leadIds) {
      const ids = [...new Set(leadIds)];
      if (ids.length === 0) return;
      if (settings.attendanceByStage.length + settings.checkoutByStage.length === 0) return;
      const rows = (await store.read(recordsOfLeads(ids))).map(parseRecordRow);
      if (rows.length === 0) return;
      const tied = rows.flatMap(({ leadId }) => leadId ?? []);
      const leads = await crm.leadsById(tied, { urgency: "event", signal });
      if (!leads.ok) {
        log.warn(
          { reason: leads.failure.detail, hint: leads.failure.hint },
          "moved leads were not read",
        );
        return;
      }
      const now = clock.now();
      const moves = rows.flatMap((row) => {
        const lead = leads.value.find(({ id }) => id === row.leadId);
        const move = lead && moveOf(row, lead, { settings, now });
        return move === undefined || lead === undefined
          ? []
          : [keepPlace(row, lead), ...move.orders.map((order) => orders.statementFor(order))];
      });
      await want(moves);
    },
    want,
    newOrder: (order) => orders.statementFor(order),
    async tie(wish) {
      const ready = await facts();
      if (!ready.ok) return ready;
      const { recordFieldId } = ready.value;
      const [found] = await store.read(recordsByKeys([wish]));
      const now = clock.now();
      const known = found && parseRecordRow(found);
      const { row, origin, steps, statements } = planTie(wish, known, { recordFieldId, now });
      const again = wantRecord(wish, { wish: "update", isUrgent: true, dueAt: now });
      if (steps.length === 0) {
        await want([...statements, again]);
        return succeeded(true);
      }
      const queued = deps.outbox.statementsFor(origin, stepKey(row), steps);
      const isBegun = await sync.begin(row, [...statements, ...queued, again]);
      return succeeded(isBegun);
    },
    pollNow: () => polling.wake(),
    state: () => ({ isRefused, busy: sync.busy(), trouble }),
    async start() {
      await sync.restore();
      work.start();
      ordering.start();
      polling.start();
    },
    async stop() {
      stopping.abort();
      const quiet = [work.ended(), ordering.ended(), polling.ended(), heard];
      // On a full disk they would wait for ever; nothing of theirs is lost for good.
      await inTime(Promise.all(quiet), STOP_WITHIN_MS, clock);
    },
  };
}
