/**
 * The AMI protocol as the exchange sees it: actions come in, messages go out.
 * Text is latin1 throughout, one character a byte, so that recorded bytes leave as they were recorded.
 */

export type Field = readonly [name: string, value: string];

/** What a client asked, as its lines in order; names may repeat (`Variable`). */
export type Action = { readonly fields: readonly Field[] };

export type Incoming =
  | { readonly kind: "action"; readonly action: Action }
  /** Answered with an error that carries no ActionID; the connection stays. */
  | { readonly kind: "unreadable"; readonly message: string };

/** A line, its line end included, must fit in this many bytes. @source asterisk (e), `ami-login-variants` long-line */
export const LINE_LIMIT_BYTES = 1024;

const MISSING_ACTION = "Missing action in request";
const LINE_TOO_LONG = "Failed to parse message: line too long";

/** The first value of `name` (in any case), or "" as Asterisk itself takes an absent one. */
export const valueOf = (action: Action, name: string): string =>
  action.fields.find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1] ?? "";

/** UTF-8 text of ours as the bytes that go over the wire. */
export const toWire = (text: string): string => Buffer.from(text, "utf8").toString("latin1");
export const fromWire = (wire: string): string => Buffer.from(wire, "latin1").toString("utf8");

/** One message, ended by its empty line. A line end inside a value would forge a field: it is cut off. */
export function renderMessage(fields: readonly Field[]): string {
  const lines = fields.map(([name, value]) => `${name}: ${value.replace(/[\r\n].*$/s, "")}\r\n`);
  return `${lines.join("")}\r\n`;
}

/**
 * Cuts what a client sends into actions. Lines may end with CRLF or LF alone; every empty line ends a message,
 * so that two empty lines in a row are a request without an action, as on a real exchange.
 */
export function createActionReader(): { read(bytes: string): Incoming[] } {
  let unread = "";
  let fields: Field[] = [];
  let lineTooLong = false;
  let isSkipping = false;

  function endMessage(): Incoming {
    const action: Action = { fields };
    const wasTooLong = lineTooLong;
    fields = [];
    lineTooLong = false;
    if (wasTooLong) return { kind: "unreadable", message: LINE_TOO_LONG };
    if (valueOf(action, "Action") === "") return { kind: "unreadable", message: MISSING_ACTION };
    return { kind: "action", action };
  }

  return {
    read(bytes) {
      const incoming: Incoming[] = [];
      unread += bytes;
      for (;;) {
        const end = unread.indexOf("\n");
        if ((end < 0 ? unread.length : end) >= LINE_LIMIT_BYTES) {
          lineTooLong = true;
          isSkipping = true;
        }
        if (end < 0) {
          if (isSkipping) unread = "";
          break;
        }
        if (isSkipping) {
          isSkipping = false;
          unread = unread.slice(end + 1);
          continue;
        }
        const line = unread.slice(0, end).replace(/\r$/, "");
        unread = unread.slice(end + 1);
        if (line === "") {
          incoming.push(endMessage());
          continue;
        }
        const colon = line.indexOf(":");
        if (colon > 0) fields.push([line.slice(0, colon), line.slice(colon + 1).trimStart()]);
      }
      return incoming;
    },
  };
}

/** A recorded or rendered event as its fields; of a repeated name the first counts. */
export function parseEvent(text: string): Map<string, string> {
  const fields = new Map<string, string>();
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(": ");
    if (colon <= 0) continue;
    const name = line.slice(0, colon);
    if (!fields.has(name)) fields.set(name, line.slice(colon + 2));
  }
  return fields;
}
