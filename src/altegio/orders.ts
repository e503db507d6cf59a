/**
 * What is to be done in Altegio because somebody did something in Kommo: attendance, and the checkout of
 * visits. Each is a row before anything is sent. A checkout is never repeated before a look has shown that
 * nothing was paid, so a lost answer pays once.
 */
import type { Clock } from "../lib/clock.ts";
import type { Row, SqlValue, Statement, Store } from "../store/store.ts";
import { sql } from "../store/store.ts";
import type { AltegioClient } from "./api/client.ts";
import { tellAltegioFailure, type AltegioFailure } from "./api/failure.ts";
import { changeRecord, readRecord, type RecordKey } from "./api/records.ts";
import { editVisit, readDetails, type Account, type VisitKey } from "./api/visits.ts";
import { judgeCheckout, planCheckout, readBill, type Bill, type CheckoutWish } from "./checkout.ts";
import type { CheckoutRefusal } from "./checkout-refusal.ts";

export type Order = RecordKey & {
  readonly id: number;
  readonly leadId: number | undefined;
  readonly asked:
    | { readonly kind: "attendance"; readonly attendance: number }
    | ({ readonly kind: "checkout" } & CheckoutWish);
  readonly state: "waiting" | "sending" | "done" | "refused";
  /** What the visit showed before it was sent. */
  readonly before: Bill | undefined;
  readonly tries: number;
  readonly lookedAt: number | undefined;
  readonly result: string | undefined;
};

export type NewOrder = Pick<Order, "locationId" | "recordId" | "leadId" | "asked"> & {
  /** The same one is the same order, however often it is given. */
  readonly idempotency: string;
};

export type OrderOutcome = {
  readonly kind: "checked-out" | "paid-already" | "refused" | "attendance-set";
  /** "4000 cash", or why not. */
  readonly detail: string;
  /** Of "refused". */
  readonly code?: CheckoutRefusal;
};

const refused = (code: CheckoutRefusal, detail: string): OrderOutcome => ({
  ...{ kind: "refused", code, detail },
});
const DELETED = refused("deleted", "the appointment is deleted");

export type Orders = {
  /** For the caller's own transaction; nothing, if it is there already. */
  statementFor(order: NewOrder): Statement;
  /** Works off what is due. @returns ms until there may be more */
  round(signal: AbortSignal): Promise<number>;
  find(idempotency: string): Promise<Order | undefined>;
};

export type OrdersDeps = {
  readonly altegio: AltegioClient;
  readonly accountsOf: (locationId: string) => readonly Account[];
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<readonly (readonly Row[])[]>;
  readonly clock: Clock;
  readonly log: { warn(fields: object, message: string): void };
  /** Statements that belong to the end of an order: a note on the lead, the wish to read anew. */
  readonly ended: (order: Order, outcome: OrderOutcome) => readonly Statement[];
  readonly onEnded: (order: Order, outcome: OrderOutcome) => void;
  readonly onAccess: (isRefused: boolean, failure?: AltegioFailure) => void;
  /** How long after a lost answer "nothing was paid" is believed; looked at twice. */
  readonly believeAfterMs?: number;
};

const IDLE_MS = 60_000;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 300_000;
const MOST_TRIES = 10;

