/** For writes that may not be given up: waits out a full disk or a foreign lock. */
import type { Clock } from "../lib/clock.ts";
import { isPassing, StoreFailure, type Row, type Statement, type Store } from "./store.ts";

const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 5_000;

/**
 * Writes as often as needed until the transaction is on the disk.
 * @param deps.onWait told before each pause, for the log
 * @throws StoreFailure that waiting cannot heal, or the last one when `signal` is aborted
 */
export async function writeUntilKept(
  deps: {
    store: Store;
    clock: Clock;
    signal: AbortSignal;
    onWait: (failure: StoreFailure) => void;
  },
  statements: readonly Statement[],
): Promise<readonly (readonly Row[])[]> {
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2)) {
    try {
      return await deps.store.write(statements);
    } catch (thrown) {
      if (!(thrown instanceof StoreFailure) || !isPassing(thrown)) throw thrown;
      if (deps.signal.aborted) throw thrown;
      deps.onWait(thrown);
      await deps.clock.sleep(pauseMs, deps.signal);
    }
  }
}
