/**
 * Whether words stand at a place of a long text, for the hot path of the parser. Exports `standsAt` for
 * short words, `beginsWith` for longer ones in pieces, and `flat`.
 */

/** One text in one piece: searching for one that was put together by `+` takes a slow way. */
export function flat(...parts: readonly string[]): string {
  return parts.join("");
}

/**
 * `startsWith`, but several times faster: the engine compares that one letter by letter.
 * @param words at most twelve characters, of which the engine makes a plain copy
 */
export const standsAt = (text: string, words: string, at: number): boolean =>
  text.slice(at, at + words.length) === words;

/** The same for longer words, in pieces. */
export function beginsWith(text: string, pieces: readonly string[], start: number): boolean {
  let at = start;
  for (const piece of pieces) {
    if (!standsAt(text, piece, at)) return false;
    at += piece.length;
  }
  return true;
}

export const piecesOf = (words: string): readonly string[] =>
  (words.match(/.{1,12}/gs) ?? []).map((piece) => flat(piece));
