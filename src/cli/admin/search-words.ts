/**
 * What somebody typed into the one field of a search: a number in any format, a day, an employee's
 * name or extension, a client's name, a call's id. Pure. Exports `readSearch`.
 */
import { exchangeIn, nameAt, ownName } from "../../lib/exchange-names.ts";
import { phoneKey } from "../../lib/phone.ts";
import { dayBounds } from "./zone-days.ts";

export type Search = {
  readonly phone?: string;
  /** Any of these took part. */
  readonly extensions?: readonly string[];
  /** A client's name, or a part of it. */
  readonly name?: string;
  /** One call's, at each of the exchanges that may have given it. */
  readonly ids?: readonly string[];
  readonly from?: number;
  readonly to?: number;
};

export type SearchContext = {
  readonly timeZone: string;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly employees: readonly { readonly extension: string; readonly name: string | null }[];
  /** Names of several; empty: there is one, without a name. */
  readonly exchanges: readonly string[];
};

/** Words of all kinds may stand side by side: "anna 21.11.2026". */
export function readSearch(text: string, context: SearchContext): Search {
  const trimmed = text.trim().slice(0, 200);
  /** Calls of before there were several have no exchange in their names. */
  const atEach = (own: string): readonly string[] => [
    own,
    ...context.exchanges.map((exchange) => nameAt(exchange, own)),
  ];
  const id = /^(?:[a-z0-9-]{1,32}\/)?(?:[\w-]+:)?\d{9,11}\.\d+(?:-\d+)?$/.exec(trimmed);
  if (id !== null) return { ids: exchangeIn(trimmed) === undefined ? atEach(trimmed) : [trimmed] };
  const { rest, bounds } = takeDay(trimmed, context);
  const words = rest.trim();
  if (words === "") return bounds;
  if (context.exchanges.includes(exchangeIn(words) ?? ""))
    return { ...bounds, extensions: [words] };
  if (/^[+\d][\d\s()./-]*$/.test(words)) {
    const digits = phoneKey(words);
    const isExtension =
      digits.length <= 4 || context.employees.some(({ extension }) => ownName(extension) === words);
    return isExtension && !words.startsWith("+")
      ? { ...bounds, extensions: atEach(words.replace(/\D/g, "")) }
      : { ...bounds, phone: digits };
  }
  const lower = words.toLocaleLowerCase();
  const named = context.employees.filter(({ name }) => name?.toLocaleLowerCase().includes(lower));
  return named.length > 0
    ? { ...bounds, extensions: named.map(({ extension }) => extension) }
    : { ...bounds, name: words };
}

/**
 * Whether what is found would tell something of a client's number: who may see none would otherwise find one
 * out digit by digit. Cards may have numbers for names.
 */
export const searchesNumber = ({ phone, name = "" }: Search): boolean =>
  phone !== undefined || /\d/.test(name);

type Taken = { readonly rest: string; readonly bounds: { from?: number; to?: number } };

/** 2026-11-21, 21.11.2026, 21/11/2026, 21.11. */
function takeDay(text: string, { timeZone, now }: SearchContext): Taken {
  const iso = /(?:^|\s)(\d{4})-(\d\d?)-(\d\d?)(?=\s|$)/.exec(text);
  const local = /(?:^|\s)(\d\d?)[./](\d\d?)[./](\d{4})?(?=\s|$)/.exec(text);
  const found = iso ?? local;
  if (found === null) return { rest: text, bounds: {} };
  const [, one = "", month = "", other] = found;
  const year = iso === null ? (other ?? String(new Date(now).getUTCFullYear())) : one;
  const day = iso === null ? one : (other ?? "");
  const bounds = dayBounds(`${year}-${month.padStart(2, "0")}-${day.padStart(2, "0")}`, timeZone);
  if (bounds === undefined) return { rest: text, bounds: {} };
  return { rest: text.replace(found[0], " "), bounds };
}
