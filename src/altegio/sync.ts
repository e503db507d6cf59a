/**
 * Works off appointments that something was heard of: reads each anew, decides, queues its steps in the
 * same transaction as the row that says so, and takes up what came of them. One appointment is on its way
 * at a time, and one of each client's number.
 */
import type { KommoFailure } from "../kommo/failure.ts";
import type { KommoStep } from "../kommo/step.ts";
import type { Clock } from "../lib/clock.ts";
import { succeeded, type Result } from "../lib/failure.ts";
import type { ToldStep } from "../outbox/story.ts";
import type { Row, Statement, Store } from "../store/store.ts";
import type { AltegioClient } from "./api/client.ts";
import { tellAltegioFailure, type AltegioFailure } from "./api/failure.ts";
import { readRecord } from "./api/records.ts";
import { readDetails } from "./api/visits.ts";
import { deletedAppointment, type Appointment } from "./appointment.ts";
import { keepChange } from "./change-rows.ts";
import type { CrmReader } from "./crm.ts";
import { keepDecision } from "./decision-rows.ts";
import type { AltegioFacts } from "./facts.ts";
import { outcomeOf } from "./outcome.ts";
import { parsePayment, type Payment } from "./payment.ts";
import {
  leadLock,
  originOf,
  phoneLock,
  placeAppointments,
  stepKey,
  type Placed,
  type ReadAppointment,
} from "./place.ts";
import {
  beginWriting,
  contentsOf,
  defer,
  dueRecords,
  endWithout,
  keepApplied,
  keepTrouble,
  nextDue,
  parseRecordRow,
  postpone,
  recordName,
  writingRecords,
  type RecordRow,
} from "./rows.ts";
import { wantsPayments, type AltegioSettings } from "./settings.ts";
import type { Snapshots } from "./snapshot.ts";

export type SyncDeps = {
  readonly settings: AltegioSettings;
  readonly facts: () => Promise<Result<AltegioFacts, SyncTrouble>>;
  readonly crm: CrmReader;
  readonly altegio: AltegioClient;
  readonly snapshots: Snapshots;
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<readonly (readonly Row[])[]>;
  readonly outbox: {
    statementsFor(origin: string, key: string, steps: readonly KommoStep[]): readonly Statement[];
    wake(): void;
    stepsOf(origin: string): Promise<readonly ToldStep[]>;
  };
  readonly clock: Clock;
  readonly log: {
    info(fields: object, message: string): void;
    warn(fields: object, message: string): void;
    error(fields: object, message: string): void;
  };
  /** The user's token is refused, or taken again. */
  readonly onAccess: (isRefused: boolean, failure?: AltegioFailure) => void;
  /** Told after it is on the disk. */
  readonly onPlaced?: (placed: Placed) => void;
  readonly onApplied?: (row: RecordRow, leadId: number | undefined) => void;
};

/** Why nothing can be worked off now. */
export type SyncTrouble = {
  readonly reason: string;
  readonly hint: string;
  readonly afterMs: number;
};

export type Sync = {
  /** Works off what is due. @returns ms until there may be more; the sleep may be cut short */
  round(signal: AbortSignal): Promise<number>;
  /** Steps of these origins ended. Rejects with StoreFailure. @returns how many appointments are through */
  stepsEnded(origins: readonly string[]): Promise<number>;
  /**
   * Steps that a person wants for one appointment. Rejects with StoreFailure.
   * @returns false: it is being written just now
   */
  begin(row: RecordRow, statements: readonly Statement[]): Promise<boolean>;
  /** Takes up what an earlier run left. */
  restore(): Promise<void>;
  /** Appointments on their way. */
  busy(): number;
};

const AT_ONCE = 200;
const IDLE_MS = 60_000;
/** Another appointment of the same client has to be through first. */
const WAIT_MS = 1_000;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;
/** Beyond it the trouble stands in the row, and the next change of the appointment tries anew. */
const MOST_TRIES = 8;

