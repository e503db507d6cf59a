/**
 * What the simulated exchange sent, and when: an event that is found in the daemon's store tells by it
 * how far the daemon had come. Exports `createSentEvents`.
 */
import { createHash } from "node:crypto";

export type SentEvents = {
  /** Milliseconds of the harness's clock; no two are equal, so that what came first is to be seen. */
  now(): number;
  /** @returns when: now */
  note(event: string): number;
  /** Of equal ones the first; undefined: it was never sent. */
  sentAt(event: string): number | undefined;
};

const LEAST_STEP_MS = 0.001;

export function createSentEvents(): SentEvents {
  const times = new Map<string, number>();
  let last = 0;
  const now = (): number => (last = Math.max(Date.now(), last + LEAST_STEP_MS));
  return {
    now,
    note(event) {
      const at = now();
      const key = keyOf(event);
      if (!times.has(key)) times.set(key, at);
      return at;
    },
    sentAt: (event) => times.get(keyOf(event)),
  };
}

/** Without the time that the exchange writes as it sends; short, for a day has a hundred thousand. */
const keyOf = (event: string): string =>
  createHash("sha1")
    .update(event.replace(/\r\nTimestamp: [^\r]*/, "").trimEnd(), "latin1")
    .digest("base64");
