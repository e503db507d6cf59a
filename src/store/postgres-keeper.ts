/**
 * Who has an installation: a lock that lasts as long as the session that took it. Exports `claimPlace`,
 * and `createKeeper`: one session that holds the places of all accounts of a host, whichever connections
 * they write over.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Connection } from "./postgres-connection.ts";
import { inUse, lockNumbers } from "./postgres-place.ts";
import { StoreFailure } from "./store.ts";

/** "own": nobody else. "share": others as well that share. */
export type Claim = "own" | "share";

/** The code of a place that another daemon has. */
export const IN_USE = "POSTGRES_IN_USE";

type Place = { readonly name: string };

const WAIT_MS = 1_000; // a daemon that is just leaving
const PAUSE_MS = 50;
const TAKE = { own: "pg_try_advisory_lock", share: "pg_try_advisory_lock_shared" };

/** Rejects with the code POSTGRES_IN_USE where another has it, or with what the driver throws. */
export async function claimPlace(
  connection: Connection,
  { place, claim }: { readonly place: Place; readonly claim: Claim },
): Promise<void> {
  const take = `SELECT ${TAKE[claim]}(${lockNumbers("daemon", place)}) AS is_taken`;
  const until = performance.now() + WAIT_MS;
  while ((await connection.say(take))[0]?.["is_taken"] !== 1) {
    const { reason, hint } = inUse(place);
    if (performance.now() > until) throw new StoreFailure(reason, { code: IN_USE, hint });
    await pause(PAUSE_MS);
  }
}

export type Keeper = {
  /**
   * Resolves when the place is held beside others that share it; at once while it is.
   * Rejects as `claimPlace`.
   * @param place one of each store, until it leaves
   */
  keep(place: Place): Promise<void>;
  leave(place: Place): Promise<void>;
  /** Another connection to the same server was lost: perhaps this one, too, and nobody has said so. */
  doubt(): void;
  close(): Promise<void>;
};

export function createKeeper(open: () => Promise<Connection>): Keeper {
  const places = new Set<Place>();
  const held = new Set<Place>();
  let session: Connection | undefined;
  let opening: Promise<Connection> | undefined;

  /** With the places of all, also of those that do not write just now. */
  async function openAgain(): Promise<Connection> {
    session = undefined;
    held.clear();
    const next = await open();
    for (const place of await claimAll(next, [...places])) held.add(place);
    return (session = next);
  }

  return {
    async keep(place) {
      places.add(place);
      const isOpen = session?.isOpen() === true;
      if (isOpen && held.has(place)) return;
      opening ??= (isOpen && session ? Promise.resolve(session) : openAgain()).finally(
        () => (opening = undefined),
      );
      const current = await opening;
      if (held.has(place)) return;
      await claimPlace(current, { place, claim: "share" });
      if (current === session) held.add(place);
    },
    async leave(place) {
      places.delete(place);
      if (!held.delete(place) || session?.isOpen() !== true) return;
      const release = `SELECT pg_advisory_unlock_shared(${lockNumbers("daemon", place)})`;
      await session.say(release).catch(() => session?.cut());
    },
    doubt: () => session?.cut(),
    async close() {
      const last = await opening?.catch(() => undefined);
      await (last ?? session)?.close();
    },
  };
}

/** @returns those that nobody has alone */
async function claimAll(
  connection: Connection,
  places: readonly Place[],
): Promise<readonly Place[]> {
  if (places.length === 0) return [];
  const rows = places.map((place, at) => `(${at}, ${lockNumbers("daemon", place)})`);
  const taken = await connection.say(
    `SELECT place FROM (VALUES ${rows.join(", ")}) AS wanted (place, use, number)
     WHERE ${TAKE.share}(use, number)`,
  );
  return taken.flatMap(({ place }) => places[Number(place)] ?? []);
}
