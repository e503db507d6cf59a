/** The daemon's store: one thread that writes, ways to look things up, and writes that wait out a full disk. */
import type { Clock } from "../../lib/clock.ts";
import { succeeded, type Result } from "../../lib/failure.ts";
import type { Logger } from "../../lib/log.ts";
import { createLookThread } from "../../store/look-thread.ts";
import { openGlance } from "../../store/sqlite-glance.ts";
import type { Damage } from "../../store/sqlite-salvage.ts";
import { openStore, type StorePlace } from "../../store/open-store.ts";
import { FENCED, fencedFailure, isBroken, isPassing } from "../../store/store.ts";
import type { DaemonStore, OpenFailure, Row, Statement, Store } from "../../store/store.ts";
import { writeUntilKept } from "../../store/write-until-kept.ts";
import { tellDatabase, tellReserve, tellStore } from "../daemon-log.ts";
import { storeMigrations } from "./store-migrations.ts";
import { watchedStore, type WriteTold } from "./watched-store.ts";

export type Stores = {
  readonly store: DaemonStore;
  /** For long questions, which hold up neither the loop nor commits. */
  readonly reader: Pick<Store, "read">;
  /** A few rows by their index, for whoever must answer at once. */
  readonly glance: Pick<Store, "read">;
  /** Resolves when it is on the disk; rejects only when the store is broken or the daemon stops. */
  readonly keep: (statements: readonly Statement[]) => Promise<readonly (readonly Row[])[]>;
  /** The file was damaged, and begun anew with what could be read. */
  readonly damage: Damage | undefined;
  /** false: the last write was not taken. */
  readonly isWell: () => boolean;
  close(): Promise<void>;
};

export type StoresDeps = {
  readonly place: StorePlace;
  /** Room beside the store that is kept for calls of a full disk; 0: none. */
  readonly reserveBytes: number;
  /** Of every write: finds nothing once another host has taken over. undefined: the store is ours alone. */
  readonly guard: Statement | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Ends the waiting of `keep`. */
  readonly signal: AbortSignal;
  readonly onFatal: (error: Error) => void;
  readonly onWrite: (told: WriteTold) => void;
};

export async function openStores(deps: StoresDeps): Promise<Result<Stores, OpenFailure>> {
  const { place, clock, logger, signal } = deps;
  const migrations = storeMigrations;
  let damage: Damage | undefined;
  const opened = await openStore(place, {
    migrations,
    access: deps.guard === undefined ? "own" : "share",
    onBroken: deps.onFatal,
    onDamage: (found) => (damage = found),
    reserveBytes: deps.reserveBytes,
    onReserve: (state) => tellReserve(logger, state),
    onTrouble: (failure) => tellDatabase(logger, failure),
  });
  if (!opened.ok) return opened;
  let isWell = true;
  const store = watchedStore(opened.value, {
    ...{ clock, guard: deps.guard },
    onWrite: (told) => {
      const { failure: code } = told;
      isWell = code === undefined || !(isPassing({ code }) || isBroken({ code }));
      if (code === FENCED) deps.onFatal(fencedFailure());
      deps.onWrite(told);
    },
  });
  // PostgreSQL's reads wait for nobody.
  const { path } = place;
  const isFile = place.url === undefined;
  const looking = isFile ? createLookThread({ path, migrations, instead: store }) : undefined;
  const glance = isFile ? openGlance(path) : undefined;
  const waiting = { store, clock, signal, onWait: tellStore.bind(undefined, logger) };
  return succeeded({
    ...{ store, damage, reader: looking ?? store, glance: glance ?? store },
    isWell: () => isWell,
    keep: (statements) => writeUntilKept(waiting, statements),
    async close() {
      glance?.close();
      await looking?.close();
      await store.close();
    },
  });
}
