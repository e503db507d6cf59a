/**
 * Judges a day on a simulated account: `checkJournal(evidence, truth, options) → problems[]`, pure.
 *
 *     const problems = checkJournal(evidenceOf(simulator), truth, { knownPhones });
 *     expect(problems).toEqual([]);
 *
 * `truth` is one `TrueCall` for each call that really was, told by whoever made it and never by the
 * daemon; a call that nobody could have accepted (it ended shortly before a kill) is "at-most-once".
 * What is checked, by the kind of the problem:
 *
 *   proves-nothing  no call of the truth had to be booked, so that a daemon that does nothing passes
 *   not-booked      a call with `booked: "once"` stands nowhere
 *   booked-again    one call stands twice, by its uniq or by its client's number
 *   never-was       a call stands on the account that is in no truth, or that was to be left out
 *   wrong-fields    direction, client, card, duration ± 1 s, result, employee, link, start
 *   second-card     a new number has two cards; or a card was made for a number that had one
 *   too-fast        more requests in one second than `requestsPerSecond`
 *   refused-again   a token that was refused, or an address that is blocked, asked on and on
 *
 * With several calls of one client and no `uniq` in the truth, calls are matched so that as many as
 * possible are right. An incoming lead's call counts as booked while it waits; a declined one's too.
 */
import { checkCalls } from "./check-calls.ts";
import { checkCards } from "./check-cards.ts";
import { checkRequests } from "./check-requests.ts";
import type { Evidence } from "./evidence.ts";
import { problem, type Problem } from "./problem.ts";

export type TrueCall = {
  /** For the sentences of problems: the recording, the scenario. */
  readonly name: string;
  /** As Kommo has to be given it, where whoever made the call knows it. */
  readonly uniq?: string;
  /** null: withheld. */
  readonly phone: string | null;
  readonly direction: "inbound" | "outbound";
  /** Absent: nobody who could tell saw it whole; then any status is right. */
  readonly wasAnswered?: boolean;
  /** Of the talk that is to be booked; [0, 0] where nobody talked. */
  readonly talkSeconds: readonly [least: number, most: number];
  /** The Kommo user whose call it is; null: nobody's; absent: anybody's. */
  readonly userId?: number | null;
  /** Exactly this `call_status`; absent: 4 if answered and anything else if not. */
  readonly callStatus?: number;
  /** null: none; absent: any. */
  readonly link?: string | null;
  /** Unix seconds; absent: any. */
  readonly startedAt?: number;
  /** The card that it has to stand on; absent: any that has the client's number; null: any at all. */
  readonly card?: { readonly type: string; readonly id: number } | null;
  readonly booked: "once" | "at-most-once" | "never";
  /** The daemon could not hear all of it: only direction, client and card are to be right. */
  readonly isPartlyHeard?: boolean;
};

export type CheckOptions = {
  /** Numbers that had a card before. */
  readonly knownPhones: Iterable<string>;
  /** Default 7. */
  readonly requestsPerSecond?: number;
  /** On both sides of `talkSeconds`. Default 1. */
  readonly durationSlackSeconds?: number;
  /** New numbers of which one more card is right: a person made another one (fault F51). */
  readonly mayHaveTwoCards?: Iterable<string>;
  /**
   * How many refusals (401, or 403 as a page) one token may collect: those that were under way
   * together, and one for each probe, start and act of the operator. Default 5.
   */
  readonly mostRefusals?: number;
  /** Default true: without a call that had to be booked nothing is proved. */
  readonly mustProve?: boolean;
};

/** @returns none: all is as it was. Does not throw for any evidence. */
export function checkJournal(
  evidence: Evidence,
  truth: readonly TrueCall[],
  options: CheckOptions,
): Problem[] {
  const provesNothing =
    (options.mustProve ?? true) && !truth.some(({ booked }) => booked === "once");
  return [
    ...(provesNothing
      ? [problem("proves-nothing", `none of ${truth.length} calls had to be booked`)]
      : []),
    ...checkCalls(evidence.calls, truth, options),
    ...checkCards(evidence, options),
    ...checkRequests(evidence.requests, options),
  ];
}
