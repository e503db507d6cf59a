/** What waits for Kommo, what was set aside and why: from the indexes of open steps, however long the archive. */
import type {
  DeliveriesAnswer,
  DeliveryRow,
  SetAsideGroup,
} from "../../http/admin/contract-pages.ts";
import { parseState, stateCounts } from "../../outbox/queries.ts";
import { OPEN } from "../../outbox/schema.ts";
import { sql, type Row, type Store } from "../../store/store.ts";

const COLUMNS =
  "id, origin, kind, state, attempt, created_at, finished_at, due_at, reason, hint FROM step";
const MOST_OPEN = 100;
const MOST_DONE = 30;
const MOST_OF_A_GROUP = 10;
/** Groups are made of so many at most; the count at the top is of all. */
const MOST_SET_ASIDE = 2_000;

export async function readDeliveries(
  store: Pick<Store, "read">,
  halt: DeliveriesAnswer["halt"],
): Promise<DeliveriesAnswer> {
  const [counts, open, aside, done] = await Promise.all([
    store.read(stateCounts()),
    store.read(
      sql(`SELECT ${COLUMNS} WHERE ${OPEN} ORDER BY state, kind, turn, id LIMIT ${MOST_OPEN}`),
    ),
    store.read(
      sql(`SELECT ${COLUMNS} WHERE state = 'set-aside' ORDER BY id DESC LIMIT ${MOST_SET_ASIDE}`),
    ),
    store.read(
      sql(`SELECT ${COLUMNS} WHERE state = 'done' ORDER BY finished_at DESC LIMIT ${MOST_DONE}`),
    ),
  ]);
  const { ready, sending, unknown, setAside } = parseState(counts);
  return {
    halt,
    counts: { ready, sending, unknown, setAside },
    open: open.map(readRow).toSorted((one, other) => one.id - other.id),
    setAside: grouped(aside.map(readRow)),
    done: done.map(readRow),
  };
}

/** @param rows the newest first */
function grouped(rows: readonly DeliveryRow[]): readonly SetAsideGroup[] {
  const groups = Map.groupBy(rows, ({ reason, hint }) => JSON.stringify([causeOf(reason), hint]));
  return [...groups.values()]
    .map((group) => ({
      reason: causeOf(group[0]?.reason ?? null),
      hint: group[0]?.hint ?? "",
      count: group.length,
      firstAt: group.at(-1)?.finishedAt ?? group.at(-1)?.createdAt ?? 0,
      lastAt: group[0]?.finishedAt ?? group[0]?.createdAt ?? 0,
      rows: group.slice(0, MOST_OF_A_GROUP),
    }))
    .toSorted((one, other) => other.count - one.count);
}

/** Numbers of cards and positions differ though the cause is the same. */
const causeOf = (reason: string | null): string => (reason ?? "").replace(/\d{4,}/g, "…");

const textOf = (value: Row[string] | undefined): string | null =>
  typeof value === "string" ? value : null;
const numberOf = (value: Row[string] | undefined): number | null =>
  typeof value === "number" ? value : null;

function readRow(row: Row): DeliveryRow {
  const state = String(row["state"]) as DeliveryRow["state"];
  const dueAt = numberOf(row["due_at"]);
  return {
    id: Number(row["id"]),
    callId: String(row["origin"]),
    kind: String(row["kind"]),
    state,
    tries: Number(row["attempt"]),
    createdAt: Number(row["created_at"]),
    finishedAt: numberOf(row["finished_at"]),
    nextAt: state === "ready" || state === "unknown" ? (dueAt === 0 ? null : dueAt) : null,
    reason: textOf(row["reason"]),
    hint: textOf(row["hint"]),
  };
}
