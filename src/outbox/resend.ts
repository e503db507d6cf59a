/** Steps that were set aside, tried again because the administrator says so. */
import { sql, type Statement } from "../store/store.ts";
import { OPEN } from "./schema.ts";

/**
 * A step that went out once may have been done, whatever it was set aside for: it is looked up first,
 * and sent only when nothing was found. Returns a row if the step was still set aside.
 * @param step as it is to be sent now
 * @param now milliseconds since 1970
 */
export const retrySetAside = (
  id: number,
  step: { readonly kind: string },
  now: number,
): Statement =>
  sql(
    `UPDATE step SET state = CASE attempt WHEN 0 THEN 'ready' ELSE 'unknown' END, kind = ?, payload = ?,
     given_up_at = CASE WHEN finished_at < ? THEN finished_at ELSE ? END, looked_at = NULL, due_at = 0, has_waited = 0,
     finished_at = NULL, reason = NULL, hint = NULL
     WHERE id = ? AND state = 'set-aside' RETURNING id`,
    step.kind,
    JSON.stringify(step),
    Math.round(now),
    Math.round(now),
    id,
  );

/** What waits for its next try does not wait any longer. */
export const hurry = (origin: string): Statement =>
  sql(
    `UPDATE step SET due_at = 0 WHERE ${OPEN} AND state = 'ready' AND origin = ? AND due_at > 0
     RETURNING id`,
    origin,
  );

/** The calls that have something set aside, the oldest first. */
export const originsSetAside = (): Statement =>
  sql("SELECT origin FROM step WHERE state = 'set-aside' GROUP BY origin ORDER BY min(id)");
