/**
 * Which number is dialled for what stands on a card, and whether it may be. Pure. A number that costs
 * somebody a fortune is refused before Asterisk hears of it, whoever asks.
 */
import { anyDialPattern } from "../lib/dial-pattern.ts";
import { abroadPrefixOf, longestNational } from "./home-country.ts";
import { isPremium } from "./premium-numbers.ts";

export type NumberSettings = {
  /** From the spelling on cards to that of the dialplan. */
  readonly rewrite: (number: string) => string;
  readonly allow: readonly string[];
  readonly refuse: readonly string[];
  /** "351", as it is known now; undefined: only a prefix shows what is abroad, and `allow` decides. */
  readonly countryCode: () => string | undefined;
  readonly international: boolean;
  readonly premium: boolean;
};

export type NumberVerdict =
  | { readonly kind: "dial"; readonly number: string }
  | {
      readonly kind: "invalid" | "forbidden";
      /** For the person at the screen. */
      readonly reason: string;
    };

export type NumberPolicy = (text: string) => NumberVerdict;

/** As people write numbers. @source RFC 3966, and what stands on cards */
const WRITTEN =
  /^(?:tel:)?(\+?[0-9 ().\-\u00a0\u2010-\u2013/]*[0-9][0-9 ().\-\u00a0\u2010-\u2013/]*)$/i;
const LONGEST_WRITTEN = 64;
/** @source ITU-T E.164: 15 digits, and a prefix for calls abroad */
const LONGEST_DIALLED = 20;
const SHORTEST_DIALLED = 2;

export function createNumberPolicy(settings: NumberSettings): NumberPolicy {
  const isAllowed = anyDialPattern(settings.allow);
  const isRefused = anyDialPattern(settings.refuse);

  return (text) => {
    const written = text.length > LONGEST_WRITTEN ? undefined : WRITTEN.exec(text.trim())?.[1];
    if (written === undefined) return INVALID;
    const spelt = written.replace(/[^0-9+]/g, "");
    if (!isDiallable(spelt.replace(/^\+/, ""))) return INVALID;
    const number = settings.rewrite(spelt).replace(/^\+/, "");
    // A rule of the administrator may have made anything of it.
    if (!/^[0-9*#]+$/.test(number) || number.length > LONGEST_DIALLED) return INVALID;
    if (!isAllowed(number) || isRefused(number))
      return forbidden("this number may not be dialled from Kommo");
    // A rule that takes a prefix off must not bring to light what the prefix hid.
    const looked = spelt.endsWith(number) ? [spelt, number] : [spelt];
    const home = settings.countryCode();
    const refused = looked
      .map((one) => whyAbroad(one, home, settings) ?? whyDear(one, home, settings))
      .find((found) => found !== undefined);
    return refused ?? { kind: "dial", number };
  };
}

const isDiallable = (digits: string): boolean =>
  /^[0-9]+$/.test(digits) && digits.length >= SHORTEST_DIALLED && digits.length <= LONGEST_DIALLED;

function whyAbroad(
  spelt: string,
  home: string | undefined,
  { international }: NumberSettings,
): NumberVerdict | undefined {
  if (international) return undefined;
  const refused = forbidden("numbers abroad may not be dialled from Kommo");
  if (abroadPrefixOf(spelt, home) !== "") return refused;
  if (home === undefined) return undefined;
  const digits = spelt.replace(/^\+/, "");
  if (spelt.startsWith("+")) return digits.startsWith(home) ? undefined : refused;
  const isWhole = digits.length > longestNational(home) && !digits.startsWith("0");
  const isNational = digits.startsWith(home) || (home === "7" && /^8\d{10}$/.test(digits));
  return isWhole && !isNational ? refused : undefined;
}

function whyDear(
  spelt: string,
  home: string | undefined,
  { premium }: NumberSettings,
): NumberVerdict | undefined {
  return !premium && isPremium(spelt, home)
    ? forbidden("numbers at a premium rate may not be dialled from Kommo")
    : undefined;
}

const INVALID: NumberVerdict = { kind: "invalid", reason: "this is no telephone number" };
const forbidden = (reason: string): NumberVerdict => ({ kind: "forbidden", reason });
