/**
 * Reads single fields out of an AMI message without splitting it into lines or cutting it out of
 * its chunk: most messages are dropped after one look, and of the rest four or five fields matter.
 * Exports `createFieldReader`, the searches it is made of, and the cleaning of values.
 */

/**
 * Asterisk writes its fields in a fixed order, so the search goes on behind the last hit and falls
 * back to the beginning. A key counts at the beginning of a line only; it is given as "Uniqueid: ",
 * without the line end before it, because a search for a rare first letter is several times faster.
 */
export type FieldReader = {
  /** The message lies in `text` from `start` to `end`. */
  open(text: string, start: number, end: number): void;
  /** As it stands, for ids and words of Asterisk's own; undefined where there is no such field. */
  raw(key: string): string | undefined;
  /** Cleaned; "" where it is absent, empty or `<unknown>`. */
  text(key: string): string;
  /** Cleaned; undefined where there is no such field. */
  name(key: string): string | undefined;
};

const LF = 10;

/** One reader serves one message after the other, so that no object is made for each message. */
export function createFieldReader(): FieldReader {
  let message = "";
  let start = 0;
  let end = 0;
  let cursor = 0;

  /** @returns where the value begins, or -1 */
  const behind = (key: string): number => {
    const found = indexOfKey(message, key, cursor);
    return found < 0 || found >= end ? -1 : found + key.length;
  };
  const anywhere = (key: string): number => {
    const from = behind(key);
    if (from >= 0 || cursor === start) return from;
    cursor = start;
    return behind(key);
  };
  const valueAt = (from: number): string => {
    cursor = endOfLine(message, from, end);
    return message.slice(from, cursor);
  };
  return {
    open(text, from, to) {
      message = text;
      start = from;
      end = to;
      cursor = from;
    },
    raw(key) {
      const from = anywhere(key);
      return from < 0 ? undefined : valueAt(from);
    },
    name(key) {
      const from = anywhere(key);
      if (from < 0) return undefined;
      const value = valueAt(from);
      return isPlain(message, from, cursor) ? value : cleanValue(value);
    },
    text(key) {
      const from = anywhere(key);
      const value = from < 0 ? "" : valueAt(from);
      if (value === "" || value === "<unknown>") return "";
      return isPlain(message, from, cursor) ? value : cleanValue(value);
    },
  };
}

/** @returns where a line begins with `key`, at `from` or later; -1 */
export function indexOfKey(message: string, key: string, from: number): number {
  let start = message.indexOf(key, from);
  while (start > 0 && message.charCodeAt(start - 1) !== LF) start = message.indexOf(key, start + 1);
  return start;
}

/** @returns where the line ends, and the message at the latest */
export function endOfLine(message: string, from: number, end: number): number {
  const found = message.indexOf("\r\n", from);
  return found < 0 || found > end ? end : found;
}

/** Longer than any real name or path; what is longer is cut. */
const MAX_VALUE_LENGTH = 4096;

/** UTF-8 decoded with replacement, control characters taken out, cut to a sane length. */
export function cleanValue(value: string): string {
  const whole = value.length > MAX_VALUE_LENGTH ? value.slice(0, MAX_VALUE_LENGTH) : value;
  if (!/[^\x20-\x7e]/.test(whole)) return whole;
  const decoded = /[\x80-\xff]/.test(whole) ? Buffer.from(whole, "latin1").toString("utf8") : whole;
  return decoded.replace(/[\x00-\x1f\x7f-\x9f]/g, "");
}

/** Short texts mostly, for which a loop is several times faster than an expression. */
function isPlain(text: string, from: number, to: number): boolean {
  if (to - from > MAX_VALUE_LENGTH) return false;
  for (let i = from; i < to; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x20 || code > 0x7e) return false;
  }
  return true;
}

const ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
};

/**
 * VarSet's values are escaped as in C: a doubled backslash in a file name is one.
 * @source asterisk.md (d) pitfall 19
 */
export const unescapeValue = (value: string): string =>
  value.includes("\\")
    ? value.replace(/\\(.)/gs, (_, character: string) => ESCAPES[character] ?? character)
    : value;
