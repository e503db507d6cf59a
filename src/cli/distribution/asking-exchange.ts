/** Which of several exchanges asks who should get a caller: only its own telephones can be answered. */
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";

export type AskingExchange = {
  /** undefined: the only one. */
  readonly name: string | undefined;
  /** Of its manager interface: FastAGI comes from there as a rule. */
  readonly host: string;
};

export type AskingExchanges = {
  /** undefined: it cannot be told, which is said in the log. */
  of(caller: { readonly exchange: string }): { readonly exchange: string | undefined } | undefined;
  /** The name of the only exchange with this address. */
  at(address: string): string | undefined;
};

export const WHICH_EXCHANGE = "the question does not say which exchange asks";
const HINT =
  "add exchange=NAME to the address in the dialplan, with the name in exchanges (docs/distribution.md)";
const TELL_EVERY_MS = 60_000;

export function createAskingExchanges(
  exchanges: () => readonly AskingExchange[],
  { clock, logger }: { clock: Pick<Clock, "monotonicMs">; logger: Pick<Logger, "warn"> },
): AskingExchanges {
  let toldAt = -Infinity;

  return {
    of({ exchange }) {
      const names = exchanges().map(({ name }) => name);
      if (names.includes(exchange)) return { exchange };
      const [only, ...others] = names;
      if (names.length > 0 && others.length === 0 && (only === undefined || exchange === ""))
        return { exchange: only };
      const nowMs = clock.monotonicMs();
      if (nowMs - toldAt >= TELL_EVERY_MS) {
        toldAt = nowMs;
        logger.warn({ exchange, hint: HINT }, "a dialplan asks without saying its exchange");
      }
      return undefined;
    },
    at(address) {
      const there = exchanges().filter(({ host }) => host === address);
      return there.length === 1 ? there[0]?.name : undefined;
    },
  };
}
