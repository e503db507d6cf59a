/**
 * Days during which the daemon is killed (SIGKILL) again and again, at random moments and at every
 * step where something becomes durable; then the account is held against the truth. Exports
 * `killRounds`, `killPlan`.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { DayEntry } from "../../src/cli/demo/office-day.ts";
import { seededRandom } from "../../src/simulator/pbx/rewrite.ts";
import { checkJournal } from "../checker/check-journal.ts";
import { evidenceOf } from "../checker/evidence.ts";
import { describeOffice, troublesInStore, waitUntilBooked } from "./aftermath.ts";
import { planCalls, playCall, truthOf, type Play } from "./day.ts";
import { IN_FILE, type DayStore } from "./day-stores.ts";
import type { Marks } from "./hearing.ts";
import { openOffice, type Office } from "./office.ts";

/** One life of the daemon: until a moment after its login, or until it passes a step. */
export type Life =
  | { readonly ends: "by chance"; readonly afterMs: number }
  | { readonly ends: "at a step"; readonly step: string; readonly count: number };

export type KillReport = {
  readonly seed: number;
  readonly kills: number;
  /** How often it died at which step. */
  readonly atSteps: Readonly<Record<string, number>>;
  readonly calls: number;
  /** Of them those that a daemon had read of, or that stood in its store. */
  readonly read: number;
  /** Of those the ones that have to be booked. */
  readonly bound: number;
  readonly booked: number;
  readonly problems: readonly string[];
};

const COMMITS = ["accept", "sending", "done", "unknown", "look", "absent", "recover", "later"];
const MORE_COMMITS = ["live", "forget", "migrate"];
/** As preload.ts calls them. */
export const steps: readonly string[] = [
  ...[...COMMITS, ...MORE_COMMITS].flatMap((commit) => [`before:${commit}`, `after:${commit}`]),
  "before:request",
  "sent:request",
  "answered:request",
];

/** Half of them by chance, half at the steps in turn; those of one office are every `of`th. */
export function killPlan(
  seed: number,
  { kills, office, of }: { kills: number; office: number; of: number },
): Life[] {
  const random = seededRandom(seed);
  const all = Array.from({ length: kills }, (_, index): Life => {
    const [chance, moment] = [random(), random()];
    if (index % 2 === 0) return { ends: "by chance", afterMs: 50 + 4_000 * moment };
    const step = steps[Math.floor(index / 2) % steps.length] ?? "";
    const most = step.endsWith(":live") ? 12 : 2;
    return { ends: "at a step", step, count: 1 + Math.floor(chance * most) };
  });
  // Only a new store is migrated.
  const isFirst = (life: Life): boolean => life.ends === "at a step" && /migrate/.test(life.step);
  return all
    .filter((_, index) => Math.floor(index / 2) % of === office)
    .toSorted((one, other) => Number(isFirst(other)) - Number(isFirst(one)));
}

const BETWEEN_CALLS_MS = 700;
/** More than are played before the last kill. */
const CALLS_PLANNED = 900;
/** Some steps are passed before the login, and die there. */
const STARTED_WITHIN_MS = 60_000;
/** A step that is not passed within this time is not waited for. */
const STEP_WITHIN_MS = 4_000;
/** A look-up comes a second after a start, and a second one after that; what is booked, then. */
const LOOK_WITHIN_MS = 9_000;
/** Questions and popups would take a fault that is meant for the outbox. */
const BOOKING = { method: "POST", path: "/api/v4/" };
const BOOKED_WITHIN_MS = 300_000;

export type Circumstances = {
  readonly onFailure?: (log: string) => void;
  /** Default: in a file. */
  readonly store?: DayStore;
};

