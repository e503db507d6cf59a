/**
 * Whether something may be sent or looked up now: freely, one step alone as a trial, or nothing.
 * Two lines: requests that change something and look-ups fail apart from each other.
 */
import type { Halt } from "./delivery.ts";
import { createLine, pauseAfter, type Pauses } from "./line.ts";
import type { OutboxOptions } from "./options.ts";

export type Allowed = "free" | "one" | "none";
export type InFlight = { readonly now: number; readonly sends: number; readonly looks: number };

export type Attempt = {
  readonly startedAt: number;
  readonly now: number;
  readonly atLeastMs: number;
  readonly reason: string;
};

export type Gate = {
  sends(inFlight: InFlight): Allowed;
  looks(inFlight: InFlight): Allowed;
  /** When a closed gate is to be tried next; Infinity: when something lands, or the operator acts. */
  opensAt(now: number): number;
  isHalted(): boolean;
  halt(halt: Halt, now: number): void;
  /** A trial was not answered with a halt. */
  reopen(): void;
  /** The operator says that all is in order. */
  resume(): void;
  sendWentThrough(): void;
  sendFailed(attempt: Attempt): void;
  lookWentThrough(): void;
  lookFailed(attempt: Attempt): void;
  /** For one step by itself, by how often it was sent. */
  readonly pauseMs: (attempt: number) => number;
  readonly longestPauseMs: number;
};

type GateOptions = Pick<
  OutboxOptions<{ readonly kind: string }, unknown>,
  "pauses" | "mostInFlight" | "onHalt" | "onResume" | "onTrouble"
>;

const DEFAULT_PAUSES: Pauses = { minMs: 1_000, maxMs: 60_000 };

export function createGate(options: GateOptions): Gate {
  const most = options.mostInFlight ?? 4;
  const pauses = options.pauses ?? DEFAULT_PAUSES;
  const ofOneStep: Pauses = { minMs: pauses.minMs * 2, maxMs: pauses.maxMs * 2 };
  const sendLine = createLine(pauses);
  const lookLine = createLine(pauses);
  let halted: { readonly reason: string; readonly until: number } | undefined;

  function allowed(
    line: typeof sendLine,
    now: number,
    flights: { own: number; all: number },
  ): Allowed {
    if (halted !== undefined) return now < halted.until || flights.all > 0 ? "none" : "one";
    if (flights.all >= most || now < line.closedUntil()) return "none";
    if (!line.isTroubled()) return "free";
    return flights.own === 0 ? "one" : "none";
  }

  function fail(line: typeof sendLine, { reason, ...attempt }: Attempt): void {
    const pauseMs = line.fail(attempt);
    options.onTrouble?.({ reason, pauseMs });
  }

  function reopen(): void {
    const wasHalted = halted !== undefined;
    halted = undefined;
    if (wasHalted) options.onResume?.();
  }

  return {
    sends: ({ now, sends, looks }) => allowed(sendLine, now, { own: sends, all: sends + looks }),
    looks: ({ now, sends, looks }) => allowed(lookLine, now, { own: looks, all: sends + looks }),
    opensAt(now) {
      const times = halted ? [halted.until] : [sendLine.closedUntil(), lookLine.closedUntil()];
      return Math.min(...times.filter((at) => at > now), Infinity);
    },
    isHalted: () => halted !== undefined,
    halt(halt, now) {
      const isNews = halted?.reason !== halt.reason;
      halted = { reason: halt.reason, until: now + (halt.probeAfterMs ?? Infinity) };
      if (isNews) options.onHalt?.(halt);
    },
    reopen,
    resume() {
      sendLine.recover();
      lookLine.recover();
      reopen();
    },
    sendWentThrough: sendLine.recover,
    sendFailed: (attempt) => fail(sendLine, attempt),
    lookWentThrough: lookLine.recover,
    lookFailed(attempt) {
      sendLine.fail(attempt);
      fail(lookLine, attempt);
    },
    pauseMs: (attempt) => pauseAfter(attempt, ofOneStep),
    longestPauseMs: ofOneStep.maxMs,
  };
}
