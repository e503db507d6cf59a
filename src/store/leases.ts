/**
 * Who does what, of several hosts on one PostgreSQL: each thing that only one may do at a time (to serve
 * an account) has a lease. Exports `createLeases`, which keeps this host's share of them.
 *
 * A host says every 1.5 s that it lives, by the database's clock. What belongs to one that has not for
 * 6 s may be taken by another, with the next token; whatever the old one still writes is refused by its
 * guard, which asks for the token (Store.write).
 */
import { randomUUID } from "node:crypto";
import type { Clock } from "../lib/clock.ts";
import { StoreFailure, type Migration, type Row, type Statement, type Store } from "./store.ts";

/** A thing that is this host's to do until another has taken it. */
export type Lease = { readonly name: string; readonly token: number };

export type Leases = {
  /** What there is to be done by some host; replaces what was said before. */
  want(names: readonly string[]): void;
  /** Those that this host holds, as far as it knows. */
  readonly held: () => readonly Lease[];
  /**
   * false: this host has not been able to say that it lives for so long that others may do its work. What
   * cannot be guarded, as a request to somebody else, had better not be sent then.
   */
  readonly isFresh: () => boolean;
  /** Resolves when it has tried once to take its share. */
  start(): Promise<void>;
  /** Gives back what it holds, so that others need not wait. Work under them must have ended. */
  stop(): Promise<void>;
};

export type LeasesDeps = {
  /** Of the installation `leaseStoreOf`, which all hosts share. */
  readonly store: Store;
  readonly clock: Clock;
  /** Told of each change: begin what is new, end what is gone. What ended may be taken by others when it resolves. */
  readonly onChange: (held: readonly Lease[]) => Promise<void>;
  /** Told when the database does not answer, or refuses. */
  readonly onTrouble: (failure: StoreFailure) => void;
};

/** The installation in which hosts keep them, beside those of the accounts. @param schema of the configuration */
export const leaseStoreOf = (schema: string): string => `${schema}__hosts`;

const BEAT_MS = 1_500;
/** Two may come to nothing, and a loop may be held for a second. */
const DEAD_MS = 6_000;

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
];

/** Finds a row as long as no other host has taken the lease, and lets none take it before the commit. */
export const guardOf = (leaseStore: string, { name, token }: Lease): Statement => ({
  sql: `SELECT 1 AS is_held FROM ak_${leaseStore}.lease WHERE name = ? AND token = ? FOR SHARE`,
  values: [name, token],
});

/** Milliseconds since 1970, of the database: hosts' clocks differ. */
const NOW = "(extract(epoch FROM clock_timestamp()) * 1000)";
const ALIVE = `seen_at > ${NOW} - ${DEAD_MS}`;

