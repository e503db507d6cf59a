/** Formats of the keys that speak of the exchange: telephones, trunks, and whose they are. */
import { compileDialPattern } from "../lib/dial-pattern.ts";
import { isExchangeName } from "../lib/exchange-names.ts";
import type { Flaw, Format } from "./formats.ts";
import { fromJson, isMap, kindInWords, notA } from "./formats.ts";
import { formatOf, textThat } from "./shapes.ts";

/** An extension as a device has it: digits as a rule; names occur ("reception.2"). */
const EXTENSION = /^[0-9A-Za-z_.*#+-]{1,64}$/;

/** It stands before ids and extensions of the exchange, "berlin/101", so it has no "/". */
export const exchangeName: Format<string> = {
  ...formatOf(
    textThat('a name of 1 to 32 small letters, digits and -, as "berlin"', (text) =>
      isExchangeName(text) ? undefined : "is a text that does not fit",
    ),
  ),
  fromText: (text) => text,
};

export const dialPatterns: Format<readonly string[]> = listOf({
  item: 'a dial pattern of Asterisk as "_1XX", or one exact number',
  example: '["_1XX", "201"]',
  fits: (text) => /^_?[^\s_]{1,80}$/.test(text) && compileDialPattern(text) !== undefined,
  mayBeEmpty: false,
});

export const trunkNames: Format<readonly string[]> = listOf({
  item: 'technology and peer as "PJSIP/trunk"',
  example: '["PJSIP/trunk"]',
  fits: (text) => /^[A-Za-z0-9]+\/[^\s/][^\s]{0,99}$/.test(text),
  mayBeEmpty: true,
});

const USERS = 'extensions with the ids of their Kommo users, as { "101": 9100001 }';

/** One user, or several who share the telephone. */
export const usersByExtension: Format<ReadonlyMap<string, readonly number[]>> = {
  expects: USERS,
  check: (value) => {
    if (!isMap(value)) return [notA(USERS, value)];
    return [...value].flatMap(([extension, user]) => userFlaws(extension, user));
  },
  fromText: fromJson,
  read: (value) =>
    new Map(
      [...(value as ReadonlyMap<string, number | readonly number[]>)].map(([extension, user]) => [
        extension,
        typeof user === "number" ? [user] : user,
      ]),
    ),
};

function userFlaws(extension: string, user: unknown): Flaw[] {
  const at = [extension];
  const flaws: Flaw[] = [];
  if (!EXTENSION.test(extension))
    flaws.push({ at, wrong: "has a name that is no extension", instead: 'write it as "101"' });
  if (Array.isArray(user) && user.length > 0)
    return [...flaws, ...user.flatMap((one: unknown, index) => userFlaw([extension, index], one))];
  return [...flaws, ...userFlaw(at, user)];
}

function userFlaw(at: Flaw["at"], user: unknown): Flaw[] {
  if (Number.isSafeInteger(user) && Number(user) > 0) return [];
  const isQuoted = typeof user === "string" && /^\d+$/.test(user);
  const wrong = isQuoted ? "is a number in quotes" : kindInWords(user);
  const instead = isQuoted
    ? "write it without quotes"
    : "write the id of a Kommo user, a whole number above 0";
  return [{ at, wrong, instead }];
}

type ListShape = {
  item: string;
  example: string;
  fits: (text: string) => boolean;
  mayBeEmpty: boolean;
};

function listOf({ item, example, fits, mayBeEmpty }: ListShape): Format<readonly string[]> {
  const expects = `a list as ${example}, each item ${item}`;
  return {
    expects,
    check: (value) => {
      if (!Array.isArray(value)) return [notA(expects, value)];
      if (value.length === 0 && !mayBeEmpty)
        return [{ at: [], wrong: "is an empty list", instead: `write at least one item, ${item}` }];
      return value.flatMap((entry: unknown, index): Flaw[] =>
        typeof entry === "string" && fits(entry)
          ? []
          : [{ at: [index], wrong: kindInWords(entry), instead: `write ${item}` }],
      );
    },
    fromText: fromJson,
  };
}
