/** A time as an administrator writes it on the command line. */
import { readCelTime } from "../../calls/cel/cel-time.ts";

/**
 * "2026-11-21" (its first moment), "2026-11-21 18:30" (this machine's zone) or "2026-11-21T18:30:00Z".
 * @returns milliseconds since 1970; undefined for what is no time
 */
export function givenTime(text: string): number | undefined {
  const day = /^\d{4}-\d\d-\d\d$/.test(text) ? `${text} 00:00:00` : text;
  const whole = day.replace(/^(\d{4}-\d\d-\d\d[ T]\d\d:\d\d)(?!:)/, "$1:00");
  return readCelTime(whole, "local");
}
