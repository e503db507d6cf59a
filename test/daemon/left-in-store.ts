/**
 * What a daemon that was killed left in its store: whatever the machine was late with, that much was
 * accepted, or is known to go on, and has to be booked. Exports `lookInto`.
 */
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { phoneKey } from "../../src/lib/phone.ts";
import { openStore, type StorePlace } from "../../src/store/open-store.ts";
import { sql } from "../../src/store/store.ts";
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
  const opened = await openStore(place, { migrations: storeMigrations, access: "look" });
  if (!opened.ok) throw new Error(opened.failure.reason);
  const store = opened.value;
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
