/**
 * Removes calls that were accepted long ago and of which nothing is left to do, with their steps.
 * Exports `sweepArchive`.
 *
 * Looks are made by the reader, so that they hold up nobody; a write removes a few calls and is
 * followed by a pause. What is removed together is one transaction: a call never loses its steps alone,
 * since a call without steps would seem to have been left out, and could be planned anew.
 */
import {
  acceptedBefore,
  noteRemoved,
  oldestAccepted,
  readOldCall,
  readRemovedCalls,
  removedCalls,
} from "../../calls/removed-calls.ts";
import type { CallPlace, OldCall } from "../../calls/removed-calls.ts";
import {
  doneBefore,
  forgetMemories,
  forgetStep,
  readDoneStep,
  type DonePlace,
} from "../../outbox/purge.ts";
import { sql, type Row, type Statement, type Store } from "../../store/store.ts";

export type SweepDeps = {
  readonly keepDays: number;
  readonly reader: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<readonly (readonly Row[])[]>;
  readonly now: () => number;
  /** Between writes. */
  readonly pause: () => Promise<unknown>;
  readonly signal: AbortSignal;
};

export type Swept = { readonly calls: number; readonly steps: number };

const DAY_MS = 86_400_000;
/**
 * A sweep goes no further than this beyond the one before: with a clock that is years ahead for an hour,
 * a few days of the archive are lost and not all of it.
 */
export const SWEEP_MS = 2 * DAY_MS;
/** A few milliseconds of writing. */
const CALLS_AT_ONCE = 50;
const STEPS_AT_ONCE = 200;

/** Rejects with StoreFailure. */
export async function sweepArchive(deps: SweepDeps): Promise<Swept> {
  const { reader, keep, signal } = deps;
  const known = readRemovedCalls((await reader.read(removedCalls()))[0]);
  const oldest = (await reader.read(oldestAccepted()))[0]?.["accepted_at"];
  const from = known?.swept ?? oldest;
  if (typeof from !== "number") return { calls: 0, steps: 0 };
  const before = Math.min(deps.now() - deps.keepDays * DAY_MS, from + SWEEP_MS);
  const calls = await removeCalls(deps, before);
  const steps = await removeSteps(deps, before);
  if (!signal.aborted && before > from)
    await keep([noteRemoved({ began: known?.began ?? 0, swept: before })]);
  return { calls, steps };
}

async function removeCalls(deps: SweepDeps, before: number): Promise<number> {
  const { reader, keep, pause, signal } = deps;
  let removed = 0;
  let after: CallPlace = { acceptedAt: -Infinity, id: "" };
  while (!signal.aborted) {
    const page = acceptedBefore(before, { after: finite(after), most: CALLS_AT_ONCE });
    const calls = (await reader.read(page)).map(readOldCall);
    const last = calls.at(-1);
    if (last === undefined) break;
    after = last;
    const over = await onlyOver(reader, calls);
    if (over.length > 0) {
      const gone = await keep(removal(over));
      removed += gone.flat().length;
      await pause();
    }
    if (calls.length < CALLS_AT_ONCE) break;
  }
  return removed;
}

const finite = ({ acceptedAt, id }: CallPlace): CallPlace => ({
  acceptedAt: Math.max(acceptedAt, -Number.MAX_SAFE_INTEGER),
  id,
});

/** Those that nobody waits for any more. */
async function onlyOver(reader: SweepDeps["reader"], calls: readonly OldCall[]) {
  const marks = calls.map(() => "?").join(", ");
  const rows = await reader.read(
    sql(
      `SELECT origin AS id FROM step WHERE origin IN (${marks}) AND state <> 'done'
       UNION ALL SELECT call_id FROM customization_after WHERE call_id IN (${marks})
       UNION ALL SELECT call_id FROM recording WHERE call_id IN (${marks}) AND state = 'waiting'`,
      ...[calls, calls, calls].flat().map(({ id }) => id),
    ),
  );
  const needed = new Set(rows.map(({ id }) => id));
  return calls.filter(({ id }) => !needed.has(id));
}

/** Returns a row for each call that is gone: one that was sent again meanwhile stays, with its steps. */
function removal(calls: readonly OldCall[]): Statement[] {
  const began = Math.max(...calls.map(({ startedAt }) => startedAt));
  return [
    noteRemoved({ began, swept: 0 }),
    ...calls.flatMap(({ id }) => [
      sql(
        `DELETE FROM call WHERE id = ? AND NOT EXISTS
           (SELECT 1 FROM step WHERE origin = ? AND state <> 'done') RETURNING id`,
        id,
        id,
      ),
      sql(
        `DELETE FROM step WHERE origin = ? AND NOT EXISTS (SELECT 1 FROM call WHERE id = ?)`,
        id,
        id,
      ),
    ]),
  ];
}

/** What belongs to no call, and what steps of a client leave behind for the next ones. */
async function removeSteps(deps: SweepDeps, before: number): Promise<number> {
  const { reader, keep, pause, signal } = deps;
  let removed = 0;
  let after: DonePlace = { finishedAt: -Number.MAX_SAFE_INTEGER, id: 0 };
  while (!signal.aborted) {
    const page = doneBefore(before, { after, most: STEPS_AT_ONCE });
    const steps = (await reader.read(page)).map(readDoneStep);
    const kept = await callsOf(
      reader,
      steps.map(({ origin }) => origin),
    );
    const forgotten = steps.filter(({ origin }) => !kept.has(origin)).map(({ id }) => id);
    const [memories = []] = await keep([
      forgetMemories(before, STEPS_AT_ONCE),
      ...forgotten.map(forgetStep),
    ]);
    removed += forgotten.length;
    const last = steps.at(-1);
    if (last !== undefined) after = last;
    if (steps.length < STEPS_AT_ONCE && memories.length < STEPS_AT_ONCE) break;
    await pause();
  }
  return removed;
}

async function callsOf(reader: SweepDeps["reader"], ids: readonly string[]) {
  if (ids.length === 0) return new Set<unknown>();
  const marks = ids.map(() => "?").join(", ");
  const rows = await reader.read(sql(`SELECT id FROM call WHERE id IN (${marks})`, ...ids));
  return new Set<unknown>(rows.map(({ id }) => id));
}