export function createOrders(deps: OrdersDeps): Orders {
  const { altegio, store, keep, clock } = deps;
  const believeAfterMs = deps.believeAfterMs ?? 60_000;

  async function round(signal: AbortSignal): Promise<number> {
    for (;;) {
      const [row] = await store.read(nextOrder(clock.now()));
      if (row === undefined || signal.aborted) break;
      await work(parseOrder(row), signal);
    }
    const [next] = await store.read(NEXT_DUE);
    const dueAt = next?.["due_at"];
    return typeof dueAt === "number"
      ? Math.min(IDLE_MS, Math.max(0, dueAt - clock.now()))
      : IDLE_MS;
  }

  const work = (order: Order, signal: AbortSignal): Promise<void> =>
    order.asked.kind === "attendance"
      ? setAttendance(order, order.asked.attendance, signal)
      : checkOut(order, order.asked, signal);

  async function end(order: Order, outcome: OrderOutcome): Promise<void> {
    const state = outcome.kind === "refused" ? "refused" : "done";
    const result = JSON.stringify(outcome);
    const ended = change(order.id, { state, result, finished_at: Math.round(clock.now()) });
    await keep([ended, ...deps.ended(order, outcome)]);
    deps.onEnded(order, outcome);
  }

  const later = (order: Order, failure: AltegioFailure): Promise<unknown> => {
    if (failure.kind === "token-refused") deps.onAccess(true, failure);
    const pauseMs = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(10, order.tries));
    deps.log.warn(
      { reason: tellAltegioFailure(failure), hint: failure.hint },
      "an order for altegio waits",
    );
    return keep([
      change(order.id, { due_at: Math.round(clock.now() + pauseMs), tries: order.tries + 1 }),
    ]);
  };

  /** For good, unless it can be tried again. */
  async function fail(order: Order, failure: AltegioFailure): Promise<void> {
    const isLasting = LASTING.includes(failure.kind);
    if (failure.kind === "given-up") return;
    if (isLasting || (order.tries >= MOST_TRIES && failure.kind !== "token-refused"))
      await end(order, refused("altegio_refused", tellAltegioFailure(failure)));
    else await later(order, failure);
  }

  /** Read, compared, written back whole; setting it twice is setting it once. */
  async function setAttendance(
    order: Order,
    attendance: number,
    signal: AbortSignal,
  ): Promise<void> {
    const ask = { urgency: "event", signal } as const;
    const read = await readRecord(altegio, order, ask);
    if (!read.ok) return fail(order, read.failure);
    if (read.value === "gone" || read.value.appointment.isDeleted) return end(order, DELETED);
    if (read.value.appointment.attendance === attendance)
      return end(order, { kind: "attendance-set", detail: "" });
    const changed = await changeRecord(
      altegio,
      { key: order, read: read.value },
      { change: { attendance }, ask },
    );
    return changed.ok
      ? end(order, { kind: "attendance-set", detail: String(attendance) })
      : fail(order, changed.failure);
  }

  async function checkOut(order: Order, wish: CheckoutWish, signal: AbortSignal): Promise<void> {
    const ask = { urgency: "person", signal } as const;
    const read = await readRecord(altegio, order, ask);
    if (!read.ok) return fail(order, read.failure);
    if (read.value === "gone" || read.value.appointment.isDeleted) return end(order, DELETED);
    const { visitId } = read.value.appointment;
    if (visitId === undefined)
      return end(order, refused("no_visit", "the appointment has no visit"));
    const key: VisitKey = { locationId: order.locationId, recordId: order.recordId, visitId };
    const details = await readDetails(altegio, key, ask);
    if (!details.ok) return fail(order, details.failure);
    const bill = readBill(details.value);

    if (order.state === "sending" && order.before !== undefined) {
      const judged = judgeCheckout(order.before, bill, wish);
      if (judged !== undefined) return end(order, { kind: "checked-out", detail: judged });
      // Nothing was paid, as far as can be seen. Altegio may still be at it: believed when it was seen
      // twice, and long enough after.
      const now = clock.now();
      const lookedAt = order.lookedAt;
      if (lookedAt === undefined || now - lookedAt < believeAfterMs) {
        const dueAt = (lookedAt ?? now) + believeAfterMs;
        await keep([
          change(order.id, { looked_at: Math.round(lookedAt ?? now), due_at: Math.round(dueAt) }),
        ]);
        return;
      }
      if (order.tries >= MOST_TRIES)
        return end(order, refused("answers_lost", "Altegio's answers are lost again and again"));
    }
    const [other] = await store.read(sendingFor(key, order.id));
    if (other !== undefined)
      return void (await keep([
        change(order.id, { due_at: Math.round(clock.now() + FIRST_PAUSE_MS) }),
      ]));
    const plan = planCheckout(bill, wish, {
      accounts: deps.accountsOf(order.locationId),
      attendance: read.value.appointment.attendance,
    });
    if (plan.kind === "nothing-due")
      return end(order, { kind: "paid-already", detail: plan.detail });
    if (plan.kind === "refused") return end(order, refused(plan.code, plan.detail));
    await keep([
      change(order.id, {
        state: "sending",
        before: JSON.stringify(bill),
        visit: visitId,
        looked_at: null,
        tries: order.tries + 1,
        due_at: Math.round(clock.now()),
      }),
    ]);
    const sent = await editVisit(altegio, { key, edit: plan.edit, ask });
    if (sent.ok || sent.failure.kind === "lost" || sent.failure.kind === "given-up") {
      // An answer is only a promise: the next look says what was paid.
      if (!sent.ok) return;
      const after = await readDetails(altegio, key, ask);
      if (!after.ok) return;
      const judged = judgeCheckout(bill, readBill(after.value), wish);
      if (judged !== undefined) return end(order, { kind: "checked-out", detail: judged });
      return;
    }
    // Plainly not done.
    await keep([change(order.id, { state: "waiting", before: null })]);
    return fail({ ...order, state: "waiting", tries: order.tries + 1 }, sent.failure);
  }

  return {
    statementFor: (order) =>
      sql(
        `INSERT INTO altegio_order (idempotency, location, record, lead, kind, asked, state, due_at, made_at)
         VALUES (?, ?, ?, ?, ?, ?, 'waiting', ?, ?) ON CONFLICT (idempotency) DO NOTHING`,
        order.idempotency,
        order.locationId,
        order.recordId,
        order.leadId ?? null,
        order.asked.kind,
        JSON.stringify(order.asked),
        Math.round(clock.now()),
        Math.round(clock.now()),
      ),
    round,
    async find(idempotency) {
      const [row] = await store.read(
        sql("SELECT * FROM altegio_order WHERE idempotency = ?", idempotency),
      );
      return row && parseOrder(row);
    },
  };
}

