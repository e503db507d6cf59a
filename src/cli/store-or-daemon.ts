/**
 * The way of a command that changes the store: the daemon owns it while it runs, so it is asked; where
 * none runs, the store is free and the command does it itself. Exports `withStoreOrDaemon`.
 */
import { existsSync } from "node:fs";
import { systemClock } from "../lib/clock.ts";
import { failed, type Result } from "../lib/failure.ts";
import { storeMigrations } from "./daemon/store-migrations.ts";
import { openStore, type StorePlace } from "../store/open-store.ts";
import type { DaemonStore } from "../store/store.ts";
import { askDaemon, requestFolderOf } from "./request-folder.ts";

/** One sentence each, for the terminal. */
export type CommandFailure = { readonly reason: string; readonly hint: string };

/**
 * @param given.ask what the daemon is asked; its answer is plain JSON of the shape that `alone` gives
 * @param given.makesStore whether a store that is not there yet is made; else that is a failure
 */
export async function withStoreOrDaemon<T>(given: {
  readonly place: StorePlace;
  readonly makesStore: boolean;
  readonly ask: object;
  readonly alone: (store: DaemonStore) => Promise<Result<T, CommandFailure>>;
}): Promise<Result<T, CommandFailure>> {
  const { place } = given;
  // Opened for writing it would be made.
  if (place.url === undefined && !given.makesStore && !existsSync(place.path))
    return failed({
      reason: `the store ${place.path} is not there`,
      hint: "start the daemon once, which creates it, or look at store.path",
    });
  const opened = await openStore(place, { migrations: storeMigrations });
  if (opened.ok) {
    try {
      return await given.alone(opened.value);
    } finally {
      await opened.value.close();
    }
  }
  if (opened.failure.kind !== "in-use") return opened;
  const asked = await askDaemon(requestFolderOf(place.path), given.ask, { clock: systemClock });
  switch (asked.kind) {
    case "answered":
      return asked.answer as Result<T, CommandFailure>;
    case "no-access":
      return failed({
        reason: `the running daemon cannot be asked (${asked.reason})`,
        hint: "run this as root or as the daemon's user",
      });
    case "not-taken":
      return failed({
        reason: "another program holds the store, and no daemon answers",
        hint:
          place.url === undefined
            ? "wait until it is done, or start the daemon"
            : "run this on the host of the daemon, with its store.path",
      });
  }
}
