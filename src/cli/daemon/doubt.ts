/**
 * A store that was put back from a backup does not know what was sent since. It cannot be told from a
 * daemon that was away for so long; so after any long silence whatever is to be sent of the time before
 * this start is looked up at Kommo first. Exports `readDoubt`.
 */
import type { FinishedCall } from "../../calls/finished-call.ts";
import type { EpochMs } from "../../lib/clock.ts";
import { sql, type Store } from "../../store/store.ts";

export type Doubt = {
  /** Steps that stand in the store may have been sent. */
  readonly isOld: boolean;
  /** The call may have been booked, though the store does not know it. */
  of(call: Pick<FinishedCall, "endedAt">): boolean;
};

/** Backups are older; a restart or a reboot takes less. Looking up costs a minute of delay. */
const LONG_SILENCE_MS = 10 * 60_000;

/** By the newest rows alone, each from the end of an index. Rejects with StoreFailure. */
const LAST_SIGN = sql(
  `SELECT max(sign.at) AS at FROM (
     SELECT (SELECT ended_at FROM call ORDER BY started_at DESC LIMIT 1) AS at
     UNION ALL SELECT (SELECT created_at FROM step ORDER BY id DESC LIMIT 1)
     UNION ALL SELECT (SELECT finished_at FROM step ORDER BY id DESC LIMIT 1)
     UNION ALL SELECT
       (SELECT finished_at FROM step WHERE state = 'done' ORDER BY finished_at DESC LIMIT 1)
     UNION ALL SELECT (SELECT at FROM live_event ORDER BY seq DESC LIMIT 1)
   ) AS sign`,
);

export async function readDoubt(store: Pick<Store, "read">, now: EpochMs): Promise<Doubt> {
  const lastSign = Number((await store.read(LAST_SIGN))[0]?.["at"] ?? 0);
  const isOld = lastSign > 0 && now - lastSign > LONG_SILENCE_MS;
  return { isOld, of: ({ endedAt }) => isOld && endedAt < now };
}
