/** Exports `withOne`, for the lists of a live call: thousands of them, of one to four items each. */

const SHORT = 8;

/**
 * The list with one item more, in just the room that it takes: `push` makes room for seventeen with the
 * first. A long one is that very list.
 */
export function withOne<T extends object>(list: T[], item: T): T[] {
  if (list.length < SHORT) return list.concat(item);
  list.push(item);
  return list;
}
