// The daemon as a process: how it starts, what it says when something is wrong, how it stops.
import { mkdtemp, rm } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { endDaemons, startDaemonProcess, writeConfig } from "./daemon-process.ts";

const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");
const SECRET = "of-the-listener";
const CONNECTED = '"connected to the exchange"';

let folder: string;
let pbx: PbxSimulator;
let kommo: KommoSimulator;
let server: Server | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-run-"));
  pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: SECRET }] });
  kommo = await startKommoSimulator();
});

afterEach(async () => {
  await endDaemons();
  await Promise.all([pbx.stop(), kommo.close()]);
  server?.closeAllConnections();
  server?.close();
  server = undefined;
  await rm(folder, { recursive: true, force: true });
});

const config = (changes: object = {}): object => ({
  ami: { port: pbx.port, username: "asterisk-kommo", secret: SECRET },
  pbx: { extensions: ["_10X"] },
  kommo: { account_url: kommo.url, access_token: kommo.token },
  users: { "101": 9100001 },
  store: { path: join(folder, "store.db") },
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

test("a call is on the client's card soon after its end, and SIGTERM ends the daemon in peace", async () => {
  kommo.seed.contact({ phones: ["+7 916 123-45-67"] });
  const daemon = startDaemonProcess(await writeConfig(folder, config()));
  await daemon.said(CONNECTED);

  await play("in-answered-101");
  await until(() => kommo.journal.calls().length === 1, daemon.output);
  const end = await daemon.end("SIGTERM");

  expect(end).toEqual({ code: 0, signal: null });
  expect(kommo.journal.calls()[0]).toMatchObject({
    direction: "inbound",
    card: { type: "contacts" },
    call_status: 4,
    call_responsible: 9100001,
  });
});

test("F85: neither secrets nor whole numbers of clients stand in the log", async () => {
  const daemon = startDaemonProcess(await writeConfig(folder, config()));
  await daemon.said(CONNECTED);

  await play("in-answered-101");
  await daemon.said('"call accepted"');
  await daemon.end("SIGTERM");

  expect(daemon.output()).not.toContain("79161234567");
  expect(daemon.output()).not.toContain(SECRET);
  expect(daemon.output()).not.toContain(kommo.token);
});

test("what is accepted while Kommo is away is booked once it is back", async () => {
  const { port } = new URL(kommo.url);
  await kommo.close();
  const daemon = startDaemonProcess(await writeConfig(folder, config()));
  await daemon.said(CONNECTED);
  await play("in-answered-101");
  await daemon.said("kommo did not take a batch, it is kept");

  kommo = await startKommoSimulator({ port: Number(port) });
  await until(() => kommo.journal.unsorted().length === 1, daemon.output);

  expect(kommo.journal.calls()).toHaveLength(1);
});

test("F01: what is accepted and not booked outlives a kill", async () => {
  const { port } = new URL(kommo.url);
  await kommo.close();
  const file = await writeConfig(folder, config());
  const first = startDaemonProcess(file);
  await first.said(CONNECTED);
  await play("in-answered-101");
  await first.said('"call accepted"');
  await first.end("SIGKILL");

  kommo = await startKommoSimulator({ port: Number(port) });
  const second = startDaemonProcess(file);
  await until(() => kommo.journal.calls().length === 1, second.output);

  expect(kommo.journal.unsorted()).toHaveLength(1);
});

test("something that is no Kommo loses nothing: the call waits", async () => {
  server = createServer((_, response) => response.end("<html>It works!</html>"));
  await new Promise<void>((resolve) => server?.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const account_url = `http://127.0.0.1:${port}`;
  const file = await writeConfig(folder, config({ kommo: { account_url, access_token: "t0ken" } }));
  const daemon = startDaemonProcess(file);
  await daemon.said(CONNECTED);

  await play("in-answered-101");
  await daemon.said("kommo did not take a batch, it is kept");
  const end = await daemon.end("SIGTERM");

  expect(end.code).toBe(0);
  expect(daemon.output()).not.toContain("set aside");
});

test("F27: a wrong AMI password is one sentence that says what to do", async () => {
  const ami = { port: pbx.port, username: "asterisk-kommo", secret: "not-the-secret" };
  const daemon = startDaemonProcess(await writeConfig(folder, config({ ami })));

  await daemon.said("no connection to the exchange");
  const line = daemon
    .output()
    .split("\n")
    .find((text) => text.includes("no connection to the exchange"));

  expect(JSON.parse(line ?? "")).toMatchObject({ level: "error", failure: "refused" });
  expect(line).toContain("manager.conf");
  expect(line).not.toContain("not-the-secret");
});

test("F89: a broken configuration starts nothing and names its lines", async () => {
  const file = await writeConfig(folder, config({ pbx: { extensions: "_1XX" }, userz: {} }));
  const daemon = startDaemonProcess(file);

  const code = await daemon.exited();

  expect(code).toBe(1);
  expect(daemon.output()).toMatch(/config\.json:\d+/);
  expect(daemon.output()).toContain("pbx.extensions");
  expect(daemon.output()).toContain("userz");
});

test("F06: a second daemon on the same store leaves with one sentence, the first goes on", async () => {
  const file = await writeConfig(folder, config());
  const first = startDaemonProcess(file);
  await first.said(CONNECTED);

  const second = startDaemonProcess(file);
  await second.said("not started");
  await play("in-answered-101");
  await first.said('"call accepted"');

  expect(second.output().trim().split("\n")).toHaveLength(1);
});
