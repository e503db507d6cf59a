/** Sees to it that Kommo's webhooks come to our address, where this host has one; hour after hour. */
import type { KommoLog } from "../kommo/client.ts";
import type { KommoFailure } from "../kommo/failure.ts";
import type { Clock } from "../lib/clock.ts";
import type { Result } from "../lib/failure.ts";
import type { Statement, Store } from "../store/store.ts";
import { keepValue, readKept } from "./kept.ts";
import type { Patience } from "./patience.ts";
import { createRounds, type Rounds } from "./rounds.ts";

export type WebhookWatch = Pick<Rounds, "start" | "stop"> & { isSubscribed(): boolean };

export type WebhookWatchDeps = {
  /** With its secret; undefined: there is no public address. */
  readonly address: string | undefined;
  readonly subscribe: (
    address: string,
    signal: AbortSignal,
  ) => Promise<Result<"stood" | "made", KommoFailure>>;
  readonly unsubscribe: (
    address: string,
    signal: AbortSignal,
  ) => Promise<Result<undefined, KommoFailure>>;
  readonly patience: Patience;
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: KommoLog & { info(fields: object, message: string): void };
  readonly onFatal: (error: Error) => void;
};

const EVERY_MS = 3_600_000;
const AFTER_FAILURE_MS = 300_000;

export function createWebhookWatch(deps: WebhookWatchDeps): WebhookWatch {
  const { address, patience, clock, log } = deps;
  let isSubscribed = false;
  let told: KommoFailure["kind"] | undefined;
  const rounds = createRounds({ clock, onFatal: deps.onFatal, round });

  async function round(signal: AbortSignal): Promise<number> {
    await leaveOld(signal);
    if (address === undefined) return EVERY_MS;
    const answer = await patience.ask(() => deps.subscribe(address, signal), signal);
    if (answer === undefined) return AFTER_FAILURE_MS;
    isSubscribed = answer.ok;
    if (!answer.ok) {
      tell(answer.failure);
      return answer.failure.retry === "later" ? AFTER_FAILURE_MS : EVERY_MS;
    }
    told = undefined;
    if (answer.value === "made") {
      await deps.keep([keepValue("webhook-address", address)]);
      log.info({}, "kommo sends its webhooks here");
    }
    return EVERY_MS;
  }

  /** The address or the secret was another one once: nobody answers there any more. */
  async function leaveOld(signal: AbortSignal): Promise<void> {
    const old = await readKept(deps.store, "webhook-address");
    if (typeof old !== "string" || old === "" || old === address) return;
    const left = await patience.ask(() => deps.unsubscribe(old, signal), signal);
    if (left?.ok === true) await deps.keep([keepValue("webhook-address", "")]);
  }

  function tell({ kind, detail, hint }: KommoFailure): void {
    if (kind === told || kind === "given-up") return;
    told = kind;
    log.warn({ reason: detail, hint }, "no webhooks of kommo: changes of cards are polled");
  }

  return { start: rounds.start, stop: rounds.stop, isSubscribed: () => isSubscribed };
}
