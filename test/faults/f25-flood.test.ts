// F25: the exchange tells far more than is of use, as fast as the line takes it. The daemon goes on
// reading, keeps within its memory, and the call in the midst of it is booked as it was.
import { readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { endDaemons, startDaemonProcess, writeConfig } from "../daemon/daemon-process.ts";
import { until } from "./office-day.ts";

const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");
const SECRET = "of-the-listener";
const FLOOD_MESSAGES = 400_000;
/** With each event of a recording: the simulator cuts who leaves a megabyte for 5 s. */
const AT_ONCE = 100;
const MOST_MEMORY_MB = 300;

let folder: string;
let pbx: PbxSimulator;
let kommo: KommoSimulator;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-f25-"));
  pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: SECRET }] });
  kommo = await startKommoSimulator();
});

afterEach(async () => {
  await endDaemons();
  await Promise.all([pbx.stop(), kommo.close()]);
  await rm(folder, { recursive: true, force: true });
});

/** A dialplan that counts: of each hundred events one is of the call itself, and is kept with it. */
function floodFor(linked: string, messages: number): string {
  const ofChannel = (event: string, id: string, ...more: readonly string[]): string =>
    [
      ...[`Event: ${event}`, "Privilege: dialplan,all", "Channel: PJSIP/loop-0000aaaa"],
      ...["ChannelState: 6", "ChannelStateDesc: Up", "CallerIDNum: 5550100", "Language: en"],
      ...["Context: loop", "Exten: s", "Priority: 2", `Uniqueid: ${id}`, `Linkedid: ${linked}`],
      ...[...more, "", ""],
    ].join("\r\n");
  const foreign = "1795261700.9999";
  const hundred = [
    ...Array.from({ length: 60 }, (_, n) =>
      ofChannel("VarSet", foreign, `Variable: COUNT${n}`, `Value: ${"9".repeat(n)}`),
    ),
    ...Array.from({ length: 39 }, (_, n) =>
      ofChannel("Newexten", foreign, "Extension: s", "Application: Set", `AppData: N=${n}`),
    ),
    ofChannel("MixMonitorStop", foreign),
  ].join("");
  return hundred.repeat(Math.ceil(messages / 100));
}

const peakMegabytes = (pid: number): number =>
  Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;

test("F25: in a flood of events the line stays, memory stays bounded, and the call is booked", async () => {
  const config = await writeConfig(folder, {
    ami: { port: pbx.port, username: DEFAULT_USER.name, secret: SECRET },
    pbx: { extensions: ["_10X"], trunks: ["PJSIP/trunk"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: { "101": 9100001 },
    store: { path: join(folder, "store.db") },
    public_http: { port: 0 },
  });
  const daemon = startDaemonProcess(config);
  await daemon.said('"connected to the exchange"');
  const [line] = pbx.clients();
  const trace = await readTrace(join(RECORDINGS, "in-answered-101"));
  if (!trace.ok) throw new Error(trace.failure.hint);
  let linked = "";
  let told = 0;
  let isOver = false;

  const call = pbx
    .play(trace.value, {
      maxPauseMs: 1_000,
      edit(event) {
        linked ||= /\r\nLinkedid: (\S+)/.exec(event)?.[1] ?? "";
        return event;
      },
    })
    .finished.then(() => void (isOver = true));
  // A recording of which each event is many others, told as fast as the daemon takes them.
  while (!isOver || told < FLOOD_MESSAGES) {
    const flood = floodFor(linked, AT_ONCE);
    const edit = (): string => ((told += AT_ONCE), flood);
    await pbx.play(trace.value, { speed: Infinity, edit }).finished;
  }
  await call;
  await until(
    () => kommo.journal.calls().length > 0,
    () => `the call was not booked\n${daemon.output()}`,
  );

  expect(kommo.journal.calls()).toMatchObject([{ direction: "inbound" }]);
  expect(daemon.output()).not.toContain("no connection to the exchange");
  expect(pbx.clients()).toEqual([line]);
  expect(peakMegabytes(daemon.pid)).toBeLessThan(MOST_MEMORY_MB);
  expect(await daemon.end("SIGTERM")).toMatchObject({ code: 0 });
});
