/**
 * What stood in the store when the daemon died, read by another process: whatever the machine was late
 * with, that much is kept, and has to be booked. Exports `createKeptCalls` and `clientIn`.
 */
import { phoneKey } from "../../src/lib/phone.ts";
import type { Row } from "./ask-store.ts";
import type { SentEvents } from "./sent-events.ts";

export type KeptCalls = {
  /**
   * Once for each death; a store that cannot be read proves nothing.
   * @returns when the last event that is kept was sent. Events are kept in order: all that the daemon
   * heard before it are kept too. -Infinity: nothing is known
   */
  look(): Promise<number>;
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
/** Channels as they are listed after a login stand there too, which are no events. */
const LAST = "SELECT message FROM live_event ORDER BY seq DESC LIMIT 50";
/** One that is written in groups of digits is not seen, and binds to nothing. */
const NUMBER = /\r\nCallerIDNum: \+?(\d{10,})\r\n/;
const NUMBER_TOLD = new RegExp(`^Event: (?:${TELLS_WHOSE.join("|")})\r`);

/** Whose a channel is, by a message that tells it; undefined: it says nothing of that. */
export function clientIn(message: string): string | undefined {
  const number = NUMBER_TOLD.test(message) ? NUMBER.exec(message)?.[1] : undefined;
  return number === undefined ? undefined : phoneKey(number);
}

export function createKeptCalls(
  ask: (...statements: string[]) => Promise<Row[][]>,
  { sentAt }: Pick<SentEvents, "sentAt">,
): KeptCalls {
  let kept = new Set<string>();
  return {
    async look() {
      // Of a store that is replaced meanwhile, nothing counts.
      const found = kept;
      const rows = await ask(ACCEPTED, GOING_ON, LAST).catch((): Row[][] => []);
      const [accepted = [], goingOn = [], last = []] = rows;
      for (const { id, client_key: key } of accepted)
        found.add(`${String(id)} ${phoneKey(String(key))}`);
      for (const { linked, message } of goingOn) {
        const client = clientIn(String(message));
        if (client !== undefined) found.add(`${String(linked)} ${client}`);
      }
      for (const { message } of last) {
        const at = sentAt(String(message));
        if (at !== undefined) return at;
      }
      return -Infinity;
    },
    has: (linkedIds, client) =>
      [...linkedIds].some((linked) => kept.has(`${linked} ${phoneKey(client)}`)),
    forget: () => void (kept = new Set()),
  };
}
