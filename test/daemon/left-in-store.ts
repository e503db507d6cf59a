/**
 * What a daemon that was killed left in its store: whatever the machine was late with, that much was
 * accepted, or is known to go on, and has to be booked. Exports `lookInto`.
 */
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { phoneKey } from "../../src/lib/phone.ts";
import { openStore, type StorePlace } from "../../src/store/open-store.ts";
import { sql, type Store } from "../../src/store/store.ts";
import { clientIn } from "../nemesis/kept-calls.ts";

/** Each call by its linked id and its client: see `kept`. */
export type Kept = {
  readonly accepted: ReadonlySet<string>;
  readonly goingOn: ReadonlySet<string>;
};

export const kept = (linkedId: unknown, client: string): string =>
  `${String(linkedId)} ${phoneKey(client)}`;

/** Not for a store that a daemon is writing to: what it writes just then may or may not be seen. */
export async function lookInto(place: StorePlace): Promise<Kept> {
  const store = await look(place);
  try {
    const accepted = await store.read(sql("SELECT id, client_key FROM call"));
    const events = await store.read(sql("SELECT linked, message FROM live_event"));
    return {
      accepted: new Set(accepted.map((row) => kept(row["id"], String(row["client_key"])))),
      goingOn: new Set(
        events.flatMap(({ linked, message }) => {
          const client = clientIn(String(message));
          return client === undefined ? [] : [kept(linked, client)];
        }),
      ),
    };
  } finally {
    await store.close();
  }
}

/** A server on a machine with much else to do may let a first one wait for too long. */
async function look(place: StorePlace): Promise<Store> {
  for (let tries = 1; ; tries++) {
    const opened = await openStore(place, { migrations: storeMigrations, access: "look" });
    if (opened.ok) return opened.value;
    if (tries === LOOKS) throw new Error(opened.failure.reason);
  }
}

const LOOKS = 10;
