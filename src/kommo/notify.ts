/** Shows employees who is calling. Not durable: one that comes late is worse than none. */
import { succeeded, type Result } from "../lib/failure.ts";
import type { KommoClient } from "./client.ts";
import {
  CALL_NOTIFICATIONS_PATH,
  encodeCallNotifications,
  type Ringing,
} from "./entities/call-notifications.ts";
import type { KommoFailure } from "./failure.ts";

/** @source issue 5, point 5: after that the call is answered or over */
const DROPPED_AFTER_MS = 5_000;

/** Needs the scope of the Notification Center; `forbidden` without. Never repeated. */
export async function notifyOfCalls(
  client: KommoClient,
  ringing: readonly Ringing[],
  signal: AbortSignal,
): Promise<Result<undefined, KommoFailure>> {
  const answer = await client.request({
    method: "POST",
    path: CALL_NOTIFICATIONS_PATH,
    body: encodeCallNotifications(ringing),
    priority: "popup",
    signal: AbortSignal.any([signal, AbortSignal.timeout(DROPPED_AFTER_MS)]),
  });
  return answer.ok ? succeeded(undefined) : answer;
}
