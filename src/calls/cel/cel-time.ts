/** `eventtime` as the backends write it: Unix seconds, or a date and time in some zone. */
import { epochMs } from "../../lib/clock.ts";
import type { EpochMs } from "../../lib/clock.ts";

/** "UTC", "Europe/Moscow" …; "local" is this machine's. */
export type CelZone = string;

/** After 2001 and before 2100: anything else is no time of a call. */
const isPlausible = (ms: number): boolean => ms > 978_307_200_000 && ms < 4_102_444_800_000;

/** @returns undefined for what is no time */
export function readCelTime(value: unknown, zone: CelZone): EpochMs | undefined {
  const ms = millisecondsOf(value, zone);
  return ms !== undefined && isPlausible(ms) ? epochMs(ms) : undefined;
}

function millisecondsOf(value: unknown, zone: CelZone): number | undefined {
  if (value instanceof Date) return value.getTime();
  if (typeof value === "number") return value * 1000;
  if (typeof value === "bigint") return Number(value) * 1000;
  if (typeof value !== "string") return undefined;
  const text = value.trim();
  if (/^\d{9,11}(\.\d+)?$/.test(text)) return Number(text) * 1000;
  return wallTime(text, zone);
}

const WALL_TIME =
  /^(\d{4})-(\d\d)-(\d\d)[ T](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(Z|[+-]\d\d(?::?\d\d)?)?$/;

function wallTime(text: string, zone: CelZone): number | undefined {
  const match = WALL_TIME.exec(text);
  if (match === null) return undefined;
  const [year = 0, month = 1, day, hour, minute, second] = match.slice(1, 7).map(Number);
  const asUtc = Date.UTC(year, month - 1, day, hour, minute, second);
  const fraction = match[7] === undefined ? 0 : Number(`0.${match[7]}`) * 1000;
  const offset = match[8];
  const shift = offset === undefined ? zoneOffset(asUtc, zone) : statedOffset(offset);
  return asUtc - shift + fraction;
}

function statedOffset(offset: string): number {
  if (offset === "Z") return 0;
  const digits = offset.slice(1).replace(":", "").padEnd(4, "0");
  const minutes = Number(digits.slice(0, 2)) * 60 + Number(digits.slice(2, 4));
  return (offset.startsWith("-") ? -1 : 1) * minutes * 60_000;
}

/** How far the zone's clock is ahead of UTC when it shows `asUtc`. */
function zoneOffset(asUtc: number, zone: CelZone): number {
  const first = offsetAt(asUtc, zone);
  return offsetAt(asUtc - first, zone);
}

const formats = new Map<CelZone, Intl.DateTimeFormat>();

function offsetAt(utcMs: number, zone: CelZone): number {
  if (zone === "UTC") return 0;
  if (zone === "local") return -new Date(utcMs).getTimezoneOffset() * 60_000;
  const parts: Record<string, number> = {};
  for (const { type, value } of formatOf(zone).formatToParts(utcMs)) parts[type] = Number(value);
  const { year = 0, month = 1, day, hour, minute, second } = parts;
  const shown = Date.UTC(year, month - 1, day, hour, minute, second);
  return shown - Math.floor(utcMs / 1000) * 1000;
}

function formatOf(zone: CelZone): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone: zone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  });
  formats.set(zone, format);
  return format;
}

/**
 * The other way round, for a query: "2026-11-21 18:30:00.250" as the zone's clock shows it.
 */
export function wallTimeOf(at: EpochMs, zone: CelZone): string {
  const shown = new Date(at + offsetAt(at, zone));
  return shown.toISOString().replace("T", " ").replace("Z", "");
}

export function isZone(zone: string): boolean {
  if (zone === "local" || zone === "UTC") return true;
  try {
    formatOf(zone);
    return true;
  } catch {
    return false;
  }
}
