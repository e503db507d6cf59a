/**
 * `npm run long -- NAME [--minutes N] [--seed S] [--count N]`: runs that are too long for CI, ten minutes
 * or up to the count. Each writes its seed, commit, machine and outcome to `bench/results/NAME-….json`,
 * which is committed; some of them also on the way, so that a run that is cut off leaves its figures.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { renameSync, writeFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { cpus, loadavg, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz.ts";
import { benchSoak } from "./daemon.ts";
import { benchConversion } from "./conversion.ts";
import { benchDistribution } from "./distribution.ts";
import { benchGrowth } from "./growth.ts";
import { benchOriginate } from "./originate.ts";
import { benchKommo, isKommoBenchRight, LONG } from "./kommo.ts";
import { killSalon } from "../test/altegio/kill-salon.ts";
import { daysTogether } from "./days-together.ts";
import { runFleetDay } from "./fleet.ts";
import type { LongRun, Outcome } from "./long-run.ts";
import { runKills, runPairs, runPostgresKills } from "./nemesis-runs.ts";

const runs: Readonly<Record<string, LongRun>> = {
  /** SIGKILL by chance and at each step: nothing accepted is lost or doubled. */
  kill: runKills,
  /** The same with the store in PostgreSQL. */
  "kill-postgres": runPostgresKills,
  /** The daemon killed among appointments, with faults of both accounts: one lead each, one payment each. */
  salon: async ({ seed, isOver, count = Infinity }) => {
    const rounds: Awaited<ReturnType<typeof killSalon>>[] = [];
    const kills = (): number => rounds.reduce((sum, round) => sum + round.kills, 0);
    const wanted = { atOnce: 1, aDay: KILLS_A_SALON, count, isOver };
    await daysTogether(wanted, async (nth, most) => {
      rounds.push(await killSalon({ seed: seed + nth, kills: most }));
    });
    const isRight = rounds.every(({ problems }) => problems.length === 0);
    return { isRight, figures: { kills: kills(), rounds } };
  },
  /** Two faults by seed in a short day, one day after the other. `--count 1` runs one seed again. */
  nemesis: runPairs,
  /** Many exchanges and accounts on a few hosts, with one killed every minute: see fleet.ts. */
  fleet: runFleetDay,
  /** Broken streams through parser and model: ten million messages at least. */
  fuzz: ({ seed, untilMs }) => {
    const total = { inputs: 0, events: 0, calls: 0, mostHeapGrowthMegabytes: 0, mostRemembered: 0 };
    const faults: string[] = [];
    for (let from = seed; total.inputs < FUZZ_INPUTS || Date.now() < untilMs; from += 100_000) {
      const report = fuzz({ inputs: 1_000_000, seed: from });
      total.inputs += report.inputs;
      total.events += report.events;
      total.calls += report.calls;
      const { heapGrowthMegabytes, mostRemembered } = report;
      total.mostHeapGrowthMegabytes = Math.max(total.mostHeapGrowthMegabytes, heapGrowthMegabytes);
      total.mostRemembered = Math.max(total.mostRemembered, mostRemembered);
      faults.push(...report.faults);
    }
    return Promise.resolve({ isRight: faults.length === 0, figures: { ...total, faults } });
  },
  /** Requests, speed and latency at a Kommo that is far away: the figures of `npm run bench`, longer. */
  kommo: async () => {
    const figures = await benchKommo(LONG);
    return { isRight: isKommoBenchRight(figures), figures };
  },
  /** A large archive against one of a million: `--count 100000000` needs 60 GB and the better part of an hour. */
  growth: async ({ count = 30_000_000 }) => {
    const figures = await benchGrowth({ few: 1_000_000, many: count });
    return { isRight: Math.max(figures.accept, figures.lookUp) <= 1.3, figures };
  },
  /** A thousand recordings made into mp3, against a bare loop of ffmpeg. */
  conversion: async ({ count = 1_000 }) => {
    const figures = await benchConversion(count);
    const [auto, ffmpeg] = [figures.autoSeconds, figures.ffmpegSeconds].map(
      (seconds) => seconds / figures.bareSeconds,
    );
    const isRight = Number(auto) <= 1.5 && Number(ffmpeg) <= 1.1 && figures.lateMs <= 5;
    return { isRight, figures: { ...figures, auto, ffmpeg } };
  },
  /** Who should get a caller, among a million contacts; and a click, to the bytes of Originate. */
  questions: async () => {
    const distribution = await benchDistribution();
    const originate = await benchOriginate();
    const isRight =
      distribution.p99 <= 3 && distribution.ratio <= 1.5 && originate.request.p99 <= 5;
    return { isRight, figures: { distribution, originate } };
  },
  /** Ten calls a second: `--minutes 60`. */
  soak: async ({ untilMs }) => {
    const seconds = Math.max(180, (untilMs - Date.now()) / 1_000);
    const figures = await benchSoak(seconds, Math.min(600, seconds / 3));
    return { isRight: figures.heapSlope - figures.heapDoubt <= 1, figures };
  },
  /** The live lab: every scenario right, ten times in a row at least. */
  lab: async ({ untilMs }) => {
    const rounds: { passed: number; failed: number }[] = [];
    while (rounds.length < LAB_ROUNDS || Date.now() < untilMs) rounds.push(await runLab());
    const isRight = rounds.every(({ passed, failed }) => passed > 0 && failed === 0);
    return { isRight, figures: { rounds } };
  },
};

