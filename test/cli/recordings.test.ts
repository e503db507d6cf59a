// `recordings list | check | keys | rotate-key | revoke-key | retry`, with and without a running daemon.
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { serveCommands } from "../../src/cli/command-requests.ts";
import { createChangeAnswer, runRecordingsRetry } from "../../src/cli/recordings/change.ts";
import { runRecordingsRevokeKey, runRecordingsRotateKey } from "../../src/cli/recordings/change.ts";
import { runRecordingsCheck } from "../../src/cli/recordings/check.ts";
import { runRecordingsKeys } from "../../src/cli/recordings/keys.ts";
import { runRecordingsList } from "../../src/cli/recordings/list.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { openKeyRing, type KeyRing } from "../../src/recordings/key-ring.ts";
import { recordingId } from "../../src/recordings/link.ts";
import { createMp3Folder } from "../../src/recordings/mp3-folder.ts";
import { becameOther, becameReady, insertRecording } from "../../src/recordings/schema.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import type { Store } from "../../src/store/store.ts";
import { newFolder, removeFolders } from "../config/written-config.ts";

let folder: string;
let config: string;

beforeEach(async () => {
  folder = newFolder();
  config = join(folder, "config.json");
  await writeFile(
    config,
    JSON.stringify({
      store: { path: join(folder, "store.db") },
      recordings: { public_url: "https://pbx.example" },
    }),
    { mode: 0o600 },
  );
});

afterEach(() => removeFolders());

async function withStore<T>(doing: (store: Store, ring: KeyRing) => Promise<T>): Promise<T> {
  const opened = await openSqliteStore({
    path: join(folder, "store.db"),
    migrations: storeMigrations,
  });
  if (!opened.ok) throw new Error(opened.failure.reason);
  const store = opened.value;
  const keep: Store["write"] = (statements) => store.write(statements);
  try {
    return await doing(store, await openKeyRing({ store, keep, now: () => Date.now() }));
  } finally {
    await store.close();
  }
}

type Run = (args: string[], terminal: { out: Sink; err: Sink }) => Promise<number>;
type Sink = { write(text: string): unknown };

async function run(
  command: Run,
  ...args: string[]
): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const code = await command([...args, "--config", config], {
    out: { write: (text) => (out += text) },
    err: { write: (text) => (err += text) },
  });
  return { code, out, err };
}

const READY = recordingId("1795261978.105", "/m/a.wav");
const MISSING = recordingId("1795261978.105", "/m/b.wav");

async function keepTwo(): Promise<void> {
  await withStore(async (store) => {
    const at = Date.UTC(2026, 10, 21, 12);
    const common = { callId: "1795261978.105", callStartedAt: at, callEndedAt: at, dueAt: at };
    await store.write([
      insertRecording({ ...common, id: READY, extension: "101", path: "/m/a.wav" }),
      insertRecording({ ...common, id: MISSING, extension: undefined, path: "/m/b.wav" }),
      becameReady(READY, { source: "/m/a.wav", bytes: 5, seconds: 61.4 }),
      becameOther(MISSING, { state: "missing", reason: "the file never came" }),
    ]);
  });
  const mp3 = createMp3Folder(join(folder, "recordings")).fileOf(READY);
  await mkdir(dirname(mp3), { recursive: true });
  await writeFile(mp3, "12345");
}

test("recordings are listed with what became of them, and their links", async () => {
  await keepTwo();

  const text = await run(runRecordingsList);
  const json = await run(runRecordingsList, "--json", "--call", "1795261978.105");

  expect(text).toMatchObject({ code: 0, err: "" });
  expect(text.out).toContain("the file never came");
  expect(text.out).toContain(`https://pbx.example/r/${READY}.`);
  const rows = json.out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { state: string });
  expect(rows.map(({ state }) => state).sort()).toEqual(["missing", "ready"]);
});

test("check finds store and disk alike, and tells each file that is not so", async () => {
  await keepTwo();
  const mp3s = createMp3Folder(join(folder, "recordings"));
  const stray = recordingId("nobody", "/m/c.wav");

  const alike = await run(runRecordingsCheck);
  await writeFile(mp3s.fileOf(READY), "1234");
  await mkdir(dirname(mp3s.fileOf(stray)), { recursive: true });
  await writeFile(mp3s.fileOf(stray), "x");
  const differing = await run(runRecordingsCheck, "--json");

  expect(alike).toMatchObject({ code: 0, out: "1 missing, 1 ready\nstore and disk fit\n" });
  expect(differing.code).toBe(1);
  expect(JSON.parse(differing.out)).toMatchObject({ lost: [], damaged: [READY], stray: [stray] });
});

test("F77: without a daemon a key is added and revoked in the store, and no secret is shown", async () => {
  await keepTwo();
  const before = await withStore((_, ring) => Promise.resolve(ring.sign(READY)));

  const rotated = await run(runRecordingsRotateKey);
  const wasGenuine = await withStore((_, ring) => Promise.resolve(ring.isGenuine(before)));
  const revoked = await run(runRecordingsRevokeKey, before.key);
  const isGenuine = await withStore((_, ring) => Promise.resolve(ring.isGenuine(before)));
  const keys = await run(runRecordingsKeys);

  expect([rotated.code, revoked.code]).toEqual([0, 0]);
  expect([wasGenuine, isGenuine]).toEqual([true, false]);
  expect(keys.out.trim().split("\n")).toHaveLength(2);
  expect(keys.out).toMatch(/signs new links[^]*revoked/);
});

test("F77: a running daemon does it, and heeds it at once", async () => {
  await keepTwo();
  await withStore(async (store, ring) => {
    const old = ring.sign(READY);
    let woken = 0;
    const answer = createChangeAnswer({
      ring,
      keep: (statements) => store.write(statements),
      now: () => Date.now(),
      wake: () => (woken += 1),
    });
    const commands = serveCommands({
      storePath: join(folder, "store.db"),
      clock: systemClock,
      logger: silentLogger,
      handlers: { recordings: answer },
    });

    const revoked = await run(runRecordingsRevokeKey, old.key);
    const unknown = await run(runRecordingsRevokeKey, "00000000");
    const retried = await run(runRecordingsRetry);
    await commands.stop();

    expect(revoked.code).toBe(0);
    expect(ring.isGenuine(old)).toBe(false);
    expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining("there is no key") });
    expect(retried.out).toBe("1 recording is looked for anew\n");
    expect(woken).toBe(1);
  });
});

test("wrong usage is told, and changes nothing", async () => {
  await keepTwo();

  const results = [
    await run(runRecordingsRevokeKey),
    await run(runRecordingsRotateKey, "surplus"),
    await run(runRecordingsList, "--limit", "0"),
  ];

  expect(results.map(({ code }) => code)).toEqual([2, 2, 2]);
});
