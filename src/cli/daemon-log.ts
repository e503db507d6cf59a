/** What the daemon's log says of the exchange, of calls, and of steps on their way to Kommo. */
import type { Damage } from "../store/sqlite-salvage.ts";
import type { ReserveState } from "../store/sqlite-protocol.ts";
import type { AmiState } from "../ami/session.ts";
import type { FinishedCall } from "../calls/finished-call.ts";
import type { Lookout } from "./admin/lookout.ts";
import type { DaemonObserver } from "./daemon/observer.ts";
import type { KommoResult, KommoStep } from "../kommo/step.ts";
import type { Logger } from "../lib/log.ts";
import type { Halt } from "../outbox/delivery.ts";
import type { OutboxOptions } from "../outbox/options.ts";
import type { Answer } from "../outbox/settle.ts";
import type { QueuedStep } from "../outbox/step-row.ts";
import type { StoreFailure } from "../store/store.ts";

type OutboxReports = Pick<
  OutboxOptions<KommoStep, KommoResult>,
  "onDone" | "onSetAside" | "onHalt" | "onResume" | "onTrouble" | "onStoreTrouble" | "onCrash"
>;

export function outboxReports(deps: {
  logger: Logger;
  observer: DaemonObserver;
  onFatal: (error: Error) => void;
  /** What asks Kommo beside the outbox, and is silent while nothing may be sent. */
  undurable: readonly { hold(): void; release(): void }[];
  /** What Kommo's answer teaches. */
  heed: (step: KommoStep, answer: Answer<KommoResult>) => void;
  afterwards: { stepDone(callId: string): void };
  /** Done or set aside. */
  stepEnded: (origin: string) => void;
  /** For whoever looks on. */
  lookout: Pick<Lookout, "stepDone" | "setAside" | "trouble" | "halt" | "resume">;
}): OutboxReports {
  const { logger, observer, onFatal, undurable, heed, afterwards, lookout } = deps;
  return {
    onDone: (step: QueuedStep<KommoStep>, answer: Answer<KommoResult>) => {
      const { origin, step: done } = step;
      logger.debug({ call: origin, step: done.kind, answer: answer.kind }, "step done");
      heed(done, answer);
      afterwards.stepDone(origin);
      lookout.stepDone(origin);
      deps.stepEnded(origin);
      observer.onStep?.(step, answer);
    },
    onSetAside: (
      { id, origin, step }: QueuedStep<KommoStep>,
      why: { reason: string; hint: string },
    ) => {
      lookout.setAside();
      logger.error({ call: origin, step: step.kind, id, ...why }, "step set aside");
      deps.stepEnded(origin);
    },
    onHalt: ({ reason, hint, probeAfterMs }: Halt) => {
      for (const one of undurable) one.hold();
      lookout.halt({ reason, hint });
      logger.error({ reason, hint, probeAfterMs }, "nothing is sent to kommo");
    },
    onResume: () => {
      for (const one of undurable) one.release();
      lookout.resume();
      logger.warn("kommo takes steps again");
    },
    onTrouble: (trouble: { reason: string; pauseMs: number }) => {
      lookout.trouble();
      logger.warn(trouble, "kommo did not take a batch, it is kept");
    },
    onStoreTrouble: (failure: StoreFailure) => tellStore(logger, failure),
    onCrash: onFatal,
  };
}

export function tellDamage(logger: Logger, { setAside, rows }: Damage): void {
  const hint = "look at the disk's health; calls since the last sound state may be lost";
  logger.error({ set_aside: setAside, rows_kept: rows, hint }, "the store was damaged, begun anew");
}

export function tellStore(logger: Logger, { code, message, hint }: StoreFailure): void {
  logger.error({ code, reason: message, hint }, "the store does not take writes, waiting");
}

/** @param failure absent: it answers again */
export function tellDatabase(logger: Logger, failure: StoreFailure | undefined): void {
  if (failure === undefined) return logger.warn("the store's database answers again");
  const { code, message, hint } = failure;
  logger.error({ code, reason: message, hint }, "the store's database does not answer, waiting");
}

export function tellReserve(logger: Logger, state: ReserveState): void {
  if (state === "whole")
    return logger.warn("the store's disk has room again, its reserve is whole");
  const hint = "free disk space now: calls are kept in what was reserved for them";
  logger.error({ hint }, "the store's disk is full, its reserve is in use");
}

export function tellCall(logger: Logger, call: FinishedCall, id: string): void {
  logger.info(
    {
      call: id,
      direction: call.direction,
      result: call.result,
      client_phone: call.clientPhone,
      extension: call.answeredBy,
      seconds: Math.round((call.endedAt - call.startedAt) / 1_000),
    },
    "call accepted",
  );
}

/** Of calls that get no user; once for each extension, the calls' reasons say it of each. */
export function unknownExtensionTeller(logger: Logger): (extension: string | undefined) => void {
  const told = new Set<string>();
  return (extension) => {
    if (extension === undefined || told.has(extension)) return;
    told.add(extension);
    const hint = "add it to users or employees, or say in unknown_extension whose its calls are";
    logger.warn({ extension, hint }, "an extension stands for no active Kommo user");
  };
}

export function tellAmi(logger: Logger, state: AmiState): void {
  switch (state.kind) {
    case "connected":
      return logger.info({ protocol: state.version }, "connected to the exchange");
    case "waiting": {
      const { kind, hint, retry } = state.failure;
      const fields = { failure: kind, hint, retry_in_s: Math.round(state.retryInMs / 1_000) };
      const isForOperator = retry === "after-operator";
      return logger[isForOperator ? "error" : "warn"](fields, "no connection to the exchange");
    }
    case "idle":
    case "connecting":
    case "stopped":
      return logger.debug({ state: state.kind }, "exchange");
  }
}
