/** Formats of the keys that speak of dialling: places in the dialplan, API keys, addresses of pages. */
import { compileDialPattern } from "../lib/dial-pattern.ts";
import type { Format } from "./formats.ts";
import { userId } from "./number-formats.ts";
import { formatOf, listOf, mapped, objectOf, textThat, type Shape } from "./shapes.ts";

const CONTEXT = /^[\w.-]{1,79}$/;

const context: Shape<string> = textThat('a context of the dialplan as "from-internal"', (text) =>
  CONTEXT.test(text) ? undefined : "is a text that does not fit",
);

/** A text that looks like a number stays one: a file's "7" and a variable's 7 are the same. */
const textFormat = (shape: Shape<string>): Format<string> => ({
  ...formatOf(shape),
  fromText: (text) => text,
});

export const contextName: Format<string> = textFormat(context);
export const contextNames: Format<readonly string[]> = formatOf(
  listOf(context, 'a list of contexts as ["from-internal-abroad"]'),
);

/** "{extension}" stands for the employee's number. */
export const channelTemplate: Format<string> = textFormat(
  textThat('"auto" or a way to the telephone as "PJSIP/{extension}"', (text) =>
    text === "auto" || /^[A-Za-z][A-Za-z0-9]{0,20}\/[\w.@/-]*\{extension\}[\w.@/-]*$/.test(text)
      ? undefined
      : "is a text that does not fit",
  ),
);

/** "{phone}" stands for the client's number. Nothing that Asterisk or a dialplan would take apart. */
export const callerIdTemplate: Format<string> = textFormat(
  textThat('a text as "{phone}" or "Kommo <{phone}>"', (text) =>
    text.length <= 80 && /^[^"\\,;$\x00-\x1f\x7f]*$/.test(text.replaceAll("{phone}", ""))
      ? undefined
      : "is a text that does not fit",
  ),
);

export const countryCode: Format<string> = textFormat(
  textThat('the country code as "351", without + and zeros', (text) =>
    /^[1-9]\d{0,2}$/.test(text) ? undefined : "is a text that does not fit",
  ),
);

const pattern = textThat('a dial pattern of Asterisk as "_7XXXXXXXXXX", or a number', (text) =>
  text.length <= 80 && /^_?[^\s_]+$/.test(text) && compileDialPattern(text) !== undefined
    ? undefined
    : "is a dial pattern that cannot be read",
);

export const numberPatterns = (what: string): Format<readonly string[]> =>
  formatOf(listOf(pattern, `a list of patterns of ${what}, each ${pattern.expects}`));

const origin = textThat('the address of a page as "https://acme.kommo.com"', (text) => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.origin === text
    ? undefined
    : "is a text that does not fit";
});

export const origins: Format<readonly string[]> = formatOf(
  listOf(origin, 'a list of addresses of pages as ["https://acme.kommo.com"]'),
);

export const pageOrigin: Format<string> = formatOf(origin);

export type ApiKey = {
  readonly name: string;
  /** Of the key itself, in hexadecimal digits. */
  readonly sha256: string;
  /** For whom it may dial. */
  readonly users: readonly number[];
};

const apiKey = objectOf(
  '{ "name": "crm-script", "sha256": "…", "users": [9100001] }',
  {
    name: textThat('a name as "crm-script"', (text) =>
      /^[\w.-]{1,64}$/.test(text) ? undefined : "is a text that does not fit",
    ),
    sha256: mapped(
      textThat("64 hexadecimal digits (printf %s KEY | sha256sum)", (text) =>
        /^[0-9a-f]{64}$/i.test(text) ? undefined : "is no SHA-256",
      ),
      (text) => text.toLowerCase(),
    ),
    users: listOf(userId, "a list of ids of Kommo users"),
  },
  {},
);

const API_KEYS = `a list of API keys, each ${apiKey.expects}`;

export const apiKeys: Format<readonly ApiKey[]> = {
  ...formatOf(listOf(apiKey, API_KEYS)),
  check: (value) => {
    const flaws = listOf(apiKey, API_KEYS).flaws(value);
    if (flaws.length > 0 || !Array.isArray(value)) return flaws;
    const names = value.map((one: unknown) => (one instanceof Map ? String(one.get("name")) : ""));
    return names.flatMap((name, index) =>
      names.indexOf(name) === index
        ? []
        : [{ at: [index, "name"], wrong: "is there twice", instead: "choose another name" }],
    );
  },
};
