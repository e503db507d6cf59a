/**
 * Paged lists: page after page until Kommo names no next one or answers 204. The address of the next
 * page is not followed, only believed to exist: it is built from our own, so that no answer can send
 * us and the token to another host.
 * @source kommo-api, section 1
 */
import { failed, succeeded, type Result } from "../lib/failure.ts";
import type { KommoClient, KommoRequest } from "./client.ts";
import type { KommoFailure } from "./failure.ts";
import { asInteger, asObject, asText, embedded, type JsonObject } from "./json.ts";

export const PAGE_SIZE = 250; // Kommo's most

/** 50,000 rows; a list that is longer, or a server that always names a next page, ends as a failure. */
const MOST_PAGES = 200;

export type Listing<T> = Pick<KommoRequest, "path" | "query" | "purpose" | "signal"> & {
  /** The key under `_embedded`. */
  readonly plural: string;
  /** undefined: not a row we can use; left out. */
  readonly decode: (row: JsonObject) => T | undefined;
  /** Called after each page with all rows so far; true ends the reading. */
  readonly isEnough?: (rows: readonly T[]) => boolean;
  readonly mostPages?: number;
};

export async function readList<T>(
  client: KommoClient,
  listing: Listing<T>,
): Promise<Result<readonly T[], KommoFailure>> {
  const rows: T[] = [];
  const mostPages = listing.mostPages ?? MOST_PAGES;
  for (let page = 1, read = 0; read < mostPages; read++) {
    const found = await readPage(client, listing, page);
    if (!found.ok) return found;
    rows.push(...found.value.rows);
    const { next } = found.value;
    if (next === undefined || listing.isEnough?.(rows) === true) return succeeded(rows);
    page = next;
  }
  return failed({
    kind: "nonsense",
    retry: "after-look-up",
    detail: `the list ${listing.path} has more than ${String(mostPages)} pages`,
    hint: "this list is longer than expected; please report it with the size of your account",
  });
}

export type Page<T> = {
  readonly rows: readonly T[];
  /** undefined: this is the last one. */
  readonly next: number | undefined;
};

/** One page, for lists that are read over hours. */
export async function readPage<T>(
  client: KommoClient,
  { path, query = [], purpose, signal, plural, decode }: Listing<T>,
  page: number,
): Promise<Result<Page<T>, KommoFailure>> {
  const answer = await client.request({
    method: "GET",
    path,
    query: [...query, ["limit", String(PAGE_SIZE)], ["page", String(page)]],
    purpose,
    signal,
  });
  if (!answer.ok) return answer;
  const { body } = answer.value;
  const rows = embedded(body, plural)
    .map(decode)
    .filter((row) => row !== undefined);
  return succeeded({ rows, next: nextPage(body, page) });
}

/** @returns undefined on the last page; never a page that was read already. */
function nextPage(body: unknown, page: number): number | undefined {
  const link = asObject(asObject(asObject(body)?.["_links"])?.["next"]);
  const href = asText(link?.["href"]);
  if (href === undefined) return undefined;
  const named = asInteger(URL.parse(href, "https://kommo.invalid")?.searchParams.get("page"));
  return named !== undefined && named > page ? named : page + 1;
}
