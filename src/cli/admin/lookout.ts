/**
 * What the admin page and monitoring have to know of as it happens: told by those who do it from the
 * first moment on, read when somebody looks. Nothing here waits or throws. Exports `createLookout`.
 */
import type { FinishedCall } from "../../calls/finished-call.ts";
import type { HookName } from "../../customization/contract/hooks.ts";
import type { RunResult } from "../../customization/run-result.ts";
import type { Statement } from "../../store/store.ts";
import type { Figures } from "../metrics/figures.ts";
import { createHalted, type Halted } from "./halted.ts";
import { createMinutes, type Minutes } from "./minutes.ts";

export type Lookout = {
  readonly accepted: (id: string, call: FinishedCall) => void;
  readonly stepDone: (callId: string) => void;
  readonly setAside: () => void;
  /** A batch did not get through. */
  readonly trouble: () => void;
  readonly halt: Halted["halt"];
  readonly resume: () => void;
  readonly request: () => void;
  readonly ran: (name: HookName, result: RunResult) => void;
  readonly minutes: Minutes;
  readonly halted: Pick<Halted, "current">;
  /** Milliseconds of a script's last runs, the newest last. */
  readonly lastRuns: (name: HookName) => readonly number[];
};

const LAST_RUNS = 60;

export function createLookout(deps: {
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly now: () => number;
  readonly requestsPerSecond: number;
  readonly figures: Figures;
}): Lookout {
  const { figures } = deps;
  const minutes = createMinutes({ ...deps, onBooked: figures.booked });
  const halted = createHalted(deps.now);
  const lastMs = new Map<HookName, number[]>();
  return {
    accepted(id, call) {
      minutes.call(id, call.endedAt);
      figures.accepted(call);
    },
    stepDone(callId) {
      minutes.booked(callId);
      figures.step("done");
    },
    setAside() {
      minutes.error();
      figures.step("set-aside");
    },
    trouble: minutes.error,
    halt: halted.halt,
    resume: halted.resume,
    request: minutes.request,
    ran(name, result) {
      figures.ran(name, result);
      const { ms, kind } = result;
      if (kind === "none" || kind === "stopped") return;
      const runs = lastMs.get(name) ?? [];
      runs.push(Math.round(ms * 10) / 10);
      if (runs.length > LAST_RUNS) runs.shift();
      lastMs.set(name, runs);
    },
    ...{ minutes, halted },
    lastRuns: (name) => lastMs.get(name) ?? [],
  };
}
