/** `customizations list`: the scripts of the folder, and how they did since the daemon began. */
import { parseArgs } from "node:util";
import { NO_RUNS, type RunCounts } from "../../customization/run-counts.ts";
import { openConfig, tellProblems } from "../open-config.ts";
import { countsBeside, loadFolder } from "./loaded-folder.ts";

export async function runList(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: { config: { type: "string" }, json: { type: "boolean" } },
  });
  const loaded = openConfig({ file: values.config, needs: ["pbx"] });
  if (!loaded.ok) {
    process.stderr.write(tellProblems(loaded.failure));
    return 1;
  }
  const { config } = loaded.value;
  const folder = await loadFolder(config);
  const counts = await countsBeside(config.store);
  const scripts = folder.scripts.map(({ name, file, kind, problem }) => ({
    name,
    file,
    kind: kind ?? null,
    problem: problem ?? null,
    ...(counts.get(name) ?? NO_RUNS),
  }));
  if (values.json === true) process.stdout.write(`${JSON.stringify(scripts)}\n`);
  else process.stdout.write(table(config.customizations.path, scripts));
  for (const problem of folder.problems) process.stderr.write(`${problem}\n`);
  return folder.problems.length > 0 ? 1 : 0;
}

type Listed = RunCounts & {
  readonly name: string;
  readonly file: string;
  readonly kind: string | null;
};

function table(folder: string, scripts: readonly Listed[]): string {
  if (scripts.length === 0) return `no scripts in ${folder}\n`;
  const rows = scripts.map((script) => [
    script.name,
    script.kind ?? "not loaded",
    String(script.runs),
    script.runs === 0 ? "-" : `${(script.totalMs / script.runs).toFixed(1)} ms`,
    script.runs === 0 ? "-" : `${script.worstMs.toFixed(0)} ms`,
    script.failures === 0 ? "0" : `${script.failures} (${script.lastFailure ?? ""})`,
    script.lastAt === undefined ? "never" : new Date(script.lastAt).toISOString(),
    script.file,
  ]);
  const head = ["name", "kind", "runs", "mean", "worst", "failures", "last run", "file"];
  const lines = [head, ...rows];
  const widths = head.map((_, column) =>
    Math.max(...lines.map((row) => (row[column] ?? "").length)),
  );
  return lines
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd()}\n`,
    )
    .join("");
}
