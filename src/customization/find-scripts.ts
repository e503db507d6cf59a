/** Which file of the folder stands for which customization. Exports `findScripts` and `kindOf`. */
import { closeSync, openSync, readdirSync, readSync } from "node:fs";
import { extname, join } from "node:path";
import { isHookName, type HookName } from "./contract/hooks.ts";

export type ScriptKind = "javascript" | "php-action" | "executable";

export type FoundScript = {
  readonly name: HookName;
  readonly file: string;
  /** Further files of the same name, which are not used. */
  readonly others: readonly string[];
};

/** Of several files for one name the first of these, then by the alphabet. */
const PREFERRED = [".ts", ".mjs", ".js", ".php"];
/** Copies and notes beside a script; a script is switched off by such a name. */
const NOT_SCRIPTS = new Set(
  [
    ".bak",
    ".disabled",
    ".example",
    ".json",
    ".log",
    ".md",
    ".off",
    ".old",
    ".orig",
    ".sample",
  ].concat([".save", ".swp", ".tmp", ".txt"]),
);

export function findScripts(folder: string): ReadonlyMap<HookName, FoundScript> {
  const byName = new Map<HookName, string[]>();
  for (const entry of readdirSync(folder)) {
    const extension = extname(entry);
    const name = entry.slice(0, entry.length - extension.length);
    if (!isHookName(name) || extension === "" || NOT_SCRIPTS.has(extension)) continue;
    byName.set(name, [...(byName.get(name) ?? []), entry]);
  }
  return new Map(
    [...byName].map(([name, entries]) => {
      const [first = "", ...others] = entries.toSorted(byPreference);
      return [name, { name, file: join(folder, first), others }];
    }),
  );
}

const rankOf = (entry: string): number => {
  const rank = PREFERRED.indexOf(extname(entry));
  return rank < 0 ? PREFERRED.length : rank;
};
const byPreference = (one: string, other: string): number =>
  rankOf(one) - rankOf(other) || (one < other ? -1 : 1);

/** A PHP file that names its interpreter reads and writes like any other executable. */
export function kindOf(file: string): ScriptKind {
  const extension = extname(file);
  if ([".js", ".mjs", ".ts"].includes(extension))
    return firstLine(file).startsWith("#!") ? "executable" : "javascript";
  return extension === ".php" && !firstLine(file).startsWith("#!") ? "php-action" : "executable";
}

/** "#!/usr/bin/env python3", or the first bytes of a program. */
export function firstLine(file: string): string {
  const handle = openSync(file, "r");
  try {
    const bytes = Buffer.alloc(256);
    const length = readSync(handle, bytes, 0, bytes.length, 0);
    return bytes.toString("latin1", 0, length).split("\n")[0] ?? "";
  } finally {
    closeSync(handle);
  }
}
