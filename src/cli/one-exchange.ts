/** Commands that look at one exchange: `--exchange NAME`, needless where there is only one. */
import { exchangesIn, type ExchangeConfig, type ExchangeView } from "../config/exchange-views.ts";
import type { Config } from "../config/keys.ts";
import { failed, succeeded, type Result } from "../lib/failure.ts";

/** @returns on failure a sentence */
export function oneExchange<C extends Omit<ExchangeConfig, "ami"> & Pick<Config, "exchanges">>(
  config: C,
  wanted: string | undefined,
): Result<ExchangeView<C>, string> {
  const views = exchangesIn(config);
  const names = views.map(({ name }) => name);
  const [only, ...others] = views;
  const view = wanted === undefined && others.length === 0 ? only : views[names.indexOf(wanted)];
  if (view !== undefined) return succeeded(view);
  if (names.includes(undefined)) return failed("--exchange: there is only one, without a name");
  return failed(`give --exchange with one of the names in exchanges: ${names.join(", ")}`);
}
