// `asterisk-kommo forget` while the daemon runs: the daemon does it, and goes on booking calls.
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { runProgram } from "../cli/spawned.ts";
import { endDaemons, startDaemonProcess, writeConfig } from "./daemon-process.ts";

const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");
const CLIENT = "79161234567";
const KEY = "9161234567";

let folder: string;
let pbx: PbxSimulator;
let kommo: KommoSimulator;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-forget-"));
  pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: "s3cret" }] });
  kommo = await startKommoSimulator();
});

afterEach(async () => {
  await endDaemons();
  await Promise.all([pbx.stop(), kommo.close()]);
  await rm(folder, { recursive: true, force: true });
});

async function until(isTrue: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  for (let tries = 0; tries < 1_200; tries++) {
    if (await isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(what());
}

async function play(recording: string): Promise<void> {
  const trace = await readTrace(join(RECORDINGS, recording));
  if (!trace.ok) throw new Error(trace.failure.hint);
  await pbx.play(trace.value, { maxPauseMs: 200 }).finished;
}

async function bytesInFolder(): Promise<string> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const texts = files.map((entry) =>
    readFile(join(entry.parentPath, entry.name), "latin1").catch(() => ""),
  );
  return (await Promise.all(texts)).join("\n");
}

test("F86: the running daemon forgets a number to the last byte, and books the next call", async () => {
  kommo.seed.contact({ name: `Anna +${CLIENT}`, phones: [`+${CLIENT}`] });
  const file = await writeConfig(folder, {
    ami: { port: pbx.port, username: "asterisk-kommo", secret: "s3cret" },
    pbx: { extensions: ["_10X"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: { "101": 9100001 },
    directory: { fill: "on" },
    store: { path: join(folder, "store.db") },
    ...{ http: { port: 0 }, public_http: { port: 0 }, fastagi: { port: 0 } },
  });
  const daemon = startDaemonProcess(file);
  await daemon.said('"connected to the exchange"');
  await play("in-answered-101");
  await until(() => kommo.journal.calls().length === 1, daemon.output);
  await until(async () => (await bytesInFolder()).includes("Anna"), daemon.output);
  const forget = () => runProgram(["forget", `+${CLIENT}`, "--config", file]);

  // The step is confirmed a moment after the account has the call.
  let done = await forget();
  await until(
    async () => done.code === 0 || (done = await forget()).code === 0,
    () => done.err,
  );
  const left = await bytesInFolder();
  await play("in-answered-101");
  await until(() => kommo.journal.calls().length === 2, daemon.output);
  const end = await daemon.end("SIGTERM");

  expect(done.out).toContain("1 calls");
  expect(done.out).toContain("nothing of it is left");
  expect(done.out).not.toContain(KEY);
  expect(left).not.toContain(KEY);
  expect(end.code).toBe(0);
  expect(daemon.output()).not.toContain(KEY);
});
