// A recorded call, the whole way: the link on the card plays before and after there is an mp3.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createMp3Counter } from "../../src/recordings/sound/mp3-length.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { freePort } from "../http/free-port.ts";
import { wavOf } from "../recordings/made-sound.ts";
import { endDaemons, startDaemonProcess, writeConfig } from "./daemon-process.ts";

const TRACES = join(import.meta.dirname, "../fixtures/traces/ast22");
const FOLDER_OF_EXCHANGE = "/opt/asterisk-lab/spool/monitor";
const CONNECTED = '"connected to the exchange"';

let folder: string;
let pbx: PbxSimulator;
let kommo: KommoSimulator;
let port: number;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-recordings-"));
  await mkdir(join(folder, "monitor"));
  pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: "listener" }] });
  kommo = await startKommoSimulator();
  port = await freePort();
});

afterEach(async () => {
  await endDaemons();
  await Promise.all([pbx.stop(), kommo.close()]);
  await rm(folder, { recursive: true, force: true });
});

const configFile = (): Promise<string> =>
  writeConfig(folder, {
    ami: { port: pbx.port, username: "asterisk-kommo", secret: "listener" },
    pbx: { extensions: ["_10X"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: { "101": 9100001 },
    store: { path: join(folder, "store.db") },
    recordings: {
      path: join(folder, "monitor"),
      pbx_path: FOLDER_OF_EXCHANGE,
      public_url: `http://127.0.0.1:${port}`,
    },
    public_http: { port },
    http: { port: 0 },
    fastagi: { port: 0 },
  });

/** @returns the names of the files that Asterisk recorded into */
async function playRecordedCall(): Promise<string[]> {
  const trace = await readTrace(join(TRACES, "out-recorded-prefix-8"));
  if (!trace.ok) throw new Error(trace.failure.hint);
  const files = new Set<string>();
  const edit = (event: string): string => {
    const file = /^Variable: MIXMONITOR_FILENAME\r?\nValue: (.+?)\r?$/m.exec(event)?.[1];
    if (file !== undefined) files.add(file);
    return event;
  };
  await pbx.play(trace.value, { maxPauseMs: 400, edit }).finished;
  return [...files];
}

async function until<T>(
  look: () => Promise<T | undefined> | T | undefined,
  what: string,
): Promise<T> {
  for (let tries = 0; tries < 1_200; tries++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(what);
}

async function linkOfBookedCall(output: () => string): Promise<string> {
  const call = await until(() => kommo.journal.calls()[0], output());
  if (call.link === null) throw new Error("the call has no link");
  return call.link;
}

const ifReady = async (link: string): Promise<Response | undefined> => {
  const answer = await fetch(link);
  return answer.headers.get("content-type") === "audio/mpeg" ? answer : undefined;
};

test("F66: the link of a recorded call stands on the card before its file is there, and plays once it is", async () => {
  kommo.seed.contact({ phones: ["+7 916 123-45-67"] });
  const daemon = startDaemonProcess(await configFile());
  await daemon.said(CONNECTED);

  const [file = ""] = await playRecordedCall();
  const link = await linkOfBookedCall(daemon.output);
  const early = await fetch(link);
  await writeFile(join(folder, "monitor", basename(file)), wavOf(12));
  const answer = await until(() => ifReady(link), daemon.output());
  const mp3 = new Uint8Array(await answer.arrayBuffer());
  const part = await fetch(link, { headers: { range: "bytes=1000-1999" } });

  expect(dirname(file)).toBe(FOLDER_OF_EXCHANGE);
  expect(early.status).toBe(503);
  const counter = createMp3Counter();
  expect(counter.take(mp3)).toBe(true);
  expect(Math.abs(counter.seconds() - 12)).toBeLessThan(0.5);
  expect(answer.headers.get("accept-ranges")).toBe("bytes");
  expect(part.status).toBe(206);
  expect(part.headers.get("content-range")).toBe(`bytes 1000-1999/${mp3.length}`);
  expect(new Uint8Array(await part.arrayBuffer())).toEqual(mp3.subarray(1_000, 2_000));
});

test("F69: a daemon that is killed converts at its next start what it had not, and old links go on", async () => {
  kommo.seed.contact({ phones: ["+7 916 123-45-67"] });
  const file = await configFile();
  const first = startDaemonProcess(file);
  await first.said(CONNECTED);
  const [recording = ""] = await playRecordedCall();
  const link = await linkOfBookedCall(first.output);
  await first.end("SIGKILL");
  await writeFile(join(folder, "monitor", basename(recording)), wavOf(3));

  const second = startDaemonProcess(file);
  const answer = await until(() => ifReady(link).catch(() => undefined), second.output());

  expect(answer.status).toBe(200);
  expect(second.output()).not.toContain(new URL(link).pathname);
});
