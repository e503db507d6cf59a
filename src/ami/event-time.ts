/**
 * When an event happened at the exchange, where it says so (`timestampevents=yes` in manager.conf):
 * one that had to wait on its way, in a burst or while this process was suspended, keeps its true
 * distance to the others. Exports `createEventTime`.
 *
 * Both clocks need not agree: the smallest difference ever seen between arrival and timestamp is what
 * they differ by, and whatever is above it is waiting. Without a timestamp the arrival is the time.
 * @source asterisk.md (e): "Timestamp … in each event; else use arrival time"
 */
import { epochMs } from "../lib/clock.ts";
import type { EpochMs } from "../lib/clock.ts";

/** For the messages of one connection, in order; later messages never get an earlier time. */
export type EventTime = (message: string, at: EpochMs, start?: number) => EpochMs;

/** No message waits for so long: one of the clocks was set. */
const LONGEST_WAIT_MS = 60_000;
const TIMESTAMP = "Timestamp: ";

export function createEventTime(): EventTime {
  let leastMs: number | undefined;
  return (message, at, start = 0) => {
    const happened = timestampOf(message, start);
    if (happened === undefined) return at;
    const differenceMs = at - happened;
    const isClockSet = leastMs !== undefined && differenceMs - leastMs > LONGEST_WAIT_MS;
    if (leastMs === undefined || isClockSet || differenceMs < leastMs) leastMs = differenceMs;
    return epochMs(happened + leastMs);
  };
}

/** The line behind the privilege; anything of that name further down is a field of the event's own. */
function timestampOf(message: string, start: number): number | undefined {
  const privilege = message.indexOf("\r\n", start) + 2;
  const line = message.indexOf("\r\n", privilege) + 2;
  if (line < 4 || !message.startsWith(TIMESTAMP, line)) return undefined;
  const from = line + TIMESTAMP.length;
  const to = message.indexOf("\r\n", from);
  const text = message.slice(from, to < 0 ? undefined : to);
  return /^\d{9,11}\.\d{1,9}$/.test(text) ? Number(text) * 1_000 : undefined;
}
