/** The outbox's writes: every way in which a step comes into the table or changes its state. */
import { sql, type Statement } from "../store/store.ts";
import type { Decision } from "./delivery.ts";
import type { OpenStep } from "./step-row.ts";

export type NewStep = {
  readonly origin: string;
  readonly key: string;
  readonly step: { readonly kind: string };
  readonly dueAt: number;
  readonly createdAt: number;
  /** Absent: a turn of its own, behind all that is queued. */
  readonly turn?: number;
};

export const insertStep = (added: NewStep): Statement =>
  sql(
    `INSERT INTO step (id, turn, origin, key, kind, payload, state, due_at, created_at)
     SELECT fresh.id, coalesce(?, fresh.id), ?, ?, ?, ?, 'ready', ?, ?
     FROM (SELECT coalesce(max(id), 0) + 1 AS id FROM step) AS fresh`,
    added.turn ?? null,
    added.origin,
    added.key,
    added.step.kind,
    JSON.stringify(added.step),
    Math.round(added.dueAt),
    Math.round(added.createdAt),
  );

/** The ledger row: on the disk before the first byte goes out. */
export const markSending = (id: number, step: { readonly kind: string }): Statement =>
  sql(
    `UPDATE step SET state = 'sending', payload = ?, attempt = attempt + 1
     WHERE id = ? AND state = 'ready' RETURNING id`,
    JSON.stringify(step),
    id,
  );

/** A revision turned it into another kind: it goes on with those. */
export const changeKind = (id: number, step: { readonly kind: string }): Statement =>
  sql(
    "UPDATE step SET kind = ?, payload = ? WHERE id = ? AND state = 'ready'",
    step.kind,
    JSON.stringify(step),
    id,
  );

/** Why a step that is ready is not sent yet. */
const IN_PREPARATION = "in preparation";

/** Not claimed again until then; later steps of its key wait. */
export const markPreparing = (id: number, dueAt: number): Statement =>
  sql(
    "UPDATE step SET due_at = ?, reason = ? WHERE id = ? AND state = 'ready'",
    Math.round(dueAt),
    IN_PREPARATION,
    id,
  );

/** What came of it; sent from now on. */
export const markPrepared = (
  id: number,
  step: { readonly kind: string },
  dueAt: number,
): Statement =>
  sql(
    `UPDATE step SET kind = ?, payload = ?, due_at = ?, reason = NULL
     WHERE id = ? AND state = 'ready'`,
    step.kind,
    JSON.stringify(step),
    Math.round(dueAt),
    id,
  );

export const markDone = (
  id: number,
  { answer, why = [], at }: { answer: unknown; why?: readonly Decision[] | undefined; at: number },
): Statement =>
  sql(
    `UPDATE step SET state = 'done', answer = ?, why = ?, finished_at = ?, reason = NULL, hint = NULL
     WHERE id = ?`,
    JSON.stringify(answer),
    why.length === 0 ? null : JSON.stringify(why),
    Math.round(at),
    id,
  );

export const markSetAside = (
  id: number,
  why: { reason: string; hint: string; at: number },
): Statement =>
  sql(
    "UPDATE step SET state = 'set-aside', reason = ?, hint = ?, finished_at = ? WHERE id = ?",
    why.reason,
    why.hint,
    Math.round(why.at),
    id,
  );

/** Plainly not done, and nobody's fault: see Delivery.isWaiting. */
export const markWaiting = (id: number, reason: string, dueAt: number): Statement =>
  sql(
    "UPDATE step SET state = 'ready', has_waited = 1, reason = ?, due_at = ? WHERE id = ?",
    reason,
    Math.round(dueAt),
    id,
  );

export const endWaiting = (key: string, now: number): Statement =>
  sql(
    "UPDATE step SET due_at = ? WHERE key = ? AND state = 'ready' AND has_waited = 1 AND due_at > ?",
    Math.round(now),
    key,
    Math.round(now),
  );

export const markLater = (id: number, reason: string, dueAt: number): Statement =>
  sql(
    "UPDATE step SET state = 'ready', reason = ?, due_at = ? WHERE id = ?",
    reason,
    Math.round(dueAt),
    id,
  );

/** Looked up from now on; the wait before "nothing found" is believed begins now. */
export const markUnknown = (id: number, reason: string, now: number): Statement =>
  sql(
    `UPDATE step SET state = 'unknown', reason = ?, given_up_at = ?, looked_at = NULL, due_at = ?
     WHERE id = ?`,
    reason,
    Math.round(now),
    Math.round(now),
    id,
  );

export const lookAgain = (id: number, dueAt: number, lookedAt?: number): Statement =>
  sql(
    "UPDATE step SET due_at = ?, looked_at = ? WHERE id = ?",
    Math.round(dueAt),
    lookedAt === undefined ? null : Math.round(lookedAt),
    id,
  );

export const markAbsent = (id: number, dueAt: number): Statement =>
  sql(
    `UPDATE step SET state = 'ready', repeats = repeats + 1, due_at = ?, given_up_at = NULL,
     looked_at = NULL WHERE id = ?`,
    Math.round(dueAt),
    id,
  );

export const remember = ({ key }: OpenStep<unknown>, value: unknown, at: number): Statement =>
  sql(
    `INSERT INTO memory (key, value, updated_at) VALUES (?, ?, ?)
     ON CONFLICT (key) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`,
    key,
    JSON.stringify(value),
    Math.round(at),
  );

/** The table is older than what was sent (salvaged, or a backup): all is looked up before it is sent. */
export const doubtAll = (): Statement =>
  sql(
    `UPDATE step SET state = 'unknown'
     WHERE state IN ('ready', 'sending', 'unknown') AND state = 'ready'`,
  );

/** The same for the steps of one origin, which were queued in this transaction. */
export const doubtStepsOf = (origin: string): Statement =>
  sql(
    "UPDATE step SET state = 'unknown', given_up_at = due_at WHERE origin = ? AND state = 'ready'",
    origin,
  );

/**
 * After a start: what was being sent is unknown now. The host's clock may have been set meanwhile, so
 * waits begin anew, and none is longer than the outbox would make it.
 */
export const recoverAll = (now: number, longestPauseMs: number): readonly Statement[] => [
  sql(
    `UPDATE step SET state = 'unknown', given_up_at = ?, looked_at = NULL, due_at = ?
     WHERE state IN ('ready', 'sending', 'unknown') AND state IN ('sending', 'unknown')`,
    Math.round(now),
    Math.round(now),
  ),
  sql(
    `UPDATE step SET due_at = ? WHERE state IN ('ready', 'sending', 'unknown') AND state = 'ready'
     AND reason = ?`,
    Math.round(now),
    IN_PREPARATION,
  ),
  sql(
    `UPDATE step SET due_at = ? WHERE state IN ('ready', 'sending', 'unknown') AND due_at > ?`,
    Math.round(now),
    Math.round(now + longestPauseMs),
  ),
];
