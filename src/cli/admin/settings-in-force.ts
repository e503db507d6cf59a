/** What is in force, key by key, and where it comes from; of a secret only that it is there. */
import type { LoadedConfig } from "../../config/load-config.ts";
import { allKeys, variableOf, type Config } from "../../config/keys.ts";
import { describeProblem, type Place } from "../../config/problem.ts";
import type { SettingsAnswer } from "../../http/admin/contract-pages.ts";

/** Whence the configuration came; absent where a program gave it. */
export type ConfigOrigin = {
  readonly file: string | undefined;
  readonly loaded: Pick<LoadedConfig, "places" | "warnings">;
};

export function settingsInForce(config: Config, origin: ConfigOrigin | undefined): SettingsAnswer {
  return {
    file: origin?.file ?? null,
    warnings: origin?.loaded.warnings.map(describeProblem) ?? [],
    keys: allKeys.map(({ path, key }) => {
      const value = valueAt(config, path);
      const place = origin?.loaded.places.get(path);
      return {
        ...{ path, doc: key.doc, isSecret: key.isSecret, variable: variableOf(path) },
        value: key.isSecret ? (value === undefined ? "" : HIDDEN) : spelt(value),
        ...told(place),
      };
    }),
  };
}

function valueAt(config: Config, path: string): unknown {
  let value: unknown = config;
  for (const name of path.split("."))
    value = (value as Readonly<Record<string, unknown>> | undefined)?.[name];
  return value ?? undefined;
}

const HIDDEN = "•••";
/** As the secrets inside a list's entries are called (`exchanges`). */
const SECRETS = new Set(["secret", "password"]);

const spelt = (value: unknown): string =>
  value === undefined
    ? ""
    : JSON.stringify(value, (name, inner: unknown): unknown => {
        if (SECRETS.has(name) && typeof inner === "string") return HIDDEN;
        if (inner instanceof RegExp) return String(inner);
        return inner instanceof Map ? Object.fromEntries(inner as Map<string, unknown>) : inner;
      });

function told(place: Place | undefined): Pick<SettingsAnswer["keys"][number], "from" | "where"> {
  switch (place?.kind) {
    case "file":
      return { from: "file", where: String(place.line) };
    case "variable":
      return { from: "variable", where: place.variable };
    case "credential":
      return { from: "credential", where: place.credential };
    case "nowhere":
    case undefined:
      return { from: "default", where: null };
  }
}
