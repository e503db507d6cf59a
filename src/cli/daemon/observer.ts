/** Whoever wants to see how calls fare: the demo, and tests. */
import type { AmiState } from "../../ami/session.ts";
import type { LiveStage } from "../../calls/fact.ts";
import type { FinishedCall } from "../../calls/finished-call.ts";
import type { KommoResult, KommoStep } from "../../kommo/step.ts";
import type { Answer } from "../../outbox/settle.ts";
import type { QueuedStep } from "../../outbox/step-row.ts";
import type { Plan } from "../../registration/plan.ts";

/** Told what happens, after it is on the disk. Must not throw. */
export type DaemonObserver = {
  readonly onStage?: (stage: LiveStage) => void;
  readonly onAccepted?: (call: FinishedCall, plan: Plan) => void;
  readonly onStep?: (step: QueuedStep<KommoStep>, answer: Answer<KommoResult>) => void;
  readonly onAmi?: (state: AmiState) => void;
};
