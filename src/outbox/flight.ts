/**
 * Flights: one batch each on its way to the far side, from its claim to the transaction that keeps
 * what was answered.
 */
import { toError } from "../lib/failure.ts";
import type { Row, Statement } from "../store/store.ts";
import { writeUntilKept } from "../store/write-until-kept.ts";
import * as change from "./changes.ts";
import type { BatchAnswer, Delivery, Recollection, Skip } from "./delivery.ts";
import type { Gate } from "./gate.ts";
import type { OutboxOptions } from "./options.ts";
import type { OutboxClock } from "./outbox-clock.ts";
import * as query from "./queries.ts";
import * as settle from "./settle.ts";
import { parseOpenStep, type OpenStep } from "./step-row.ts";

export type Flights = {
  /** Claims a batch, and sends it while the caller goes on. */
  send(asked: query.Sendable): Promise<void>;
  /** So many steps are prepared that none of this kind is claimed. */
  hasNoRoomFor(kind: string): boolean;
  /** @returns false when no step of the kind is due. */
  look(asked: { kind: string; now: number; limit: number }): Promise<boolean>;
  /** Writes as often as it takes; `signal` ends the waiting. */
  keep(statements: readonly Statement[], signal: AbortSignal): Promise<readonly (readonly Row[])[]>;
  count(): { sends: number; looks: number };
  landedAll(): Promise<void>;
  /** The far side is told that nobody waits any longer. */
  giveUp(): void;
  /** Whatever still comes is dropped: the store may be closed. */
  abandon(): void;
};

type FlightDeps = {
  readonly gate: Gate;
  readonly time: OutboxClock;
  /** Aborted when the outbox is to stop: nothing more is claimed. */
  readonly stopping: AbortSignal;
  readonly landed: () => void;
  readonly crashed: (thrown: unknown) => void;
};

/** Steps that are prepared at once. They are durable, so they had better wait than be overload. */
const MOST_PREPARED = 32;
/** A preparation has ended long before; after a crash it begins anew with the start. */
const PREPARING_MS = 600_000;
/** Of a batch. */
const NEWEST_SHARE = 0.1;

