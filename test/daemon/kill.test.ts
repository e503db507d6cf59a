// The promise of the design, tried on the real process: what was accepted is booked once, whenever
// the process is killed. Demo days run on while it is killed at 50 random moments.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { planDay, type DayEntry } from "../../src/cli/demo/office-day.ts";
import { phoneKey } from "../../src/lib/phone.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { seededRandom } from "../../src/simulator/pbx/rewrite.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace, type Trace } from "../../src/simulator/pbx/trace.ts";
import { endDaemons, startDaemonProcess, writeConfig } from "./daemon-process.ts";

const KILLS = 50;
const ACCEPTED_WITHIN_MS = 250;
const USERS = { "101": 9100001, "102": 9100002, "103": 9100003, "104": 9100004, "106": 9100006 };
const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);

let cleanUp: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await endDaemons();
  await Promise.all(cleanUp.map((end) => end()));
  cleanUp = [];
});

/** What the exchange sent of one play, and when. */
type Played = { readonly entry: DayEntry; lastHangupAt: number };
/** One life of the daemon: from its login to the moment it was killed. */
type Life = { readonly loggedInAt: number; readonly killedAt: number };

test("a daemon killed at 50 random moments books every accepted call exactly once", async () => {
  const random = seededRandom(seed);
  const day = await planDay({ rounds: 22, betweenCallsMs: 150 });
  const office = await openOffice(day.knownClients);
  const traces = await readTraces(day.entries);

  const played = day.entries.map((entry): Played => ({ entry, lastHangupAt: 0 }));
  const plays = played.map((one) => play(office.pbx, traces, one));
  const lives = await killAgainAndAgain(office, random);
  await Promise.all(plays);
  await bookTheRest(office);

  const found = Map.groupBy(office.kommo.journal.calls(), (call) => phoneKey(call.phone));
  const known = new Set(day.knownClients);
  const counted = played.filter(isCounted).filter((one) => isToBeBooked(one, known));
  const expected = Map.groupBy(counted, ({ entry }) => keyOf(entry));
  const numbers = new Set(played.filter(isCounted).map(({ entry }) => keyOf(entry)));
  const guaranteed = [...expected].filter(([, ofClient]) =>
    ofClient.every((one) => wasAccepted(one, lives)),
  );
  const lost = guaranteed.filter(([key, of]) => (found.get(key)?.length ?? 0) < of.length);
  const doubled = [...found].filter(
    ([key, calls]) =>
      new Set(calls.map(({ uniq }) => uniq)).size < calls.length ||
      (numbers.has(key) && calls.length > (expected.get(key)?.length ?? 0)),
  );
  const wrong = guaranteed
    .filter(([, of]) => of.every((one) => wasSeenWhole(one, lives)))
    .filter(([key, of]) => of.length === 1 && !isRight(of[0]!, found.get(key)?.[0]));
  const all = counted.length;
  const booked = [...found]
    .filter(([key]) => expected.has(key))
    .flatMap(([, calls]) => calls).length;
  process.stdout.write(
    `seed ${seed}: ${lives.length} kills, ${all} calls, ${booked} booked, ${guaranteed.length} clients whose calls had to be\n`,
  );

  const describe = (key: string): string =>
    `${key} ${(expected.get(key) ?? []).map(({ entry }) => entry.recording).join()} ${(found.get(key) ?? []).map(({ uniq, via }) => `${uniq} ${via}`).join()}`;
  const names = (rows: readonly (readonly [string, unknown])[]): string[] =>
    rows.map(([key]) => describe(key));
  expect({ seed, lost: names(lost), doubled: names(doubled), wrong: names(wrong) }).toEqual({
    seed,
    lost: [],
    doubled: [],
    wrong: [],
  });
  expect(lives).toHaveLength(KILLS);
  expect(guaranteed.length).toBeGreaterThan(all / 3);
  expect(booked / all).toBeGreaterThanOrEqual(0.9);
  expect(office.kommo.journal.mostRequestsInASecond()).toBeLessThanOrEqual(7);
  const callers = new Set(office.kommo.journal.unsorted().map(({ phone }) => phoneKey(phone)));
  expect(office.kommo.journal.unsorted()).toHaveLength(callers.size);
}, 600_000);

type Office = {
  readonly pbx: PbxSimulator;
  readonly kommo: KommoSimulator;
  readonly configFile: string;
};

