/**
 * File, credentials and environment → the configuration, or all its problems at once.
 * Precedence: environment, credentials of systemd, file, default.
 */
import { join } from "node:path";
import convict from "convict";
import type { Result } from "../lib/failure.ts";
import { failed, succeeded } from "../lib/failure.ts";
import { givenByCredentials, givenByEnvironment, givenByFile } from "./given-values.ts";
import type { Environment, Given, GivenByFile } from "./given-values.ts";
import { withExchanges } from "./exchange-views.ts";
import type { Config, KeyTree } from "./keys.ts";
import { allKeys, isKey, keys, variableOf } from "./keys.ts";
import type { ConfigProblem, Place } from "./problem.ts";
import { sortProblems } from "./problem.ts";
import { accountKeysOnly, ofAccount, type Account } from "./account.ts";
import { findRelations } from "./relations.ts";
import { openToOthers, readSmallFile } from "./secret-files.ts";

export const DEFAULT_CONFIG_FILE = "/etc/asterisk-kommo/config.json";

/** The sections with keys that have no default; who does not need one cannot read it either. */
export type Need = "ami" | "pbx" | "kommo";

export type ConfigFor<N extends Need> = Omit<Config, Exclude<Need, N>>;

export type LoadedConfig<N extends Need = Need> = {
  readonly config: ConfigFor<N>;
  readonly warnings: readonly ConfigProblem[];
  /** All secret values, so that the logger can keep them out of what it writes. */
  readonly secrets: readonly string[];
  /** Where each key was given; a key that is not here has its default. */
  readonly places: ReadonlyMap<string, Place>;
  /** All that it was read from, secrets' files among them. */
  readonly files: readonly string[];
};

export type ConfigSources<N extends Need> = {
  /** undefined: there is none, the environment gives all. */
  readonly file: string | undefined;
  readonly env: Environment;
  /** $CREDENTIALS_DIRECTORY: files named as the key, "kommo.access_token". */
  readonly credentialsDirectory: string | undefined;
  readonly needs: readonly N[];
  /** One account of several: what its own file says goes before all else. */
  readonly account?: Account | undefined;
};

/**
 * The folder of several accounts that the main file or the environment names, if either does so validly.
 * @param sources as for `loadConfig`; whatever else is wrong there is said by it
 */
export function includeIn({
  file,
  env,
}: Pick<ConfigSources<never>, "file" | "env">): string | undefined {
  const given = new Map([...readFile(file).values, ...givenByEnvironment(env).values]);
  const { value, isValid } = given.get("include") ?? {};
  return isValid === true && typeof value === "string" ? value : undefined;
}

/** @returns on failure all problems, warnings among them, in the order of the file's lines. */
export function loadConfig<N extends Need>(
  sources: ConfigSources<N>,
): Result<LoadedConfig<N>, readonly ConfigProblem[]> {
  const needs: readonly Need[] = sources.needs;
  const { account } = sources;
  const common = readFile(sources.file);
  const own = account === undefined ? undefined : accountKeysOnly(readFile(account.file));
  const file = own ?? common;
  const credentials =
    sources.credentialsDirectory === undefined
      ? NOTHING
      : givenByCredentials(sources.credentialsDirectory);
  const environment = givenByEnvironment(sources.env);
  const given = new Map([
    ...common.values,
    ...credentials.values,
    ...environment.values,
    ...(own?.values ?? []),
  ]);

  const valueOf = (path: string): unknown => {
    const there = given.get(path);
    if (there !== undefined) return there.isValid ? there.value : undefined;
    return allKeys.find((known) => known.path === path)?.key.default;
  };
  const placeOf = (path: string): Place =>
    given.get(path)?.place ?? file.placeToMiss(path) ?? { kind: "nowhere" };
  const problems = sortProblems([
    ...common.problems,
    ...(own?.problems ?? []),
    ...credentials.problems,
    ...environment.problems,
    ...missingKeys({ needs, given, file }),
    ...openSecrets({ needs, given }),
    ...findRelations(valueOf, (path) => given.has(path)).map(({ at, ...relation }) => ({
      ...relation,
      place: given.get(keyOf(relation.key))?.placeAt?.(at ?? []) ?? placeOf(keyOf(relation.key)),
    })),
  ]);
  if (problems.some(({ severity }) => severity === "error")) return failed(problems);

  const settled = settle(given, sources.env);
  const config =
    account === undefined
      ? settled
      : ofAccount(settled, account, (path) => own?.values.has(path) === true);
  return succeeded({
    config: withExchanges(config) as ConfigFor<N>,
    warnings: problems,
    secrets: allKeys.flatMap(({ path, key }) => {
      const value = given.get(path)?.value;
      const inside = value === undefined ? [] : (key.format.secretsIn?.(value) ?? []);
      return key.isSecret && typeof value === "string" ? [value] : inside.map((one) => one.value);
    }),
    places: new Map([...given].map(([path, { place }]) => [path, place])),
    files: filesOf(sources, given),
  });
}

function filesOf(
  { file, account, credentialsDirectory }: Omit<ConfigSources<Need>, "needs">,
  given: ReadonlyMap<string, Given>,
): readonly string[] {
  const named = allKeys.flatMap(({ path, key }) => {
    const { value, place, secretFile } = given.get(path) ?? {};
    const credential = place?.kind === "credential" ? place.credential : undefined;
    return [
      secretFile,
      credential && credentialsDirectory && join(credentialsDirectory, credential),
      ...(value === undefined ? [] : (key.format.secretsIn?.(value) ?? []).map((one) => one.file)),
    ];
  });
  return [...new Set([file, account?.file, ...named])].filter((one) => one !== undefined);
}

