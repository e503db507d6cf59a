/** Working hours in the account's time zone, and deadlines that count only inside them. Pure. */

/** Minutes of the day, 0 to 1440. */
export type Span = { readonly from: number; readonly to: number };

export type WorkingHours = {
  /** Sunday first, as JavaScript counts. */
  readonly days: readonly (readonly Span[])[];
  /** "2027-01-01" */
  readonly holidays: readonly string[];
};

const SECONDS_A_DAY = 86_400;

/** @param at Unix seconds */
export function isInside(hours: WorkingHours, at: number, timeZone: string): boolean {
  const { minute, ...day } = localTime(at, timeZone);
  return spansOf(hours, day).some(({ from, to }) => minute >= from && minute < to);
}

const LONGEST_SEARCH_DAYS = 400; // hours that are all holidays end somewhere

/**
 * The time after `minutes` of working time.
 * @param asked.from Unix seconds
 * @param asked.timeZone looked at where there are working hours
 * @returns Unix seconds; without any working time in sight the plain sum
 */
export function deadlineAfter(
  asked: { readonly from: number; readonly minutes: number; readonly timeZone: string },
  hours: WorkingHours | undefined,
): number {
  const plain = asked.from + asked.minutes * 60;
  if (hours === undefined) return plain;
  const { from, minutes, timeZone } = asked;
  let left = minutes * 60;
  let at = from;
  for (let searched = 0; searched < LONGEST_SEARCH_DAYS; searched++) {
    const midnight = startOfDay(at, timeZone);
    const day = localTime(midnight, timeZone);
    for (const span of spansOf(hours, day)) {
      const opens = atMinute(midnight, span.from, timeZone);
      const closes = atMinute(midnight, span.to, timeZone);
      const begins = Math.max(at, opens);
      if (begins >= closes) continue;
      if (begins + left <= closes) return begins + left;
      left -= closes - begins;
    }
    at = startOfNextDay(midnight, timeZone);
  }
  return plain;
}

type Day = { readonly weekday: number; readonly date: string };

function spansOf(hours: WorkingHours, { weekday, date }: Day): readonly Span[] {
  return hours.holidays.includes(date) ? [] : (hours.days[weekday] ?? []);
}

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    hourCycle: "h23",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    second: "2-digit",
  });
  formats.set(timeZone, format);
  return format;
}

type LocalTime = Day & { readonly minute: number; readonly second: number };

function localTime(at: number, timeZone: string): LocalTime {
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(at * 1_000)
      .map(({ type, value }) => [type, value]),
  );
  const date = `${parts.get("year") ?? ""}-${parts.get("month") ?? ""}-${parts.get("day") ?? ""}`;
  return {
    date,
    weekday: new Date(`${date}T00:00:00Z`).getUTCDay(),
    minute: Number(parts.get("hour")) * 60 + Number(parts.get("minute")),
    second: Number(parts.get("second")),
  };
}

/** "2026-11-21 18:05". @param at Unix seconds */
export function wallClock(at: number, timeZone: string): string {
  const { date, minute } = localTime(at, timeZone);
  const two = (part: number): string => String(part).padStart(2, "0");
  return `${date} ${two(Math.floor(minute / 60))}:${two(minute % 60)}`;
}

/** A day may have 23 or 25 hours: found by the local clock, not by adding. */
function startOfDay(at: number, timeZone: string): number {
  const { minute, second, date } = localTime(at, timeZone);
  const guess = at - minute * 60 - second;
  const there = localTime(guess, timeZone);
  if (there.date !== date) return guess + (1_440 - there.minute) * 60;
  return guess - there.minute * 60;
}

const startOfNextDay = (midnight: number, timeZone: string): number =>
  startOfDay(midnight + SECONDS_A_DAY + 43_200, timeZone);

function atMinute(midnight: number, minute: number, timeZone: string): number {
  if (minute === 1_440) return startOfNextDay(midnight, timeZone);
  const guess = midnight + minute * 60;
  return guess + (minute - localTime(guess, timeZone).minute) * 60;
}
