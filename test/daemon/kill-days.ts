/**
 * Demo days during which the daemon, a real process, is killed at random moments and started again;
 * then the account is held against what was played. Exports `killDays`, for a test and a long run.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { planDay, type DayEntry, type RecordedCall } from "../../src/cli/demo/office-day.ts";
import { phoneKey } from "../../src/lib/phone.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { seededRandom } from "../../src/simulator/pbx/rewrite.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace, type Trace } from "../../src/simulator/pbx/trace.ts";
import { checkJournal, type TrueCall } from "../checker/check-journal.ts";
import { evidenceOf } from "../checker/evidence.ts";
import type { Problem } from "../checker/problem.ts";
import { startDaemonProcess, writeConfig, type DaemonProcess } from "./daemon-process.ts";
import { kept, lookInto, type Kept } from "./left-in-store.ts";

export type KillReport = {
  readonly seed: number;
  readonly kills: number;
  /** Played calls that are to be booked, and those of them that stand on the account. */
  readonly calls: number;
  readonly booked: number;
  /** Calls that had to be accepted, whatever was killed: each missing one is lost. */
  readonly guaranteed: number;
  readonly problems: readonly Problem[];
};

/** So long after its login a daemon listens, and so long after its last Hangup a call is accepted, also
 * on a machine with much else to do. What stood in the store earlier than that is bound as well. */
const LISTENS_WITHIN_MS = 1_000;
const ACCEPTED_WITHIN_MS = 1_500;
const USERS = new Map(
  ["101", "102", "103", "104", "106"].map((id) => [id, 9_100_000 + (Number(id) - 100)]),
);
const BETWEEN_CALLS_MS = 150;
const CALLS_A_ROUND = 36;
const SECONDS_A_LIFE = 2.2;

/** What the exchange sent of one play, and when. */
type Played = {
  readonly entry: DayEntry;
  readonly linkedIds: Set<string>;
  firstEventAt: number;
  lastHangupAt: number;
};
/** One life of the daemon: from its login to the moment it was killed, and what stood in its store then. */
type Life = { readonly loggedInAt: number; readonly killedAt: number; readonly left: Kept };

/** Leaves no process and no folder behind, also when it fails. */
export async function killDays({
  seed,
  kills,
  store,
}: {
  seed: number;
  kills: number;
  /** Of the configuration. */
  store: object;
}): Promise<KillReport> {
  const rounds =
    Math.ceil((kills * SECONDS_A_LIFE * 1_000) / (CALLS_A_ROUND * BETWEEN_CALLS_MS)) + 1;
  const day = await planDay({ rounds, betweenCallsMs: BETWEEN_CALLS_MS });
  const office = await openOffice(day.knownClients, store);
  try {
    const traces = await readTraces(day.entries);
    const played = day.entries.map((entry): Played => ({
      entry,
      linkedIds: new Set(),
      firstEventAt: 0,
      lastHangupAt: 0,
    }));
    const plays = played.map((one) => play(office.pbx, traces, one));
    const lives = await killAgainAndAgain(office, { kills, random: seededRandom(seed) });
    await Promise.all(plays);
    await bookTheRest(office);
    return judge({ seed, played, lives, known: new Set(day.knownClients) }, office.kommo);
  } finally {
    await office.close();
  }
}

type DayEvidence = {
  readonly seed: number;
  readonly played: readonly Played[];
  readonly lives: readonly Life[];
  readonly known: ReadonlySet<string>;
};

function judge({ seed, played, lives, known }: DayEvidence, kommo: KommoSimulator): KillReport {
  const truth = played.filter(isCounted).flatMap((one) => tellTruth(one, { lives, known }));
  const numbers = new Set(truth.map(({ phone }) => phoneKey(phone ?? "")));
  const evidence = evidenceOf(kommo);
  const calls = evidence.calls.filter(({ phone }) => numbers.has(phoneKey(phone)));
  return {
    seed,
    kills: lives.length,
    calls: truth.filter(({ booked }) => booked !== "never").length,
    booked: calls.length,
    guaranteed: truth.filter(({ booked }) => booked === "once").length,
    problems: checkJournal({ ...evidence, calls }, truth, { knownPhones: known }),
  };
}

