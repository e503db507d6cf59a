/**
 * How a finished call is accepted: its row, with the steps that book it, in one transaction. The same
 * for calls heard live, found in CEL by the daemon, and booked by a command.
 */
import { acceptCall, callById } from "../calls/archive.ts";
import type { FinishedCall } from "../calls/finished-call.ts";
import type { KommoStep } from "../kommo/step.ts";
import type { EpochMs } from "../lib/clock.ts";
import { uniqOf } from "../registration/call-fields.ts";
import { planCall } from "../registration/plan.ts";
import type { Plan } from "../registration/plan.ts";
import type { RegistrationSettings } from "../registration/settings.ts";
import { StoreFailure } from "../store/store.ts";
import type { Statement, Store } from "../store/store.ts";

export type Acceptance = {
  readonly plan: (call: FinishedCall) => Plan & { readonly id: string };
  readonly isKnown: (id: string) => Promise<boolean>;
  /** @param alsoDone goes with it, also where the call was accepted before */
  readonly accept: (
    call: FinishedCall,
    alsoDone?: readonly Statement[],
  ) => Promise<"accepted" | "known">;
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
  readonly onAccepted: (call: FinishedCall, plan: Plan & { readonly id: string }) => void;
};

export function createAcceptance(deps: AcceptanceDeps): Acceptance {
  const { keep, settings } = deps;
  const planned = (call: FinishedCall): Plan & { readonly id: string } => ({
    ...planCall(call, settings),
    id: uniqOf(call, settings.pbx),
  });
  return {
    plan: planned,
    isKnown: async (id) => (await deps.store.read(callById(id))).length > 0,
    async accept(call, alsoDone = []) {
      const plan = planned(call);
      const { id, key, decisions, steps } = plan;
      const booking = [
        acceptCall({ id, call, clientKey: key, decisions, acceptedAt: deps.now() }),
        ...deps.statementsFor(id, key, steps),
      ];
      try {
        await keep([...booking, ...alsoDone]);
      } catch (thrown) {
        if (!isConstraint(thrown)) throw thrown;
        // By an earlier run that ended before it could forget the events, or from CEL.
        if (alsoDone.length > 0) await keep(alsoDone);
        return "known";
      }
      deps.onAccepted(call, plan);
      return "accepted";
    },
  };
}

const isConstraint = (thrown: unknown): boolean =>
  thrown instanceof StoreFailure && thrown.code.startsWith("SQLITE_CONSTRAINT");
