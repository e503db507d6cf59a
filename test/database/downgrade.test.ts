// The version before is put in place again while calls wait to be told to Kommo: over both engines.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { startKommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { openStore } from "../../src/store/open-store.ts";
import { sql } from "../../src/store/store.ts";
import { startDaemonProcess, writeConfig } from "../daemon/daemon-process.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");
const SECRET = "of-the-listener";

/** What a version after this one may add to the queue and to calls. */
const NEWER = {
  id: "+of-a-newer-version",
  statements: [
    "ALTER TABLE step ADD COLUMN urgency INTEGER NOT NULL DEFAULT 1",
    "ALTER TABLE call ADD COLUMN mood TEXT",
    "CREATE TABLE mood (call_id TEXT PRIMARY KEY, mood TEXT NOT NULL)",
    "CREATE INDEX call_mood ON call (mood)",
  ],
};

let server: PostgresServer;

beforeAll(async () => {
  server = await startPostgres();
}, 120_000);

afterAll(() => server?.stop());

async function until(isTrue: () => boolean, what: () => string): Promise<void> {
  const end = performance.now() + 60_000;
  while (!isTrue()) {
    if (performance.now() > end) throw new Error(what());
    await sleep(100);
  }
}

test.each(["a file", "PostgreSQL"])(
  "F88: with a half-full queue in %s, to which a newer version has added, the version before sends all of it once",
  async (engine) => {
    await using ending = new AsyncDisposableStack();
    const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-downgrade-"));
    ending.defer(() => rm(folder, { recursive: true, force: true }));
    const pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: SECRET }] });
    ending.defer(() => pbx.stop());
    const kommo = await startKommoSimulator();
    ending.defer(() => kommo.close());
    const place = {
      ...{ path: join(folder, "store.db"), schema: "default" },
      ...(engine === "PostgreSQL" ? { url: server.url } : {}),
    };
    const file = await writeConfig(folder, {
      ami: { port: pbx.port, username: "asterisk-kommo", secret: SECRET },
      pbx: { extensions: ["_10X"] },
      kommo: { account_url: kommo.url, access_token: kommo.token },
      users: { "101": 9100001 },
      store: place,
      outbox: { believe_absence_after_seconds: 1 },
      public_http: { port: 0 },
    });
    const play = async (recording: string): Promise<void> => {
      const trace = await readTrace(join(RECORDINGS, recording));
      if (!trace.ok) throw new Error(trace.failure.hint);
      await pbx.play(trace.value, { maxPauseMs: 20 }).finished;
    };
    const accepted = (output: string): number => output.split('"call accepted"').length - 1;
    const booked = (): number => kommo.journal.calls().length;

    const before = startDaemonProcess(file);
    await before.said('"connected to the exchange"');
    await play("in-answered-101");
    await until(() => booked() === 1, before.output);
    kommo.fail(...Array.from({ length: 500 }, () => ({ kind: "status", status: 503 }) as const));
    for (const recording of ["in-no-answer", "out-answered", "in-busy"]) await play(recording);
    await until(() => accepted(before.output()) === 4, before.output);
    await before.end("SIGTERM");
    const newer = await openStore(place, { migrations: [...storeMigrations, NEWER] });
    if (!newer.ok) throw new Error(newer.failure.reason);
    await newer.value.write([sql("INSERT INTO mood (call_id, mood) VALUES ('1.1', 'good')")]);
    await newer.value.close();

    kommo.faults.clear();
    const older = startDaemonProcess(file);
    await older.said('"connected to the exchange"');
    await until(() => booked() === 4, older.output);
    await play("int-answered");
    await play("in-answered-101");
    await until(() => booked() === 5, older.output);
    const end = await older.end("SIGTERM");
    const again = await openStore(place, { migrations: [...storeMigrations, NEWER] });
    if (!again.ok) throw new Error(again.failure.reason);
    const kept = await again.value.read(sql("SELECT mood FROM mood"));
    await again.value.close();

    expect(end.code).toBe(0);
    expect(new Set(kommo.journal.calls().map(({ uniq }) => uniq)).size).toBe(5);
    expect(kept).toEqual([{ mood: "good" }]);
  },
  180_000,
);