/** Of a call that went on while no daemon listened, only what could be seen has to be right. */
function tellTruth(
  one: Played,
  { lives, known }: Pick<DayEvidence, "lives" | "known">,
): readonly TrueCall[] {
  const wasListenedTo = lives.some(
    ({ loggedInAt, killedAt }) =>
      loggedInAt + LISTENS_WITHIN_MS <= one.lastHangupAt &&
      one.lastHangupAt + ACCEPTED_WITHIN_MS <= killedAt,
  );
  return one.entry.calls.map((call): TrueCall => {
    const { direction, result, client, employee, talkSeconds } = call;
    const has = (calls: ReadonlySet<string>): boolean =>
      [...one.linkedIds].some((linked) => calls.has(kept(linked, client ?? "")));
    const isWhole = lives.some(
      ({ loggedInAt, left }) => loggedInAt <= one.firstEventAt && has(left.accepted),
    );
    // Of others it may not have been heard that they were answered: then the rules may leave them out.
    const isBoundInPart = isToBeBooked({ ...call, result: "no_answer" }, known);
    const isSure =
      wasListenedTo ||
      isWhole ||
      (isBoundInPart && lives.some(({ left }) => has(left.accepted) || has(left.goingOn)));
    const user = employee === null ? undefined : USERS.get(employee);
    const seen = isWhole
      ? {
          wasAnswered: result === "answered",
          talkSeconds,
          ...(user === undefined ? {} : { userId: user }),
        }
      : { talkSeconds: [0, Infinity] as const };
    const isKept = isToBeBooked(call, known);
    return {
      name: one.entry.recording,
      phone: client,
      direction,
      ...seen,
      booked: isKept ? (isSure ? "once" : "at-most-once") : "never",
    };
  });
}

type Office = {
  readonly pbx: PbxSimulator;
  readonly kommo: KommoSimulator;
  /** Another one: further days may be played beside this one. */
  start(): DaemonProcess;
  /** What the daemon has in its store; while none runs. */
  look(): Promise<Kept>;
  close(): Promise<void>;
};

async function openOffice(knownClients: readonly string[], store: object): Promise<Office> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-kill-"));
  const pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: "killed" }] });
  const users = [...USERS.values()].map((id) => ({ id, name: `User ${id}`, isAdmin: true }));
  const kommo = await startKommoSimulator({ account: { users } });
  kommo.seed.contacts(knownClients.length, (index) => ({ phones: [knownClients[index] ?? ""] }));
  const place = { path: join(folder, "store.db"), schema: "default", ...store };
  const configFile = await writeConfig(folder, {
    ami: { port: pbx.port, username: "asterisk-kommo", secret: "killed" },
    pbx: { extensions: ["_10X"], trunks: ["PJSIP/trunk"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: Object.fromEntries(USERS),
    store: place,
    outbox: { believe_absence_after_seconds: 1 },
  });
  const daemons: DaemonProcess[] = [];
  function start(): DaemonProcess {
    const daemon = startDaemonProcess(configFile);
    daemons.push(daemon);
    return daemon;
  }
  const close = async (): Promise<void> => {
    await Promise.all(daemons.map((daemon) => daemon.end("SIGKILL")));
    await Promise.all([pbx.stop(), kommo.close()]);
    await rm(folder, { recursive: true, force: true });
  };
  return { pbx, kommo, start, look: () => lookInto(place), close };
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
    if (one.firstEventAt === 0) one.firstEventAt = Date.now();
    const linked = /\r\nLinkedid: (\S+)/.exec(event)?.[1];
    if (linked !== undefined) one.linkedIds.add(linked);
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
    const daemon = office.start();
    await daemon.said('"connected to the exchange"');
    const loggedInAt = Date.now();
    await new Promise((resolve) => setTimeout(resolve, 50 + 3_000 * random()));
    const killedAt = Date.now();
    await daemon.end("SIGKILL");
    lives.push({ loggedInAt, killedAt, left: await office.look() });
  }
  return lives;
}

/** The last life ends in peace, when nothing is left to be sent. */
async function bookTheRest(office: Office): Promise<void> {
  const { kommo } = office;
  const daemon = office.start();
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

/** Calls that can be found by their client's number; all of one recording stand and fall together. */
const isCounted = ({ entry: { phones, calls } }: Played): boolean =>
  phones.size === 1 && phoneKey(calls[0]?.client ?? "") !== "";

/** Not left out by rule: all but the unanswered outbound calls to strangers. */
const isToBeBooked = (
  { direction, result, client }: RecordedCall,
  known: ReadonlySet<string>,
): boolean => direction === "inbound" || result === "answered" || known.has(client ?? "");
