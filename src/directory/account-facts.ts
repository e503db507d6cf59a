/**
 * What the account says of itself: who its active users are, and in which zone it lives. Read at the
 * start and every quarter of an hour, and kept, so that a start without Kommo knows what was so last.
 */
import type { Account } from "../kommo/entities/account.ts";
import type { User } from "../kommo/entities/users.ts";
import type { KommoFailure } from "../kommo/failure.ts";
import type { KommoLog } from "../kommo/client.ts";
import type { Clock } from "../lib/clock.ts";
import type { Result } from "../lib/failure.ts";
import type { Statement, Store } from "../store/store.ts";
import { keepValue, readKept } from "./kept.ts";
import type { Patience } from "./patience.ts";
import { createRounds, type Rounds } from "./rounds.ts";

/** Filled in place: whoever holds it sees what is known now. */
export type FoundFacts = {
  activeUsers?: ReadonlySet<number> | undefined;
  timeZone?: string | undefined;
};

export type AccountFacts = Pick<Rounds, "start" | "stop"> & {
  /** What an earlier run has kept. Rejects with StoreFailure. */
  restore(): Promise<void>;
  /** Kommo does not know a user whom we named: they are read soon, at most once a minute. */
  refreshSoon(): void;
  users(): readonly User[];
  accountId(): number | undefined;
  /** ISO 3166, two letters: "PT". */
  country(): string | undefined;
};

export type AccountFactsDeps = {
  readonly found: FoundFacts;
  /** false: the configuration names the account's zone. */
  readonly isZoneWanted: boolean;
  readonly readUsers: (signal: AbortSignal) => Promise<Result<readonly User[], KommoFailure>>;
  readonly readAccount: (signal: AbortSignal) => Promise<Result<Account, KommoFailure>>;
  readonly patience: Patience;
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: KommoLog;
  readonly onFatal: (error: Error) => void;
};

const EVERY_MS = 900_000;
const AFTER_FAILURE_MS = 60_000;
const SOONEST_MS = 60_000;

export function createAccountFacts(deps: AccountFactsDeps): AccountFacts {
  const { found, patience, clock, log } = deps;
  let users: readonly User[] = [];
  let accountId: number | undefined;
  let country: string | undefined;
  let readAt = -Infinity;
  let isForbiddenTold = false;

  const rounds = createRounds({ clock, onFatal: deps.onFatal, round });

  async function round(signal: AbortSignal): Promise<number> {
    readAt = clock.monotonicMs();
    const account = await patience.ask(() => deps.readAccount(signal), signal);
    if (account?.ok === false) return failedOn(account.failure);
    if (account !== undefined) await learnAccount(account.value);
    const answer = await patience.ask(() => deps.readUsers(signal), signal);
    if (answer?.ok === false) return failedOn(answer.failure);
    if (answer !== undefined) await learnUsers(answer.value);
    return EVERY_MS;
  }

  async function learnUsers(read: readonly User[]): Promise<void> {
    const active = read.filter(({ isActive }) => isActive);
    // The token's owner is one, so a list without any tells nothing.
    if (active.length === 0) return;
    setUsers(read);
    await deps.keep([keepValue("users", read)]);
  }

  function setUsers(read: readonly User[]): void {
    users = read;
    found.activeUsers = new Set(read.filter(({ isActive }) => isActive).map(({ id }) => id));
  }

  async function learnAccount({ id, timeZone, country: home }: Account): Promise<void> {
    setAccount({ id, timeZone, country: home });
    await deps.keep([keepValue("account", { id, timeZone, country: home })]);
  }

  function setAccount({ id, timeZone, country: home }: KeptAccount): void {
    accountId = id;
    country = home;
    if (deps.isZoneWanted && timeZone !== undefined) found.timeZone = timeZone;
  }

  /** @returns ms until the next try */
  function failedOn({ kind, detail, hint }: KommoFailure): number {
    if (kind !== "forbidden") {
      log.debug({ failure: kind, detail }, "the account is not read");
      return AFTER_FAILURE_MS;
    }
    if (!isForbiddenTold) log.warn({ detail, hint }, "the users of the account cannot be read");
    isForbiddenTold = true;
    return EVERY_MS;
  }

  return {
    async restore() {
      const keptUsers = await readKept(deps.store, "users");
      const kept = Array.isArray(keptUsers) ? keptUsers.filter(isUser) : [];
      if (kept.length > 0) setUsers(kept);
      const account = await readKept(deps.store, "account");
      if (isAccount(account)) setAccount(account);
    },
    start: rounds.start,
    stop: rounds.stop,
    refreshSoon() {
      if (clock.monotonicMs() - readAt >= SOONEST_MS) rounds.wake();
    },
    users: () => users,
    accountId: () => accountId,
    country: () => country,
  };
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null;

const isUser = (value: unknown): value is User =>
  isObject(value) && Number.isSafeInteger(value["id"]) && typeof value["isActive"] === "boolean";

type KeptAccount = Pick<Account, "id" | "timeZone" | "country">;

const isAccount = (value: unknown): value is KeptAccount =>
  isObject(value) &&
  Number.isSafeInteger(value["id"]) &&
  ["timeZone", "country"].every((name) => ["undefined", "string"].includes(typeof value[name]));