async function openOffice(knownClients: readonly string[]): Promise<Office> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-kill-"));
  const pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: "killed" }] });
  const users = Object.values(USERS).map((id) => ({ id, name: `User ${id}`, isAdmin: true }));
  const kommo = await startKommoSimulator({ account: { users } });
  kommo.seed.contacts(knownClients.length, (index) => ({ phones: [knownClients[index] ?? ""] }));
  cleanUp.push(
    () => pbx.stop(),
    () => kommo.close(),
    () => rm(folder, { recursive: true, force: true }),
  );
  const configFile = await writeConfig(folder, {
    ami: { port: pbx.port, username: "asterisk-kommo", secret: "killed" },
    pbx: { extensions: ["_10X"], trunks: ["PJSIP/trunk"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: USERS,
    store: { path: join(folder, "store.db") },
    outbox: { believe_absence_after_seconds: 1 },
  });
  return { pbx, kommo, configFile };
}

async function readTraces(entries: readonly DayEntry[]): Promise<Map<string, Trace>> {
  const traces = new Map<string, Trace>();
  for (const { path } of entries) {
    if (traces.has(path)) continue;
    const trace = await readTrace(path);
    if (!trace.ok) throw new Error(trace.failure.hint);
    traces.set(path, trace.value);
  }
  return traces;
}

async function play(pbx: PbxSimulator, traces: Map<string, Trace>, one: Played): Promise<void> {
  const { path, afterMs, phones } = one.entry;
  const trace = traces.get(path);
  if (trace === undefined) throw new Error(`${path} was not read`);
  const edit = (event: string): string => {
    if (event.startsWith("Event: Hangup\r\n")) one.lastHangupAt = Date.now();
    return event;
  };
  await pbx.play(trace, { afterMs, phones, gaps: "ignore", edit }).finished;
}

async function killAgainAndAgain(office: Office, random: () => number): Promise<Life[]> {
  const lives: Life[] = [];
  while (lives.length < KILLS) {
    const daemon = startDaemonProcess(office.configFile);
    await daemon.said('"connected to the exchange"');
    const loggedInAt = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 50 + 3_000 * random()));
    lives.push({ loggedInAt, killedAt: Date.now() });
    await daemon.end("SIGKILL");
  }
  return lives;
}

/** The last life ends in peace, when nothing is left to be sent. */
async function bookTheRest({ configFile, kommo }: Office): Promise<void> {
  const daemon = startDaemonProcess(configFile);
  let quietFor = 0;
  let before = -1;
  // Longer than the second look of the last unknown step, which sends nothing meanwhile.
  while (quietFor < 25) {
    await new Promise((resolve) => setTimeout(resolve, 1_000));
    const now = kommo.journal.entries().length;
    quietFor = now === before ? quietFor + 1 : 0;
    before = now;
  }
  const { code } = await daemon.end("SIGTERM");
  expect(code).toBe(0);
}

/** All calls of one recording have one client, so they stand and fall together. */
const keyOf = ({ phones, calls }: DayEntry): string =>
  phones.size === 1 ? phoneKey(calls[0]?.client ?? "") : "";

/** Calls that can be found by their client's number, and are not left out by rule. */
const isCounted = ({ entry }: Played): boolean => keyOf(entry) !== "";

const isToBeBooked = ({ entry: { calls } }: Played, knownClients: ReadonlySet<string>): boolean =>
  calls.some(
    ({ direction, result, client }) =>
      direction === "inbound" || result === "answered" || knownClients.has(client ?? ""),
  );

/** The daemon was logged in when the last Hangup came and for 250 ms after it. */
const wasAccepted = ({ lastHangupAt }: Played, lives: readonly Life[]): boolean =>
  lives.some(
    ({ loggedInAt, killedAt }) =>
      loggedInAt <= lastHangupAt && lastHangupAt + ACCEPTED_WITHIN_MS <= killedAt,
  );

const LONGEST_PLAY_MS = 25_000;
const wasSeenWhole = ({ lastHangupAt }: Played, lives: readonly Life[]): boolean =>
  !lives.some(
    ({ killedAt }) => killedAt <= lastHangupAt && killedAt >= lastHangupAt - LONGEST_PLAY_MS,
  );

function isRight(
  one: Played,
  booked: { direction: string; duration: number; call_responsible: unknown } | undefined,
): boolean {
  const [call] = one.entry.calls;
  if (call === undefined || booked === undefined) return false;
  const [atLeast, atMost] = call.result === "answered" ? call.talkSeconds : [1, -1];
  return (
    booked.direction === call.direction &&
    booked.duration >= Math.floor(atLeast) - 1 &&
    booked.duration <= atMost + 1
  );
}
