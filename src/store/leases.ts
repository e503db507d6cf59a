/**
 * Who does what, of several hosts on one PostgreSQL: each thing that only one may do at a time (to serve
 * an account) has a lease. Exports `createLeases`, which keeps this host's share of them.
 *
 * A host says every 1.5 s that it lives, by the database's clock, and in which session of PostgreSQL it
 * said so. What belongs to one that has not for 6 s may be taken by another, with the next token; for
 * 2 s, when that session has ended as well: that happens at once when a process dies, and never while it
 * only hangs. A host that lives and lost its session knows it, and is not sure of anything before it has
 * said in another one that it lives. Whatever an old one still writes is refused by its guard, which asks
 * for the token (Store.write).
 *
 * Few change hands at a time. A host takes no more than it can begin just now, so that none lies in a queue
 * here while another could begin it, and gives back few at once: they are taken up while the others are
 * still served, and a machine that is late for a moment, whose share is reckoned wrong, moves little.
 */
import { randomUUID } from "node:crypto";
import { createAlarm } from "../lib/alarm.ts";
import type { Clock } from "../lib/clock.ts";
import {
  aliveWithin,
  beatOf,
  count,
  free,
  give,
  giveAll,
  heldBy,
  known,
  leave,
  take,
} from "./lease-statements.ts";
import { StoreFailure, type Migration, type Row, type Statement, type Store } from "./store.ts";

/** A thing that is this host's to do until another has taken it. */
export type Lease = { readonly name: string; readonly token: number };

export type Leases = {
  /** What there is to be done by some host; replaces what was said before. */
  want(names: readonly string[]): void;
  /** Those that this host holds, as far as it knows. */
  readonly held: () => readonly Lease[];
  /**
   * false: others may do this host's work, as far as it knows, since they may take it for dead. What
   * cannot be guarded, as a request to somebody else, had better not be sent then.
   */
  readonly isFresh: () => boolean;
  /** The session in which this host says that it lives has ended. */
  readonly doubt: () => void;
  /** Resolves when it has its share, or there is no more to be had. */
  start(): Promise<void>;
  /** Gives back what it holds, so that others need not wait. Work under them must have ended. */
  stop(): Promise<void>;
};

export type LeasesDeps = {
  /**
   * Of the installation `leaseStoreOf`, which all hosts share. It writes in one session of its own, and
   * whoever opened it tells `doubt` when that is lost.
   */
  readonly store: Store;
  readonly clock: Clock;
  /**
   * Told of each change: begin what is new, end what is gone. Others may take it when it resolves.
   * @param ended told of one that has ended before the last of them: others may take it at once
   */
  readonly onChange: (held: readonly Lease[], ended: (name: string) => void) => Promise<void>;
  /** How many more it can begin now. Default: any number. */
  readonly room?: () => number;
  /** Told when the database does not answer, or refuses. */
  readonly onTrouble: (failure: StoreFailure) => void;
  /** After which a host that says nothing counts as dead, whatever else is known of it. Default 6,000. */
  readonly silentMs?: number;
};

/** The installation in which hosts keep them, beside those of the accounts. @param schema of the configuration */
export const leaseStoreOf = (schema: string): string => `${schema}__hosts`;

const BEAT_MS = 1_500;
/** Two may come to nothing, and a loop may be held for a second. */
const SILENT_MS = 6_000;
/** After an outage of the database the others look dead for so long. */
const STEADY_MS = 6_000;
/** For what somebody else gave up, or left behind. */
const LOOK_MS = 500;
/** To others, until their work has ended. */
const MOST_GIVEN_AT_ONCE = 8;

export const leaseMigrations: readonly Migration[] = [
  {
    id: "lease-1",
    statements: [
      "CREATE TABLE host (id TEXT PRIMARY KEY, seen_at REAL NOT NULL)",
      `CREATE TABLE lease (
         name TEXT PRIMARY KEY,
         host TEXT,
         token INTEGER NOT NULL DEFAULT 0
       )`,
      "CREATE INDEX lease_host ON lease (host)",
    ],
  },
  {
    // Of hosts of the version before it is not known.
    id: "+lease-2",
    statements: ["ALTER TABLE host ADD COLUMN session INTEGER"],
  },
];

/** Finds a row as long as no other host has taken the lease, and lets none take it before the commit. */
export const guardOf = (leaseStore: string, { name, token }: Lease): Statement => ({
  sql: `SELECT 1 AS is_held FROM ak_${leaseStore}.lease WHERE name = ? AND token = ? FOR SHARE`,
  values: [name, token],
});

