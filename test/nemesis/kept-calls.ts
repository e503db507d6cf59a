/**
 * What stood in the store when the daemon died, read by another process: whatever the machine was late
 * with, that much is kept, and has to be booked. Exports `createKeptCalls`, `clientsIn` and `clientKey`.
 */
import type { Direction } from "../../src/calls/finished-call.ts";
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
  /** One of these ids was kept, with a client of this key. */
  has(linkedIds: ReadonlySet<string>, key: string): boolean;
  /** The store was replaced: what stood in it before is of no account. */
  forget(): void;
};

/** Who called, or was called: an employee's call is nobody's before a client was dialled. */
export const clientKey = (direction: Direction, number: string): string =>
  `${direction} ${phoneKey(number)}`;

const BOTH: readonly Direction[] = ["inbound", "outbound"];

const ACCEPTED = "SELECT id, client_key FROM call";
/** Of the messages that tell whose a channel is: that it began, runs, is dialled, or by which number it calls. */
const TELLS_WHOSE = ["Newchannel", "NewCallerid", "CoreShowChannel", "DialBegin"];
const GOING_ON = `SELECT linked, message FROM live_event WHERE ${TELLS_WHOSE.map(
  (event) => `message LIKE 'Event: ${event}%'`,
).join(" OR ")}`;
/** Channels as they are listed after a login stand there too, which are no events. */
const LAST = "SELECT message FROM live_event ORDER BY seq DESC LIMIT 50";
/** One that is written in groups of digits is not seen, and binds to nothing. */
const NUMBER = /\r\nCallerIDNum: \+?(\d{10,})\r\n/;
const DIALLED = /\r\nDestCallerIDNum: \+?(\d{10,})\r\n/;
const CALLER_TOLD = /^Event: (?:Newchannel|NewCallerid|CoreShowChannel)\r/;
/** Not an Originate, which shows the client's number at the employee's own telephone, and has no dialler. */
const CLIENT_DIALLED = /^Event: DialBegin(?=\r)[^]*\r\nChannel: /;
/** As its name says; a client's number there is no sign of a client's channel. */
const TELEPHONE = /\r\nChannel: [^\r/]+\/10\d-/;

export type ToldClient = { readonly key: string; readonly channel: string };

/** Whose channel it is by this message, as a call of either direction. Nobody's: it says nothing of that. */
export function clientsIn(message: string): readonly ToldClient[] {
  const told = (found: RegExpExecArray | null, directions: readonly Direction[], id: RegExp) => {
    const channel = id.exec(message)?.[1] ?? "";
    const number = found?.[1];
    return number === undefined
      ? []
      : directions.map((direction) => ({ key: clientKey(direction, number), channel }));
  };
  if (CLIENT_DIALLED.test(message))
    return told(DIALLED.exec(message), ["outbound"], /\r\nDestUniqueid: (\S+)/);
  if (!CALLER_TOLD.test(message)) return [];
  const isListed = message.startsWith("Event: CoreShowChannel\r") && !TELEPHONE.test(message);
  return told(NUMBER.exec(message), isListed ? BOTH : ["inbound"], /\r\nUniqueid: (\S+)/);
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
        for (const direction of BOTH)
          found.add(`${String(id)} ${clientKey(direction, String(key))}`);
      for (const { linked, message } of goingOn)
        for (const { key } of clientsIn(String(message))) found.add(`${String(linked)} ${key}`);
      for (const { message } of last) {
        const at = sentAt(String(message));
        if (at !== undefined) return at;
      }
      return -Infinity;
    },
    has: (linkedIds, key) => [...linkedIds].some((linked) => kept.has(`${linked} ${key}`)),
    forget: () => void (kept = new Set()),
  };
}
