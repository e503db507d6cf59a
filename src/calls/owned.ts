/**
 * A copy that does not hold on to the text it was cut from: a slice of a few characters would keep
 * its whole chunk of the stream in memory for as long as the call lives.
 */
export const owned = <T extends string>(text: T): T =>
  text.length < SHORTEST_SLICE ? text : ((" " + text).slice(1) as T);

/** The engine keeps shorter slices as copies. */
const SHORTEST_SLICE = 13;