export function createFlights<S extends { readonly kind: string }, R>(
  options: OutboxOptions<S, R>,
  { gate, time, stopping, landed, crashed }: FlightDeps,
): Flights {
  const { store, clock, farSide, course, preparation } = options;
  const about = <T>(batch: readonly OpenStep<S>[], ask: () => Promise<T>): Promise<T> =>
    options.about?.([...new Set(batch.map(({ origin }) => origin))], ask) ?? ask();
  const inFlight = new Set<Promise<void>>();
  const lookedUp = new Set<number>(); // ids: a look does not change the state of its steps
  const givenUp = new AbortController();
  let preparing = 0;
  let sends = 0;
  let looks = 0;
  let isAbandoned = false;

  function launch(flight: Promise<void>): void {
    const landing = flight
      .catch((thrown: unknown) => {
        if (!isAbandoned) crashed(thrown);
      })
      .finally(() => {
        inFlight.delete(landing);
        landed();
      });
    inFlight.add(landing);
  }

  const keep = (
    statements: readonly Statement[],
    signal: AbortSignal,
  ): Promise<readonly (readonly Row[])[]> =>
    writeUntilKept(
      { store, clock, signal, onWait: (failure) => options.onStoreTrouble?.(failure) },
      statements,
    );

  /**
   * The oldest first. Where more wait than fit into one batch, a few of the newest go with them: a call
   * that ends now need not wait until those of an outage are told.
   */
  async function findSteps(asked: query.Sendable): Promise<OpenStep<S>[]> {
    const read = async (statement: Statement): Promise<OpenStep<S>[]> =>
      (await store.read(statement)).map((row) => parseOpenStep<S>(row));
    const oldest = await read(query.sendable(asked));
    const most = Math.floor(asked.limit * NEWEST_SHARE);
    if (oldest.length < asked.limit || most === 0) return oldest;
    const known = new Set(oldest.map(({ id }) => id));
    const newest = await read(query.newestSendable({ ...asked, limit: most }));
    const others = newest.filter(({ id }) => !known.has(id)).reverse();
    return [...oldest.slice(0, asked.limit - others.length), ...others];
  }

  /** Revised by what earlier steps left behind, and on the disk as `sending`. */
  async function claim(asked: query.Sendable): Promise<OpenStep<S>[]> {
    const found = await findSteps(asked);
    const revised = halvedByRepeats(found, asked.limit).map((step) => revise(step));
    const aside = revised.flatMap(({ settlement }) => settlement ?? []);
    const wanted = revised.filter(({ settlement }) => settlement === undefined);
    const raw = wanted.filter(({ step }) => preparation?.wants(step.step) === true);
    const kept = raw.length === 0 ? wanted : wanted.filter((one) => !raw.includes(one));
    const results = await keep(
      [
        ...kept.map(({ step: { id, step } }) =>
          step.kind === asked.kind ? change.markSending(id, step) : change.changeKind(id, step),
        ),
        ...aside.flatMap(({ statements }) => statements),
        ...raw.map(({ step }) => change.markPreparing(step.id, time.now() + PREPARING_MS)),
      ],
      stopping,
    );
    aside.forEach(tell);
    for (const { step } of raw) {
      preparing++;
      launch(prepare(step).finally(() => preparing--));
    }
    return kept.flatMap(({ step }, index) =>
      step.step.kind === asked.kind && results[index]?.length === 1 ? [step] : [],
    );
  }

  function revise(step: OpenStep<S>): {
    step: OpenStep<S>;
    settlement?: settle.Settlement<S, never>;
  } {
    try {
      const revised = course.revise(step.step, step.memory);
      if (isSkip(revised))
        return { step, settlement: settle.skipped(step.id, revised, clock.now()) };
      return { step: { ...step, step: revised, attempt: step.attempt + 1 } };
    } catch (thrown) {
      const why = settle.bug("it could not be revised before it was sent", thrown);
      return { step, settlement: settle.setAside(step, why, clock.now()) };
    }
  }

  async function prepare(step: OpenStep<S>): Promise<void> {
    const done = await preparation?.prepare(step).catch((thrown: unknown) => {
      const why = settle.bug("it could not be prepared", thrown);
      return settle.setAside(step, why, clock.now());
    });
    if (done === undefined || isAbandoned) return;
    if ("facts" in done) return keepAll([done]);
    if (isSkip(done)) return keepAll([settle.skipped(step.id, done, clock.now())]);
    const after =
      "step" in done
        ? change.markPrepared(step.id, done.step, time.now())
        : change.markPreparing(step.id, time.now() + done.afterMs);
    await keep([after], givenUp.signal);
  }

  async function sendBatch(batch: readonly OpenStep<S>[]): Promise<void> {
    const startedAt = time.now();
    const isTrial = gate.isHalted();
    const answer = await askToSend(batch);
    if (isAbandoned) return;
    const deliveries = batch.map((_, index) => answer.deliveries[index] ?? unanswered);
    const reached = deliveries.some(wasReached);
    if (answer.halt !== undefined) gate.halt(answer.halt, time.now());
    else if (reached) gate.sendWentThrough();
    else gate.sendFailed({ startedAt, now: time.now(), ...troubleOf(deliveries) });
    await keepAll(
      batch.map((step, i) => settle.settleDelivery(step, deliveries[i] ?? unanswered, rules())),
    );
    if (isTrial && answer.halt === undefined) gate.reopen();
  }

  async function askToSend(batch: readonly OpenStep<S>[]): Promise<BatchAnswer<R>> {
    try {
      const steps = batch.map(({ step }) => step);
      return await about(batch, () => farSide.send(steps, givenUp.signal));
    } catch (thrown) {
      const reason = toError(thrown).message;
      return { deliveries: batch.map(() => ({ kind: "unknown", reason })) };
    }
  }

  async function lookUpBatch(batch: readonly OpenStep<S>[]): Promise<void> {
    const lookedAt = time.now();
    const isTrial = gate.isHalted();
    const answers = await askToRecall(batch);
    if (isAbandoned) return;
    const recollections = batch.map((_, index) => answers[index] ?? notRecalled);
    const [first] = recollections;
    if (recollections.some(({ kind }) => kind !== "unreachable")) {
      gate.lookWentThrough();
      if (isTrial) gate.reopen();
    } else if (first?.kind === "unreachable") {
      const { reason } = first;
      gate.lookFailed({ startedAt: lookedAt, now: time.now(), atLeastMs: 0, reason });
    }
    await keepAll(
      batch.map((step, i) =>
        settle.settleRecollection({ step, lookedAt }, recollections[i] ?? notRecalled, rules()),
      ),
    );
  }

  async function askToRecall(batch: readonly OpenStep<S>[]): Promise<readonly Recollection<R>[]> {
    try {
      const steps = batch.map(({ step }) => step);
      return await about(batch, () => farSide.recall(steps, givenUp.signal));
    } catch (thrown) {
      const reason = toError(thrown).message;
      return batch.map(() => ({ kind: "unreachable", reason }));
    }
  }

  async function keepAll(settlements: readonly settle.Settlement<S, R>[]): Promise<void> {
    await keep(
      settlements.flatMap(({ statements }) => statements),
      givenUp.signal,
    );
    settlements.forEach(tell);
  }

  function tell({ facts }: settle.Settlement<S, R>): void {
    for (const fact of facts) {
      if (fact.kind === "done") options.onDone?.(fact.step, fact.answer);
      else options.onSetAside?.(fact.step, fact);
    }
  }

  const rules = (): settle.SettleRules<S, R> => ({
    course,
    now: time.now(),
    at: clock.now(),
    believeAbsenceAfterMs: options.believeAbsenceAfterMs ?? 60_000,
    secondLookAfterMs: options.secondLookAfterMs ?? 15_000,
    pauseMs: gate.pauseMs,
  });

  return {
    async send(asked) {
      const batch = await claim(asked);
      if (batch.length === 0) return;
      sends++;
      launch(sendBatch(batch).finally(() => sends--));
    },
    hasNoRoomFor: (kind) => preparing >= MOST_PREPARED && preparation?.concerns(kind) === true,
    async look({ kind, now, limit }) {
      const rows = await store.read(
        query.toBeLookedUp({ kind, now, limit: limit + lookedUp.size }),
      );
      const batch = rows
        .map((row) => parseOpenStep<S>(row))
        .filter(({ id }) => !lookedUp.has(id))
        .slice(0, limit);
      if (batch.length === 0) return false;
      looks++;
      batch.forEach(({ id }) => lookedUp.add(id));
      const landing = lookUpBatch(batch).finally(() => {
        looks--;
        batch.forEach(({ id }) => lookedUp.delete(id));
      });
      launch(landing);
      return true;
    },
    keep,
    count: () => ({ sends, looks }),
    landedAll: async () => {
      while (inFlight.size > 0) await Promise.all(inFlight);
    },
    giveUp: () => givenUp.abort(),
    abandon: () => {
      isAbandoned = true;
    },
  };
}

