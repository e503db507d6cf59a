/**
 * Accepted calls as the store has them, with what became of each. Exports the questions that `calls list`,
 * `calls show` and `calls resend` ask.
 */
import { readAcceptedCall, type AcceptedCall } from "../../calls/archive.ts";
import type { CallResult, Direction, FinishedCall } from "../../calls/finished-call.ts";
import { digitsOf, MATCHED_DIGITS, phoneKey } from "../../lib/phone.ts";
import { OPEN } from "../../outbox/schema.ts";
import { ownName } from "../../lib/exchange-names.ts";
import { sql, type Row, type SqlValue, type Store } from "../../store/store.ts";

/**
 * - `booked`: Kommo has it, and nothing more is to be done
 * - `waiting`: something is still to be sent
 * - `unknown`: an answer was lost, and Kommo is asked whether it was done
 * - `set-aside`: something was refused for good, and waits for the administrator
 * - `left-out`: Kommo was not told of it
 */
export const CALL_STATES = ["booked", "waiting", "unknown", "set-aside", "left-out"] as const;
export type CallState = (typeof CALL_STATES)[number];

export type KeptCall = Pick<AcceptedCall, "id" | "call" | "decisions" | "acceptedAt"> & {
  readonly state: CallState;
};

const some = (what: string): string =>
  `EXISTS (SELECT 1 FROM step WHERE step.origin = call.id AND ${what})`;

/** A call whose steps were all forgotten after their time is booked, unless its plan had none. */
export const STATE = `CASE
  WHEN ${some("state = 'set-aside'")} THEN 'set-aside'
  WHEN ${some("state = 'unknown'")} THEN 'unknown'
  WHEN ${some("state IN ('ready', 'sending')")} THEN 'waiting'
  WHEN ${some(`state = 'done' AND kind IN ('register-call', 'add-unsorted', 'add-call-note')
    AND answer LIKE '{"kind":"done"%'`)} THEN 'booked'
  WHEN ${some("1 = 1")} OR decisions LIKE '%"decided":"leave the call out"%' THEN 'left-out'
  ELSE 'booked' END`;

export const COLUMNS = `id, started_at, facts, decisions, accepted_at, ${STATE} AS state`;

export const readKeptCall = (row: Row): KeptCall => ({
  ...readAcceptedCall(row),
  id: String(row["id"]),
  acceptedAt: Number(row["accepted_at"]),
  state: String(row["state"]) as CallState,
});

export type CallFilter = {
  /** Milliseconds since 1970: the call began from `from` on and before `to`. */
  readonly from?: number | undefined;
  readonly to?: number | undefined;
  /** The client's number, or its end. */
  readonly phone?: string | undefined;
  /** As the exchange calls it, or with the exchange before it. */
  readonly extension?: string | undefined;
  /** Of several exchanges this one. */
  readonly exchange?: string | undefined;
  readonly direction?: Direction | undefined;
  readonly result?: CallResult | undefined;
  readonly state?: CallState | undefined;
  readonly limit: number;
};

type Condition = { readonly text: string; readonly values: readonly SqlValue[] };

const ROWS_AT_ONCE = 500;

/** @returns the newest first, at most `filter.limit` */
export async function listCalls(store: Pick<Store, "read">, filter: CallFilter) {
  const found: KeptCall[] = [];
  let before: Condition | undefined;
  while (found.length < filter.limit) {
    const conditions = [...conditionsOf(filter), ...(before === undefined ? [] : [before])];
    const where = conditions.map(({ text }) => `(${text})`).join(" AND ");
    const rows = await store.read(
      sql(
        `SELECT ${COLUMNS} FROM call ${where === "" ? "" : `WHERE ${where}`}
         ORDER BY started_at DESC, id DESC LIMIT ${ROWS_AT_ONCE}`,
        ...conditions.flatMap(({ values }) => values),
      ),
    );
    found.push(...rows.map(readKeptCall).filter((kept) => fits(kept.call, filter)));
    const last = rows.at(-1);
    if (last === undefined || rows.length < ROWS_AT_ONCE) break;
    const values = [last["started_at"] ?? 0, last["id"] ?? ""];
    before = { text: "(started_at, id) < (?, ?)", values };
  }
  return found.slice(0, filter.limit);
}

