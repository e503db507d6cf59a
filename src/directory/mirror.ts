/**
 * Keeps the directory as Kommo's cards are: a first fill where it is wanted, then round after round
 * what was changed since. One page is one request and one transaction, with the place to go on from.
 */
import type { CardListing, ListedCard, Stage } from "../kommo/list-cards.ts";
import type { KommoLog } from "../kommo/client.ts";
import type { KommoFailure } from "../kommo/failure.ts";
import type { Page } from "../kommo/hal.ts";
import { wholeSecondsOf, type Clock } from "../lib/clock.ts";
import type { Result } from "../lib/failure.ts";
import type { Statement, Store } from "../store/store.ts";
import { keepValue, readKept } from "./kept.ts";
import {
  afterPage,
  isFilled,
  LISTS,
  readMirrorState,
  roundOf,
  startOf,
  type FillChoice,
  type ListName,
  type MirrorState,
} from "./mirror-state.ts";
import type { Patience } from "./patience.ts";
import { createRounds, type Rounds } from "./rounds.ts";
import { keepCard } from "./rows.ts";

/** From so many contacts on, `auto` asks before it reads them all. @source issue 5, point 7 */
export const LARGE_ACCOUNT = 20_000;

export type MirrorSource = {
  list(listing: CardListing): Promise<Result<Page<ListedCard>, KommoFailure>>;
  hasManyContacts(count: number, signal: AbortSignal): Promise<Result<boolean, KommoFailure>>;
  /** Those in which leads are open. */
  openStages(signal: AbortSignal): Promise<Result<readonly Stage[], KommoFailure>>;
};

export type MirrorDeps = {
  readonly source: MirrorSource;
  readonly fill: "on" | "off" | "auto";
  /** Between rounds. */
  readonly pollMs: () => number;
  readonly patience: Patience;
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: KommoLog & { info(fields: object, message: string): void };
  /** Changed cards, after they are kept. */
  readonly onCards: (cards: readonly ListedCard[]) => Promise<void>;
  readonly onFatal: (error: Error) => void;
};

export type Mirror = Pick<Rounds, "start" | "stop"> & {
  /** Something of this list was changed: it is read soon. */
  wake(list: ListName): void;
  restore(): Promise<void>;
  /** What happened up to a few minutes ago is known, or soon will be: nothing is overdue. */
  isCurrent(): boolean;
  /** undefined: not decided yet, because Kommo has not answered. */
  state(): MirrorState | undefined;
};

const TELL_EVERY_MS = 60_000;
const AFTER_FAILURE_MS = 30_000;
/** What changes together is told in several webhooks, and lists show it a little later. */
const GATHER_MS = 1_000;