const isSkip = (revised: object): revised is Skip => "skip" in revised;

const wasReached = (delivery: Delivery<unknown>): boolean =>
  delivery.kind === "later" ? delivery.isWaiting === true : delivery.kind !== "unknown";

const unanswered = { kind: "unknown", reason: "the answer left this step out" } as const;
const notRecalled = { kind: "unreachable", reason: "the look-up left this step out" } as const;

/**
 * A step whose answer was lost before takes fewer others along each time, so that one that makes the
 * whole request fail ends up alone.
 */
function halvedByRepeats<S>(steps: readonly OpenStep<S>[], limit: number): readonly OpenStep<S>[] {
  let room = limit;
  const end = steps.findIndex(({ repeats }, index) => {
    room = Math.min(room, Math.max(1, limit >> Math.min(repeats, 30)));
    return index >= room;
  });
  return end < 0 ? steps : steps.slice(0, end);
}

/** Why a batch of which nothing went through failed, and how long to keep away. */
function troubleOf(deliveries: readonly Delivery<unknown>[]): {
  reason: string;
  atLeastMs: number;
} {
  const waits = deliveries.map((delivery) => (delivery.kind === "later" ? delivery.afterMs : 0));
  const first = deliveries.find((delivery) => "reason" in delivery);
  return { reason: first?.reason ?? "no answer", atLeastMs: Math.max(0, ...waits) };
}
