/**
 * Reads calls from CEL and accepts those that were not booked yet. The daemon does it when it runs
 * (it owns the store), else the command itself. Exports `backfill`.
 */
import { linkedId } from "../../ami/ids.ts";
import type { CelSource, CelFailure } from "../../calls/cel/source.ts";
import { findCalls } from "../../calls/cel/find-calls.ts";
import type { CelWish } from "../../calls/cel/find-calls.ts";
import type { CelReading } from "../../calls/cel/tell.ts";
import type { FinishedCall } from "../../calls/finished-call.ts";
import { epochMs } from "../../lib/clock.ts";
import type { EpochMs } from "../../lib/clock.ts";
import { failed, succeeded } from "../../lib/failure.ts";
import type { Result } from "../../lib/failure.ts";
import type { Decision } from "../../registration/plan.ts";
import type { Acceptance } from "../acceptance.ts";

export type BackfillRequest = {
  /** Unix milliseconds; calls that began from `from` on and before `to`. */
  readonly from?: number;
  readonly to?: number;
  readonly linkedIds?: readonly string[];
  readonly isDryRun: boolean;
  /** Whose CEL is read, where there are several exchanges. */
  readonly exchange?: string | undefined;
};

/** `new`: would be booked, but this was a dry run. `forgotten`: see Acceptance.isForgotten. */
export type BackfillOutcome = "booked" | "known" | "running" | "new" | "forgotten";

export type BackfilledCall = {
  readonly id: string;
  readonly outcome: BackfillOutcome;
  readonly call: FinishedCall;
  /** Of a call that is or would be booked now. */
  readonly decisions: readonly Decision[];
};

export type BackfillDeps = {
  readonly source: CelSource;
  readonly reading: CelReading;
  readonly now: () => EpochMs;
  readonly signal: AbortSignal;
} & Pick<Acceptance, "plan" | "idOf" | "isKnown" | "isForgotten" | "accept">;

export async function backfill(
  request: BackfillRequest,
  deps: BackfillDeps,
): Promise<Result<readonly BackfilledCall[], CelFailure>> {
  const done: BackfilledCall[] = [];
  for await (const read of findCalls(wishOf(request), deps)) {
    if (!read.ok) return done.length === 0 ? read : failed(cutShort(read.failure, done.length));
    for (const { call, isRunning } of read.value) {
      const id = deps.idOf(call);
      const booked = isRunning ? RUNNING : await bookOnce(call, id, { request, deps });
      done.push({ id, call, ...booked });
    }
  }
  return succeeded(done);
}

type Booked = Pick<BackfilledCall, "outcome" | "decisions">;

const RUNNING: Booked = { outcome: "running", decisions: [] };
const KNOWN: Booked = { outcome: "known", decisions: [] };
const FORGOTTEN: Booked = { outcome: "forgotten", decisions: [] };

/** Scripts are asked only of a call that is not known yet, and once. */
async function bookOnce(
  call: FinishedCall,
  id: string,
  { request, deps }: { request: BackfillRequest; deps: BackfillDeps },
): Promise<Booked> {
  if (await deps.isKnown(id)) return KNOWN;
  if (await deps.isForgotten(call)) return FORGOTTEN;
  const plan = await deps.plan(call);
  const { decisions } = plan;
  if (request.isDryRun) return { outcome: "new", decisions };
  return (await deps.accept(call, plan)) === "accepted" ? { outcome: "booked", decisions } : KNOWN;
}

function wishOf({ from, to, linkedIds }: BackfillRequest): CelWish {
  if (linkedIds !== undefined) return { kind: "ids", linkedIds: linkedIds.map(linkedId) };
  return { kind: "began", window: { from: epochMs(from ?? 0), to: epochMs(to ?? 0) } };
}

const cutShort = (failure: CelFailure, calls: number): CelFailure => ({
  ...failure,
  reason: `${failure.reason}; ${calls} calls before that are done`,
});
