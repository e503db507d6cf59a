/**
 * Shows employees who is calling. Not durable: one that comes late is worse than none, so nothing is
 * ever repeated. Kommo chooses the card by the number and writes the text itself.
 * @source kommo-api, section 18.1
 */
import type { Clock } from "../lib/clock.ts";
import type { KommoClient, KommoLog } from "./client.ts";
import {
  CALL_NOTIFICATIONS_PATH,
  encodeCallNotifications,
  type Ringing,
} from "./entities/call-notifications.ts";
import { tellFailure, type KommoFailure } from "./failure.ts";

export type Notifier = {
  /** One request. @param withinMs from now; then it is given up, sent or not */
  notify(ringing: readonly Ringing[], withinMs: number): Promise<void>;
  /** Nothing is sent to Kommo until `release`. */
  hold(): void;
  release(): void;
};

export type NotifierDeps = {
  readonly client: KommoClient;
  readonly clock: Pick<Clock, "monotonicMs">;
  readonly log: KommoLog;
  /** Aborted when the daemon stops. */
  readonly signal: AbortSignal;
};

/** Kommo blocks who repeats refused requests. @source kommo-api, section 3; fault F36 */
const HELD_MS = 600_000;

export function createNotifier({ client, clock, log, signal }: NotifierDeps): Notifier {
  let heldUntil = -Infinity;
  let isHeld = false;
  let hasTold = false;

  function tell(failure: KommoFailure): void {
    const isForOperator = failure.retry === "after-operator" || failure.kind === "not-found";
    if (isForOperator) heldUntil = clock.monotonicMs() + HELD_MS;
    const fields = { reason: tellFailure(failure), hint: hintFor(failure) };
    // Each ringing call would say the same again.
    log[hasTold ? "debug" : "warn"](fields, "a popup was not shown");
    hasTold = true;
  }

  return {
    async notify(ringing, withinMs) {
      if (isHeld || withinMs <= 0 || clock.monotonicMs() < heldUntil) return;
      const answer = await client.request({
        method: "POST",
        path: CALL_NOTIFICATIONS_PATH,
        body: encodeCallNotifications(ringing),
        purpose: "popup",
        signal: AbortSignal.any([signal, AbortSignal.timeout(Math.ceil(withinMs))]),
      });
      if (answer.ok) hasTold = false;
      else if (!signal.aborted) tell(answer.failure);
    },
    hold() {
      isHeld = true;
    },
    release() {
      isHeld = false;
      heldUntil = -Infinity;
    },
  };
}

const hintFor = (failure: KommoFailure): string =>
  failure.kind === "forbidden"
    ? "popups need the scope of the Notification Center: make a token with it, or set popups to false"
    : failure.hint;