export function createLeases(deps: LeasesDeps): Leases {
  const { store, clock, onChange, onTrouble, room = () => Infinity, silentMs = SILENT_MS } = deps;
  const host = randomUUID();
  const alive = aliveWithin(silentMs);
  const stopping = new AbortController();
  const alarm = createAlarm(clock);
  let wanted: readonly string[] = [];
  let held: readonly Lease[] = [];
  let lastBeatMs = Number.NEGATIVE_INFINITY;
  /** Since when no beat has failed, and no session was lost. */
  let steadySinceMs = Number.POSITIVE_INFINITY;
  let sessionsLost = 0;
  let running: Promise<void> | undefined;
  let changing: Promise<void> | undefined;
  const filled = Promise.withResolvers<void>();

  async function beat(): Promise<void> {
    const [askedMs, lostBefore] = [clock.monotonicMs(), sessionsLost];
    const [, , counted = [], own = []] = await store.write([
      beatOf(host),
      known(wanted),
      count({ host, names: wanted, alive }),
      heldBy(host),
    ]);
    // Else nobody knows in which one it was said.
    if (sessionsLost === lostBefore) {
      lastBeatMs = askedMs;
      steadySinceMs = Math.min(steadySinceMs, askedMs);
    }
    const share = Math.ceil(numberIn(counted, "leases") / Math.max(1, numberIn(counted, "hosts")));
    const isFromDead = askedMs - steadySinceMs >= STEADY_MS;
    const most = Math.min(share - own.length, room());
    const [, all = []] =
      most > 0
        ? await store.write([take({ host, wanted, most, isFromDead, alive }), heldBy(host)])
        : [[], own];
    if (all.length >= share || all.length - own.length < most) filled.resolve();
    const mine = all.map(leaseOf).filter(({ name }) => wanted.includes(name));
    const kept = Math.max(share, mine.length - MOST_GIVEN_AT_ONCE);
    // What ends takes its time, and this host has to say that it lives meanwhile.
    changing ??= follow(mine.slice(0, kept), mine.slice(kept)).finally(
      () => (changing = undefined),
    );
  }

  /** @param surplus given back once the work under it has ended */
  async function follow(now: readonly Lease[], surplus: readonly Lease[]): Promise<void> {
    const isSame =
      now.length === held.length &&
      now.every(({ name, token }, at) => held[at]?.name === name && held[at].token === token);
    held = now;
    const giveBack = (leases: readonly Lease[]): Promise<void> =>
      leases.length > 0
        ? tell(store.write(leases.map((lease) => give(host, lease))))
        : Promise.resolve();
    const ended = (name: string): void =>
      void giveBack(surplus.filter((lease) => lease.name === name));
    if (!isSame) await onChange(now, ended);
    await giveBack(surplus);
  }

  /** What the database did not take is tried again at the next beat. */
  async function tell(asked: Promise<unknown>): Promise<void> {
    try {
      await asked;
    } catch (thrown) {
      if (!(thrown instanceof StoreFailure)) throw thrown;
      steadySinceMs = Number.POSITIVE_INFINITY;
      filled.resolve(); // as far as it can be had now
      onTrouble(thrown);
    }
  }

  async function keepBeating(): Promise<void> {
    while (!stopping.signal.aborted) {
      await alarm.wait(BEAT_MS);
      if (!stopping.signal.aborted) await tell(beat());
    }
  }

  /** Between the beats: a look costs the database less than a beat. */
  async function keepLooking(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(LOOK_MS, stopping.signal);
      if (!stopping.signal.aborted && (await isSomethingFree())) alarm.ring();
    }
  }

  async function isSomethingFree(): Promise<boolean> {
    try {
      return (await store.read(free(wanted, alive))).length > 0;
    } catch (thrown) {
      if (thrown instanceof StoreFailure) return false; // the next beat tells it
      throw thrown;
    }
  }

  return {
    want: (names) => void (wanted = [...names].toSorted()),
    held: () => held,
    isFresh: () => clock.monotonicMs() - lastBeatMs < silentMs,
    doubt() {
      sessionsLost += 1;
      lastBeatMs = Number.NEGATIVE_INFINITY;
      steadySinceMs = Number.POSITIVE_INFINITY;
      alarm.ring();
    },
    async start() {
      await tell(beat());
      await changing;
      running = keepBeating();
      void keepLooking(); // a read waits for the server as long as that is away, and nobody waits for it
      await filled.promise;
    },
    async stop() {
      stopping.abort();
      filled.resolve();
      alarm.ring();
      await running;
      await changing;
      await follow([], held);
      await tell(store.write([giveAll(host), leave(host)]));
    },
  };
}

const leaseOf = (row: Row): Lease => ({ name: String(row["name"]), token: Number(row["token"]) });

const numberIn = (rows: readonly Row[], column: string): number => Number(rows[0]?.[column] ?? 0);
