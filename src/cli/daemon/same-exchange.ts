/**
 * Whether a changed configuration means the same exchange, reached and understood as before. Exports
 * `isSameExchange` and `areTelephonesAlone`.
 */
import type { ExchangeConfig, ExchangeView } from "../../config/exchange-views.ts";
import { anyDialPattern } from "../../lib/dial-pattern.ts";
import { spelt } from "../../lib/spelt.ts";

/** Otherwise whoever listens to it has to begin anew. */
export const isSameExchange = (before: ExchangeView, after: ExchangeView): boolean =>
  before.name === after.name &&
  spelt(wayTo(before.config)) === spelt(wayTo(after.config)) &&
  areTelephonesAlone(before.config, after.config);

const wayTo = ({ ami, pbx, cel, recordings }: ExchangeConfig): unknown => [
  ami,
  pbx,
  cel,
  recordings,
];

/**
 * Whether of the exchange's `users` only those of its telephones have changed, which are looked up for
 * each call. Which numbers outside are employees' the call model has learnt at the start, and who shares
 * a telephone decides whether queue agents are asked for.
 */
export function areTelephonesAlone(
  { pbx, users: before }: Pick<ExchangeConfig, "pbx" | "users">,
  { users: after }: Pick<ExchangeConfig, "users">,
): boolean {
  const isTelephone = anyDialPattern(pbx.extensions);
  const outside = (users: Users): string =>
    [...users.keys()]
      .filter((number) => !isTelephone(number))
      .toSorted()
      .join();
  return outside(before) === outside(after) && isShared(before) === isShared(after);
}

type Users = ExchangeConfig["users"];

const isShared = (users: Users): boolean => [...users.values()].some(({ length }) => length > 1);
