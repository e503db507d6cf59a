/**
 * How a finished call is accepted: its row, with the steps that book it, in one transaction. The same
 * for calls heard live, found in CEL by the daemon, and booked by a command.
 */
import { linkedId } from "../ami/ids.ts";
import { callAt } from "../calls/at-exchange.ts";
import { acceptCall, callById, readAcceptedCall } from "../calls/archive.ts";
import { readRemovedCalls, removedCalls } from "../calls/removed-calls.ts";
import type { FinishedCall } from "../calls/finished-call.ts";
import type { KommoStep } from "../kommo/step.ts";
import { doubtStepsOf } from "../outbox/changes.ts";
import { wholeSecondsOf, type EpochMs } from "../lib/clock.ts";
import { planCall } from "../registration/plan.ts";
import type { Plan } from "../registration/plan.ts";
import type { RegistrationSettings } from "../registration/settings.ts";
import { isConstraint, StoreFailure } from "../store/store.ts";
import type { Statement, Store } from "../store/store.ts";
import type { CustomizedPlan } from "./customizations/call-hooks.ts";

export type Acceptance = {
  /** With the answers of the administrator's scripts. Rejects when the daemon stops meanwhile. */
  readonly plan: (call: FinishedCall) => Promise<CustomizedPlan>;
  /** The call's `uniq`. */
  readonly idOf: (call: FinishedCall) => string;
  readonly isKnown: (id: string) => Promise<boolean>;
  /**
   * It began no later than a call that the archive no longer keeps: whether it was booked, nobody knows.
   * Of calls of the past alone; one heard live with a clock years back would be lost.
   */
  readonly isForgotten: (call: FinishedCall) => Promise<boolean>;
  /** @param plan of this call, where it was made before */
  readonly accept: (call: FinishedCall, plan?: CustomizedPlan) => Promise<"accepted" | "known">;
};

export type AcceptanceDeps = {
  readonly settings: RegistrationSettings;
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly now: () => EpochMs;
  readonly statementsFor: (
    origin: string,
    key: string,
    steps: readonly KommoStep[],
  ) => readonly Statement[];
  /** The administrator's scripts, where there are any; undefined: the daemon stops. */
  readonly customize?: ((call: FinishedCall) => Promise<CustomizedPlan | undefined>) | undefined;
  /** Goes with a call that is told to Kommo: its recordings. */
  readonly recordings?: (call: FinishedCall, id: string) => readonly Statement[];
  /** Goes with a call that is told to Kommo. */
  readonly afterwards?: (id: string) => readonly Statement[];
  /** It may have been booked by a daemon whose store was newer than this one. Absent: never. */
  readonly isInDoubt?: (call: FinishedCall) => boolean;
  readonly onAccepted: (call: FinishedCall, plan: Plan & { readonly id: string }) => void;
};

export function createAcceptance(deps: AcceptanceDeps): Acceptance {
  const { keep, settings } = deps;
  const idOf = (call: FinishedCall): string => call.linkedId;
  async function planned(call: FinishedCall): Promise<CustomizedPlan> {
    if (deps.customize === undefined) return planCall(call, settings);
    const plan = await deps.customize(call);
    if (plan === undefined)
      throw new Error("the daemon stops; this call is told again at the next start");
    return plan;
  }
  return {
    plan: planned,
    idOf,
    isKnown: async (id) => (await deps.store.read(callById(id))).length > 0,
    async isForgotten(call) {
      const removed = readRemovedCalls((await deps.store.read(removedCalls()))[0]);
      return removed !== undefined && call.startedAt <= removed.began;
    },
    async accept(given, made) {
      const plan = { ...(made ?? (await planned(given))), id: idOf(given) };
      const { call = given } = plan;
      const { id, key, decisions, steps } = plan;
      const booking = [
        acceptCall({ id, call, clientKey: key, decisions, acceptedAt: deps.now() }),
        ...deps.statementsFor(id, key, steps),
        ...(deps.isInDoubt?.(call) === true ? [doubtStepsOf(id)] : []),
        ...(steps.length === 0 ? [] : (deps.recordings?.(call, id) ?? [])),
        ...(steps.length === 0 ? [] : (deps.afterwards?.(id) ?? [])),
      ];
      try {
        await keep(booking);
      } catch (thrown) {
        if (!(thrown instanceof StoreFailure) || !isConstraint(thrown)) throw thrown;
        const [row] = await deps.store.read(callById(id));
        if (row !== undefined && isAnotherCall(readAcceptedCall(row).call, call))
          return this.accept(withOwnId(given));
        // By an earlier run that ended before it could forget the events, or from CEL.
        return "known";
      }
      deps.onAccepted(call, plan);
      return "accepted";
    },
  };
}

/** For calls as one of several exchanges names them. */
export const acceptanceAt = (exchange: string | undefined, all: Acceptance): Acceptance => ({
  plan: (call) => all.plan(callAt(exchange, call)),
  idOf: (call) => all.idOf(callAt(exchange, call)),
  isKnown: all.isKnown,
  isForgotten: all.isForgotten,
  accept: (call, plan) => all.accept(callAt(exchange, call), plan),
});

/**
 * After a clock that was set back, Asterisk gives ids again that it gave before. The same call, told
 * by AMI, CEL or after a restart, begins within seconds of itself, by the clock of then.
 */
const REUSED_AFTER_MS = 10 * 60_000;

const isAnotherCall = (accepted: FinishedCall, call: FinishedCall): boolean =>
  Math.abs(beganAt(accepted) - beganAt(call)) > REUSED_AFTER_MS;

/** By the clock that it began by. */
const beganAt = ({ startedAt, clockWasAheadMs = 0 }: FinishedCall): number =>
  startedAt + clockWasAheadMs;

const withOwnId = (call: FinishedCall): FinishedCall => ({
  ...call,
  linkedId: linkedId(`${call.linkedId}-${wholeSecondsOf(call.startedAt)}`),
});
