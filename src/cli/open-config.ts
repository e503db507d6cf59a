/**
 * How every command finds its configuration: `--config FILE`, else the usual file, else the
 * environment alone. What it learns of secrets is kept, so that a report of a fault cannot show them.
 */
import { existsSync } from "node:fs";
import type { LoadedConfig, Need } from "../config/load-config.ts";
import { DEFAULT_CONFIG_FILE, loadConfig } from "../config/load-config.ts";
import { describeKeys } from "../config/describe-keys.ts";
import type { ConfigProblem } from "../config/problem.ts";
import { describeProblem } from "../config/problem.ts";
import type { Result } from "../lib/failure.ts";
import { learnSecrets } from "../lib/known-secrets.ts";

export type ConfigWish<N extends Need> = {
  /** Of `--config`. */
  readonly file: string | undefined;
  /** The sections that the command reads. */
  readonly needs: readonly N[];
  readonly env?: Readonly<Record<string, string | undefined>>;
};

export function openConfig<N extends Need>({
  file,
  needs,
  env = process.env,
}: ConfigWish<N>): Result<LoadedConfig<N>, readonly ConfigProblem[]> {
  const credentialsDirectory = env["CREDENTIALS_DIRECTORY"];
  const loaded = loadConfig({ file: fileToRead(file, env), env, credentialsDirectory, needs });
  if (loaded.ok) learnSecrets(loaded.value.secrets);
  return loaded;
}

/** The file that `openConfig` reads; undefined: the environment gives all. */
export function fileToRead(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  if (file !== undefined || existsSync(DEFAULT_CONFIG_FILE)) return file ?? DEFAULT_CONFIG_FILE;
  const isByEnvironment = describeKeys().some(({ variable }) => (env[variable] ?? "") !== "");
  return isByEnvironment ? undefined : DEFAULT_CONFIG_FILE;
}

/** One problem a line, with a line end behind each. */
export const tellProblems = (problems: readonly ConfigProblem[]): string =>
  problems.map((problem) => `${describeProblem(problem)}\n`).join("");
