// A day at the office of the nemesis harness, in which a test decides what goes wrong and when. The
// daemon is a real process; in the end the account is held against the truth.
import { seededRandom } from "../../src/simulator/pbx/rewrite.ts";
import { checkJournal } from "../checker/check-journal.ts";
import { evidenceOf } from "../checker/evidence.ts";
import type { Problem } from "../checker/problem.ts";
import { describeOffice, troublesInStore, waitUntilBooked } from "../nemesis/aftermath.ts";
import { planCalls, playCall, truthOf, type Played } from "../nemesis/day.ts";
import { keepLog } from "../nemesis/keep-log.ts";
import { openOffice, type Office } from "../nemesis/office.ts";

export type Day = {
  readonly office: Office;
  /** Resolves once the daemon has said so; rejects after two minutes. */
  says(text: string): Promise<void>;
  /** Plays so many calls; resolves when they begin, with what resolves at their end. */
  begin(count: number): Promise<{ readonly over: Promise<unknown> }>;
  /** The same, to their end. */
  play(count: number): Promise<void>;
  /** Resolves once the daemon has its line to the exchange, and has asked what goes on there. */
  listens(): Promise<void>;
  /** Resolves once every call stands on the account that has to. */
  allBooked(): Promise<void>;
  /** Waits until nothing is left to do, ends the daemon, and judges. */
  problems(): Promise<string[]>;
};

export type DayOptions = {
  /** So many calls can be played. Default 24. */
  readonly calls?: number;
  /** For each start of the daemon. */
  readonly environment?: () => Readonly<Record<string, string>>;
};

/** Others may keep this machine busy: how exact times are is tried elsewhere. */
const DURATION_SLACK_S = 60;

export async function until(isTrue: () => boolean, what: () => string): Promise<void> {
  for (let tries = 0; tries < 1_200; tries++) {
    if (isTrue()) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(what());
}

/** The daemon listens. To be closed by `office.close()`. */
export async function openDay(seed: number, options: DayOptions = {}): Promise<Day> {
  const random = seededRandom(seed);
  const count = options.calls ?? 24;
  const { entries, knownClients } = await planCalls(random, { count, betweenMs: 200 });
  const { environment } = options;
  const office = await openOffice({
    ...{ seed, random, knownClients },
    ...(environment === undefined ? {} : { environment }),
  });
  const played: Played[] = [];
  let next = 0;
  async function listens(): Promise<void> {
    const { listed, lost, died } = office.marks;
    const last = (times: readonly number[]): number => Math.max(0, ...times);
    await until(
      () => last(listed) > Math.max(last(lost), last(died)),
      () => `it does not listen to the exchange\n${office.daemon.log()}`,
    );
  }
  await listens();
  const judge = (): Problem[] =>
    checkJournal(evidenceOf(office.kommo), truthOf(office, played, new Set(knownClients)), {
      knownPhones: knownClients,
      durationSlackSeconds: DURATION_SLACK_S,
      requestsPerSecond: Infinity,
    });

  async function begin(wanted: number): Promise<{ over: Promise<unknown> }> {
    const some = entries.slice(next, (next += wanted));
    const first = some[0]?.afterMs ?? 0;
    const plays = await Promise.all(
      some.map((entry) => playCall(office, { ...entry, afterMs: entry.afterMs - first })),
    );
    played.push(...plays.map((one) => one.played));
    return { over: Promise.all(plays.map(({ finished }) => finished)) };
  }

  return {
    office,
    begin,
    says: (text) =>
      until(
        () => office.daemon.log().includes(text),
        () => `it never said: ${text}\n${office.daemon.log()}`,
      ),
    listens,
    async play(wanted) {
      const { over } = await begin(wanted);
      await over;
    },
    allBooked: () =>
      until(
        () => judge().every(({ kind }) => kind !== "not-booked"),
        () => `not all are booked\n${office.daemon.log()}`,
      ),
    async problems() {
      const unfinished = await waitUntilBooked(office, 120_000);
      const { code } = await office.daemon.stop();
      const problems = [
        ...judge().map(({ kind, tell }) => `${kind}: ${tell}`),
        ...unfinished,
        ...(code === 0 ? [] : [`it ended with ${String(code)}`]),
        ...office.daemon.crashes,
        ...(await troublesInStore(office)),
      ];
      if (problems.length > 0) keepLog(`day-${seed}`)(await describeOffice(office, played));
      return problems;
    },
  };
}
