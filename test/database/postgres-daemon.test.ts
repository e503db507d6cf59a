// The daemon as it is installed, with its store in PostgreSQL, and the commands beside it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { endDaemons, startDaemonProcess, writeConfig } from "../daemon/daemon-process.ts";
import { startPostgres, type PostgresServer } from "./postgres-server.ts";

const ROOT = join(import.meta.dirname, "../..");
const RECORDINGS = join(ROOT, "src/simulator/recordings");
const SECRET = "of-the-listener";
const CONNECTED = '"connected to the exchange"';

let server: PostgresServer;
let folder: string;
let pbx: PbxSimulator;
let kommo: KommoSimulator;
let installations = 0;

beforeAll(async () => {
  server = await startPostgres();
}, 120_000);

afterAll(() => server?.stop());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-postgres-"));
  pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: SECRET }] });
  kommo = await startKommoSimulator();
});

afterEach(async () => {
  await endDaemons();
  await Promise.all([pbx.stop(), kommo.close()]);
  await rm(folder, { recursive: true, force: true });
});

const configure = (changes: object = {}): Promise<string> =>
  writeConfig(folder, {
    ami: { port: pbx.port, username: "asterisk-kommo", secret: SECRET },
    pbx: { extensions: ["_10X"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: { "101": 9100001 },
    store: {
      path: join(folder, "store.db"),
      url: server.url,
      schema: `daemon_${++installations}`,
    },
    outbox: { believe_absence_after_seconds: 1 },
    ...changes,
  });

async function play(recording: string): Promise<void> {
  const trace = await readTrace(join(RECORDINGS, recording));
  if (!trace.ok) throw new Error(trace.failure.hint);
  await pbx.play(trace.value, { maxPauseMs: 400 }).finished;
}

/** Looks again and again, because the other side is another process. */
async function until(isTrue: () => boolean, what: () => string): Promise<void> {
  for (let tries = 0; tries < 1_200; tries++) {
    if (isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(what());
}

/** Beside this process, in which the simulators answer. */
async function command(
  file: string,
  ...words: string[]
): Promise<{ code: number | null; output: string }> {
  const [name = "", ...rest] = [...words, "--config", file];
  const child = spawn(join(ROOT, "bin/asterisk-kommo"), [name, ...rest]);
  const [output, [code]] = await Promise.all([
    Promise.all([child.stdout, child.stderr].map((stream) => text(stream))),
    once(child, "exit") as Promise<[number | null]>,
  ]);
  return { code, output: output.join("") };
}

/** The step is confirmed a moment after the account has the call. */
async function forgetOnceQuiet(file: string): ReturnType<typeof command> {
  for (let tries = 0; ; tries++) {
    const done = await command(file, "forget", "+7 (916) 123-45-67");
    if (done.code === 0 || tries === 30) return done;
  }
}

/** Tables of the installations in which a row holds these digits, in whatever column. */
async function rowsWith(digits: string): Promise<readonly string[]> {
  const tables = await server.sql(
    "SELECT schemaname, tablename FROM pg_tables WHERE schemaname LIKE 'ak_%'",
  );
  const found: string[] = [];
  for (const { schemaname, tablename } of tables) {
    const table = `${String(schemaname)}."${String(tablename)}"`;
    const text = `regexp_replace(CAST(rows_ AS text), '[^0-9]', '', 'g')`;
    const rows = await server.sql(
      `SELECT 1 FROM ${table} AS rows_ WHERE ${text} LIKE '%${digits}%'`,
    );
    if (rows.length > 0) found.push(table);
  }
  return found;
}

test("a call is on the client's card, and the commands beside the daemon tell of it", async () => {
  kommo.seed.contact({ phones: ["+7 916 123-45-67"] });
  const file = await configure();
  const daemon = startDaemonProcess(file);
  await daemon.said(CONNECTED);

  await play("in-answered-101");
  await until(() => kommo.journal.calls().length === 1, daemon.output);
  await daemon.said('"call accepted"');
  const list = await command(file, "calls", "list");
  const id = /\d{10}\.\d+/.exec(list.output)?.[0] ?? "";
  const show = await command(file, "calls", "show", id);
  const recordings = await command(file, "recordings", "list");
  const resend = await command(file, "calls", "resend", id);
  const checked = await command(file, "check-config");
  const doctor = await command(file, "doctor");
  const forgotten = await forgetOnceQuiet(file);
  const left = await rowsWith("9161234567");
  const end = await daemon.end("SIGTERM");

  expect(list).toMatchObject({ code: 0, output: expect.stringContaining("101") });
  expect(show).toMatchObject({ code: 0, output: expect.stringContaining("register the call") });
  expect(recordings.code).toBe(0);
  expect(resend).toMatchObject({ code: 0, output: expect.stringContaining(id) });
  expect(checked.output).toMatch(/PostgreSQL at 127\.0\.0\.1:\d+\/postgres/);
  expect(doctor.output).toContain("nothing waits");
  expect(forgotten).toMatchObject({ code: 0, output: expect.stringContaining("1 calls") });
  expect(forgotten.output).toContain("nothing of it is left in the store's tables");
  expect(left).toEqual([]);
  for (const { output } of [checked, doctor]) expect(output).not.toContain(server.password);
  expect(daemon.output()).not.toContain(server.password);
  expect(end).toEqual({ code: 0, signal: null });
  expect((await command(file, "calls", "list")).output).not.toContain("79161234567");
});

test("F06: a second daemon on the same installation leaves with one sentence, the first goes on", async () => {
  const file = await configure();
  const first = startDaemonProcess(file);
  await first.said(CONNECTED);

  const second = startDaemonProcess(file);
  await second.said("not started");
  await play("in-answered-101");
  await first.said('"call accepted"');

  expect(second.output().trim().split("\n")).toHaveLength(1);
});

test("two installations in one database know nothing of each other's calls", async () => {
  const files = [await configure()];
  const daemon = startDaemonProcess(files[0] ?? "");
  await daemon.said(CONNECTED);
  await play("in-answered-101");
  await daemon.said('"call accepted"');
  const mine = await command(files[0] ?? "", "calls", "list", "--json");
  await daemon.end("SIGTERM");

  const other = startDaemonProcess(await configure());
  await other.said(CONNECTED);
  const theirs = await command(join(folder, "config.json"), "calls", "list", "--json");

  expect(mine.output).toContain("79161234567");
  expect(theirs.output).not.toContain("79161234567");
});

test.each([
  ["a wrong password", "postgres://test:wrong-password@HOST/postgres", /look at user and password/],
  ["no such database", "postgres://test:test-password@HOST/nothing", /create the database/],
  ["no server", "postgres://test:test-password@127.0.0.1:1/postgres", /start PostgreSQL/],
])("%s is one sentence that says what to do, without the password", async (_, url, hint) => {
  const address = url.replace("HOST", `127.0.0.1:${server.port}`);
  const daemon = startDaemonProcess(await configure({ store: { url: address } }));

  const code = await daemon.exited();

  expect(code).toBe(1);
  expect(daemon.output()).toMatch(hint);
  expect(daemon.output()).not.toContain("-password");
});

test("F19: calls that end while PostgreSQL is away are booked once when it is back", async () => {
  const file = await configure();
  const daemon = startDaemonProcess(file);
  await daemon.said(CONNECTED);
  await server.halt("immediate");
  await play("in-answered-101");
  await daemon.said("the store's database does not answer, waiting");

  await server.start();
  await daemon.said("the store's database answers again");
  await until(() => kommo.journal.calls().length === 1, daemon.output);
  const end = await daemon.end("SIGTERM");

  expect(end.code).toBe(0);
  expect(kommo.journal.calls()).toHaveLength(1);
});
