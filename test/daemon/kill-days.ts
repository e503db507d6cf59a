/**
 * Demo days during which the daemon, a real process, is killed at random moments and started again;
 * then the account is held against what was played. Exports `killDays`, for a test and a long run.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planDay, type DayEntry } from "../../src/cli/demo/office-day.ts";
import { phoneKey } from "../../src/lib/phone.ts";
import type { BookedCall } from "../../src/simulator/kommo/journal.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { seededRandom } from "../../src/simulator/pbx/rewrite.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace, type Trace } from "../../src/simulator/pbx/trace.ts";
import { endDaemons, startDaemonProcess, writeConfig } from "./daemon-process.ts";

export type KillReport = {
  readonly seed: number;
  readonly kills: number;
  /** Played calls that are to be booked, and those of them that stand on the account. */
  readonly calls: number;
  readonly booked: number;
  /** Clients all of whose calls had to be accepted: each missing one is lost. */
  readonly guaranteed: number;
  readonly lost: readonly string[];
  readonly doubled: readonly string[];
  readonly wrong: readonly string[];
  readonly mostRequestsInASecond: number;
};

/** Accepted are calls whose last Hangup was sent so long before a kill. */
const ACCEPTED_WITHIN_MS = 250;
const USERS = { "101": 9100001, "102": 9100002, "103": 9100003, "104": 9100004, "106": 9100006 };
const BETWEEN_CALLS_MS = 150;
const CALLS_A_ROUND = 36;
const SECONDS_A_LIFE = 2.2;

/** What the exchange sent of one play, and when. */
type Played = { readonly entry: DayEntry; lastHangupAt: number };
/** One life of the daemon: from its login to the moment it was killed. */
type Life = { readonly loggedInAt: number; readonly killedAt: number };

/** Leaves no process and no folder behind, also when it fails. */
export async function killDays({
  seed,
  kills,
}: {
  seed: number;
  kills: number;
}): Promise<KillReport> {
  const rounds =
    Math.ceil((kills * SECONDS_A_LIFE * 1_000) / (CALLS_A_ROUND * BETWEEN_CALLS_MS)) + 1;
  const day = await planDay({ rounds, betweenCallsMs: BETWEEN_CALLS_MS });
  const office = await openOffice(day.knownClients);
  try {
    const traces = await readTraces(day.entries);
    const played = day.entries.map((entry): Played => ({ entry, lastHangupAt: 0 }));
    const plays = played.map((one) => play(office.pbx, traces, one));
    const lives = await killAgainAndAgain(office, { kills, random: seededRandom(seed) });
    await Promise.all(plays);
    await bookTheRest(office);
    return judge({ seed, played, lives, known: new Set(day.knownClients) }, office.kommo);
  } finally {
    await office.close();
  }
}

type Evidence = {
  readonly seed: number;
  readonly played: readonly Played[];
  readonly lives: readonly Life[];
  readonly known: ReadonlySet<string>;
};

function judge({ seed, played, lives, known }: Evidence, { journal }: KommoSimulator): KillReport {
  const found = Map.groupBy(journal.calls(), (call) => phoneKey(call.phone));
  const counted = played.filter(isCounted);
  const numbers = new Set(counted.map(({ entry }) => keyOf(entry)));
  const toBeBooked = counted.filter((one) => isToBeBooked(one, known));
  const expected = Map.groupBy(toBeBooked, ({ entry }) => keyOf(entry));
  const guaranteed = [...expected].filter(([, ofClient]) =>
    ofClient.every((one) => wasAccepted(one, lives)),
  );
  const bookedFor = (key: string): readonly BookedCall[] => found.get(key) ?? [];
  const describe = (key: string): string =>
    [
      key,
      ...(expected.get(key) ?? []).map(({ entry }) => entry.recording),
      ...bookedFor(key).map(({ uniq, via, duration }) => `${uniq} by ${via}, ${duration} s`),
    ].join(" ");
  const isDoubled = (key: string): boolean => {
    const calls = bookedFor(key);
    const ids = new Set(calls.map(({ uniq }) => uniq));
    return ids.size < calls.length || calls.length > (expected.get(key)?.length ?? 0);
  };
  const unsorted = journal.unsorted().map(({ phone }) => phoneKey(phone));
  const isLedTwice = (key: string): boolean => unsorted.filter((one) => one === key).length > 1;
  return {
    seed,
    kills: lives.length,
    calls: toBeBooked.length,
    booked: [...expected.keys()].flatMap(bookedFor).length,
    guaranteed: guaranteed.length,
    lost: guaranteed
      .filter(([key, of]) => bookedFor(key).length < of.length)
      .map(([key]) => describe(key)),
    doubled: [...numbers].filter((key) => isDoubled(key) || isLedTwice(key)).map(describe),
    wrong: guaranteed
      .filter(([key, of]) => of.length === 1 && !isRight(of[0], bookedFor(key)[0]))
      .map(([key]) => describe(key)),
    mostRequestsInASecond: journal.mostRequestsInASecond(),
  };
}

type Office = {
  readonly pbx: PbxSimulator;
  readonly kommo: KommoSimulator;
  readonly configFile: string;
  close(): Promise<void>;
};

async function openOffice(knownClients: readonly string[]): Promise<Office> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-kill-"));
  const pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: "killed" }] });
  const users = Object.values(USERS).map((id) => ({ id, name: `User ${id}`, isAdmin: true }));
  const kommo = await startKommoSimulator({ account: { users } });
  kommo.seed.contacts(knownClients.length, (index) => ({ phones: [knownClients[index] ?? ""] }));
  const configFile = await writeConfig(folder, {
    ami: { port: pbx.port, username: "asterisk-kommo", secret: "killed" },
    pbx: { extensions: ["_10X"], trunks: ["PJSIP/trunk"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: USERS,
    store: { path: join(folder, "store.db") },
    outbox: { believe_absence_after_seconds: 1 },
  });
  const close = async (): Promise<void> => {
    await endDaemons();
    await Promise.all([pbx.stop(), kommo.close()]);
    await rm(folder, { recursive: true, force: true });
  };
  return { pbx, kommo, configFile, close };
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

async function killAgainAndAgain(
  office: Office,
  { kills, random }: { kills: number; random: () => number },
): Promise<Life[]> {
  const lives: Life[] = [];
  while (lives.length < kills) {
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
  if (code !== 0) throw new Error(`the daemon ended with ${code}: ${daemon.output()}`);
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

/** What a restart in the middle may cost: the talk while nobody listened is known only so well. */
const UNSEEN_S = 3;

function isRight(one: Played | undefined, booked: BookedCall | undefined): boolean {
  const [call] = one?.entry.calls ?? [];
  if (call === undefined || booked === undefined) return booked === undefined;
  const [atLeast, atMost] = call.talkSeconds;
  return (
    booked.direction === call.direction &&
    booked.duration >= Math.floor(atLeast) - UNSEEN_S &&
    booked.duration <= atMost + UNSEEN_S
  );
}
