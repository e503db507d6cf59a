/** A name as a telephone can show it, and as a dialplan can carry it without being read as a command. */

/** Code points. @source Itgrix, customize_autodistribution: Asterisk's limit */
export const MOST_SHOWN = 20;

/**
 * Without control characters, line ends, quotes and what dialplans read as their own (`, ; $ { }`); cut
 * to 20 code points.
 */
export function shownName(name: string): string {
  const plain = name
    .toWellFormed()
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, " ")
    .replace(/["',;${}]/g, "")
    .replace(/ {2,}/g, " ")
    .trim();
  return Array.from(plain).slice(0, MOST_SHOWN).join("").trim();
}
