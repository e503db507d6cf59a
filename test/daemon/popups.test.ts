// Popups of ringing calls: the whole daemon between a played exchange and a simulated account.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { Daemon } from "../../src/main.ts";
import { startConnected } from "./connected-daemon.ts";
import type { Fault } from "../../src/simulator/kommo/faults.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { removeFolders } from "../config/written-config.ts";

const TRACES = join(import.meta.dirname, "../fixtures/traces/ast22");
const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");
const SECRET = "of-the-listener";
const POPUPS = "/api/v2/events";
const PATIENCE_MS = 120_000;

const USERS = { "101": 9_100_001, "102": 9_100_002, "103": 9_100_003, "104": 9_100_004 };

let folder: string;
let pbx: PbxSimulator;
let kommo: KommoSimulator;
let daemon: Daemon | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-popups-"));
  pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: SECRET }] });
  const users = Object.entries(USERS).map(([name, id], at) => ({ id, name, isAdmin: at === 0 }));
  kommo = await startKommoSimulator({ account: { users } });
});

afterEach(async () => {
  await daemon?.stop();
  daemon = undefined;
  await Promise.all([pbx.stop(), kommo.close()]);
  await rm(folder, { recursive: true, force: true });
  removeFolders();
});

async function start(changes: object = {}): Promise<void> {
  daemon = await startConnected({
    ami: { port: pbx.port, username: "asterisk-kommo", secret: SECRET },
    pbx: { extensions: ["_10X"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: USERS,
    store: { path: join(folder, "store.db") },
    http: { port: 0 },
    public_http: { port: 0 },
    fastagi: { port: 0 },
    ...changes,
  });
}

/** Until the call stands on the account. */
async function playUntilBooked(recording: string, booked = 1): Promise<void> {
  const trace = await readTrace(recording);
  if (!trace.ok) throw new Error(trace.failure.hint);
  await pbx.play(trace.value, { maxPauseMs: 1_000 }).finished;
  await until(() => kommo.journal.calls().length >= booked);
  await daemon?.outbox.drained();
}

/** Long enough for the slowest machine; a condition that never comes ends as Jest's own time-out. */
async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 20));
}

const popupRequests = (): number =>
  kommo.journal.entries().filter(({ path }) => path === POPUPS).length;
/** On a busy machine telephones that ring together may be heard apart, and told in two requests. */
const shownTo = (): number[] =>
  kommo.journal
    .popups()
    .flatMap(({ users }) => users ?? [])
    .toSorted();

test(
  "the members of a queue see the call once each",
  async () => {
    await start();

    await playUntilBooked(join(RECORDINGS, "in-queue-ringall-agent-hangs-up"));

    expect(kommo.journal.popups()[0]).toMatchObject({ phone_number: "79161234567" });
    expect(shownTo()).toEqual([9_100_001, 9_100_002, 9_100_003]);
  },
  PATIENCE_MS,
);

test(
  "the colleague to whom a call is transferred sees it when the telephone rings",
  async () => {
    await start();

    await playUntilBooked(join(TRACES, "xfer-blind-from-queue"));

    expect(shownTo()).toEqual([9_100_001, 9_100_002, 9_100_003, 9_100_004]);
  },
  PATIENCE_MS,
);

test.each<[string, Fault]>([
  ["does not answer", { kind: "silence", saved: "nothing" }],
  ["answers 429", { kind: "status", status: 429 }],
  ["answers 500", { kind: "status", status: 500 }],
  ["answers 404", { kind: "status", status: 404 }],
])(
  "when Kommo %s, the popup is not repeated and the call is booked all the same",
  async (_, fault) => {
    await start();
    kommo.fail({ ...fault, path: POPUPS });

    await playUntilBooked(join(RECORDINGS, "in-answered-101"));

    expect(popupRequests()).toBe(1);
    expect(kommo.journal.popups()).toEqual([]);
    expect(kommo.journal.calls()).toHaveLength(1);
  },
  PATIENCE_MS,
);

test.each<[string, object, string]>([
  ["popups are switched off", { popups: false }, "in-answered-101"],
  [
    "the line is left out by a list",
    { register: { dids: { except: ["74951000101"] } } },
    "in-answered-101",
  ],
  ["a colleague calls", {}, "int-answered"],
  ["the employee dials", {}, "out-answered"],
])(
  "nobody sees a popup when %s",
  async (_, changes, recording) => {
    await start(changes);
    const trace = await readTrace(join(RECORDINGS, recording));
    if (!trace.ok) throw new Error(trace.failure.hint);
    await pbx.play(trace.value, { maxPauseMs: 1_000 }).finished;
    // Whatever went wrong with the first call, the second shows that popups of it would be there.
    await daemon?.outbox.drained();

    expect(popupRequests()).toBe(0);
  },
  PATIENCE_MS,
);
