/**
 * How many calls a second are accepted for good in PostgreSQL, with the rows of a booked call, as a ratio
 * to bare one-row commits of the driver on the same server in the same run; by an installation that is
 * alone, and by accounts of a host, which share its connections. And what one account's flood costs the
 * others, beside what it costs between two bare clients: so much is the server's. Needs PostgreSQL on this
 * machine. Exports `benchPostgres` and `isPostgresThere`.
 */
import pg from "pg";
import { storeMigrations } from "../src/cli/daemon/store-migrations.ts";
import { openPostgresStore } from "../src/store/postgres-store.ts";
import type { DaemonStore } from "../src/store/store.ts";
import { postgresPrograms, startPostgres } from "../test/database/postgres-server.ts";
import { bookingOf } from "./booked-call.ts";
import { bulkId } from "./bulk-calls.ts";
import { medianOf } from "./median.ts";

export type PostgresBench = {
  /** Medians, each a second; the others are medians of the rounds' own ratios to it. */
  readonly bareCommits: number;
  readonly oneByOne: number;
  readonly grouped: number;
  /** One account of a host after another's turn, and all of them at once. */
  readonly sharedOneByOne: number;
  readonly sharedAtOnce: number;
  readonly accounts: number;
  readonly flood: FloodBench;
  /** Of two bare clients at the same pace, whose one row has as many bytes as those of a booked call. */
  readonly bareFlood: FloodBench;
};

export type FloodBench = {
  /** Milliseconds from asking to kept, of those that do not flood: 99 % are within. */
  readonly quietMs: number;
  readonly floodedMs: number;
  readonly ratio: number;
};

const INSERT = { name: "bare", text: "INSERT INTO row (text) VALUES ($1)" };
const WORDS = "a row of a few words";
const ROUNDS = 3;
const CALLS = 150;
const AT_ONCE = 100;
const ACCOUNTS = 20;
const FLOOD_ROUNDS = 6;
const FLOOD_MS = 700;
/** All others together, a second: a busy hour of thousands of telephones. */
const CALLS_PER_SECOND = 100;
/** Of one account: more than the largest exchange has. */
const FLOOD_PER_SECOND = 200;

export function isPostgresThere(): boolean {
  try {
    postgresPrograms();
    return true;
  } catch {
    return false;
  }
}

export async function benchPostgres(): Promise<PostgresBench> {
  const server = await startPostgres();
  const bare = new pg.Client({ connectionString: server.url });
  const flooding = new pg.Client({ connectionString: server.url });
  const stores: DaemonStore[] = [];
  async function open(name: string, access: "own" | "share"): Promise<Accept> {
    const opened = await openPostgresStore({
      ...{ url: server.url, name, migrations: storeMigrations, access },
    });
    if (!opened.ok) throw new Error(opened.failure.reason);
    stores.push(opened.value);
    return accepting(opened.value);
  }
  try {
    await Promise.all([bare.connect(), flooding.connect()]);
    await bare.query("CREATE TABLE row (text text)");
    const alone = await open("alone", "own");
    const accounts: Accept[] = [];
    for (let at = 0; at < ACCOUNTS; at++) accounts.push(await open(`account_${at}`, "share"));
    const rounds: Round[] = [];
    for (let round = 0; round <= ROUNDS; round++) {
      const figures = {
        bareCommits: await perSecond(CALLS, () => bare.query({ ...INSERT, values: [WORDS] })),
        oneByOne: await perSecond(CALLS, alone),
        grouped: AT_ONCE * (await perSecond(5, () => inParallel(AT_ONCE, alone))),
        sharedOneByOne: await perSecond(CALLS, (at) => accounts[at % ACCOUNTS]?.()),
        sharedAtOnce:
          ACCOUNTS * (await perSecond(10, () => Promise.all(accounts.map((accept) => accept())))),
      };
      if (round > 0) rounds.push(figures);
    }
    const ratio = (name: keyof Round): number =>
      medianOf(rounds.map((round) => round[name] / round.bareCommits));
    return {
      bareCommits: medianOf(rounds.map(({ bareCommits }) => bareCommits)),
      ...{ oneByOne: ratio("oneByOne"), grouped: ratio("grouped"), accounts: ACCOUNTS },
      ...{ sharedOneByOne: ratio("sharedOneByOne"), sharedAtOnce: ratio("sharedAtOnce") },
      flood: await benchFlood(accounts),
      bareFlood: await benchFlood([inserting(flooding), inserting(bare)]),
    };
  } finally {
    await Promise.all(stores.map((store) => store.close()));
    await Promise.all([bare.end(), flooding.end()]);
    await server.stop();
  }
}

/** Each a second. */
type Round = Pick<
  PostgresBench,
  "bareCommits" | "oneByOne" | "grouped" | "sharedOneByOne" | "sharedAtOnce"
>;

type Accept = () => Promise<unknown>;

/** Each a call of its own. */
function accepting(store: DaemonStore): Accept {
  let next = 1;
  return () => store.write(bookingOf(bulkId(next), next++));
}

function inserting(client: pg.Client): Accept {
  const text = bookingOf(bulkId(1), 1)
    .flatMap(({ values }) => values)
    .join(" ");
  return () => client.query({ ...INSERT, values: [text] });
}

/** In turn without and with the flood, so that the machine's own noise is in both. */
async function benchFlood([flooding, ...others]: readonly Accept[]): Promise<FloodBench> {
  const quiet: number[] = [];
  const flooded: number[] = [];
  for (let round = 0; round < FLOOD_ROUNDS; round++) {
    quiet.push(...(await steadily(others, CALLS_PER_SECOND)));
    const flood = steadily(flooding === undefined ? [] : [flooding], FLOOD_PER_SECOND);
    flooded.push(...(await steadily(others, CALLS_PER_SECOND)));
    await flood;
  }
  return { quietMs: p99(quiet), floodedMs: p99(flooded), ratio: p99(flooded) / p99(quiet) };
}

/** Each asks in turn, whether the ones before are answered or not. @returns milliseconds of each */
async function steadily(
  accounts: readonly Accept[],
  perSecond: number,
): Promise<readonly number[]> {
  const begunMs = performance.now();
  const answers: Promise<number>[] = [];
  for (let at = 0; performance.now() < begunMs + FLOOD_MS; at++) {
    const inMs = begunMs + (at * 1_000) / perSecond - performance.now();
    if (inMs > 0) await new Promise((resolve) => setTimeout(resolve, inMs));
    const askedMs = performance.now();
    const answer = accounts[at % accounts.length]?.() ?? Promise.resolve();
    answers.push(answer.then(() => performance.now() - askedMs));
  }
  return Promise.all(answers);
}

const p99 = (ms: readonly number[]): number =>
  ms.toSorted((one, other) => one - other)[Math.floor(ms.length * 0.99)] ?? NaN;

const inParallel = (times: number, work: () => Promise<unknown>): Promise<unknown> =>
  Promise.all(Array.from({ length: times }, work));

async function perSecond(times: number, work: (at: number) => unknown): Promise<number> {
  const begun = performance.now();
  for (let time = 0; time < times; time++) await work(time);
  return (times * 1_000) / (performance.now() - begun);
}

if (import.meta.main) process.stdout.write(`${JSON.stringify(await benchPostgres(), null, 2)}\n`);