export function createSync(deps: SyncDeps): Sync {
  const { store, keep, clock, log, settings } = deps;
  /** By outbox origin. */
  const writing = new Map<string, RecordRow>();
  const locks = new Map<string, number>();
  const underWay = new Set<string>();
  let pauseMs = 0;

  const lockNames = ({ pending }: RecordRow): readonly string[] => [
    ...(pending?.phoneKeys ?? []).map(phoneLock),
    ...(pending?.leadId === undefined ? [] : [leadLock(pending.leadId)]),
  ];
  function hold(origin: string, row: RecordRow): void {
    writing.set(origin, row);
    underWay.add(recordName(row));
    for (const name of lockNames(row)) locks.set(name, (locks.get(name) ?? 0) + 1);
  }
  function release(origin: string): void {
    const row = writing.get(origin);
    if (row === undefined) return;
    writing.delete(origin);
    underWay.delete(recordName(row));
    for (const name of lockNames(row)) {
      const left = (locks.get(name) ?? 1) - 1;
      if (left > 0) locks.set(name, left);
      else locks.delete(name);
    }
  }

  function pause(reason: string, hint: string, atLeastMs = 0): number {
    pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pauseMs * 2));
    const afterMs = Math.max(pauseMs, atLeastMs);
    log.warn({ reason, hint, pauseMs: afterMs }, "appointments wait");
    return afterMs;
  }

  async function round(signal: AbortSignal): Promise<number> {
    const rows = (await store.read(dueRecords(clock.now(), AT_ONCE))).map(parseRecordRow);
    if (rows.length === 0) {
      if (deps.snapshots.current() !== undefined && writing.size === 0) deps.snapshots.drop();
      const [next] = await store.read(nextDue());
      const dueAt = next?.["due_at"];
      return typeof dueAt === "number"
        ? Math.min(IDLE_MS, Math.max(0, dueAt - clock.now()))
        : IDLE_MS;
    }
    const facts = await deps.facts();
    if (!facts.ok) return pause(facts.failure.reason, facts.failure.hint, facts.failure.afterMs);
    const read = await readAll(rows, facts.value, signal);
    if (read.read.length > 0) {
      const urgency = read.read.some(({ row }) => row.isUrgent) ? "event" : "background";
      const placed = await placeAppointments(
        {
          ...{ settings, facts: facts.value, crm: deps.crm, snapshots: deps.snapshots, store },
          now: () => clock.now(),
          isBusy: (name) => locks.has(name),
        },
        read.read,
        { urgency, signal },
      );
      if (signal.aborted) return 0;
      if (!placed.ok)
        return pause(
          `kommo: ${placed.failure.detail}`,
          placed.failure.hint,
          restOf(placed.failure),
        );
      await keepPlaced(placed.value);
      // All that is due waits for others: those tell when they are through.
      if (placed.value.every(({ kind }) => kind === "wait")) return WAIT_MS;
    }
    if (read.trouble !== undefined)
      return pause(tellAltegioFailure(read.trouble), read.trouble.hint);
    pauseMs = 0;
    return 0;
  }

  type Read = {
    readonly read: readonly ReadAppointment[];
    readonly trouble: AltegioFailure | undefined;
  };

  /** Those that could be read; the others stay due. */
  async function readAll(
    rows: readonly RecordRow[],
    facts: AltegioFacts,
    signal: AbortSignal,
  ): Promise<Read> {
    const read: ReadAppointment[] = [];
    for (const row of rows) {
      if (signal.aborted) break;
      const one = await readOne(row, facts, signal);
      if (one.ok) {
        deps.onAccess(false);
        read.push(one.value);
        continue;
      }
      const { failure } = one;
      if (failure.kind === "given-up") break;
      if (failure.kind === "no-right" || failure.kind === "rejected") {
        await keep([postpone(row, clock.now() + LONGEST_PAUSE_MS, tellAltegioFailure(failure))]);
        continue;
      }
      if (failure.kind === "token-refused") deps.onAccess(true, failure);
      return { read, trouble: failure };
    }
    return { read, trouble: undefined };
  }

  async function readOne(
    row: RecordRow,
    facts: AltegioFacts,
    signal: AbortSignal,
  ): Promise<Result<ReadAppointment, AltegioFailure>> {
    const ask = { urgency: row.isUrgent ? "event" : "background", signal } as const;
    let appointment: Appointment;
    if (row.reading !== undefined) appointment = row.reading;
    else {
      const answer = await readRecord(deps.altegio, row, ask);
      if (!answer.ok) return answer;
      appointment =
        answer.value === "gone"
          ? deletedAppointment({ ...row, staffId: row.applied?.staffId })
          : answer.value.appointment;
    }
    const { visitId } = appointment;
    if (visitId === undefined || !mayBePaid(row, appointment))
      return succeeded({ row, appointment, payment: undefined });
    const details = await readDetails(deps.altegio, { ...row, visitId }, ask);
    // Without the right to see money, or with the visit gone, the rest is still right.
    if (!details.ok && !["no-right", "not-found"].includes(details.failure.kind)) return details;
    const payment: Payment | undefined = details.ok
      ? parsePayment(details.value, (id) => facts.isCash(row.locationId, id))
      : undefined;
    return succeeded({ row, appointment, payment });
  }

  /** What nobody has paid for costs no request. */
  function mayBePaid(row: RecordRow, appointment: Appointment): boolean {
    if (!wantsPayments(settings) || appointment.isDeleted) return false;
    if (contentsOf(appointment) === row.contents && !row.isMoney) return false;
    const wasPaid = (row.applied?.paymentStatus ?? "not_paid") !== "not_paid";
    return row.isMoney || appointment.isPaidFull || appointment.attendance === 1 || wasPaid;
  }

  async function keepPlaced(placed: readonly Placed[]): Promise<void> {
    const now = clock.now();
    const statements: Statement[] = [];
    const begun: { origin: string; row: RecordRow }[] = [];
    for (const one of placed) {
      const { row } = one;
      // A person was faster: it is still due.
      if (underWay.has(recordName(row))) continue;
      if (one.kind === "wait") {
        // Behind what can go on now.
        statements.push(defer(row, now + WAIT_MS));
        continue;
      }
      if (one.kind === "skip") {
        statements.push(endWithout(row, skippedAs(one)));
        if (isWorthTelling(one.reason)) statements.push(keepDecision(row, toldSkip(one, now)));
        continue;
      }
      const { decision, plan, pending, event } = one;
      const leadId = decision.action === "create_lead" ? undefined : decision.leadId;
      statements.push(
        keepDecision(row, {
          ...{ at: now, event, leadId, detail: plan.detail },
          action: decision.action,
          reason: decision.reason,
        }),
      );
      if (plan.steps.length === 0) {
        statements.push(
          endWithout(row, undefined),
          ...keepApplied(row, { pending, leadId, contactId: pending.contactId }),
        );
        continue;
      }
      const origin = originOf(row, now);
      if (leadId !== undefined && Object.keys(plan.after).length > 0)
        statements.push(keepChange(row, { at: now, leadId, action: decision.action, ...plan }));
      statements.push(
        beginWriting(row, origin, pending),
        ...deps.outbox.statementsFor(origin, stepKey(row), plan.steps),
      );
      begun.push({ origin, row: { ...row, pending, writing: origin } });
    }
    // Before the write: an answer may come before it has resolved here.
    for (const { origin, row } of begun) hold(origin, row);
    await keep(statements);
    if (begun.length > 0) deps.outbox.wake();
    for (const one of placed) deps.onPlaced?.(one);
  }

  /** Takes up what all steps of these came to, in one transaction. @returns how many are through */
  async function settleAll(origins: readonly string[]): Promise<number> {
    const known = origins.filter((origin) => writing.has(origin));
    const told = await Promise.all(known.map((origin) => deps.outbox.stepsOf(origin)));
    const settled = known.flatMap((origin, index) => {
      const row = writing.get(origin);
      const done = row && settle(row, told[index] ?? []);
      return done === undefined ? [] : [{ ...done, origin }];
    });
    if (settled.length === 0) return 0;
    await keep(settled.flatMap(({ statements }) => statements));
    for (const { origin, tell } of settled) {
      release(origin);
      tell();
    }
    return settled.length;
  }

  type Settled = { readonly statements: readonly Statement[]; readonly tell: () => void };

  /** Undefined: some steps are still open. */
  function settle(row: RecordRow, steps: readonly ToldStep[]): Settled | undefined {
    const { pending } = row;
    const outcome = outcomeOf(steps, row);
    if (pending === undefined || outcome.kind === "open") return undefined;
    if (outcome.kind === "done") {
      const { leadId, contactId, made } = outcome;
      if (made !== undefined) deps.snapshots.current()?.put(made);
      return {
        statements: keepApplied(row, { pending, leadId, contactId }),
        tell: () => deps.onApplied?.(row, leadId),
      };
    }
    const { reason, isGone } = outcome;
    const isLast = row.tries + 1 >= MOST_TRIES || outcome.isFinal;
    const dueAt = isLast ? undefined : clock.now() + FIRST_PAUSE_MS * 2 ** row.tries;
    return {
      statements: [keepTrouble(row, { trouble: reason, dueAt, forgetsLead: isGone })],
      tell: () =>
        log.error({ record: recordName(row), reason }, "an appointment could not be written"),
    };
  }

  return {
    round,
    stepsEnded: settleAll,
    async begin(row, statements) {
      if (underWay.has(recordName(row)) || row.writing === undefined) return false;
      hold(row.writing, row);
      try {
        await keep(statements);
      } catch (error) {
        release(row.writing);
        throw error;
      }
      deps.outbox.wake();
      return true;
    },
    async restore() {
      for (const found of await store.read(writingRecords())) {
        const row = parseRecordRow(found);
        if (row.writing !== undefined) hold(row.writing, row);
      }
      for (const origin of [...writing.keys()]) {
        const steps = await deps.outbox.stepsOf(origin);
        const row = writing.get(origin);
        if (steps.length > 0 || row === undefined) await settleAll([origin]);
        else {
          // Its steps were purged or lost with a damaged store: read anew.
          release(origin);
          const trouble = { trouble: "its steps are gone", dueAt: clock.now(), forgetsLead: false };
          await keep([keepTrouble(row, trouble)]);
        }
      }
    },
    busy: () => writing.size,
  };
}

const skippedAs = (one: Placed): string => `${one.event} ${contentsOf(one.appointment)}`;

const isWorthTelling = (reason: string): boolean =>
  reason !== "no_change" && reason !== "stale_event" && reason !== "held";

const toldSkip = (one: Placed & { kind: "skip" }, now: number) => ({
  at: now,
  event: one.event,
  action: "skip",
  reason: one.reason,
  leadId: undefined,
  detail: [],
});

const CLOSED_PAUSE_MS = 600_000;

/** Kommo blocks who repeats refused requests. */
const restOf = ({ kind }: KommoFailure): number =>
  ["blocked", "token-revoked", "payment-required", "moved"].includes(kind) ? CLOSED_PAUSE_MS : 0;
