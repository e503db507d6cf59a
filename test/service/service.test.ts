// The daemon as a service of systemd, for which a listener on NOTIFY_SOCKET and a small supervisor
// stand in: what it says, and that it is ended and started again where it hangs, with no call lost.
import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { mkdtemp, readdir, readFile, rename, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { writeConfig } from "../daemon/daemon-process.ts";
import { createSystemd, type Systemd } from "./systemd.ts";
import { readUnit } from "./unit-file.ts";

const ROOT = join(import.meta.dirname, "../..");
const RECORDINGS = join(ROOT, "src/simulator/recordings");
const CONNECTED = '"connected to the exchange"';

let folder: string;
let pbx: PbxSimulator;
let kommo: KommoSimulator;
let configFile: string;
let systemd: Systemd;
let holder: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-service-"));
  pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: "of-the-listener" }] });
  kommo = await startKommoSimulator();
  configFile = await writeConfig(folder, {
    ami: { port: pbx.port, username: DEFAULT_USER.name, secret: "of-the-listener" },
    pbx: { extensions: ["_10X"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: { "101": 9_100_001 },
    store: { path: join(folder, "store.db") },
  });
  systemd = await createSystemd({
    unit: readUnit(),
    socket: join(folder, "notify"),
    command: [join(ROOT, "bin/asterisk-kommo"), "run", "--config", configFile],
    environment: {
      ASTERISK_KOMMO_HTTP_PORT: "0",
      ASTERISK_KOMMO_PUBLIC_HTTP_PORT: "0",
      ASTERISK_KOMMO_FASTAGI_PORT: "0",
    },
    watchdog: { toldMs: 4_000, patienceMs: 15_000 },
  });
});

afterEach(async () => {
  holder?.kill("SIGKILL");
  holder = undefined;
  await systemd.close();
  await Promise.all([pbx.stop(), kommo.close()]);
  await rm(folder, { recursive: true, force: true });
});

async function playACall(): Promise<void> {
  const trace = await readTrace(join(RECORDINGS, "in-answered-101"));
  if (!trace.ok) throw new Error(trace.failure.hint);
  await pbx.play(trace.value, { maxPauseMs: 400 }).finished;
}

async function booked(calls: number): Promise<void> {
  for (const end = Date.now() + 60_000; kommo.journal.calls().length < calls; await pause(50))
    if (Date.now() > end) throw new Error(`not booked: ${systemd.log()}`);
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function fedTimes(count: number): Promise<void> {
  let from = systemd.journal.length;
  for (let times = 0; times < count; times++) from = 1 + (await systemd.saw("WATCHDOG=1", from));
}

test("systemd hears that the service is ready, that it is well, how it is, and that it stops", async () => {
  await systemd.start();

  await systemd.wrote(CONNECTED);
  await fedTimes(2);
  await systemd.saw("STATUS=connected to Asterisk; 0 steps wait for Kommo, 0 set aside");
  await systemd.stop();

  expect(systemd.journal.slice(0, 3)).toEqual([
    "start",
    "READY=1",
    expect.stringMatching(/^STATUS=/),
  ]);
  expect(systemd.journal.at(-1)).toBe("exit 0");
  expect(systemd.journal).toContain("STOPPING=1");
});

test("a reload is told from its beginning to its end", async () => {
  await systemd.start();
  const before = Number(process.hrtime.bigint() / 1_000n);
  const from = systemd.journal.length;

  systemd.reload();
  const begun = await systemd.saw("RELOADING=1", from);
  const at = Number(systemd.journal[await systemd.saw("MONOTONIC_USEC=", begun)]?.split("=")[1]);
  await systemd.saw("READY=1", begun);

  expect(at).toBeGreaterThan(before);
  expect(at).toBeLessThan(Number(process.hrtime.bigint() / 1_000n));
});

test("with Asterisk away the service is well: a new start would not bring it back", async () => {
  await systemd.start();
  await systemd.wrote(CONNECTED);

  await pbx.stop();
  await systemd.saw("STATUS=Asterisk is away");
  await fedTimes(3);

  expect(systemd.journal).not.toContain("watchdog");
});

/** The thread that holds the database, by the name that Node gives it. */
async function storeThread(): Promise<string> {
  const tasks = `/proc/${systemd.pid()}/task`;
  for (const task of await readdir(tasks))
    if ((await readFile(join(tasks, task, "comm"), "utf8")).trim() === "store") return task;
  throw new Error("the daemon has no thread of that name");
}

test("where the store hangs the service is started again, and books the next call once", async () => {
  await systemd.start();
  await systemd.wrote(CONNECTED);
  holder = spawn("python3", [join(import.meta.dirname, "hold-thread.py"), await storeThread()], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve) => holder?.stdout?.once("data", resolve));

  const ended = await systemd.saw("watchdog");
  await systemd.saw("exit SIGKILL", ended);
  await systemd.saw("STATUS=connected to Asterisk", ended);
  await playACall();
  await booked(1);

  expect(kommo.journal.calls()).toHaveLength(1);
});

test("where the loop hangs the service is started again", async () => {
  await systemd.start();
  // Whoever opens a pipe that nobody writes to waits, and a reload reads the configuration at once.
  await rename(configFile, `${configFile}.kept`);
  execFileSync("mkfifo", ["-m", "600", configFile]);

  systemd.reload();
  await systemd.saw("RELOADING=1");
  const ended = await systemd.saw("watchdog");
  await rm(configFile);
  await rename(`${configFile}.kept`, configFile);

  await systemd.saw("exit SIGKILL", ended);
  await systemd.saw("READY=1", ended);
});
