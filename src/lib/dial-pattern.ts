/**
 * Asterisk's dial patterns: `_1XX`, `_[2-4]NX.`, or an exact number.
 * X is 0-9, Z 1-9, N 2-9, `[a-c5]` a set, `.` one or more of anything, `!` none or more, `-` is ignored.
 * @source Asterisk, "Pattern Matching" in the dialplan documentation
 */
export type NumberMatcher = (number: string) => boolean;

const SETS: Readonly<Record<string, string>> = { X: "[0-9]", Z: "[1-9]", N: "[2-9]" };

/** @returns undefined when the pattern itself is broken (an unclosed or empty set, text behind `.`). */
export function compileDialPattern(pattern: string): NumberMatcher | undefined {
  if (!pattern.startsWith("_")) return pattern === "" ? undefined : (number) => number === pattern;
  let source = "";
  for (let i = 1; i < pattern.length; i++) {
    const symbol = pattern.charAt(i);
    if (symbol === "-") continue;
    if (symbol === "." || symbol === "!") {
      if (i !== pattern.length - 1) return undefined;
      source += symbol === "." ? ".+" : ".*";
    } else if (symbol === "[") {
      const end = pattern.indexOf("]", i);
      const set = end < 0 ? "" : pattern.slice(i + 1, end);
      if (!/^[0-9A-Za-z*#+-]+$/.test(set)) return undefined;
      source += `[${set.replace(/^-|-$|\*/g, "\\$&")}]`;
      i = end;
    } else {
      source += SETS[symbol.toUpperCase()] ?? symbol.replace(/[^0-9A-Za-z]/g, "\\$&");
    }
  }
  if (source === "") return undefined;
  const expression = new RegExp(`^${source}$`);
  return (number) => expression.test(number);
}

/** One matcher for a list of patterns; broken ones match nothing (`check-config` names them). */
export function anyDialPattern(patterns: readonly string[]): NumberMatcher {
  const exact = new Set(patterns.filter((pattern) => !pattern.startsWith("_")));
  const compiled = patterns
    .filter((pattern) => pattern.startsWith("_"))
    .map(compileDialPattern)
    .filter((matcher) => matcher !== undefined);
  return (number) => exact.has(number) || compiled.some((matches) => matches(number));
}
