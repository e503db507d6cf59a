/** The Node.js for another kind of machine than this one, which npm does not install here. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { productionPackages, type Arch } from "./production.ts";

/**
 * @returns a folder with node_modules/node-linux-<arch>
 * @throws when it is not the one that package-lock.json names
 */
export function fetchRuntime(root: string, { arch, into }: { arch: Arch; into: string }): string {
  const name = `node-linux-${arch}`;
  const locked = productionPackages(root, arch).find((one) => one.name === name);
  if (locked === undefined) throw new Error(`package-lock.json names no ${name}`);
  const packed = execFileSync(
    "npm",
    ["pack", "--silent", "--pack-destination", into, `${name}@${locked.version}`],
    { cwd: into, encoding: "utf8" },
  ).trim();
  const archive = readFileSync(join(into, packed));
  const found = `sha512-${createHash("sha512").update(archive).digest("base64")}`;
  if (found !== locked.integrity) throw new Error(`${name} is not what package-lock.json names`);
  const folder = join(into, locked.folder);
  mkdirSync(folder, { recursive: true });
  execFileSync("tar", ["-xzf", join(into, packed), "-C", folder, "--strip-components=1"]);
  return into;
}
