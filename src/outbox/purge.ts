/** Retention of the outbox's record: what is done for long is forgotten, open and set-aside steps never. */
import { sql, type Store } from "../store/store.ts";
import { OPEN } from "./schema.ts";

const SLICE = 500; // rows a transaction: what else wants to write waits for a few milliseconds only

/**
 * Deletes steps that were done before `before` (milliseconds since 1970), and memories not touched
 * since then whose key has nothing open.
 * @returns how many steps were deleted
 * @throws StoreFailure
 */
export async function purgeDone(store: Store, before: number): Promise<number> {
  let deleted = 0;
  for (;;) {
    const [steps = [], memories = []] = await store.write([
      sql(
        `DELETE FROM step WHERE id IN (SELECT id FROM step WHERE state = 'done' AND finished_at < ?
         ORDER BY finished_at LIMIT ?) RETURNING id`,
        before,
        SLICE,
      ),
      sql(
        `DELETE FROM memory WHERE key IN (SELECT key FROM memory WHERE updated_at < ? AND NOT EXISTS
         (SELECT 1 FROM step WHERE ${OPEN} AND step.key = memory.key)
         ORDER BY updated_at LIMIT ?) RETURNING key`,
        before,
        SLICE,
      ),
    ]);
    deleted += steps.length;
    if (steps.length < SLICE && memories.length < SLICE) return deleted;
  }
}
