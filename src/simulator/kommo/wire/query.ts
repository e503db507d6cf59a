/**
 * Kommo's query strings: PHP brackets, `filter[id]=1`, `filter[id][]=1`, `filter[id][0]=1`,
 * `filter[updated_at][from]=…`, `order[id]=asc`. Unknown filters are ignored, as Kommo does.
 * @source kommo-api, section 1
 */

export type Query = { readonly search: URLSearchParams };
export type Range = { readonly from: number; readonly to: number };

export const queryOf = (search: URLSearchParams): Query => ({ search });

/** All values of one filter in any of the three spellings. */
export function filterValues(query: Query, name: string): string[] {
  const plain = `filter[${name}]`;
  const values: string[] = [];
  for (const [key, value] of query.search) {
    if (key === plain || (key.startsWith(`${plain}[`) && /^\[\d*\]$/.test(key.slice(plain.length))))
      values.push(value);
  }
  return values;
}

/** A set to compare with, or undefined where the filter is absent. */
export function filterSet(query: Query, name: string): Set<string> | undefined {
  const values = filterValues(query, name);
  return values.length === 0 ? undefined : new Set(values);
}

/** `[from]` and `[to]`, both inclusive; a bare value means from and to. Absent ends are open. */
export function filterRange(query: Query, name: string): Range | undefined {
  const from = query.search.get(`filter[${name}][from]`);
  const to = query.search.get(`filter[${name}][to]`);
  const bare = query.search.get(`filter[${name}]`);
  if (bare !== null) return { from: Number(bare), to: Number(bare) };
  if (from === null && to === null) return undefined;
  return {
    from: from === null ? -Infinity : Number(from),
    to: to === null ? Infinity : Number(to),
  };
}

export const within = (range: Range | undefined, value: number | null): boolean =>
  range === undefined || (value !== null && value >= range.from && value <= range.to);

/** The words of `with=leads,catalog_elements`. */
export const withWords = (query: Query): Set<string> =>
  new Set((query.search.get("with") ?? "").split(",").filter((word) => word !== ""));

/** The first `order[…]` that the list knows; by id upwards where none is given. */
export function orderOf<F extends string>(
  query: Query,
  fields: readonly F[],
): { field: F; down: boolean } | undefined {
  for (const field of fields) {
    const direction = query.search.get(`order[${field}]`);
    if (direction !== null) return { field, down: direction.toLowerCase() === "desc" };
  }
  return undefined;
}

/** `items` in the order asked for. Ids make ties certain, so that pages never overlap. */
export function ordered<F extends string, T extends { readonly [K in F]: number | null }>(
  items: Iterable<T>,
  order: { field: F; down: boolean } | undefined,
): Iterable<T> {
  if (order === undefined || (order.field === "id" && !order.down)) return items;
  const sign = order.down ? -1 : 1;
  return [...items].sort(
    (one, other) => sign * ((one[order.field] ?? 0) - (other[order.field] ?? 0)),
  );
}
