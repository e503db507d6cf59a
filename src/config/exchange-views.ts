/**
 * Which exchanges a configuration has, each as if it were the only one. Exports `exchangesIn`.
 *
 * Where there are several, `users` of the whole has the exchange before the extension ("berlin/101"):
 * that is how extensions are called wherever more than one exchange is meant.
 */
import { nameAt } from "../lib/exchange-names.ts";
import type { ExchangeEntry } from "./exchange-keys.ts";
import type { Config } from "./keys.ts";

/** The sections in which exchanges differ. */
export type ExchangeConfig = Pick<Config, "ami" | "pbx" | "cel" | "users" | "recordings">;

export type ExchangeView<C = Config> = {
  /** undefined: it is the only one, and has no name. */
  readonly name: string | undefined;
  readonly config: C;
};

/** Of one without telephony as well: then its ami.username is "". */
export function exchangesIn<C extends Omit<ExchangeConfig, "ami"> & Pick<Config, "exchanges">>(
  config: C,
): readonly ExchangeView<C>[] {
  if (config.exchanges.length === 0) return [{ name: undefined, config }];
  return config.exchanges.map((entry) => ({
    name: entry.name,
    config: { ...config, ...sectionsOf(entry, config) },
  }));
}

const sectionsOf = (
  entry: ExchangeEntry,
  { recordings }: Pick<ExchangeConfig, "recordings">,
): ExchangeConfig => ({
  ...{ ami: entry.ami, pbx: entry.pbx, cel: entry.cel, users: entry.users ?? new Map() },
  recordings: recordingsOf(entry, recordings),
});

/** Where the recordings of one exchange lie; what is done with them is common. */
export function recordingsOf(
  { recordings: own }: Pick<ExchangeEntry, "recordings">,
  common: Config["recordings"],
): Config["recordings"] {
  return {
    ...common,
    path: own.path ?? common.path,
    // The common one names the common folder.
    pbx_path: own.pbx_path ?? (own.path === undefined ? common.pbx_path : undefined),
    other_paths: own.other_paths ?? common.other_paths,
  };
}

/** After defaults: each entry has its users, and the whole has those of all. */
export function withExchanges(config: Config): Config {
  if (config.exchanges.length === 0) return config;
  const exchanges = config.exchanges.map((entry) => ({
    ...entry,
    users: entry.users ?? config.users,
  }));
  const users = new Map(
    exchanges.flatMap(({ name, users: own }) =>
      [...own].map(([extension, all]) => [nameAt(name, extension), all] as const),
    ),
  );
  return { ...config, exchanges, users };
}
