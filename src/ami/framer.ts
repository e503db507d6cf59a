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
  /**
   * For whoever needs few of the events and nothing else: tells where each lies, in a text that is
   * good for this call alone. Faster than `push` since no text is cut out, and since a search from
   * one "Event: " to the next halts less often than one for empty lines. What is no event (a
   * response, the rest of a broken message) is told alone, or as the end of the event before it.
   */
  readonly events: (chunk: Buffer, tell: TellMessage) => void;
  readonly banner: () => Banner;
  /** How many messages were longer than the cap and were left out. */
  readonly droppedOversize: () => number;
};

/** It begins at `start`; what stands at `end` is no longer of it. */
export type TellMessage = (text: string, start: number, end: number) => void;

const EMPTY_LINE = "\r\n\r\n";
const EVENT = "Event: ";
const [LF, CR, E] = [10, 13, 69];
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

  const frame = (chunk: Buffer, tell: TellMessage, onlyEvents: boolean): void => {
    const added = chunk.toString("latin1");
    let text = added;
    let start = 0;
    if (banner.kind === "awaited") {
      text = rest + added;
      start = bannerEnd(text);
      if (start < 0) {
        rest = text;
        return;
      }
    } else if (rest.length <= tail.length) {
      text = rest + added;
    } else {
      // Only the message that the border cuts is joined, not the whole chunk.
      start = firstMessageEnd(added);
      if (start < 0) {
        hold(rest + added, added.length >= 3 ? added : tail + added);
        return;
      }
      const cut = (rest + added.slice(0, start)).slice(0, -EMPTY_LINE.length);
      if (cut.length > maxMessageBytes) dropped++;
      else tell(cut, 0, cut.length);
    }

    if (onlyEvents) start = tellEvents(text, start, tell);
    for (;;) {
      if (!isDropping) start = behindLineEnds(text, start);
      const end = text.indexOf(EMPTY_LINE, start);
      if (end < 0) break;
      if (isDropping) isDropping = false;
      else if (end - start > maxMessageBytes) dropped++;
      else tell(text, start, end);
      start = end + EMPTY_LINE.length;
    }
    const left = text.slice(start);
    hold(left, left);
  };

  /** From event to event, up to the last one. @returns where that begins */
  const tellEvents = (text: string, from: number, tell: TellMessage): number => {
    let start = isDropping ? from : behindLineEnds(text, from);
    for (;;) {
      const next = nextEvent(text, start);
      if (next < 0) return start;
      const end = next - EMPTY_LINE.length;
      if (isDropping) isDropping = false;
      else if (end - start > maxMessageBytes)
        return start; // which of several it is: one by one
      else if (text.charCodeAt(start) === E) tell(text, start, end);
      start = next;
    }
  };

  /** @returns the index in `added` behind the empty line that ends the message begun before; -1 */
  const firstMessageEnd = (added: string): number => {
    const overBorder = (tail + added.slice(0, 3)).indexOf(EMPTY_LINE);
    if (overBorder >= 0) return overBorder + EMPTY_LINE.length - tail.length;
    const within = added.indexOf(EMPTY_LINE);
    return within < 0 ? -1 : within + EMPTY_LINE.length;
  };

  const push = (chunk: Buffer): AmiText[] => {
    const texts: AmiText[] = [];
    const cut: TellMessage = (text, start, end) => texts.push(text.slice(start, end) as AmiText);
    frame(chunk, cut, false);
    return texts;
  };

  const events = (chunk: Buffer, tell: TellMessage): void => frame(chunk, tell, true);

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

  return { push, events, banner: () => banner, droppedOversize: () => dropped };
}

/** More of them than one empty line may stand between messages. */
function behindLineEnds(text: string, from: number): number {
  let start = from;
  while (text.charCodeAt(start) === CR && text.charCodeAt(start + 1) === LF) start += 2;
  return start;
}

/** @returns where the next message that is an event begins, behind `from`; -1 */
function nextEvent(text: string, from: number): number {
  let at = text.indexOf(EVENT, from + 1);
  while (at >= 0 && !isBehindEmptyLine(text, at)) at = text.indexOf(EVENT, at + 1);
  return at;
}

const isBehindEmptyLine = (text: string, at: number): boolean =>
  text.charCodeAt(at - 1) === LF &&
  text.charCodeAt(at - 2) === CR &&
  text.charCodeAt(at - 3) === LF &&
  text.charCodeAt(at - 4) === CR;
