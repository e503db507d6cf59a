/** Tables for a spreadsheet. A cell that a spreadsheet would take for a formula is made a text. Pure. */

/** @source OWASP, "CSV injection": cells that begin with one of these are run */
const FORMULA = /^[=+\-@\t\r\n|%]/;

function cell(value: string | number | null): string {
  if (value === null) return "";
  if (typeof value === "number") return String(value);
  const safe = FORMULA.test(value.trimStart()) || FORMULA.test(value) ? `'${value}` : value;
  return /[",\n\r;\t]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** With a mark of UTF-8, without which a spreadsheet takes names for another alphabet. */
export const csvOf = (rows: readonly (readonly (string | number | null)[])[]): string =>
  `\uFEFF${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;
