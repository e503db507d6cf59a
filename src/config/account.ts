/**
 * One account of several that share a daemon: a file of its own in the folder of `include`, which says
 * what differs from the main file. Exports what is read of it and what follows from its name. Pure but
 * for `findAccounts`, which reads the folder.
 */
import { readdirSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { codeOf, failed, succeeded, type Result } from "../lib/failure.ts";
import type { GivenByFile } from "./given-values.ts";
import type { Config } from "./keys.ts";
import type { ConfigProblem } from "./problem.ts";

export type Account = {
  /** Of its file, without what follows the dot: part of addresses and paths. */
  readonly name: string;
  readonly file: string;
};

export type AccountsFound = {
  /** By name. */
  readonly accounts: readonly Account[];
  /** Files that may be meant as accounts, and are not named as one. */
  readonly warnings: readonly ConfigProblem[];
};

const ACCOUNT_NAME = /^[a-z0-9][a-z0-9-]{0,31}$/;
/** First parts of addresses that the daemon answers by itself. */
const TAKEN: readonly string[] = ["admin", "docs", "healthz", "metrics", "r", "v1", "webhooks"];

/** Without those that editors and packages leave beside: "acme.json~", ".acme.json.swp". */
export function findAccounts(folder: string): Result<AccountsFound, ConfigProblem> {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch (thrown) {
    return failed({
      ...problemOf(`${folder} cannot be read (${codeOf(thrown) ?? "unknown"})`),
      instead: "make the folder, readable for the daemon, or correct it",
    });
  }
  const files = names.filter((name) => name.endsWith(".json") && !name.startsWith(".")).toSorted();
  const warnings: ConfigProblem[] = [];
  const accounts = files.flatMap((file): Account[] => {
    const name = basename(file, ".json");
    if (isAccountName(name)) return [{ name, file: join(folder, file) }];
    warnings.push({
      ...problemOf(`has a file ${JSON.stringify(file)}, which is not taken for an account`),
      ...{ severity: "warning", instead: `rename it: ${NAMES}` },
    });
    return [];
  });
  return succeeded({ accounts, warnings });
}

export const isAccountName = (name: string): boolean =>
  ACCOUNT_NAME.test(name) && !TAKEN.includes(name);

const NAMES = `small letters, digits and "-", at most 32, and none of ${TAKEN.join(", ")}`;

const problemOf = (wrong: string): ConfigProblem => ({
  ...{ severity: "error", place: { kind: "nowhere" }, key: "include", wrong, instead: "" },
});

/** What all accounts of a daemon have in common: one process, its listeners, its database. */
const COMMON = [
  ...["include", "standby", "requests_per_second_in_all", "log.level"],
  ...["store.path", "store.url", "store.schema", "store.reserve_megabytes"],
  ...["http.host", "http.port", "http.names", "fastagi.host", "fastagi.port"],
  ...["public_http.host", "public_http.port"],
  ...["public_http.certificate_file", "public_http.key_file"],
];

/** The file of an account, with a problem for each key in it that only the main file may have. */
export function accountKeysOnly(file: GivenByFile): GivenByFile {
  const misplaced = COMMON.flatMap((path): ConfigProblem[] => {
    const there = file.values.get(path);
    if (there === undefined) return [];
    const [wrong, instead] = ["is common to all accounts", "write it into the main file"];
    return [{ severity: "error", place: there.place, key: path, wrong, instead }];
  });
  return { ...file, problems: [...file.problems, ...misplaced] };
}

/**
 * What is to be kept apart is: the account's store and mp3 files lie in folders of its name, and links on
 * its cards lead below its name, where the common values stand. Pure.
 * @param isOwn whether the account's own file gives a key
 */
export function ofAccount(
  config: Config,
  { name }: Account,
  isOwn: (path: string) => boolean,
): Config {
  const { store, recordings } = config;
  const { mp3_path: mp3Path, public_url: publicUrl } = recordings;
  return {
    ...config,
    store: {
      ...store,
      path: join(dirname(store.path), "accounts", name, basename(store.path)),
      schema: `${store.schema}_${name.replaceAll("-", "_")}`,
    },
    recordings: {
      ...recordings,
      ...(mp3Path === undefined || isOwn("recordings.mp3_path")
        ? {}
        : { mp3_path: join(mp3Path, name) }),
      ...(publicUrl === undefined || isOwn("recordings.public_url")
        ? {}
        : { public_url: `${publicUrl.replace(/\/+$/, "")}/${name}` }),
    },
  };
}
