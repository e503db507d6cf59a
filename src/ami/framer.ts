/**
 * Bytes of an AMI connection → whole messages, wherever the network cut them.
 * Exports `createFramer` and the type of what comes out. One framer serves one connection: half a
 * message before a drop dies with its framer and is never glued to the next login.
 */
import type { Brand } from "../lib/brand.ts";

/**
 * One AMI message: its lines joined by CRLF, without the final empty line. A character is one byte
 * (latin1); a lone LF stays inside its line. Values with letters are still to be decoded from UTF-8.
 */
export type AmiText = Brand<string, "AmiText">;

/**
 * What stood before the first message. `absent`: the stream does not begin as AMI does; messages
 * are framed all the same (a recording may lack the banner), a session hangs up.
 */
export type Banner =
  | { readonly kind: "awaited" }
  | { readonly kind: "seen"; readonly line: string }
  | { readonly kind: "absent" };

export type Framer = {
  /** The messages that this chunk completed, in order. */
  readonly push: (chunk: Buffer) => AmiText[];
  readonly banner: () => Banner;
  /** How many messages were longer than the cap and were left out. */
  readonly droppedOversize: () => number;
};

const EMPTY_LINE = "\r\n\r\n";
const CR = 13;
const BANNER_PREFIX = "Asterisk Call Manager";
/** Real banners have at most 30 characters; more without a line end is no banner. */
const MAX_BANNER_LENGTH = 128;
/** The longest real message seen has 11 kB (a Command's output); a variable can be larger. */
export const MAX_MESSAGE_BYTES = 262_144;

/**
 * A message longer than `maxMessageBytes` is left out and counted; framing goes on after its empty
 * line. No more than that (and one chunk) is ever held.
 * @source asterisk.md (e): one banner line without an empty line; more CRLFs may stand between messages
 */
export function createFramer({ maxMessageBytes = MAX_MESSAGE_BYTES } = {}): Framer {
  let rest = ""; // begins where a message begins, unless the message is being dropped
  let tail = ""; // the last three characters of `rest`, apart: slicing `rest` would copy it whole
  let isDropping = false;
  let dropped = 0;
  let banner: Banner = { kind: "awaited" };

  /** @returns the index behind the banner, or -1 while more bytes are needed to tell. */
  const bannerEnd = (text: string): number => {
    const begins = text.slice(0, BANNER_PREFIX.length);
    if (begins !== BANNER_PREFIX.slice(0, begins.length)) {
      banner = { kind: "absent" };
      return 0;
    }
    const lineEnd = text.indexOf("\n");
    if (lineEnd > MAX_BANNER_LENGTH || (lineEnd < 0 && text.length > MAX_BANNER_LENGTH)) {
      banner = { kind: "absent" };
      return 0;
    }
    if (lineEnd < 0) return -1;
    banner = { kind: "seen", line: text.slice(0, lineEnd).trimEnd() };
    return lineEnd + 1;
  };

  const hasEmptyLine = (chunk: string): boolean =>
    chunk.includes(EMPTY_LINE) || (tail + chunk.slice(0, 3)).includes(EMPTY_LINE);

  const push = (chunk: Buffer): AmiText[] => {
    const added = chunk.toString("latin1");
    // A long message in small pieces: joined without looking at its beginning again and again.
    if (rest.length > 3 && banner.kind !== "awaited" && !hasEmptyLine(added)) {
      hold(rest + added, added.length >= 3 ? added : tail + added);
      return [];
    }

    const texts: AmiText[] = [];
    const text = rest + added;
    let start = banner.kind === "awaited" ? bannerEnd(text) : 0;
    if (start < 0) {
      rest = text;
      return texts;
    }
    for (;;) {
      if (!isDropping) {
        while (text.charCodeAt(start) === CR && text.startsWith("\r\n", start)) start += 2;
      }
      const end = text.indexOf(EMPTY_LINE, start);
      if (end < 0) break;
      if (isDropping) isDropping = false;
      else if (end - start > maxMessageBytes) dropped++;
      else texts.push(text.slice(start, end) as AmiText);
      start = end + EMPTY_LINE.length;
    }
    const left = text.slice(start);
    hold(left, left);
    return texts;
  };

  /** Carries `left`, which ends like `ending`, to the next chunk; of what is too long, its end alone. */
  const hold = (left: string, ending: string): void => {
    tail = ending.slice(-3);
    // Three more than the cap: they may be the beginning of the empty line.
    if (!isDropping && left.length > maxMessageBytes + 3) {
      isDropping = true;
      dropped++;
    }
    rest = isDropping ? tail : left;
  };

  return { push, banner: () => banner, droppedOversize: () => dropped };
}
