/**
 * One short day with two faults by seed, on the real process; then the account is held against the
 * truth. Exports `runSeed`.
 */
import { monitorEventLoopDelay } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { DayEntry } from "../../src/cli/demo/office-day.ts";
import { seededRandom } from "../../src/simulator/pbx/rewrite.ts";
import { checkJournal } from "../checker/check-journal.ts";
import { evidenceOf } from "../checker/evidence.ts";
import { describeOffice, troublesInStore, waitUntilBooked } from "./aftermath.ts";
import { planCalls, playCall, truthOf } from "./day.ts";
import { faultNames, faults, type FaultName } from "./faults.ts";
import { keptWithin } from "./hearing.ts";
import { openOffice, type Office } from "./office.ts";

export type SeedReport = {
  readonly seed: number;
  readonly faults: readonly string[];
  /** Calls that had to be booked, and all that were played. */
  readonly bound: number;
  readonly calls: number;
  readonly booked: number;
  readonly starts: number;
  /** None: nothing lost, nothing doubled, nothing wrong. */
  readonly problems: readonly string[];
};

export type SeedOptions = {
  /** In place of two by chance. */
  readonly only?: readonly FaultName[];
  /** No request gets through, all day. */
  readonly isKommoAway?: boolean;
  /** The end of the daemon's log is kept when something is wrong. */
  readonly onFailure?: (log: string) => void;
};

const CALLS = 14;
const BETWEEN_MS = 400;
const FAULTS_WITHIN_MS = 8_000;
/** Much longer than any day needs: pauses between tries grow to a minute. */
const BOOKED_WITHIN_MS = 300_000;
const STOPPED_WITHIN_MS = 30_000; // 5 s are promised, of a machine that is not late

/** However long the start took and whatever the faults did: these have to be booked. */
const CALLS_AFTERWARDS = 3;
/** Over within 4 s. */
const SHORT = new Set([
  ...["in-busy", "in-greeting-hangup-before-ring", "in-caller-hangs-up-ringing"],
  ...["in-number-with-plus", "in-group-client-gives-up", "in-utf8-long-name"],
  ...["in-two-contacts-one-extension", "in-queue-ringall-agent-hangs-up"],
]);
/** A line that is dead and was not broken is found out after 20 s. */
const LISTENS_AGAIN_WITHIN_MS = 90_000;

async function planSeed(random: () => number) {
  const count = CALLS + CALLS_AFTERWARDS;
  const { entries, knownClients } = await planCalls(random, { count, betweenMs: BETWEEN_MS });
  // The faults are in the middle of the long ones; the last ones are waited for.
  const isShort = ({ recording }: DayEntry): boolean => SHORT.has(recording);
  const last = entries.filter(isShort).slice(-CALLS_AFTERWARDS);
  const again = (some: readonly DayEntry[]): DayEntry[] =>
    some.map((entry, index) => ({ ...entry, afterMs: index * BETWEEN_MS }));
  return {
    entries: again(entries.filter((entry) => !last.includes(entry))),
    afterwards: again(last),
    knownClients,
  };
}

/** All faults are over, and the daemon has its line to the exchange back. */
async function listensAgain({ marks }: Office): Promise<boolean> {
  const until = Date.now() + LISTENS_AGAIN_WITHIN_MS;
  const last = (times: readonly number[]): number => Math.max(0, ...times);
  while (last(marks.listed) <= Math.max(last(marks.lost), last(marks.died))) {
    if (Date.now() > until) return false;
    await sleep(100);
  }
  return true;
}

type Blow = { readonly name: FaultName; readonly afterMs: number };

function chooseBlows(random: () => number, only: readonly FaultName[] | undefined): Blow[] {
  const any = (): FaultName => faultNames[Math.floor(random() * faultNames.length)] ?? "killed";
  const names = only ?? [any(), any()];
  return names.map((name) => ({ name, afterMs: 500 + random() * FAULTS_WITHIN_MS }));
}

export async function runSeed(seed: number, options: SeedOptions = {}): Promise<SeedReport> {
  const random = seededRandom(seed);
  const blows = chooseBlows(random, options.only);
  const plan = await planSeed(random);
  const { knownClients } = plan;
  const office = await openOffice({ seed, random, knownClients });
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  try {
    await office.daemon.nextLogin();
    if (options.isKommoAway === true) office.kommoLine.become("refuse");
    const plays = await Promise.all(plan.entries.map((entry) => playCall(office, entry)));
    const played = plays.map((play) => play.played);
    const striking = blows.map(async ({ name, afterMs }) => {
      await sleep(afterMs);
      await faults[name](office);
    });
    await Promise.all([...plays.map(({ finished }) => finished), ...striking]);
    if (await listensAgain(office)) {
      const last = await Promise.all(plan.afterwards.map((entry) => playCall(office, entry)));
      played.push(...last.map((play) => play.played));
      await Promise.all(last.map(({ finished }) => finished));
      await sleep(keptWithin(office.marks, Date.now()));
    }
    const unfinished = await waitUntilBooked(
      office,
      options.isKommoAway === true ? 2_000 : BOOKED_WITHIN_MS,
    );
    const { code, ms } = await office.daemon.stop();
    const truth = truthOf(office, played, new Set(knownClients));
    const evidence = evidenceOf(office.kommo);
    const lagSeconds = delay.max / 1e9; // of this process, which shares its processors with the daemon
    // What came over a longer time may be read from the line in one second.
    const mostInASecond = Math.ceil(7 * (1 + lagSeconds));
    const problems = [
      ...checkJournal(evidence, truth, {
        knownPhones: knownClients,
        durationSlackSeconds: 1 + lagSeconds,
        requestsPerSecond: mostInASecond,
        mostRefusals: mostInASecond, // popups go beside the outbox, as many as telephones ring
      }).map(({ kind, tell }) => `${kind}: ${tell}`),
      ...unfinished,
      ...(code === 0 ? [] : [`it ended with ${String(code)} when it was told to stop`]),
      ...(ms <= STOPPED_WITHIN_MS ? [] : [`it took ${Math.round(ms)} ms to stop`]),
      ...unexplained(office, blows),
      ...(await troublesInStore(office)),
    ];
    if (problems.length > 0) options.onFailure?.(await describeOffice(office, played));
    return {
      seed,
      faults: blows.map(({ name, afterMs }) => `${name} after ${Math.round(afterMs)} ms`),
      bound: truth.filter(({ booked }) => booked === "once").length,
      calls: truth.length,
      booked: evidence.calls.length,
      starts: office.daemon.starts(),
      problems,
    };
  } finally {
    delay.disable();
    await office.close();
  }
}

/**
 * Of these faults a daemon may end by itself (of the second one while it starts), if it says why. With a
 * limit of 18 to 20 open files Node.js itself ends before any of our code is read, with no word of ours.
 */
const LAST_WORDS: Partial<Record<FaultName, RegExp>> = {
  "disk full": /SQLITE_FULL/,
  "input/output error": /SQLITE_IOERR|SQLITE_FULL/,
  "no file descriptors":
    /no more files can be opened|\(EMFILE\)|^ended with SIGSEGV: $|^ended with 1: node:(?:fs|internal\/modules\/)[^]*too many open files/,
};

function unexplained({ daemon }: Office, blows: readonly Blow[]): string[] {
  const expected = blows.flatMap(({ name }) => LAST_WORDS[name] ?? []);
  return daemon.crashes.filter((words) => !expected.some((some) => some.test(words)));
}