const OF_ONE_EXCHANGE = /^(ami|pbx)\./;

/** Wrong ones are told by themselves. */
function hasEntries(given: ReadonlyMap<string, Given>): boolean {
  const value = given.get("exchanges")?.value;
  return value !== undefined && !(Array.isArray(value) && value.length === 0);
}

const NOTHING = { values: new Map<string, Given>(), problems: [] };

function readFile(file: string | undefined): GivenByFile {
  const nowhere: Place = { kind: "nowhere" };
  if (file === undefined) return { ...NOTHING, placeToMiss: () => nowhere };
  const text = readSmallFile(file);
  if (text.ok) return givenByFile(file, text.value);
  const wrong = `--config ${text.failure.wrong}`;
  const problem = { severity: "error", place: nowhere, key: "", ...text.failure, wrong } as const;
  return { ...NOTHING, problems: [problem], placeToMiss: () => undefined };
}

type Needed = { readonly needs: readonly Need[]; readonly given: ReadonlyMap<string, Given> };

function missingKeys({ needs, given, file }: Needed & { file: GivenByFile }): ConfigProblem[] {
  return allKeys.flatMap(({ path, key }): ConfigProblem[] => {
    const isNeeded = needs.some((section) => path.startsWith(`${section}.`));
    const isInEntries = hasEntries(given) && OF_ONE_EXCHANGE.test(path);
    if (!key.isRequired || !isNeeded || isInEntries || given.has(path)) return [];
    if (key.isNeedlessWith !== undefined && given.has(key.isNeedlessWith)) return [];
    const place = file.placeToMiss(path);
    if (place === undefined) return [];
    const elsewhere = key.isSecret ? `give ${path}_file` : `set ${variableOf(path)}`;
    const instead = `write ${key.format.expects} (${key.doc}), or ${elsewhere}`;
    return [{ severity: "error", place, key: path, wrong: "is missing", instead }];
  });
}

/** Secrets that every user of the host can read. Only a warning to who has no use for the secrets. */
function openSecrets({ needs, given }: Needed): ConfigProblem[] {
  const severity = needs.includes("ami") || needs.includes("kommo") ? "error" : "warning";
  const told = new Set<string>();
  return allKeys.flatMap(({ path, key }): ConfigProblem[] => {
    const there = given.get(path);
    if (there === undefined || !there.isValid) return [];
    const inFile = there.place.kind === "file" ? there.place.file : undefined;
    const holders = key.isSecret
      ? [there.secretFile ?? inFile]
      : (key.format.secretsIn?.(there.value) ?? []).map((inside) => inside.file ?? inFile);
    return holders.flatMap((holder): ConfigProblem[] => {
      const opened = holder === undefined || told.has(holder) ? undefined : openToOthers(holder);
      if (holder === undefined || opened === undefined) return [];
      told.add(holder);
      const wrong = `is a secret in a file that is ${opened} for every user of this host`;
      const instead = `run: chmod o= ${holder}`;
      return [{ severity, place: there.place, key: path, wrong, instead }];
    });
  });
}

/** "users.101" is a part of the key `users`. */
const keyOf = (path: string): string =>
  path.startsWith("users.") ? "users" : path.replace(/\[.*/, "");

/** Defaults, formats and environment by convict; everything in `given` is valid. */
function settle(given: ReadonlyMap<string, Given>, env: Environment): Config {
  registerFormats();
  const variables: Record<string, string | undefined> = {};
  const others: [path: string, value: unknown][] = [];
  for (const [path, { value, place, secretFile }] of given) {
    const variable = variableOf(path);
    if (place.kind !== "variable") others.push([path, value]);
    else variables[variable] = secretFile === undefined ? env[variable] : String(value);
  }
  const schema = schemaOf(keys, "") as convict.Schema<Record<string, unknown>>;
  const settings = convict(schema, { env: variables, args: [] });
  for (const [path, value] of others) settings.set(path, value);
  settings.validate({ allowed: "strict" });
  const properties = settings.getProperties();
  for (const { path, key } of allKeys) readInto(properties, path.split("."), key.format.read);
  return properties as Config;
}

/** Brings a value from the shape of the file into that of the daemon. */
function readInto(
  properties: Record<string, unknown>,
  path: readonly string[],
  read: ((value: unknown) => unknown) | undefined,
): void {
  const [name = "", ...rest] = path;
  const value = properties[name];
  if (read === undefined || value === undefined || value === null) return;
  if (rest.length === 0) properties[name] = read(value);
  else readInto(value as Record<string, unknown>, rest, read);
}

let areFormatsRegistered = false;

function registerFormats(): void {
  if (areFormatsRegistered) return;
  areFormatsRegistered = true;
  for (const { key } of allKeys)
    convict.addFormat({
      name: key.format.expects,
      validate: (value: unknown) => {
        const [flaw] = key.format.check(value);
        if (flaw !== undefined) throw new Error(`${flaw.wrong}; ${flaw.instead}`);
      },
      coerce: key.format.fromText,
    });
}

function schemaOf(tree: KeyTree, prefix: string): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(tree).map(([name, entry]) => [
      name,
      isKey(entry)
        ? {
            doc: entry.doc,
            format: entry.format.expects,
            env: variableOf(prefix + name),
            default: entry.default,
            sensitive: entry.isSecret,
          }
        : schemaOf(entry, `${prefix}${name}.`),
    ]),
  );
}
