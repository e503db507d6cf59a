/** Days of a time zone as stretches of time, whatever its clocks do in spring and autumn. Pure. */

const formats = new Map<string, Intl.DateTimeFormat>();

function formatFor(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const made = new Intl.DateTimeFormat("en-CA", {
    timeZone,
    ...{ year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" },
    second: "2-digit",
    hourCycle: "h23",
  });
  formats.set(timeZone, made);
  return made;
}

export type LocalTime = { readonly day: string; readonly hour: number };

/** "2026-11-21" and the hour, as the wall clock of the zone shows them. */
export function localTimeOf(at: number, timeZone: string): LocalTime {
  const parts = Object.fromEntries(
    formatFor(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, value]),
  );
  const { year = "", month = "", day = "", hour = "0" } = parts;
  return { day: `${year}-${month}-${day}`, hour: Number(hour) };
}

/** By how much the zone's clock is ahead of UTC at this moment. */
export function offsetMs(at: number, timeZone: string): number {
  const parts = Object.fromEntries(
    formatFor(timeZone)
      .formatToParts(at)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1_000) * 1_000;
}

/** @param day "2026-11-21" @returns undefined: there is no such day */
export function dayBounds(
  day: string,
  timeZone: string,
): { readonly from: number; readonly to: number } | undefined {
  const [, year, month, date] = /^(\d{4})-(\d\d)-(\d\d)$/.exec(day) ?? [];
  const at = Date.UTC(Number(year), Number(month) - 1, Number(date));
  if (Number.isNaN(at) || new Date(at).toISOString().slice(0, 10) !== day) return undefined;
  return { from: startOf(at, timeZone), to: startOf(at + 86_400_000, timeZone) };
}

/** @param midnight of the same date in UTC */
function startOf(midnight: number, timeZone: string): number {
  const guess = midnight - offsetMs(midnight, timeZone);
  return midnight - offsetMs(guess, timeZone);
}

export type Stretch = { readonly from: number; readonly to: number; readonly offset: number };

/**
 * No zone sets its clock forth and back within a week, and each look takes 10 microseconds of the loop: a
 * quarter of a year looked at by six hours held it for 4 ms.
 */
const LOOK_EVERY_MS = 7 * 86_400_000;

/** The period in pieces, in each of which the zone's clock is ahead of UTC by the same. */
export function stretchesOf(
  { from, to }: { readonly from: number; readonly to: number },
  timeZone: string,
): readonly Stretch[] {
  const stretches: Stretch[] = [];
  let begun = from;
  let offset = offsetMs(from, timeZone);
  for (let at = from; at < to; at += LOOK_EVERY_MS) {
    const next = Math.min(at + LOOK_EVERY_MS, to);
    const then = offsetMs(next, timeZone);
    if (then === offset) continue;
    const change = changeBetween(at, next, timeZone);
    stretches.push({ from: begun, to: change, offset });
    [begun, offset] = [change, then];
  }
  return begun < to ? [...stretches, { from: begun, to, offset }] : stretches;
}

/** The minute in which the clock is set. */
function changeBetween(before: number, after: number, timeZone: string): number {
  const old = offsetMs(before, timeZone);
  let [low, high] = [before, after];
  while (high - low > 60_000) {
    const middle = Math.floor((low + high) / 2);
    if (offsetMs(middle, timeZone) === old) low = middle;
    else high = middle;
  }
  return Math.round(high / 60_000) * 60_000;
}