export const STATES_IN_STEPS: Partial<Record<CallState, string>> = {
  "set-aside": "state = 'set-aside'",
  unknown: OPEN,
  waiting: OPEN,
};

function conditionsOf(filter: CallFilter): Condition[] {
  const { from, to, direction, result, phone, state, exchange } = filter;
  const conditions: Condition[] = [];
  const add = (text: string, ...values: SqlValue[]): void => {
    conditions.push({ text, values });
  };
  if (from !== undefined) add("started_at >= ?", from);
  if (to !== undefined) add("started_at < ?", to);
  if (exchange !== undefined) add("id LIKE ? ESCAPE '\\'", `${likeText(exchange)}/%`);
  if (direction !== undefined) add("direction = ?", direction);
  if (result !== undefined) add("result = ?", result);
  // Calls that were left out have no key; `fits` looks at their numbers.
  if (phone !== undefined) add("client_key = '' OR client_key LIKE ?", `%${phoneKey(phone)}`);
  if (state !== undefined) {
    // Few of very many: found by the index of the steps.
    const steps = STATES_IN_STEPS[state];
    if (steps !== undefined) add(`id IN (SELECT origin FROM step WHERE ${steps})`);
    add(`${STATE} = ?`, state);
  }
  return conditions;
}

function fits(call: FinishedCall, { phone, extension }: CallFilter): boolean {
  if (phone !== undefined && !isEndOf(phone, call.clientPhone)) return false;
  const is = (name: string): boolean => name === extension || ownName(name) === extension;
  return extension === undefined || call.conversations.some((part) => is(part.extension));
}

const isEndOf = (phone: string, number: string | undefined): boolean =>
  digitsOf(number ?? "")
    .slice(-MATCHED_DIGITS)
    .endsWith(phoneKey(phone));

/** Of several calls, so many are told. */
export const MOST_CANDIDATES = 6;

export type Found =
  | { readonly kind: "one"; readonly kept: KeptCall }
  /** By the beginning of their ids, by the number of one exchange among several, or by a merged id. */
  | { readonly kind: "several"; readonly ids: readonly string[] }
  | { readonly kind: "none" };

/** Sorts behind whatever begins with the same. */
const BEHIND_ALL = "\u{10ffff}";

/**
 * Each step looks into an index: the archive may have a hundred million calls.
 * @param wanted a linkedid, its beginning, or one that was merged into another call
 */
export async function findCall(store: Pick<Store, "read">, wanted: string): Promise<Found> {
  const begun = await ask("id >= ? AND id < ? ORDER BY id", wanted, wanted + BEHIND_ALL);
  if (begun.length > 0) return tell(begun[0]?.id === wanted ? begun.slice(0, 1) : begun);
  const within = runningAt(wanted);
  if (within === undefined) return { kind: "none" };
  const text = likeText(wanted);
  return tell(
    await ask(
      `started_at BETWEEN ? AND ? AND (id LIKE ? ESCAPE '\\' OR facts LIKE ? ESCAPE '\\')
       ORDER BY started_at DESC`,
      ...[...within, `%/${text}`, `%"mergedLinkedIds":[%${text}"%`],
    ),
  );

  async function ask(where: string, ...values: SqlValue[]): Promise<KeptCall[]> {
    const rows = await store.read(
      sql(`SELECT ${COLUMNS} FROM call WHERE ${where} LIMIT ${MOST_CANDIDATES}`, ...values),
    );
    return rows.map(readKeptCall);
  }
}

function tell(calls: readonly KeptCall[]): Found {
  const [kept, ...others] = calls;
  if (kept === undefined) return { kind: "none" };
  if (others.length === 0) return { kind: "one", kept };
  return { kind: "several", ids: calls.map(({ id }) => id) };
}

/** Nothing in it stands for anything else. */
const likeText = (text: string): string => text.replace(/[\\%_]/g, "\\$&");

const DAY_MS = 86_400_000;

/**
 * A linkedid begins with the second in which its first channel began: the call was running then.
 * @returns undefined: it is none
 */
function runningAt(wanted: string): readonly [from: number, to: number] | undefined {
  const [, seconds] = /(?:^|[/-])(\d{9,11})\.\d+$/.exec(wanted) ?? [];
  if (seconds === undefined) return undefined;
  return [Number(seconds) * 1_000 - DAY_MS, Number(seconds) * 1_000 + DAY_MS];
}
