/**
 * How far the lists have been read, and where to read next. Pure. A list is read in the order of
 * changes, from a moment on: what is changed while it is read comes again at its end, so that the first
 * fill and the polling after it are the same, and either goes on after a restart where it was.
 */
import type { ListedCard } from "../kommo/list-cards.ts";

export const LISTS = ["contacts", "companies", "leads"] as const;
export type ListName = (typeof LISTS)[number];

export type ListState = {
  /** false: the first fill is not through. */
  readonly isFilled: boolean;
  /** Unix seconds: everything changed before is known. */
  readonly since: number;
  /** Of what was changed at `since` or later; begins at 1. */
  readonly page: number;
  /** Cards read by the fill so far. */
  readonly read: number;
  /** When the fill began, in Unix seconds: from here on the list is polled after it. */
  readonly begunAt: number;
};

/** `asked`: the account is large, and the administrator has not said whether it shall be filled. */
export type FillChoice = "filling" | "skipped" | "asked";

export type MirrorState = {
  readonly fill: FillChoice;
  readonly lists: Readonly<Record<ListName, ListState>>;
};

/**
 * Kommo's lists may show a change late, and clocks differ. The seconds before the last change known
 * are read again in each round.
 */
const OVERLAP_S = 60;
const CLOCK_SLACK_S = 300;

const filling = (now: number): ListState => ({
  isFilled: false,
  since: 0,
  page: 1,
  read: 0,
  begunAt: Math.max(0, now - CLOCK_SLACK_S),
});

const polling = (now: number): ListState => ({
  ...filling(now),
  isFilled: true,
  since: Math.max(0, now - CLOCK_SLACK_S),
});

/** @param now in Unix seconds */
export function startOf(fill: FillChoice, now: number): MirrorState {
  const list = fill === "filling" ? filling(now) : polling(now);
  return { fill, lists: { contacts: list, companies: list, leads: list } };
}

/** Where a new round begins. */
export const roundOf = (list: ListState): ListState =>
  list.isFilled ? { ...list, since: Math.max(0, list.since - OVERLAP_S), page: 1 } : list;

/** After a page was taken in. */
export function afterPage(
  list: ListState,
  { rows, next }: { rows: readonly ListedCard[]; next: number | undefined },
): { readonly list: ListState; readonly isEnd: boolean } {
  const last = Math.max(list.since, ...rows.map(({ updatedAt }) => updatedAt ?? 0));
  const read = list.read + (list.isFilled ? 0 : rows.length);
  if (next === undefined) {
    const since = list.isFilled ? last : list.begunAt;
    return { list: { ...list, read, since, page: 1, isFilled: true }, isEnd: true };
  }
  // From the last change seen: pages of a list that grows would shift. So many cards may have been
  // changed in one second (an import) that only pages lead on.
  return last > list.since
    ? { list: { ...list, read, since: last, page: 1 }, isEnd: false }
    : { list: { ...list, read, page: next }, isEnd: false };
}

export const isFilled = ({ fill, lists }: MirrorState): boolean =>
  fill === "filling" && LISTS.every((name) => lists[name].isFilled);

/** @returns undefined: nothing was kept, or something else */
export function readMirrorState(value: unknown): MirrorState | undefined {
  if (!isObject(value) || !isObject(value["lists"])) return undefined;
  const { fill, lists } = value;
  const [contacts, companies, leads] = LISTS.map((name) => readList(lists[name]));
  if (fill !== "filling" && fill !== "skipped" && fill !== "asked") return undefined;
  if (contacts === undefined || companies === undefined || leads === undefined) return undefined;
  return { fill, lists: { contacts, companies, leads } };
}

function readList(value: unknown): ListState | undefined {
  if (!isObject(value)) return undefined;
  const { isFilled: filled, since, page, read, begunAt } = value;
  if (typeof filled !== "boolean" || !isCount(since) || !isCount(page)) return undefined;
  if (!isCount(read) || !isCount(begunAt)) return undefined;
  return { isFilled: filled, since, page: Math.max(1, page), read, begunAt };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const isCount = (value: unknown): value is number =>
  Number.isSafeInteger(value) && Number(value) >= 0;
