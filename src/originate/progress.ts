/**
 * What becomes of one dial, from Asterisk's events. Pure: a dial is followed by its id, which is the
 * ActionID, the uniqueid of the first channel and the linkedid of the call.
 *
 * The first channel is the employee's telephone, or a Local channel whose far half rings it. A Local
 * half that hangs up says nothing once two telephones talk: the pair may have been optimised away.
 */
import type { AmiEvent } from "../ami/event.ts";

export type DialState =
  | "requested"
  | "telephone-rings"
  | "dialling"
  | "client-rings"
  | "talking"
  | "you-did-not-answer"
  | "telephone-not-connected"
  | "busy"
  | "no-answer"
  | "cancelled"
  | "failed"
  | "ended"
  | "unknown";

export type FailureReason = "number-unknown" | "no-line" | "refused";

export type DialEvent =
  AmiEvent | { readonly kind: "dial-ringing"; readonly to: { readonly id: string } };

export type Progress = {
  readonly state: DialState;
  readonly reason: FailureReason | undefined;
  readonly isFinal: boolean;
  /** Whether a call of this id was seen. */
  readonly hasChannel: boolean;
  readonly hasRung: boolean;
  readonly isUp: boolean;
  readonly isLocal: boolean;
  /** The telephone's own channel, where the first one is a Local one. */
  readonly telephone: string | undefined;
  /** Attempts to reach the client, the last one last. */
  readonly legs: readonly Leg[];
  /** The employee's channel is gone, and the last attempt's own end, with its cause, is still to come. */
  readonly isDown: boolean;
  /** Milliseconds since 1970. */
  readonly talkedFrom: number | undefined;
};

type Leg = {
  readonly id: string;
  readonly end: Extract<AmiEvent, { kind: "dial-end" }>["status"] | undefined;
  readonly cause: number;
  readonly isGone: boolean;
};

export const newProgress = (channel: string): Progress => ({
  state: "requested",
  reason: undefined,
  isFinal: false,
  hasChannel: false,
  hasRung: false,
  isUp: false,
  isLocal: channel.startsWith("Local/"),
  telephone: undefined,
  legs: [],
  isDown: false,
  talkedFrom: undefined,
});

/** @returns the same object where the event changes nothing */
export function follow(
  progress: Progress,
  event: DialEvent,
  { id, at }: { id: string; at: number },
): Progress {
  if (progress.isFinal) return progress;
  switch (event.kind) {
    case "new-channel":
      return event.channel.id === id ? { ...progress, hasChannel: true } : progress;
    case "dial-begin":
      return begin(progress, event, id);
    case "dial-ringing":
      return progress.legs.at(-1)?.id === event.to.id && progress.state === "dialling"
        ? { ...progress, state: "client-rings" }
        : progress;
    case "originate-response":
      return event.actionId === id ? respond(progress, event.isSuccess) : progress;
    case "dial-end":
      return end(progress, event, at);
    case "hangup":
      return hangUp(progress, event, id);
    default:
      return progress;
  }
}

type DialBegin = Extract<AmiEvent, { kind: "dial-begin" }>;

function begin(progress: Progress, { from, to }: DialBegin, id: string): Progress {
  const isFarHalf = from !== undefined && progress.isLocal && from.id === `${id};2`;
  if (from === undefined || isFarHalf) {
    if (from === undefined && to.id !== id) return progress;
    const telephone = isFarHalf ? to.id : progress.telephone;
    const rings = !progress.isLocal || isFarHalf;
    const state = rings && !progress.isUp ? "telephone-rings" : progress.state;
    return { ...progress, hasChannel: true, hasRung: progress.hasRung || rings, telephone, state };
  }
  if (from.id !== id || progress.talkedFrom !== undefined) return progress;
  const legs = [
    ...progress.legs.slice(-MOST_LEGS),
    { id: to.id, end: undefined, cause: 0, isGone: false },
  ];
  return { ...progress, isUp: true, state: "dialling", reason: undefined, legs };
}

const MOST_LEGS = 20;

function respond(progress: Progress, isSuccess: boolean): Progress {
  if (isSuccess) return progress.isUp ? progress : { ...progress, isUp: true, state: "dialling" };
  return over(progress, progress.hasRung ? "you-did-not-answer" : "telephone-not-connected");
}

type DialEnd = Extract<AmiEvent, { kind: "dial-end" }>;

function end(progress: Progress, { to, status }: DialEnd, at: number): Progress {
  const leg = progress.legs.find((one) => one.id === to.id);
  // A queue tells two ends of one channel: the first counts.
  if (leg === undefined || leg.end !== undefined) return progress;
  const legs = progress.legs.map((one) => (one === leg ? { ...leg, end: status } : one));
  if (status === "answer") return { ...progress, legs, state: "talking", talkedFrom: at };
  // Told at once: the dialplan may play a tone for long, or try another line.
  return status === "busy" ? { ...progress, legs, state: "busy" } : { ...progress, legs };
}

function hangUp(
  progress: Progress,
  { channel, cause }: Extract<AmiEvent, { kind: "hangup" }>,
  id: string,
): Progress {
  const legs = progress.legs.map((leg) =>
    leg.id === channel.id ? { ...leg, cause, isGone: true } : leg,
  );
  const next = { ...progress, legs };
  const leg = legs.find((one) => one.id === channel.id);
  if (progress.talkedFrom !== undefined) {
    const isTelephone = progress.isLocal ? channel.id === progress.telephone : channel.id === id;
    return isTelephone || leg?.end === "answer" ? over(next, "ended") : next;
  }
  if (channel.id !== id) {
    if (leg === undefined) return progress;
    return progress.isDown && leg === legs.at(-1) ? outcomeOf(next) : next;
  }
  if (!progress.isUp) return progress; // the answer to Originate says why
  return isToldByCause(legs.at(-1)) ? { ...next, isDown: true } : outcomeOf(next);
}

/** Hangups of different channels come in any order. @source asterisk.md (c) */
const isToldByCause = (leg: Leg | undefined): boolean =>
  leg !== undefined &&
  !leg.isGone &&
  leg.end !== undefined &&
  leg.end !== "busy" &&
  leg.end !== "cancel";

/** The employee's channel is gone, and the client never answered. */
function outcomeOf(progress: Progress): Progress {
  const leg = progress.legs.at(-1);
  switch (leg?.end) {
    case "busy":
      return over(progress, "busy");
    case "no-answer":
      return NO_SUCH_NUMBER.includes(leg.cause)
        ? over(progress, "failed", "number-unknown")
        : REFUSED.includes(leg.cause)
          ? over(progress, "failed", "refused")
          : over(progress, "no-answer");
    case "congestion":
    case "unavailable":
      return over(progress, "failed", leg.cause === 1 ? "number-unknown" : "no-line");
    case "cancel":
    case undefined:
      return leg === undefined ? over(progress, "failed", "refused") : over(progress, "cancelled");
    default:
      return over(progress, "failed", "refused");
  }
}

/** Q.850: unallocated, no route, changed, invalid format. @source asterisk.md (d) pitfall 18 */
const NO_SUCH_NUMBER: readonly number[] = [1, 3, 22, 28];
/** Call rejected: a trunk's 403 and 603 cannot be told apart. */
const REFUSED: readonly number[] = [21];

const over = (progress: Progress, state: DialState, reason?: FailureReason): Progress => ({
  ...progress,
  state,
  reason,
  isFinal: true,
});

/** Nobody will tell any more how it went on. */
export const lostSight = (progress: Progress): Progress =>
  progress.isFinal ? progress : over(progress, "unknown");
