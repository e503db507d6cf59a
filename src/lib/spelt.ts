/** One text for equal values, so that two can be compared. Exports `spelt`. */

/** Whatever the order in a map; of an object's keys it has to be the same. */
export const spelt = (value: unknown): string =>
  JSON.stringify(value, (_, inner: unknown) => {
    if (inner instanceof RegExp) return String(inner);
    if (inner instanceof Map) return [...(inner as ReadonlyMap<string, unknown>)].toSorted(byName);
    return inner;
  }) ?? "";

const byName = ([one]: readonly [string, unknown], [other]: readonly [string, unknown]): number =>
  one < other ? -1 : 1;
