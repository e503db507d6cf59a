/**
 * Counts calls that were accepted before there were figures, the newest first: a few at a time, so that what
 * wants to be written meanwhile waits for milliseconds. Goes on where it was after a restart.
 */
import { countCalls, figuresTodo } from "../../calls/figures-schema.ts";
import type { Statement, Store } from "../../store/store.ts";

export type CountDeps = {
  readonly glance: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  /** Between writes. */
  readonly pause: () => Promise<unknown>;
  readonly signal: AbortSignal;
};

/** Some 10 ms of writing. */
const CALLS_AT_ONCE = 200;

/** Rejects with StoreFailure. */
export async function countOldCalls({ glance, keep, pause, signal }: CountDeps): Promise<void> {
  const [row] = await glance.read(figuresTodo());
  if (row === undefined) return;
  for (let upto = Number(row["upto"]); upto > 0 && !signal.aborted; upto -= CALLS_AT_ONCE) {
    await keep(countCalls(Math.max(0, upto - CALLS_AT_ONCE), upto));
    await pause();
  }
}
