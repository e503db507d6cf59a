/** Work that nobody waits for longer than a limit. Exports `inTime`. */
import type { Clock } from "./clock.ts";

/**
 * What `work` comes to, or undefined where it takes longer than `ms`; it goes on all the same. Rejects
 * as `work` does.
 */
export async function inTime<T>(
  work: Promise<T>,
  ms: number,
  clock: Pick<Clock, "sleep">,
): Promise<T | undefined> {
  const isOver = new AbortController();
  const limit = clock.sleep(ms, isOver.signal).then(() => undefined);
  try {
    return await Promise.race([work, limit]);
  } finally {
    isOver.abort("answered"); // without a reason each time would make an error with its stack
  }
}
