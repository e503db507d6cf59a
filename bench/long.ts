/**
 * `npm run long -- NAME --minutes N [--seed S]`: runs that are too long for CI. Each writes its seed,
 * commit, machine and outcome to `bench/results/NAME-….json`, which is committed.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { cpus, tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { fuzz } from "./fuzz.ts";
import { killDays } from "../test/daemon/kill-days.ts";

type Outcome = { readonly isRight: boolean; readonly figures: object };
type LongRun = (round: { seed: number; untilMs: number }) => Promise<Outcome>;

const runs: Readonly<Record<string, LongRun>> = {
  /** SIGKILL at random moments of demo days: nothing accepted is lost or doubled. */
  kill: async ({ seed, untilMs }) => {
    const total = { rounds: 0, kills: 0, calls: 0, booked: 0, guaranteed: 0 };
    const failures: object[] = [];
    while (total.rounds === 0 || Date.now() < untilMs) {
      const report = await killDays({ seed: seed + total.rounds, kills: 50 });
      total.rounds += 1;
      total.kills += report.kills;
      total.calls += report.calls;
      total.booked += report.booked;
      total.guaranteed += report.guaranteed;
      const { lost, doubled, wrong } = report;
      if (lost.length + doubled.length + wrong.length > 0) failures.push(report);
    }
    return { isRight: failures.length === 0, figures: { ...total, failures } };
  },
  /** Broken streams through parser and model: ten million messages at least. */
  fuzz: ({ seed, untilMs }) => {
    const total = { inputs: 0, events: 0, calls: 0 };
    const faults: string[] = [];
    for (let from = seed; total.inputs < FUZZ_INPUTS || Date.now() < untilMs; from += 100_000) {
      const report = fuzz({ inputs: 1_000_000, seed: from });
      total.inputs += report.inputs;
      total.events += report.events;
      total.calls += report.calls;
      faults.push(...report.faults);
    }
    return Promise.resolve({ isRight: faults.length === 0, figures: { ...total, faults } });
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
  options: { minutes: { type: "string", default: "10" }, seed: { type: "string" } },
});
const name = positionals[0] ?? "";
const run = runs[name];
const minutes = Number(values.minutes);
if (run === undefined || !(minutes > 0)) {
  process.stderr.write(`npm run long -- ${Object.keys(runs).join("|")} --minutes N [--seed S]\n`);
  process.exit(2);
}
const seed = Number(values.seed ?? Date.now() % 1_000_000);
const startedAt = new Date();
const outcome = await run({ seed, untilMs: Date.now() + minutes * 60_000 });
const result = {
  name,
  seed,
  commit: execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim(),
  machine: {
    processor: cpus()[0]?.model ?? "unknown",
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  },
  startedAt: startedAt.toISOString(),
  minutes: Math.round((Date.now() - startedAt.getTime()) / 6_000) / 10,
  ...outcome,
};
const folder = join(import.meta.dirname, "results");
await mkdir(folder, { recursive: true });
const file = join(folder, `${name}-${startedAt.toISOString().slice(0, 10)}-${seed}.json`);
await writeFile(file, `${JSON.stringify(result, null, 2)}\n`);
process.stdout.write(`${JSON.stringify(result, null, 2)}\n`);
process.exitCode = outcome.isRight ? 0 : 1;