const LASTING: readonly AltegioFailure["kind"][] = ["no-right", "not-found", "busy", "rejected"];

const OPEN_STATES = "state IN ('waiting', 'sending')";
/** The oldest first; none of a record that has an older one open. */
const nextOrder = (now: number): Statement =>
  sql(
    `SELECT * FROM altegio_order WHERE ${OPEN_STATES} AND due_at <= ? AND NOT EXISTS
       (SELECT 1 FROM altegio_order AS earlier WHERE earlier.location = altegio_order.location
        AND earlier.record = altegio_order.record AND earlier.id < altegio_order.id
        AND earlier.state IN ('waiting', 'sending'))
     ORDER BY id LIMIT 1`,
    Math.round(now),
  );
const NEXT_DUE = sql(`SELECT min(due_at) AS due_at FROM altegio_order WHERE ${OPEN_STATES}`);

/** Another checkout of the visit, whose answer is not known yet. */
const sendingFor = ({ locationId, visitId }: VisitKey, id: number): Statement =>
  sql(
    "SELECT 1 FROM altegio_order WHERE state = 'sending' AND location = ? AND visit = ? AND id <> ?",
    locationId,
    visitId,
    id,
  );

type Changed = Partial<
  Record<
    "state" | "before" | "visit" | "due_at" | "tries" | "looked_at" | "result" | "finished_at",
    SqlValue
  >
>;
const change = (id: number, changed: Changed): Statement =>
  sql(
    `UPDATE altegio_order SET ${Object.keys(changed)
      .map((name) => `${name} = ?`)
      .join(", ")} WHERE id = ?`,
    ...Object.values(changed),
    id,
  );

export function parseOrder(row: Row): Order {
  const text = (name: string): string | undefined => {
    const value = row[name];
    return typeof value === "string" ? value : undefined;
  };
  const number = (name: string): number | undefined => {
    const value = row[name];
    return typeof value === "number" ? value : undefined;
  };
  const before = text("before");
  return {
    id: Number(row["id"]),
    locationId: text("location") ?? "",
    recordId: text("record") ?? "",
    leadId: number("lead"),
    asked: JSON.parse(text("asked") ?? "{}") as Order["asked"],
    state: (text("state") ?? "waiting") as Order["state"],
    before: before === undefined ? undefined : (JSON.parse(before) as Bill),
    tries: number("tries") ?? 0,
    lookedAt: number("looked_at"),
    result: text("result"),
  };
}
