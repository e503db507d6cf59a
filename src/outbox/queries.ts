/** What the outbox's loop asks the store: which steps may go, which are to be looked up, and when next. */
import { sql, type Row, type Statement } from "../store/store.ts";
import { OPEN } from "./schema.ts";
import { OPEN_STEP_COLUMNS } from "./step-row.ts";

const OPEN_STEP = `step.${OPEN}`;
const EARLIER_OPEN = `earlier.${OPEN}`;

/** The kinds that have steps in this state, from the index alone however many steps there are. */
export const kindsIn = (state: "ready" | "unknown"): Statement =>
  sql(
    `WITH RECURSIVE found (kind) AS (
       SELECT min(kind) FROM step WHERE ${OPEN} AND state = ?
       UNION ALL
       SELECT (SELECT min(kind) FROM step WHERE ${OPEN} AND state = ? AND kind > found.kind)
       FROM found WHERE found.kind IS NOT NULL
     ) SELECT kind FROM found WHERE kind IS NOT NULL`,
    state,
    state,
  );

export type Sendable = {
  readonly kind: string;
  readonly now: number;
  /** Several steps with one key may go together: Course.mayShareBatch. */
  readonly isShared: boolean;
  readonly limit: number;
};

/**
 * Ready steps of one kind whose key is free: nothing earlier of it is open, but for steps that are
 * about to go in the same batch, or that wait for something to happen at the far side.
 */
const WHERE_SENDABLE = (isShared: boolean): string =>
  `${OPEN_STEP} AND step.state = 'ready' AND step.kind = ? AND step.due_at <= ?
   AND (step.key = '' OR NOT EXISTS (
     SELECT 1 FROM step AS earlier WHERE ${EARLIER_OPEN} AND earlier.key = step.key
     AND earlier.has_waited = 0
     AND (earlier.turn < step.turn OR (earlier.turn = step.turn AND earlier.id < step.id))
     ${isShared ? "AND (earlier.kind <> step.kind OR earlier.state <> 'ready' OR earlier.due_at > ?)" : ""}
   ))`;

const SENDABLE = (isShared: boolean): string =>
  `${WHERE_SENDABLE(isShared)} ORDER BY step.turn, step.id LIMIT ?`;

const sendableValues = ({ kind, now, isShared, limit }: Sendable): (string | number)[] =>
  isShared ? [kind, now, now, limit] : [kind, now, limit];

/** How many steps of a kind may go, and since when the oldest of them could have: one row. */
export const countSendable = (asked: Sendable): Statement =>
  sql(
    `SELECT count(*) AS steps, min(due_at) AS since, min(turn) AS turn FROM
       (SELECT step.due_at, step.turn FROM step WHERE ${SENDABLE(asked.isShared)}) AS sendable`,
    ...sendableValues(asked),
  );

/** The newest first, and only such as nothing earlier of their key stands before. */
export const newestSendable = ({ kind, now, limit }: Omit<Sendable, "isShared">): Statement =>
  sql(
    `SELECT ${OPEN_STEP_COLUMNS} FROM step LEFT JOIN memory ON memory.key = step.key
     WHERE ${WHERE_SENDABLE(false)} ORDER BY step.turn DESC, step.id DESC LIMIT ?`,
    ...sendableValues({ kind, now, limit, isShared: false }),
  );

export const sendable = (asked: Sendable): Statement =>
  sql(
    `SELECT ${OPEN_STEP_COLUMNS} FROM step LEFT JOIN memory ON memory.key = step.key
     WHERE ${SENDABLE(asked.isShared)}`,
    ...sendableValues(asked),
  );

export const toBeLookedUp = (asked: { kind: string; now: number; limit: number }): Statement =>
  sql(
    `SELECT ${OPEN_STEP_COLUMNS} FROM step LEFT JOIN memory ON memory.key = step.key
     WHERE ${OPEN_STEP} AND step.state = 'unknown' AND step.kind = ? AND step.due_at <= ?
     ORDER BY step.turn, step.id LIMIT ?`,
    asked.kind,
    asked.now,
    asked.limit,
  );

/** When the next step that is not due yet will be: `due_at`, or null. */
export const nextDue = (now: number): Statement =>
  sql(`SELECT min(due_at) AS due_at FROM step WHERE ${OPEN} AND due_at > ?`, now);

/** Steps that wait for something to happen at the far side: `key` and `payload`, the JSON of the step. */
export const waitingSteps = (): Statement =>
  sql(`SELECT key, payload FROM step WHERE ${OPEN} AND state = 'ready' AND has_waited = 1`);

export const anyOpen = (): Statement => sql(`SELECT id FROM step WHERE ${OPEN} LIMIT 1`);

/** How many steps stand where. Done ones are not counted: the archive may be large. */
export type OutboxState = {
  readonly ready: number;
  readonly sending: number;
  readonly unknown: number;
  readonly setAside: number;
  /** When the oldest ready step was queued, in milliseconds since 1970. */
  readonly oldestReadyAt: number | undefined;
};

export const stateCounts = (): Statement =>
  sql(
    `SELECT 'oldest' AS state, created_at AS steps FROM step
       WHERE id = (SELECT min(id) FROM step WHERE ${OPEN} AND state = 'ready')
     UNION ALL SELECT 'set-aside', count(*) FROM step WHERE state = 'set-aside'
     UNION ALL SELECT state, count(*) FROM step WHERE ${OPEN} GROUP BY state`,
  );

export function parseState(rows: readonly Row[]): OutboxState {
  const counts = new Map(rows.map(({ state, steps }) => [state, Number(steps)]));
  return {
    ready: counts.get("ready") ?? 0,
    sending: counts.get("sending") ?? 0,
    unknown: counts.get("unknown") ?? 0,
    setAside: counts.get("set-aside") ?? 0,
    oldestReadyAt: counts.get("oldest"),
  };
}
