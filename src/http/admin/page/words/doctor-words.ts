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

const tellName = createTeller(CHECK_NAMES, { places: {}, valueOf: (_name, value) => value });

/** Of several exchanges a check has the one it looked at behind its name: "AMI berlin". */
export const tellCheckName: typeof tellName = (name, language) => {
  const told = tellName(name, language);
  const [, check, exchange] = / /.test(name) ? (/^(.+) ([a-z0-9-]{1,32})$/.exec(name) ?? []) : [];
  const isKnown = told !== name || CHECK_NAMES.some(([english]) => english === name);
  if (isKnown || check === undefined) return told;
  return `${tellName(check, language)} ${exchange ?? ""}`;
};

export const tellVerdict = createTeller(
  [...VERDICTS, ...VERDICTS_OF_ACCOUNT, ...REMEDIES, [BOTH, BOTH, BOTH, BOTH]],
  {
    places: PLACES,
    valueOf: (name, value, language) =>
      name === "why" || name === "more" ? tellVerdict(value, language) : value,
  },
);
