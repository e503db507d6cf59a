/** Kills of one plan, in several offices at once. Exports `killInOffices`. */
import { IN_FILE, type DayStore } from "./day-stores.ts";
import { keepLog } from "./keep-log.ts";
import { killPlan, killRounds, type KillReport } from "./kill-rounds.ts";

export type KillsReport = Pick<KillReport, "kills" | "read" | "bound" | "problems"> & {
  /** Those at which some daemon died. */
  readonly steps: ReadonlySet<string>;
};

/** @param asked.name of what is kept to understand a failure */
export async function killInOffices(asked: {
  readonly name: string;
  readonly seed: number;
  readonly kills: number;
  readonly offices: number;
  /** Default: a file each. */
  readonly storeOf?: (office: number) => DayStore;
}): Promise<KillsReport> {
  const { name, seed, kills, offices, storeOf = () => IN_FILE } = asked;
  const reports = await Promise.all(
    Array.from({ length: offices }, (_, office) =>
      killRounds(seed + office, killPlan(seed, { kills, office, of: offices }), {
        onFailure: keepLog(`${name}-${seed}-${office}`),
        store: storeOf(office),
      }),
    ),
  );
  for (const report of reports) process.stdout.write(`${JSON.stringify(report)}\n`);
  const sum = (of: (report: KillReport) => number): number =>
    reports.reduce((total, report) => total + of(report), 0);
  return {
    kills: sum((report) => report.kills),
    read: sum((report) => report.read),
    bound: sum((report) => report.bound),
    problems: reports.flatMap(({ problems }) => problems),
    steps: new Set(reports.flatMap(({ atSteps }) => Object.keys(atSteps))),
  };
}
