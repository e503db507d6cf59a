/** What is wrong with the value of one key, wherever it was given; of a secret without the secret. */
import { kindInWords, type Flaw } from "./formats.ts";
import type { Key } from "./key.ts";

export function flawsOfKey(key: Key<unknown>, value: unknown): readonly Flaw[] {
  if (value === PLACEHOLDER) return [STILL_PLACEHOLDER];
  const flaws = key.format.check(value);
  return key.isSecret ? flaws.map((flaw) => ({ ...flaw, wrong: kindOfSecret(value) })) : flaws;
}

/** What stands in the shipped example where only the administrator knows the value. */
const PLACEHOLDER = "PLACEHOLDER";
const STILL_PLACEHOLDER: Flaw = {
  at: [],
  wrong: "is still the placeholder of the example",
  instead: "write your own value",
};

const kindOfSecret = (value: unknown): string => {
  if (typeof value === "number" || typeof value === "boolean")
    return `is a ${typeof value}, not a text`;
  return typeof value === "string" && /[\0-\x1f\x7f]/.test(value)
    ? "has a line end or control character"
    : kindInWords(value);
};
