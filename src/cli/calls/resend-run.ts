/**
 * Does what is missing of calls: tries again what was set aside and what waits for its next try, and plans
 * calls anew that Kommo was not told of. The daemon does it when it runs (it owns the store), else the
 * command itself. What is done is never done again. Exports `resend`.
 */
import type { FinishedCall } from "../../calls/finished-call.ts";
import { replaceDecisions } from "../../calls/archive.ts";
import type { KommoStep } from "../../kommo/step.ts";
import type { Clock, EpochMs } from "../../lib/clock.ts";
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import { hurry, originsSetAside, retrySetAside } from "../../outbox/resend.ts";
import type { Outbox } from "../../outbox/outbox.ts";
import { parseToldStep, stepsOf } from "../../outbox/story.ts";
import type { CustomizedPlan } from "../customizations/call-hooks.ts";
import { resentStep } from "../../registration/resent-step.ts";
import type { Row, Statement, Store } from "../../store/store.ts";
import { UNKNOWN_REQUEST } from "../command-requests.ts";
import type { AfterBooking } from "../customizations/after-booking.ts";
import type { CommandFailure } from "../store-or-daemon.ts";
import { findCall, type KeptCall } from "./kept-calls.ts";
import { tellNotFound } from "./refusals.ts";

export type ResendRequest =
  /** One call, as `findCall` takes it. */
  | { readonly linkedId: string }
  /** All calls that have something set aside. */
  | { readonly setAside: true };

export type ResentCall = {
  readonly id: string;
  /** Steps that were set aside and are tried again. */
  readonly retried: number;
  /** Steps that waited for their next try, and are tried at once. */
  readonly hurried: number;
  /** Steps of a new plan. */
  readonly planned: number;
  /** Of a call that is left out again. */
  readonly leftOutBecause?: string;
  /** Lost answers that are being looked up by themselves. */
  readonly unknown: number;
};

export type ResendDeps = {
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<readonly (readonly Row[])[]>;
  /** With the answers of the administrator's scripts. */
  readonly plan: (call: FinishedCall) => Promise<CustomizedPlan>;
  readonly statementsFor: (
    origin: string,
    key: string,
    steps: readonly KommoStep[],
  ) => readonly Statement[];
  /** Goes with a call that is told to Kommo: its recordings. */
  readonly recordings?: (call: FinishedCall, id: string) => readonly Statement[];
  /** Goes with it too: post_registration is to be told of the call. */
  readonly afterwards?: Pick<AfterBooking, "statements" | "accepted">;
  readonly now: () => EpochMs;
  /** Told once something is to be sent. */
  readonly wake: () => void;
};

export async function resend(
  request: ResendRequest,
  deps: ResendDeps,
): Promise<Result<readonly ResentCall[], CommandFailure>> {
  const ids =
    "linkedId" in request
      ? [request.linkedId]
      : (await deps.store.read(originsSetAside())).map(({ origin }) => String(origin));
  const done: ResentCall[] = [];
  for (const id of ids) {
    const found = await findCall(deps.store, id);
    if (found.kind === "one") {
      done.push(await resendCall(found.kept, deps));
      continue;
    }
    if ("setAside" in request) continue; // steps of a call that was never accepted: not ours
    const [reason = "", hint = ""] = tellNotFound(id, found).split("; ");
    return failed({ reason, hint });
  }
  deps.wake();
  return succeeded(done);
}

async function resendCall(kept: KeptCall, deps: ResendDeps): Promise<ResentCall> {
  const { id } = kept;
  const steps = (await deps.store.read(stepsOf(id))).map(parseToldStep);
  const aside = steps.filter(({ state }) => state === "set-aside");
  const unknown = steps.filter(({ state }) => state === "unknown").length;
  const nothing: ResentCall = { id, retried: 0, hurried: 0, planned: 0, unknown };
  if (kept.state === "left-out") return planAnew(kept, nothing, deps);
  const [hurried = [], ...retried] = await deps.keep([
    hurry(id),
    ...aside.map(({ id: stepId, step }) =>
      retrySetAside(stepId, resentStep(step as KommoStep), deps.now()),
    ),
  ]);
  return { ...nothing, hurried: hurried.length, retried: retried.flat().length };
}

/** By the rules of today: those of the day of the call left it out. */
async function planAnew(
  { id, call }: KeptCall,
  nothing: ResentCall,
  deps: ResendDeps,
): Promise<ResentCall> {
  const { key, steps, decisions, call: changed = call } = await deps.plan(call);
  const last = decisions.at(-1);
  if (steps.length === 0) return { ...nothing, leftOutBecause: last?.because ?? "" };
  await deps.keep([
    replaceDecisions({ id, clientKey: key, decisions }),
    ...deps.statementsFor(id, key, steps),
    ...(deps.recordings?.(changed, id) ?? []),
    ...(deps.afterwards?.statements(id) ?? []),
  ]);
  deps.afterwards?.accepted(id);
  return { ...nothing, planned: steps.length };
}

/** How the daemon answers `calls resend`. */
export function createResendAnswer(
  deps: Pick<ResendDeps, "store" | "keep" | "plan" | "recordings" | "afterwards"> & {
    readonly outbox: Pick<Outbox<KommoStep>, "statementsFor" | "wake">;
    readonly clock: Clock;
  },
): (asked: unknown) => Promise<unknown> {
  const { outbox, clock, ...rest } = deps;
  return async (asked) => {
    const request = readResendRequest(asked);
    if (request === undefined) return UNKNOWN_REQUEST;
    return resend(request, {
      ...rest,
      statementsFor: (origin, key, steps) => outbox.statementsFor(origin, key, steps),
      now: () => clock.now(),
      wake: () => outbox.wake(),
    });
  };
}

export const resendAsJson = (request: ResendRequest): object => ({
  ask: "resend",
  ...("linkedId" in request ? { linkedid: request.linkedId } : { set_aside: true }),
});

/** What a command asks of the daemon, parsed where it comes in. */
export function readResendRequest(asked: unknown): ResendRequest | undefined {
  if (typeof asked !== "object" || asked === null) return undefined;
  const { ask, linkedid, set_aside } = asked as Readonly<Record<string, unknown>>;
  if (ask !== "resend") return undefined;
  if (set_aside === true) return { setAside: true };
  return typeof linkedid === "string" && linkedid !== "" ? { linkedId: linkedid } : undefined;
}
