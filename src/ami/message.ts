/**
 * The general reading of one AMI message: what kind it is and its fields, keys may repeat.
 * For responses, list items and command output; live events have their own, faster reading.
 * Also the rule by which messages forged through line ends in dialplan variables are told apart.
 */
import type { AmiText } from "./framer.ts";

export type AmiField = readonly [key: string, value: string];

export type AmiMessage = {
  readonly kind: "response" | "event";
  /** "Success", "Error", "Goodbye" of a response; the event's name otherwise. */
  readonly name: string;
  /** All lines but the first, in order; values decoded from UTF-8. */
  readonly fields: readonly AmiField[];
};

/**
 * @returns undefined for text that is neither response nor event by its first line: the rest of a
 *   variable that held an empty line (asterisk.md (d) pitfall 19)
 * @throws never; lines without a colon are left out, broken UTF-8 becomes U+FFFD
 */
export function parseMessage(text: AmiText): AmiMessage | undefined {
  const [first, ...fields] = text
    .split("\r\n")
    .map(parseLine)
    .filter((field) => field !== undefined);
  if (first === undefined || !/^(Event|Response):/.test(text)) return undefined;
  return { kind: first[0] === "Event" ? "event" : "response", name: first[1], fields };
}

/**
 * The first value of a key. Never the last: a variable's line ends can only add lines behind the
 * exchange's own.
 */
export const fieldOf = (message: AmiMessage, key: string): string | undefined =>
  message.fields.find(([name]) => name === key)?.[1];

/** Every value of a key that may repeat (`Output`, `ChanVariable`), in order. */
export const fieldsOf = (message: AmiMessage, key: string): readonly string[] =>
  message.fields.filter(([name]) => name === key).map(([, value]) => value);

export const isResponse = (text: AmiText): boolean => text.startsWith("Response: ");

/**
 * Whether the exchange itself made this event: its first key is `Event`, and it bears the
 * `Privilege` of a live event or the `ActionID` of a list's item. What a line end in a variable cuts
 * off from its message has neither, unless the dialplan's author wrote it so.
 */
export function isGenuineEvent(text: AmiText): boolean {
  if (!text.startsWith("Event: ")) return false;
  const second = text.indexOf("\r\n") + 2;
  if (second === 1) return false;
  return text.startsWith("Privilege: ", second) || text.includes("\r\nActionID: ", second - 2);
}

/** The first `ActionID` without reading the whole message; undefined where there is none. */
export function actionIdOf(text: AmiText): string | undefined {
  const start = text.indexOf("\r\nActionID: ");
  if (start < 0) return undefined;
  const from = start + "\r\nActionID: ".length;
  const end = text.indexOf("\r\n", from);
  return end < 0 ? text.slice(from) : text.slice(from, end);
}

/**
 * A value as it was meant: AMI text is bytes, letters in it are UTF-8.
 * @throws never; a character cut in its middle becomes U+FFFD
 */
export const decodeValue = (value: string): string =>
  /[\x80-\xff]/.test(value) ? Buffer.from(value, "latin1").toString("utf8") : value;

function parseLine(line: string): AmiField | undefined {
  const colon = line.indexOf(":");
  if (colon <= 0) return undefined;
  const value = line.slice(line.charAt(colon + 1) === " " ? colon + 2 : colon + 1);
  return [line.slice(0, colon), decodeValue(value)];
}
