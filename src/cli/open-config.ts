/**
 * How every command finds its configuration: `--config FILE`, else the usual file, else the
 * environment alone; of several accounts that of `--account NAME`. What it learns of secrets is kept, so
 * that a report of a fault cannot show them.
 */
import { existsSync } from "node:fs";
import { findAccounts, type Account, type AccountsFound } from "../config/account.ts";
import type { ConfigSources, LoadedConfig, Need } from "../config/load-config.ts";
import { DEFAULT_CONFIG_FILE, includeIn, loadConfig } from "../config/load-config.ts";
import { describeKeys } from "../config/describe-keys.ts";
import type { ConfigProblem } from "../config/problem.ts";
import { describeProblem } from "../config/problem.ts";
import { closestWord } from "../lib/closest-word.ts";
import { failed, succeeded, type Result } from "../lib/failure.ts";
import { learnSecrets } from "../lib/known-secrets.ts";
import { chosenAccount } from "./chosen-account.ts";

export type ConfigWish<N extends Need> = {
  /** Of `--config`. */
  readonly file: string | undefined;
  /** The sections that the command reads. */
  readonly needs: readonly N[];
  readonly env?: Environment;
  /** Name of one account of several; default: that of `--account`. */
  readonly account?: string | undefined;
};

type Environment = Readonly<Record<string, string | undefined>>;

export function openConfig<N extends Need>({
  file,
  needs,
  env = process.env,
  account: name = chosenAccount(),
}: ConfigWish<N>): Result<LoadedConfig<N>, readonly ConfigProblem[]> {
  const account = accountOf(name, openAccounts(file, env));
  return account.ok
    ? load({ ...sourcesOf(file, env), needs, account: account.value })
    : failed([account.failure]);
}

/** What is common to several accounts: the main file and the environment alone. */
export const openCommonConfig = (
  file: string | undefined,
): Result<LoadedConfig<never>, readonly ConfigProblem[]> =>
  load({ ...sourcesOf(file, process.env), needs: [] });

/** @returns undefined where the configuration is of one account alone */
export function openAccounts(
  file: string | undefined,
  env: Environment = process.env,
): Result<AccountsFound, ConfigProblem> | undefined {
  const folder = includeIn(sourcesOf(file, env));
  return folder === undefined ? undefined : findAccounts(folder);
}

const sourcesOf = (
  file: string | undefined,
  env: Environment,
): Omit<ConfigSources<never>, "needs"> => ({
  ...{ file: fileToRead(file, env), env },
  credentialsDirectory: env["CREDENTIALS_DIRECTORY"],
});

function load<N extends Need>(
  sources: ConfigSources<N>,
): Result<LoadedConfig<N>, readonly ConfigProblem[]> {
  const loaded = loadConfig(sources);
  if (loaded.ok) learnSecrets(loaded.value.secrets);
  return loaded;
}

/** @returns undefined for the one account that there is */
function accountOf(
  name: string | undefined,
  found: ReturnType<typeof openAccounts>,
): Result<Account | undefined, ConfigProblem> {
  if (found?.ok === false) return found;
  const accounts = found?.value.accounts ?? [];
  const names = accounts.map((account) => account.name);
  const refuse = (wrong: string, instead: string): Result<never, ConfigProblem> =>
    failed({ ...WITH_ACCOUNT, wrong, instead });
  if (found === undefined)
    return name === undefined
      ? succeeded(undefined)
      : refuse("is given, and there is one account alone", "leave it out");
  if (name === undefined)
    return refuse("is missing, and there are several accounts", `add it: ${names.join(", ")}`);
  const account = accounts.find((one) => one.name === name);
  if (account !== undefined) return succeeded(account);
  const near = closestWord(name, names);
  return refuse(
    "names no account",
    near === undefined ? `write one of ${names.join(", ")}` : `did you mean ${near}?`,
  );
}

const WITH_ACCOUNT = { severity: "error", place: { kind: "nowhere" }, key: "--account" } as const;

/** The file that `openConfig` reads; undefined: the environment gives all. */
export function fileToRead(
  file: string | undefined,
  env: Readonly<Record<string, string | undefined>> = process.env,
): string | undefined {
  if (file !== undefined || existsSync(DEFAULT_CONFIG_FILE)) return file ?? DEFAULT_CONFIG_FILE;
  const isByEnvironment = describeKeys().some(({ variable }) => (env[variable] ?? "") !== "");
  return isByEnvironment ? undefined : DEFAULT_CONFIG_FILE;
}

/** The chosen account's own file; else, for one account alone, the file that `openConfig` reads. */
export function ownFile(file: string | undefined): string | undefined {
  const account = accountOf(chosenAccount(), openAccounts(file));
  return (account.ok ? account.value?.file : undefined) ?? fileToRead(file);
}

/** One problem a line, with a line end behind each. */
export const tellProblems = (problems: readonly ConfigProblem[]): string =>
  problems.map((problem) => `${describeProblem(problem)}\n`).join("");
