/**
 * Accepted calls for the page's list: newest first, a page at a time. No request grows with the
 * archive: what no index answers is looked for in a window, and the next page goes on behind it.
 */
import type { FinishedCall } from "../../calls/finished-call.ts";
import { parseClient, findByPhone } from "../../directory/rows.ts";
import type { CallRow, CallsAnswer } from "../../http/admin/contract.ts";
import { exchangeIn, isExchangeName } from "../../lib/exchange-names.ts";
import { MATCHED_DIGITS, phoneKey } from "../../lib/phone.ts";
import { talkDuration } from "../../registration/call-fields.ts";
import { sql, type SqlValue, type Store } from "../../store/store.ts";
import {
  CALL_STATES,
  COLUMNS,
  readKeptCall,
  STATE,
  STATES_IN_STEPS,
  type KeptCall,
} from "../calls/kept-calls.ts";
import type { Search } from "./search-words.ts";

export type CallsQuery = {
  readonly search: Search;
  readonly direction?: string | undefined;
  readonly result?: string | undefined;
  readonly state?: string | undefined;
  readonly extension?: string | undefined;
  /** Of several this one. */
  readonly exchange?: string | undefined;
  /** As the last page gave it. */
  readonly before?: string | undefined;
};

export type FindDeps = {
  readonly store: Pick<Store, "read">;
  readonly nameOf: (extension: string) => string | null;
};

const PAGE = 50;
/** Calls that are looked through for what no index knows: an extension, an exchange, a part of a number, a state. */
const WINDOW = 20_000;
const MOST_NAMED = 50;

type Condition = { readonly text: string; readonly values: readonly SqlValue[] };

export async function findCalls(query: CallsQuery, deps: FindDeps): Promise<CallsAnswer> {
  const numbers = query.search.name === undefined ? undefined : await keysNamed(query, deps);
  if (numbers?.length === 0) return { calls: [], before: null };
  const { indexed, others } = conditionsOf(query, numbers);
  const where = (all: readonly Condition[]): string =>
    all.length === 0 ? "" : `WHERE ${all.map(({ text }) => `(${text})`).join(" AND ")}`;
  const values = [...indexed, ...others].flatMap((condition) => condition.values);
  const rows = await deps.store.read(
    sql(
      `SELECT ${COLUMNS} FROM (SELECT * FROM call ${where(indexed)}
         ORDER BY started_at DESC, id DESC LIMIT ${WINDOW}) AS call
       ${where(others)} ORDER BY started_at DESC, id DESC LIMIT ${PAGE + 1}`,
      ...values,
    ),
  );
  const kept = rows.map(readKeptCall);
  const page = kept.slice(0, PAGE);
  const last = page.at(-1);
  const before =
    kept.length > PAGE && last !== undefined
      ? cursorOf(last.call.startedAt, last.id)
      : others.length === 0
        ? null
        : await windowEnd(
            where(indexed),
            indexed.flatMap((one) => one.values),
            deps,
          );
  return { calls: await Promise.all(page.map((one) => rowOf(one, deps))), before };
}

/** Where the window ended, if the archive goes on behind it. */
async function windowEnd(
  where: string,
  values: readonly SqlValue[],
  { store }: FindDeps,
): Promise<string | null> {
  const [row] = await store.read(
    sql(
      `SELECT started_at, id FROM call ${where} ORDER BY started_at DESC, id DESC
       LIMIT 1 OFFSET ${WINDOW - 1}`,
      ...values,
    ),
  );
  return row === undefined ? null : cursorOf(Number(row["started_at"]), String(row["id"]));
}

const cursorOf = (startedAt: number, id: string): string => `${startedAt}_${id}`;

