// Calls of a time in which no daemon ran: found in CEL at the next start, and booked once.
import { readFileSync } from "node:fs";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import type { BookedCall } from "../../src/simulator/kommo/journal.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { createRewriter } from "../../src/simulator/pbx/rewrite.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { endDaemons, startDaemonProcess, writeConfig } from "./daemon-process.ts";

const TRACES = join(import.meta.dirname, "../fixtures/traces/ast22");
const COLUMNS =
  "eventtime,eventtype,channame,cidnum,exten,context,appname,uniqueid,linkedid,peer,extra";
const CLIENT_OF_TRACES = "79161234567";
const CONNECTED = '"connected to the exchange"';
const READ_FROM_CEL = '"calls of a gap read from cel"';
const USERS = { "101": 9100001, "102": 9100002, "103": 9100003, "104": 9100004 };

let folder: string;
let cel: string;
let pbx: PbxSimulator;
let kommo: KommoSimulator;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-downtime-"));
  cel = join(folder, "Master.csv");
  await writeFile(cel, `${COLUMNS}\n`);
  pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: "listener" }] });
  const users = Object.values(USERS).map((id) => ({ id, name: `User ${id}`, isAdmin: true }));
  kommo = await startKommoSimulator({ account: { users } });
});

afterAll(async () => {
  await endDaemons();
  await Promise.all([pbx.stop(), kommo.close()]);
  await rm(folder, { recursive: true, force: true });
});

/**
 * A call at the exchange: whoever listens hears it, and the exchange writes it down, as Asterisk does.
 * `talking` resolves when client and employee are joined, `over` when all is written.
 */
async function call(recording: string, client: string) {
  const trace = await readTrace(join(TRACES, recording));
  if (!trace.ok) throw new Error(trace.failure.hint);
  let joined = 0;
  let tellTalking = (): void => undefined;
  const talking = new Promise<void>((resolve) => {
    tellTalking = resolve;
  });
  const edit = (event: string): string => {
    if (event.startsWith("Event: BridgeEnter") && ++joined === 2) tellTalking();
    return event;
  };
  const laterMs = Date.now() - trace.value.startedAt;
  const phones = new Map([[CLIENT_OF_TRACES, client]]);
  const play = pbx.play(trace.value, { phones, edit });
  const [, ...rows] = gunzipSync(readFileSync(join(TRACES, recording, "cel.csv.gz")))
    .toString("utf8")
    .trim()
    .split("\n");
  const rewrite = createRewriter(play.mapping);
  const written = rows.map((row) =>
    rewrite(row).replace(/^"(\d+\.\d+)"/, (_, seconds: string) =>
      JSON.stringify((Number(seconds) + laterMs / 1_000).toFixed(6)),
    ),
  );
  const linkedId = /"(\d+\.\d+)","(\d+\.\d+)","[^"]*","/.exec(written[0] ?? "")?.[2];
  const over = play.finished.then(() => appendFile(cel, `${written.join("\n")}\n`));
  return { linkedId, talking, over };
}

const bookedFor = (client: string): BookedCall[] =>
  kommo.journal.calls().filter(({ phone }) => phone.endsWith(client.slice(-10)));

async function until(isTrue: () => boolean, what: () => string): Promise<void> {
  for (let tries = 0; tries < 1_200; tries++) {
    if (isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(what());
}

test("calls of the time in which the daemon was dead stand on their cards once, with their true length", async () => {
  const file = await writeConfig(folder, {
    ami: { port: pbx.port, username: "asterisk-kommo", secret: "listener" },
    pbx: { extensions: ["_10X"], trunks: ["PJSIP/trunk"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: USERS,
    store: { path: join(folder, "store.db") },
    cel: { type: "csv", path: cel },
  });
  const [heard, cut, fromQueue, outbound, moved] = [1, 2, 3, 4, 5].map((n) => `7916000000${n}`);
  if (!heard || !cut || !fromQueue || !outbound || !moved) throw new Error("no numbers");
  for (const client of [heard, cut, fromQueue, outbound, moved])
    kommo.seed.contact({ phones: [client] });

  const first = startDaemonProcess(file);
  await first.said(CONNECTED);
  const before = await call("in-answered-101", heard);
  await before.over;
  await until(() => bookedFor(heard).length === 1, first.output);

  const across = await call("in-answered-101", cut);
  await across.talking;
  await first.end("SIGKILL");
  const missed = [
    await call("in-queue-local-members", fromQueue),
    await call("out-answered", outbound),
    await call("xfer-blind-refer", moved),
  ];
  await Promise.all([across, ...missed].map(({ over }) => over));

  const second = startDaemonProcess(file);
  await second.said(READ_FROM_CEL);
  await until(() => kommo.journal.calls().length >= 5, second.output);
  const end = await second.end("SIGTERM");

  expect(end.code).toBe(0);
  const inbound = { direction: "inbound", call_status: 4 };
  expect(bookedFor(heard)).toMatchObject([{ ...inbound, uniq: before.linkedId }]);
  expect(bookedFor(cut)).toMatchObject([{ ...inbound, uniq: across.linkedId }]);
  // It was cut off after its first second, and really went on for four.
  expect([3, 4]).toContain(bookedFor(cut)[0]?.duration);
  expect(bookedFor(fromQueue)).toMatchObject([{ ...inbound, uniq: missed[0]?.linkedId }]);
  expect(bookedFor(outbound)).toMatchObject([
    { direction: "outbound", uniq: missed[1]?.linkedId, call_responsible: USERS["101"] },
  ]);
  expect(bookedFor(moved)).toMatchObject([{ ...inbound, call_responsible: USERS["103"] }]);
  expect(kommo.journal.calls()).toHaveLength(5);
}, 120_000);
