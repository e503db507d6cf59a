/**
 * Names that belong to one of several exchanges: "berlin/101", "berlin/1795261714.0". Two exchanges
 * have equal extensions and linkedids; with the exchange before them they are different ones. Where
 * there is only one exchange, which has no name, they stay as Asterisk gives them.
 */

/** As `exchanges[].name` may be. */
export const isExchangeName = (text: string): boolean => /^[a-z0-9-]{1,32}$/.test(text);

const NAMED = /^([a-z0-9-]{1,32})\/(.+)$/s;

/** @param exchange undefined: the one that has no name */
export const nameAt = <T extends string>(exchange: string | undefined, own: T): T =>
  (exchange === undefined ? own : `${exchange}/${own}`) as T;

/** undefined: of the exchange without a name. */
export const exchangeIn = (name: string): string | undefined => NAMED.exec(name)?.[1];

/** As Asterisk itself calls it. */
export const ownName = <T extends string>(name: T): T => (NAMED.exec(name)?.[2] ?? name) as T;
