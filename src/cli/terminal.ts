/** What commands write to, and how they write times and what a user gave. */

export type Output = { write(text: string): unknown };
export type Terminal = { readonly out: Output; readonly err: Output };
export const TERMINAL: Terminal = { out: process.stdout, err: process.stderr };

/** What a user wrote, safe to show. */
export const quoted = (text: string): string => JSON.stringify(text.slice(0, 60));

/** Times on the terminal are this machine's: "2026-11-21 18:30:05". */
export function localTime(at: number): string {
  const time = new Date(at);
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
}