export function createMirror(deps: MirrorDeps): Mirror {
  const { source, patience, clock, log } = deps;
  let state: MirrorState | undefined;
  let stages: readonly Stage[] | undefined;
  let toldAt = -Infinity;
  let lastFailure: KommoFailure["kind"] | undefined;
  let nextRoundAt = -Infinity;
  const called = new Set<ListName>();

  const rounds = createRounds({ clock, onFatal: deps.onFatal, round });

  async function round(signal: AbortSignal): Promise<number> {
    if (called.size > 0) await clock.sleep(GATHER_MS, signal);
    const isWholeRound = state === undefined || clock.monotonicMs() >= nextRoundAt;
    const lists = isWholeRound ? LISTS : [...called];
    called.clear();
    const isWell = (await decide(signal)) && (await readAll(lists, signal));
    // Also of those that were only called for: nothing is lost by reading all.
    if (!isWell) nextRoundAt = -Infinity;
    else if (isWholeRound) nextRoundAt = clock.monotonicMs() + deps.pollMs();
    return isWell ? nextRoundAt - clock.monotonicMs() : AFTER_FAILURE_MS;
  }

  async function readAll(lists: readonly ListName[], signal: AbortSignal): Promise<boolean> {
    const wasFilled = state !== undefined && isFilled(state);
    for (const name of lists) if (!(await readList(name, signal))) return false;
    if (!wasFilled && state !== undefined && isFilled(state)) tellProgress("directory filled");
    lastFailure = undefined;
    return true;
  }

  /** Whether there is to be a first fill: once for the life of the store, unless `fill` is changed. */
  async function decide(signal: AbortSignal): Promise<boolean> {
    const wanted = await wantedFill(signal);
    if (wanted === undefined) return false;
    if (state !== undefined && wanted === state.fill) return true;
    await enter(startOf(wanted, now()));
    return true;
  }

  async function wantedFill(signal: AbortSignal): Promise<FillChoice | undefined> {
    if (deps.fill === "on") return "filling";
    if (deps.fill === "off") return state !== undefined && isFilled(state) ? "filling" : "skipped";
    if (state?.fill === "filling" || state?.fill === "asked") return state.fill;
    const isLarge = await ask(() => source.hasManyContacts(LARGE_ACCOUNT, signal), signal);
    return isLarge === undefined ? undefined : isLarge ? "asked" : "filling";
  }

  async function enter(next: MirrorState): Promise<void> {
    await deps.keep([keepValue("mirror", next)]);
    state = next;
    if (next.fill === "asked") tellLarge();
  }

  function tellLarge(): void {
    const hint =
      'directory.fill "on" reads them all, one request a second; "off" ends this message';
    log.warn({ contacts: `${String(LARGE_ACCOUNT)} or more`, hint }, "the directory is not filled");
  }

  /** @returns false: Kommo did not answer; the place to go on from is kept */
  async function readList(name: ListName, signal: AbortSignal): Promise<boolean> {
    if (state === undefined) return false;
    const known = state.lists[name];
    for (let list = roundOf(known); ;) {
      const isFill = !list.isFilled;
      if (isFill && name === "leads") stages ??= await ask(() => source.openStages(signal), signal);
      if (isFill && name === "leads" && stages === undefined) return false;
      const purpose = isFill ? "directory-fill" : "directory";
      const { since, page: number } = list;
      const asked = { type: name, since, page: number, purpose, signal } as const;
      const page = await ask(
        () => source.list({ ...asked, stages: isFill && name === "leads" ? stages : undefined }),
        signal,
      );
      if (page === undefined) return false;
      const after = afterPage(list, page);
      const { isEnd } = after;
      // An empty round does not go back behind what was known.
      const { since: reached } = after.list;
      list = isFill
        ? after.list
        : { ...after.list, since: Math.max(reached, isEnd ? known.since : 0) };
      const next: MirrorState = { ...state, lists: { ...state.lists, [name]: list } };
      await deps.keep([...page.rows.flatMap(keepCard), keepValue("mirror", next)]);
      state = next;
      await deps.onCards(page.rows);
      if (isFill && clock.monotonicMs() - toldAt >= TELL_EVERY_MS) tellProgress("directory fill");
      if (isEnd) return true;
    }
  }

  async function ask<T>(
    request: () => Promise<Result<T, KommoFailure>>,
    signal: AbortSignal,
  ): Promise<T | undefined> {
    const answer = await patience.ask(request, signal);
    if (answer === undefined) return undefined;
    if (answer.ok) return answer.value;
    const { failure } = answer;
    if (failure.kind !== lastFailure && failure.kind !== "given-up") {
      const fields = { failure: failure.kind, reason: failure.detail, hint: failure.hint };
      log.warn(fields, "the directory waits for kommo");
    }
    lastFailure = failure.kind;
    return undefined;
  }

  function tellProgress(message: string): void {
    toldAt = clock.monotonicMs();
    const cards = LISTS.map((name) => [name, state?.lists[name].read ?? 0]);
    log.info(Object.fromEntries(cards) as object, message);
  }

  const now = (): number => wholeSecondsOf(clock.now());

  return {
    start: rounds.start,
    stop: rounds.stop,
    wake(list) {
      called.add(list);
      rounds.wake();
    },
    async restore() {
      state = readMirrorState(await readKept(deps.store, "mirror"));
      if (state?.fill === "asked" && deps.fill === "auto") tellLarge();
    },
    isCurrent: () => clock.monotonicMs() < nextRoundAt + deps.pollMs(),
    state: () => state,
  };
}