export async function killRounds(
  seed: number,
  lives: readonly Life[],
  { onFailure, store = IN_FILE }: Circumstances = {},
): Promise<KillReport> {
  const random = seededRandom(seed);
  const { entries, knownClients } = await planCalls(random, { count: CALLS_PLANNED, betweenMs: 0 });
  const queue = [...lives];
  const office = await openOffice({
    seed,
    random,
    knownClients,
    believeAbsenceSeconds: 1,
    store,
    environment: () => {
      const life = queue.shift();
      return life?.ends === "at a step" ? { NEMESIS_CRASH: `${life.step}#${life.count}` } : {};
    },
  });
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const over = new AbortController();
  const atSteps: Record<string, number> = {};
  try {
    const playing = playUntil(over.signal, office, entries);
    for (const life of lives) {
      const wasAtStep = await liveAndDie(office, life);
      if (life.ends === "at a step" && wasAtStep)
        atSteps[life.step] = (atSteps[life.step] ?? 0) + 1;
    }
    over.abort();
    const plays = await playing;
    await Promise.all(plays.map(({ finished }) => finished));
    const { marks } = office;
    // The last start may still be on its way: what it finds in the store is to be seen too.
    for (let left = 1_200; left > 0 && !isListening(marks); left--) await sleep(100);
    const unfinished = await waitUntilBooked(office, BOOKED_WITHIN_MS);
    const { code } = await office.daemon.stop();
    const played = plays.map((play) => play.played);
    const truth = truthOf(office, played, new Set(knownClients));
    const evidence = evidenceOf(office.kommo);
    const problems = [
      ...checkJournal(evidence, truth, {
        knownPhones: knownClients,
        durationSlackSeconds: 1 + delay.max / 1e9,
        requestsPerSecond: Math.ceil(7 * (1 + delay.max / 1e9)), // as in run-seed.ts
      }).map(({ kind, tell }) => `${kind}: ${tell}`),
      ...unfinished,
      ...(code === 0 ? [] : [`it ended with ${String(code)} when it was told to stop`]),
      ...office.daemon.crashes,
      ...(await troublesInStore(office)),
    ];
    if (problems.length > 0) onFailure?.(await describeOffice(office, played));
    return {
      seed,
      kills: lives.length,
      atSteps,
      calls: truth.length,
      read: truth.filter(({ wasRead }) => wasRead).length,
      bound: truth.filter(({ booked }) => booked === "once").length,
      booked: evidence.calls.length,
      problems,
    };
  } finally {
    over.abort();
    delay.disable();
    await office.close();
  }
}

const isListening = ({ listed, died }: Marks): boolean => (listed.at(-1) ?? 0) > (died.at(-1) ?? 0);

/** A limit that is over before its time keeps nobody waiting. */
const pass = (ms: number): Promise<void> => sleep(ms, undefined, { ref: false });

/** @returns true: it died at the step, and had not to be killed */
async function liveAndDie(office: Office, life: Life): Promise<boolean> {
  const { daemon, kommo, random } = office;
  const starts = daemon.starts();
  const death = daemon.death();
  let isDead = false;
  void death.then(() => (isDead = true));
  if (life.ends === "by chance") {
    if (random() < 0.2) kommo.fail({ kind: "drop", saved: random() < 0.5 ? "all" : "nothing" });
    await Promise.race([daemon.nextLogin(), death]);
    await Promise.race([pass(life.afterMs), death]);
  } else {
    const { step } = life;
    if (/unknown|look|absent/.test(step))
      kommo.fail({ ...BOOKING, kind: "drop", saved: "nothing", times: 2 });
    if (/later/.test(step)) kommo.fail({ ...BOOKING, kind: "status", status: 429, times: 2 });
    await Promise.race([daemon.nextLogin(), pass(STARTED_WITHIN_MS), death]);
    await Promise.race([
      pass(/look|absent|done/.test(step) ? LOOK_WITHIN_MS : STEP_WITHIN_MS),
      death,
    ]);
  }
  const diedAtStep = isDead;
  daemon.signal("SIGKILL");
  await death;
  // What was meant for this life alone: gathered over many, they keep the last one pausing for minutes.
  kommo.faults.clear();
  while (daemon.starts() === starts) await sleep(20);
  return diedAtStep;
}

async function playUntil(
  signal: AbortSignal,
  office: Office,
  entries: Iterable<DayEntry>,
): Promise<Play[]> {
  const plays: Play[] = [];
  for (const entry of entries) {
    if (signal.aborted) break;
    plays.push(await playCall(office, entry));
    await sleep(BETWEEN_CALLS_MS, undefined, { signal }).catch(() => undefined);
  }
  return plays;
}
