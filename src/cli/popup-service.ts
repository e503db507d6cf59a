/** Popups of ringing calls while the daemon runs: gathers stages, and sends when their time has come. */
import type { LiveStage } from "../calls/fact.ts";
import type { Notifier } from "../kommo/notify.ts";
import type { Clock } from "../lib/clock.ts";
import type { PopupGatherer } from "../registration/popups.ts";

export type PopupService = {
  stage(stage: LiveStage): void;
};

export type PopupServiceDeps = {
  readonly gatherer: PopupGatherer;
  readonly notifier: Pick<Notifier, "notify">;
  readonly clock: Clock;
  readonly signal: AbortSignal;
};

export function createPopupService(deps: PopupServiceDeps): PopupService {
  const { gatherer, notifier, clock, signal } = deps;
  let isWaiting = false;

  async function sendWhenDue(): Promise<void> {
    isWaiting = true;
    for (let at = gatherer.dueAt(); at !== undefined; at = gatherer.dueAt()) {
      await clock.sleep(Math.max(0, at - clock.now()), signal);
      if (signal.aborted) return;
      const batch = gatherer.take(clock.now());
      if (batch !== undefined) void notifier.notify(batch.ringing, batch.dropAt - clock.now());
    }
    isWaiting = false;
  }

  return {
    stage(stage) {
      gatherer.stage(stage, clock.now());
      if (!isWaiting) void sendWhenDue();
    },
  };
}
