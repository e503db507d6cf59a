/** Ordered regular expressions that bring numbers into the spelling that the cards have. Pure. */
export type NumberRule = { readonly match: string; readonly replace: string };

/**
 * Longer than any number. Together with the few quantifiers that the configuration lets through, it
 * bounds how long an expression can search: at most five of them over 40 characters.
 */
export const LONGEST_NUMBER = 40;

export type RewrittenNumber = {
  readonly number: string;
  /** Places (from 1) of the rules that changed it. */
  readonly changedBy: readonly number[];
  readonly isTooLong: boolean;
};

/** Applies all rules in their order, each to what the one before has made. */
export function rewriteNumber(number: string, rules: readonly NumberRule[]): RewrittenNumber {
  const changedBy: number[] = [];
  let current = number;
  for (const [index, { match, replace }] of rules.entries()) {
    if (current.length > LONGEST_NUMBER) return { number, changedBy: [], isTooLong: true };
    const next = current.replace(new RegExp(match), replace);
    if (next !== current) changedBy.push(index + 1);
    current = next;
  }
  return { number: current, changedBy, isTooLong: false };
}
