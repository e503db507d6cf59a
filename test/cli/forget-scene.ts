/** A store with all that rooms may keep of two clients. */
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import type { Phone } from "../../src/lib/phone.ts";
import { createMp3Folder } from "../../src/recordings/mp3-folder.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import { sql, type DaemonStore } from "../../src/store/store.ts";
import { callAt, openBookings, type Bookings } from "./booked-calls.ts";

export const CLIENT = "79161234567";
export const KEY = "9161234567";
export const OTHER = "79035550001";
/** Which a variable of the dialplan held. */
export const NAME = "Anna Orlova of the corner shop";

export async function owned<T>(
  { storePath }: Pick<Bookings, "storePath">,
  doing: (store: DaemonStore) => Promise<T>,
): Promise<T> {
  const opened = await openSqliteStore({ path: storePath, migrations: storeMigrations });
  if (!opened.ok) throw new Error(opened.failure.reason);
  try {
    return await doing(opened.value);
  } finally {
    await opened.value.close();
  }
}

export const mp3Of = ({ storePath }: Bookings) =>
  createMp3Folder(join(dirname(storePath), "recordings"));

export const RECORDING = "ab".repeat(16);

export async function filled(): Promise<Bookings> {
  const bookings = await openBookings();
  await bookings.whileDaemonRuns(async ({ accept, drained }) => {
    await accept(callAt(1, { clientPhone: CLIENT, variables: { CLIENT_NAME: NAME } }));
    await accept(callAt(2, { clientPhone: `+${CLIENT}` as Phone }));
    await accept(callAt(3, { clientPhone: OTHER }));
    await drained();
  });
  const path = `/var/spool/asterisk/monitor/in-74951000101-${CLIENT}-1.wav`;
  await owned(bookings, async (store) => {
    const [first] = await store.read(sql("SELECT id FROM call ORDER BY started_at"));
    await store.write([
      sql(
        "INSERT INTO kommo_exchange VALUES (1, 1, ?, 'GET', ?, 200, 5, '', ?), (2, 2, ?, 'POST', '/api/v4/contacts', 200, 5, ?, '{}')",
        ` ${String(first?.["id"])} `,
        `/api/v4/contacts?query=${CLIENT}`,
        `{"name":"${NAME}"}`,
        ` ${String(first?.["id"])} `,
        `[{"name":"${NAME}"}]`,
      ),
      sql(
        "INSERT INTO past_event VALUES (1, ?, 1, ?), (2, ?, 2, ?)",
        ...[String(first?.["id"]), `CallerIDNum: ${CLIENT}`],
        ...[String(first?.["id"]), `CallerIDName: ${NAME}`],
      ),
      sql("INSERT INTO directory_card VALUES (1, 'Anna +7 (916) 123-45-67', 1), (2, 'Boris', 1)"),
      sql(`INSERT INTO directory_phone VALUES ('${KEY}', 1), ('5550001000', 1), ('9035550001', 2)`),
      sql("INSERT INTO directory_lead VALUES (10, 'of Anna', 1), (11, 'of both', 1)"),
      sql("INSERT INTO directory_lead_card VALUES (1, 10), (1, 11), (2, 11)"),
      sql("INSERT OR REPLACE INTO memory VALUES (?, '{}', 1)", KEY),
      sql(
        `INSERT INTO recording (id, call_id, path, call_started_at, call_ended_at, state, due_at)
         VALUES (?, ?, ?, 1, 2, 'ready', 1)`,
        RECORDING,
        String(first?.["id"]),
        path,
      ),
      // Of dialling: a dial, one that was refused, and what a repeat would be answered.
      sql(
        `INSERT INTO dial (id, asked_at, user_id, proof, asked_phone, phone, extension, state)
         VALUES ('kommo-1.1', 1, 1, 'one-time token', '+7 916/123\u201345-67', ?, '101', 'ended'),
           ('kommo-2.2', 1, 1, 'one-time token', 'tel:8 (916) 123-45-67', NULL, NULL, 'refused')`,
        CLIENT,
      ),
      sql(
        "INSERT INTO kept_answer VALUES ('1 key', 'hash', 202, ?, 9)",
        `{"id":"kommo-1.1","extension":"101","phone":"${CLIENT}"}`,
      ),
      // Rows of a call that is over: deleted, and still in the pages of the file.
      sql(
        "INSERT INTO live_event (linked, at, message) VALUES ('x', 1, ?)",
        `Num: ${CLIENT}`.repeat(50),
      ),
      sql("DELETE FROM live_event"),
    ]);
  });
  const file = mp3Of(bookings).fileOf(RECORDING as never);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, "sound");
  return bookings;
}