function conditionsOf(
  { search, direction, result, state, extension, exchange, before }: CallsQuery,
  keys: readonly string[] | undefined,
): { indexed: Condition[]; others: Condition[] } {
  const indexed: Condition[] = [];
  const others: Condition[] = [];
  const index = (text: string, ...values: SqlValue[]): unknown => indexed.push({ text, values });
  const also = (text: string, ...values: SqlValue[]): unknown => others.push({ text, values });
  const { ids } = search;
  if (ids !== undefined) index(`id IN (${ids.map(() => "?").join(", ")})`, ...ids);
  if (search.from !== undefined) index("started_at >= ?", search.from);
  if (search.to !== undefined) index("started_at < ?", search.to);
  const [at, id] = cursorIn(before);
  if (at !== undefined) index("(started_at, id) < (?, ?)", at, id);
  if (keys !== undefined)
    index(
      `id IN (SELECT id FROM call WHERE client_key IN (${keys.map(() => "?").join(", ")}))`,
      ...keys,
    );
  const { phone } = search;
  // A call that was left out has no key, so the facts are looked at.
  if (phone !== undefined && phone.length === MATCHED_DIGITS)
    index(
      `id IN (SELECT id FROM call WHERE client_key = ? UNION ALL
         SELECT id FROM (SELECT id, facts FROM call WHERE client_key = ''
           ORDER BY started_at DESC LIMIT ${WINDOW}) AS left_out WHERE facts LIKE ?)`,
      phone,
      `%"clientPhone":"%${phone}"%`,
    );
  else if (phone !== undefined)
    also("client_key LIKE ? OR facts LIKE ?", `%${phone}%`, `%"clientPhone":"%${phone}%`);
  const extensions = [
    ...(search.extensions === undefined ? [] : [search.extensions]),
    ...(extension === undefined ? [] : [[extension]]),
  ];
  for (const some of extensions)
    also(
      some.map(() => "facts LIKE ?").join(" OR "),
      ...some.map((one) => `%"extension":"${one.replace(/[%_"\\]/g, "")}"%`),
    );
  if (isWord(direction)) also("direction = ?", direction);
  if (isWord(result)) also("result = ?", result);
  if (exchange !== undefined && isExchangeName(exchange)) also("id LIKE ?", `${exchange}/%`);
  const known = CALL_STATES.find((one) => one === state);
  if (known !== undefined) {
    const steps = STATES_IN_STEPS[known];
    if (steps !== undefined) index(`id IN (SELECT origin FROM step WHERE ${steps})`);
    also(`${STATE} = ?`, known);
  }
  return { indexed, others };
}

const isWord = (text: string | undefined): text is string =>
  text !== undefined && /^[a-z_]{1,20}$/.test(text);

function cursorIn(before: string | undefined): [number, string] | [undefined, ""] {
  const [, at, id] = /^(\d{1,15}(?:\.\d{1,9})?)_(.{1,100})$/.exec(before ?? "") ?? [];
  return at === undefined ? [undefined, ""] : [Number(at), id ?? ""];
}

/** The numbers of clients whose name holds these words. */
async function keysNamed({ search }: CallsQuery, { store }: FindDeps): Promise<readonly string[]> {
  const text = (search.name ?? "").replace(/[\\%_]/g, "\\$&");
  const rows = await store.read(
    sql(
      `SELECT DISTINCT phone FROM directory_phone WHERE card IN
         (SELECT card FROM directory_card WHERE lower(name) LIKE lower(?) ESCAPE '\\' LIMIT ${MOST_NAMED})
       LIMIT ${MOST_NAMED}`,
      `%${text}%`,
    ),
  );
  return rows.map(({ phone }) => String(phone));
}

export async function rowOf(kept: KeptCall, deps: FindDeps): Promise<CallRow> {
  const { id, call } = kept;
  return {
    ...{ id, direction: call.direction, result: call.result, did: call.did ?? null },
    exchange: exchangeIn(id) ?? null,
    startedAt: call.startedAt,
    endedAt: call.endedAt,
    phone: call.clientPhone ?? null,
    client: await clientName(call, deps),
    talkSeconds: talkDuration(call, "total"),
    employees: employeesOf(call).map((extension) => ({ extension, name: deps.nameOf(extension) })),
    hasRecording: isRecorded(call),
    state: kept.state,
  };
}

export async function clientName(
  { clientPhone, direction }: FinishedCall,
  { store }: Pick<FindDeps, "store">,
): Promise<string | null> {
  const key = phoneKey(clientPhone ?? "");
  if (key === "" || direction === "internal") return null;
  return parseClient(await store.read(findByPhone(key)))?.name ?? null;
}

/** Who talked first, then who was rung. */
function employeesOf(call: FinishedCall): string[] {
  const talked = call.conversations.filter(({ result }) => result === "answered");
  return [...new Set([...talked, ...call.conversations].map(({ extension }) => extension))];
}

const isRecorded = (call: FinishedCall): boolean =>
  call.recordings.length > 0 || call.conversations.some(({ recording }) => recording !== undefined);
