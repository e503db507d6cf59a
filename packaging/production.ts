/**
 * What of node_modules the daemon needs when it runs, by package-lock.json alone. Exports
 * `productionPackages`.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";

export type Arch = "x64" | "arm64";

export type ProductionPackage = {
  /** "node_modules/ajv/node_modules/fast-uri" */
  readonly folder: string;
  readonly name: string;
  readonly version: string;
  /** SPDX, as its author states it; undefined: he does not. */
  readonly license: string | undefined;
  /** Of its archive at the registry: "sha512-…". */
  readonly integrity: string;
};

type Locked = {
  readonly version: string;
  readonly license?: string;
  readonly integrity: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly cpu?: string | readonly string[];
};

/** Only what a compiler reads. */
const hasOnlyTypes = (name: string): boolean =>
  name.startsWith("@types/") || name === "undici-types";

/** In the order of the lock file. */
export function productionPackages(root: string, arch: Arch): readonly ProductionPackage[] {
  const lock = JSON.parse(readFileSync(join(root, "package-lock.json"), "utf8")) as {
    readonly packages: Readonly<Record<string, Locked>>;
  };
  return Object.entries(lock.packages).flatMap(([folder, locked]): ProductionPackage[] => {
    const name = folder.slice(folder.lastIndexOf("node_modules/") + "node_modules/".length);
    const isForHere = locked.cpu === undefined || [locked.cpu].flat().includes(arch);
    const isNeeded = !locked.dev && !locked.devOptional && isForHere && !hasOnlyTypes(name);
    if (folder === "" || !isNeeded) return [];
    const { version, license, integrity } = locked;
    return [{ folder, name, version, license, integrity }];
  });
}
