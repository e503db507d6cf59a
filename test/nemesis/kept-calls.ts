/**
 * What stood in the store when the daemon died, read by another process: whatever the machine was late
 * with, that much is kept, and has to be booked. Exports `createKeptCalls`.
 */
import { phoneKey } from "../../src/lib/phone.ts";
import type { Row } from "./ask-store.ts";

export type KeptCalls = {
  /** Once for each death; a store that cannot be read proves nothing. */
  look(): Promise<void>;
  /** One of these ids was kept, with this client's number. */
  has(linkedIds: ReadonlySet<string>, client: string): boolean;
  /** The store was replaced: what stood in it before is of no account. */
  forget(): void;
};

const ACCEPTED = "SELECT id, client_key FROM call";
/** Of the messages that tell whose a channel is: that it began, or runs, or by which number it calls. */
const TELLS_WHOSE = ["Newchannel", "NewCallerid", "CoreShowChannel"];
const GOING_ON = `SELECT linked, message FROM live_event WHERE ${TELLS_WHOSE.map(
  (event) => `message LIKE 'Event: ${event}%'`,
).join(" OR ")}`;
/** One that is written in groups of digits is not seen, and binds to nothing. */
const NUMBER = /\r\nCallerIDNum: \+?(\d{10,})\r\n/;

export function createKeptCalls(ask: (...statements: string[]) => Promise<Row[][]>): KeptCalls {
  let kept = new Set<string>();
  return {
    async look() {
      // Of a store that is replaced meanwhile, nothing counts.
      const found = kept;
      const keep = (linked: unknown, number: string): void =>
        void found.add(`${String(linked)} ${phoneKey(number)}`);
      const [accepted = [], goingOn = []] = await ask(ACCEPTED, GOING_ON).catch((): Row[][] => []);
      for (const { id, client_key: key } of accepted) keep(id, String(key));
      for (const { linked, message } of goingOn) {
        const number = NUMBER.exec(String(message))?.[1];
        if (number !== undefined) keep(linked, number);
      }
    },
    has: (linkedIds, client) =>
      [...linkedIds].some((linked) => kept.has(`${linked} ${phoneKey(client)}`)),
    forget: () => void (kept = new Set()),
  };
}
