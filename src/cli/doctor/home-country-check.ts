/** Whether numbers abroad can be told from one's own when employees dial from Kommo. */
import type { Config } from "../../config/keys.ts";
import { readAccount } from "../../kommo/read-account.ts";
import { callingCodeOf } from "../../originate/home-country.ts";
import { checkWithConfig, type Check, type Verdict } from "./check.ts";

export const homeCountryCheck: Check = checkWithConfig(
  "country of dialling",
  async (config, context) => {
    if (!isDialledFromKommo(config))
      return { status: "skipped", sentence: "nobody dials from Kommo" };
    const { country_code: code } = config.originate;
    if (code !== undefined) return judgeHomeCountry(config.originate, undefined);
    if (!context.hasAccessToken) return { status: "skipped", sentence: "needs a token" };
    const account = await readAccount(context.kommo(config), context.signal);
    return account.ok
      ? judgeHomeCountry(config.originate, account.value.country)
      : { status: "skipped", sentence: "Kommo does not tell the account's country" };
  },
);

const isDialledFromKommo = ({ kommo, originate }: Config): boolean =>
  kommo.widget.client_secret !== undefined ||
  kommo.oauth.client_secret !== undefined ||
  originate.api_keys.length > 0;

type Wanted = Pick<Config["originate"], "country_code" | "international">;

/** @param country of the account, as Kommo tells it: "PT" */
export function judgeHomeCountry(
  { country_code: given, international }: Wanted,
  country: string | undefined,
): Verdict {
  const code = given ?? callingCodeOf(country);
  const abroad = international ? "may be dialled" : "are refused";
  if (code !== undefined) {
    const source =
      given === undefined ? `as the account's country is ${country ?? ""}` : "as given";
    return { status: "ok", sentence: `+${code}, ${source}: numbers abroad ${abroad}` };
  }
  if (international)
    return { status: "ok", sentence: "not known, and not needed: numbers abroad may be dialled" };
  return {
    status: "warning",
    sentence: "neither the configuration nor the account tells it: a number abroad may be dialled",
    remedy: "set originate.country_code, or name in originate.allow what may be dialled",
  };
}
