/**
 * How the ringing of a leg ended. AMI says so by DialEnd; CEL leaves it to be told from the cause of
 * the hangup, from what Dial came to and from who else answered.
 */
import type { DialStatus } from "../../ami/event.ts";
import type { EpochMs } from "../../lib/clock.ts";
import { isQueue } from "./legs.ts";
import type { Dial, Leg, Legs } from "./leg.ts";

export type RingEnd = { readonly status: DialStatus; readonly forward: string };

const USER_BUSY = 17;
/** No circuit, network out of order, switch congested. */
const CONGESTION: ReadonlySet<number> = new Set([34, 38, 42]);

/** Within this, one end is the other's doing. */
const SAME_MOMENT_MS = 400;

/** @returns undefined for a leg that was answered */
export function ringEndOf(legs: Legs, leg: Leg): RingEnd | undefined {
  if (leg.answeredAt !== undefined || leg.bridgedAt !== undefined) return undefined;
  if (leg.endedAt === undefined) return undefined;
  const dial = leg.rungBy;
  if (leg.wasPickedUp) return { status: "cancel", forward: "" };
  if (dial?.forward !== undefined && isForwarded(dial, dial.forward.at, leg)) {
    return { status: "cancel", forward: dial.forward.number };
  }
  return { status: statusOf(legs, leg, dial), forward: "" };
}

/** The one of the Dial that fell silent when the caller was sent on. */
function isForwarded(dial: Dial, at: EpochMs, leg: Leg): boolean {
  const silent = dial.legs.filter(({ endedAt }) => endedAt !== undefined && endedAt >= at - 50);
  const soonest = Math.min(...silent.map(({ endedAt }) => endedAt ?? Infinity));
  return leg.endedAt === soonest && leg.startedAt <= at;
}

function statusOf(legs: Legs, leg: Leg, dial: Dial | undefined): DialStatus {
  const dialler = dial && legs.get(dial.by);
  const isLast = dial !== undefined && dialler?.dials.at(-1) === dial;
  const left = (dialler?.endedAt ?? Infinity) - (leg.endedAt ?? 0);
  const wasCancelled =
    isLast &&
    (dialler?.dialStatus === "CANCEL" ||
      (dialler?.hungUpItself === true && Math.abs(left) <= SAME_MOMENT_MS));
  // A leg that the caller left behind bears the cause of another one of the group.
  if (wasCancelled && !leg.hungUpItself) return "cancel";
  if (leg.cause === USER_BUSY) return "busy";
  if (leg.cause !== undefined && CONGESTION.has(leg.cause)) return "congestion";
  if (dial === undefined) return "no-answer";
  if (wasTaken(legs, dial, leg)) return "cancel";
  // Queue has no status here: a caller who leaves takes the ringing along.
  return isLast && isQueue(dial) && left <= SAME_MOMENT_MS ? "cancel" : "no-answer";
}

const MAX_STEPS_UP = 20;

/** Somebody else whom the same caller had rung answered, in this Dial or in one around it. */
function wasTaken(legs: Legs, dial: Dial, leg: Leg): boolean {
  let [around, inner]: [Dial | undefined, Leg | undefined] = [dial, leg];
  for (let step = 0; around !== undefined && step < MAX_STEPS_UP; step++) {
    if (around.legs.some((other) => other !== inner && other.answeredAt !== undefined)) return true;
    inner = legs.get(around.by)?.other;
    around = inner?.rungBy;
  }
  return false;
}
