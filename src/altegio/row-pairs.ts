/** Placeholders for rows that are known by two columns. Exports `pairs`. */

/** An empty list fits nothing. */
export const pairs = (count: number): string =>
  Array.from({ length: Math.max(1, count) }, () =>
    count === 0 ? "(NULL, NULL)" : "(?, ?)",
  ).join();
