// F90: nobody reads the daemon's log, its reader is gone, or the log's disk is full. Calls are booked all
// the same, and the daemon stops when it is told to.
import { execFileSync, spawn, type ChildProcess, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { closeSync, constants, openSync, writeSync } from "node:fs";
import { codeOf } from "../../src/lib/failure.ts";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { PLAIN_ENVIRONMENT } from "../cli/spawned.ts";
import { writeConfig } from "../daemon/daemon-process.ts";
import { until } from "./office-day.ts";

const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");
const COMMAND = join(import.meta.dirname, "../../bin/asterisk-kommo");
const SECRET = "of-the-listener";

let folder: string;
let pbx: PbxSimulator;
let kommo: KommoSimulator;
let child: ChildProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-f90-"));
  pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: SECRET }] });
  kommo = await startKommoSimulator();
});

afterEach(async () => {
  child?.kill("SIGKILL");
  await Promise.all([pbx.stop(), kommo.close()]);
  await rm(folder, { recursive: true, force: true });
});

/** Says as much as it can. Resolves when it is at the exchange. */
async function startDaemon(stdio: StdioOptions): Promise<ChildProcess> {
  const config = await writeConfig(folder, {
    ami: { port: pbx.port, username: DEFAULT_USER.name, secret: SECRET },
    pbx: { extensions: ["_10X"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: { "101": 9100001 },
    store: { path: join(folder, "store.db") },
    log: { level: "debug" },
    ...{ http: { port: 0 }, public_http: { port: 0 }, fastagi: { port: 0 } },
  });
  child = spawn(COMMAND, ["run", "--config", config], { stdio, env: PLAIN_ENVIRONMENT });
  await until(
    () => pbx.clients().some(({ user }) => user !== undefined),
    () => "it never logged in",
  );
  return child;
}

async function play(times: number): Promise<void> {
  const trace = await readTrace(join(RECORDINGS, "in-answered-101"));
  if (!trace.ok) throw new Error(trace.failure.hint);
  for (let left = times; left > 0; left--)
    await pbx.play(trace.value, { maxPauseMs: 300 }).finished;
}

const booked = (count: number): Promise<void> =>
  until(
    () => kommo.journal.calls().length >= count,
    () => `${kommo.journal.calls().length} of ${count} calls are booked`,
  );

async function endOf(daemon: ChildProcess): Promise<number | null> {
  const ended = once(daemon, "exit") as Promise<[number | null]>;
  daemon.kill("SIGTERM");
  return (await ended)[0];
}

/** A pipe that takes not one byte more. */
function openFullPipe(): number {
  const path = join(folder, "log");
  execFileSync("mkfifo", [path]);
  const pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  for (const bytes of [4_096, 1])
    try {
      for (;;) writeSync(pipe, Buffer.alloc(bytes));
    } catch (thrown) {
      if (codeOf(thrown) !== "EAGAIN") throw thrown;
    }
  return pipe;
}

test("F90: with a log that nobody reads, calls are booked and the daemon stops in peace", async () => {
  const full = openFullPipe();
  const daemon = await startDaemon(["ignore", full, full]);

  await play(3);
  await booked(3);

  expect(await endOf(daemon)).toBe(0);
  closeSync(full); // open until now: a pipe without a reader is another matter
  expect(kommo.journal.calls()).toHaveLength(3);
});

test("F90: with the reader of its log gone, calls are booked and the daemon stops in peace", async () => {
  const daemon = await startDaemon(["ignore", "pipe", "pipe"]);
  daemon.stdout?.destroy();
  daemon.stderr?.destroy();

  await play(2);
  await booked(2);

  expect(await endOf(daemon)).toBe(0);
  expect(kommo.journal.calls()).toHaveLength(2);
});

test("F90: with a log on a full disk, calls are booked and the daemon stops in peace", async () => {
  const full = openSync("/dev/full", "w");
  const daemon = await startDaemon(["ignore", full, full]);
  closeSync(full);

  await play(2);
  await booked(2);

  expect(await endOf(daemon)).toBe(0);
  expect(kommo.journal.calls()).toHaveLength(2);
});