export function createLeases({ store, clock, onChange, onTrouble }: LeasesDeps): Leases {
  const host = randomUUID();
  const stopping = new AbortController();
  let wanted: readonly string[] = [];
  let held: readonly Lease[] = [];
  let lastBeatMs = Number.NEGATIVE_INFINITY;
  /** Since when no beat has failed: after an outage of the database all others look dead. */
  let steadySinceMs = Number.POSITIVE_INFINITY;
  let running: Promise<void> | undefined;
  let changing: Promise<void> | undefined;

  async function beat(): Promise<void> {
    const askedMs = clock.monotonicMs();
    const [, , counted = []] = await store.write([alive(host), known(wanted), count(host, wanted)]);
    lastBeatMs = askedMs;
    steadySinceMs = Math.min(steadySinceMs, askedMs);
    const share = Math.ceil(numberIn(counted, "leases") / Math.max(1, numberIn(counted, "hosts")));
    const isSteady = askedMs - steadySinceMs >= DEAD_MS;
    const room = share - numberIn(counted, "own");
    if (room > 0) await store.write([take({ host, wanted, most: room, isFromDead: isSteady })]);
    const mine = (await store.read(heldBy(host)))
      .map(leaseOf)
      .filter(({ name }) => wanted.includes(name));
    // What ends takes its time, and this host has to say that it lives meanwhile.
    changing ??= follow(mine.slice(0, share), mine.slice(share)).finally(
      () => (changing = undefined),
    );
  }

  /** @param surplus given back once the work under it has ended */
  async function follow(now: readonly Lease[], surplus: readonly Lease[]): Promise<void> {
    const isSame =
      now.length === held.length &&
      now.every(({ name, token }, at) => held[at]?.name === name && held[at].token === token);
    held = now;
    if (!isSame) await onChange(now);
    if (surplus.length > 0) await tell(store.write(surplus.map((lease) => give(host, lease))));
  }

  /** What the database did not take is tried again at the next beat. */
  async function tell(asked: Promise<unknown>): Promise<void> {
    try {
      await asked;
    } catch (thrown) {
      if (!(thrown instanceof StoreFailure)) throw thrown;
      steadySinceMs = Number.POSITIVE_INFINITY;
      onTrouble(thrown);
    }
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await clock.sleep(BEAT_MS, stopping.signal);
      if (!stopping.signal.aborted) await tell(beat());
    }
  }

  return {
    want: (names) => void (wanted = [...names].toSorted()),
    held: () => held,
    isFresh: () => clock.monotonicMs() - lastBeatMs < DEAD_MS,
    async start() {
      await tell(beat());
      await changing;
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
      await changing;
      await follow([], []);
      await tell(store.write([giveAll(host), leave(host)]));
    },
  };
}

const alive = (host: string): Statement => ({
  sql: `INSERT INTO host (id, seen_at) VALUES (?, ${NOW})
    ON CONFLICT (id) DO UPDATE SET seen_at = excluded.seen_at`,
  values: [host],
});

/** Names come as JSON: their number is not that of the places in a text that is prepared once. */
const NAMES = "(SELECT jsonb_array_elements_text(CAST(? AS jsonb)))";

const known = (names: readonly string[]): Statement => ({
  sql: `INSERT INTO lease (name) SELECT new.name FROM ${NAMES} AS new (name)
    ON CONFLICT (name) DO NOTHING`,
  values: [JSON.stringify(names)],
});

const count = (host: string, names: readonly string[]): Statement => ({
  sql: `SELECT (SELECT count(*) FROM lease WHERE name IN ${NAMES}) AS leases,
    (SELECT count(*) FROM host WHERE ${ALIVE}) AS hosts,
    (SELECT count(*) FROM lease WHERE host = ?) AS own`,
  values: [JSON.stringify(names), host],
});

const take = (asked: {
  readonly host: string;
  readonly wanted: readonly string[];
  readonly most: number;
  /** Also what belongs to a host that does not say that it lives. */
  readonly isFromDead: boolean;
}): Statement => ({
  sql: `UPDATE lease SET host = ?, token = token + 1 WHERE name IN (
    SELECT name FROM lease WHERE name IN ${NAMES}
      AND (host IS NULL OR (? = 1 AND host NOT IN (SELECT id FROM host WHERE ${ALIVE})))
    ORDER BY name LIMIT ?)`,
  values: [asked.host, JSON.stringify(asked.wanted), asked.isFromDead ? 1 : 0, asked.most],
});

const heldBy = (host: string): Statement => ({
  sql: "SELECT name, token FROM lease WHERE host = ? ORDER BY name",
  values: [host],
});

const give = (host: string, { name, token }: Lease): Statement => ({
  sql: "UPDATE lease SET host = NULL WHERE name = ? AND host = ? AND token = ?",
  values: [name, host, token],
});

const giveAll = (host: string): Statement => ({
  sql: "UPDATE lease SET host = NULL WHERE host = ?",
  values: [host],
});

/** With all that have been gone for a day. */
const leave = (host: string): Statement => ({
  sql: `DELETE FROM host WHERE id = ? OR seen_at < ${NOW} - 86400000`,
  values: [host],
});

const leaseOf = (row: Row): Lease => ({ name: String(row["name"]), token: Number(row["token"]) });

const numberIn = (rows: readonly Row[], column: string): number => Number(rows[0]?.[column] ?? 0);
