/**
 * Verdicts of the doctor and its advice come from the daemon in English, as the command has them; here they
 * are said in the language of whoever looks. What another side said (an error of Kommo) stays as it came.
 */
import { CHECK_NAMES } from "./check-names.ts";
import { REMEDIES } from "./remedies.ts";
import { createTeller } from "./teller.ts";
import { VERDICTS_OF_ACCOUNT } from "./verdicts-of-account.ts";
import { VERDICTS } from "./verdicts.ts";

/** Several findings in one sentence: looked for last, as other sentences have a semicolon too. */
const BOTH = "{why}; {more}";
const PLACES = { n: "(\\d+)", count: "(\\d+)", user: "([^;]+)", rights: "([^;]+)" };

export const tellCheckName = createTeller(CHECK_NAMES, {
  places: {},
  valueOf: (_name, value) => value,
});

export const tellVerdict = createTeller(
  [...VERDICTS, ...VERDICTS_OF_ACCOUNT, ...REMEDIES, [BOTH, BOTH, BOTH, BOTH]],
  {
    places: PLACES,
    valueOf: (name, value, language) =>
      name === "why" || name === "more" ? tellVerdict(value, language) : value,
  },
);
