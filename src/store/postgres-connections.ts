/**
 * The connections of an open store. An installation that one daemon has alone has its own, and its place
 * is locked by the session that writes. The accounts of a host have some in common, however many accounts
 * there are. Exports `ownConnections` and `sharedConnections`.
 */
import { openConnection, type Connection } from "./postgres-connection.ts";
import { claimPlace, createKeeper, type Claim, type Keeper } from "./postgres-keeper.ts";
import type { PostgresPlace } from "./postgres-place.ts";
import { createPool, type Pool, type Turn } from "./postgres-pool.ts";

export type Connections = {
  /** To write, while nobody else has the place. Rejects with what the driver throws, or StoreFailure. */
  readonly toWrite: () => Promise<Turn>;
  /** Likewise, to look. */
  readonly toRead: () => Promise<Turn>;
  /** A connection for looking did not answer. */
  readonly doubtReading: () => void;
  /** Whoever waits is rejected with `why`. */
  close(why: Error): Promise<void>;
};

/** Longer than a write waits for another host's lock, and not as long as one would wait for it. */
const WRITING = { answerMs: 10_000 };
/**
 * Most reads take milliseconds: a server that does not answer for so long hangs, or what was asked is
 * large. Its own limit comes first, which tells the two apart.
 */
export const READING = { answerMs: 10_000, statementMs: 8_000 };
/** Statistics and exports of a large store. */
export const LONG_READING = { answerMs: 65_000, statementMs: 60_000 };
const READERS_ALONE = 3;
const IDLE_MS = 30_000;
/** For all accounts of a host; docs/postgresql.md adds them up. */
const COMMON = {
  writing: { most: 6, mostOfOne: 1, mostOfSlow: 3, idleMs: IDLE_MS },
  reading: { most: 6, mostOfOne: 2, mostOfSlow: 3, idleMs: IDLE_MS },
};

/**
 * @param claim undefined: the place is only looked at
 * @param onLost told when the connection to write has ended without being closed
 */
export function ownConnections(
  place: PostgresPlace,
  claim: Claim | undefined,
  onLost?: () => void,
): Connections {
  const open = async (): Promise<Connection> => {
    const connection = await openConnection(place.url, WRITING, onLost);
    try {
      if (claim !== undefined) await claimPlace(connection, { place, claim });
      return connection;
    } catch (thrown) {
      connection.cut();
      throw thrown;
    }
  };
  const writing = createPool({ open, most: 1, mostOfOne: 1, mostOfSlow: 1 });
  const reading = createPool({
    open: () => openConnection(place.url, READING),
    ...{ most: READERS_ALONE, mostOfOne: READERS_ALONE, mostOfSlow: READERS_ALONE },
    idleMs: IDLE_MS,
  });
  return {
    toWrite: () => writing.take(place),
    toRead: () => reading.take(place),
    doubtReading: () => reading.doubt(),
    async close(why) {
      [writing, reading].forEach((pool) => pool.leave(place, why));
      await Promise.all([writing.close(), reading.close()]);
    },
  };
}

type Common = {
  readonly writing: Pool;
  readonly reading: Pool;
  readonly keeper: Keeper;
  users: number;
};

/** Of this process, by the database's address. */
const common = new Map<string, Common>();

export function sharedConnections(place: PostgresPlace): Connections {
  const { url, name } = place;
  const shared = common.get(url) ?? openCommon(url);
  common.set(url, shared);
  shared.users++;
  const mine = { name }; // another one of each store
  return {
    async toWrite() {
      await shared.keeper.keep(mine);
      const { connection, end } = await shared.writing.take(mine);
      return {
        connection,
        end() {
          if (!connection.isOpen()) shared.keeper.doubt();
          end();
        },
      };
    },
    toRead: () => shared.reading.take(mine),
    doubtReading: () => shared.reading.doubt(),
    async close(why) {
      [shared.writing, shared.reading].forEach((pool) => pool.leave(mine, why));
      shared.users--;
      if (shared.users > 0) return shared.keeper.leave(mine);
      common.delete(url);
      await Promise.all([shared.writing.close(), shared.reading.close(), shared.keeper.close()]);
    },
  };
}

function openCommon(url: string): Common {
  return {
    writing: createPool({ open: () => openConnection(url, WRITING), ...COMMON.writing }),
    reading: createPool({ open: () => openConnection(url, READING), ...COMMON.reading }),
    keeper: createKeeper(() => openConnection(url, WRITING)),
    users: 0,
  };
}