const FUZZ_INPUTS = 10_000_000;
const KILLS_A_SALON = 50;
const LAB_ROUNDS = 10;

async function runLab(): Promise<{ passed: number; failed: number }> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-lab-run-"));
  const outputFile = join(folder, "tests.json");
  const jest = [
    "run",
    "--silent",
    "jest",
    "--",
    "test/lab",
    "--json",
    `--outputFile=${outputFile}`,
  ];
  spawnSync("npm", jest, {
    cwd: join(import.meta.dirname, ".."),
    stdio: ["ignore", "ignore", "inherit"],
  });
  const told = JSON.parse(await readFile(outputFile, "utf8")) as {
    numPassedTests: number;
    numFailedTests: number;
    numPendingTests: number;
  };
  await rm(folder, { recursive: true, force: true });
  return { passed: told.numPassedTests, failed: told.numFailedTests + told.numPendingTests };
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: "string" },
    seed: { type: "string" },
    count: { type: "string" },
    ...{ exchanges: { type: "string" }, accounts: { type: "string" } },
    ...{ daemons: { type: "string" }, rate: { type: "string" } },
    ...{ "kill-every": { type: "string" }, standby: { type: "boolean" } },
  },
});
const name = positionals[0] ?? "";
const run = runs[name];
const A_DAY = 24 * 60;
const minutes = Number(values.minutes ?? (values.count === undefined ? 10 : A_DAY));
if (run === undefined || !(minutes > 0)) {
  process.stderr.write(
    `npm run long -- ${Object.keys(runs).join("|")} [--minutes N] [--seed S] [--count N]\n` +
      "fleet also: [--exchanges N] [--accounts N] [--daemons N] [--rate N]\n" +
      "  [--kill-every SECONDS] [--standby]\n",
  );
  process.exit(2);
}
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const startedAt = new Date();
const loadBefore = loadavg()[0];
const checkout = join(import.meta.dirname, "..");
const folder = join(checkout, "bench/results");
const file = join(folder, `${name}-${startedAt.toISOString().slice(0, 10)}-${seed}.json`);
const commit = execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();
await mkdir(folder, { recursive: true });

/** @param isWhole false: it goes on, or was cut off */
function writeResult({ isRight, figures }: Outcome, isWhole: boolean): string {
  const result = {
    name,
    seed,
    commit,
    machine: {
      processor: cpus()[0]?.model ?? "unknown",
      cores: cpus().length,
      memoryGiB: Math.round(totalmem() / 2 ** 30),
      node: process.version,
      /** Of one minute, before and after. */
      load: [loadBefore, loadavg()[0]],
    },
    startedAt: startedAt.toISOString(),
    minutes: Math.round((Date.now() - startedAt.getTime()) / 6_000) / 10,
    isWhole,
    isRight,
    figures,
  };
  // Last words of a daemon name files where this checkout lies, which is nobody's business.
  const text = `${JSON.stringify(result, null, 2)}\n`.replaceAll(`${checkout}/`, "");
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
  return text;
}

let isTold = false;
process.once("SIGTERM", () => (isTold = true));
const untilMs = Date.now() + minutes * 60_000;
const outcome = await run({
  seed,
  untilMs,
  isOver: () => isTold || Date.now() >= untilMs,
  soFar: (sofar) => void writeResult(sofar, false),
  ...(values.count !== undefined && { count: Number(values.count) }),
  wishes: {
    isStandby: values.standby === true,
    ...Object.fromEntries(
      (["exchanges", "accounts", "daemons", "rate", "kill-every"] as const).flatMap((wish) =>
        values[wish] === undefined ? [] : [[wish, Number(values[wish])]],
      ),
    ),
  },
});
process.stdout.write(writeResult(outcome, !isTold));
process.exitCode = outcome.isRight ? 0 : 1;
