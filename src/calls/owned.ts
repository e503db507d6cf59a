/**
 * A copy that does not hold on to the text it was cut from: a slice of a few characters would keep
 * its whole chunk of the stream in memory for as long as the call lives. Joined from two parts,
 * because the engine makes any other copy a view again, which is slower to compare.
 */
export function owned<T extends string>(text: T): T {
  if (text.length < SHORTEST_SLICE) return text;
  const half = text.length >> 1;
  return [text.slice(0, half), text.slice(half)].join("") as T;
}

/** Shorter slices are copies already. */
const SHORTEST_SLICE = 13;
