/**
 * Lays out what is installed on a host, as it is installed: `usr/lib/asterisk-kommo` with its own
 * Node.js, the command, the unit, and the documents. Exports `stageTree`, which all packages share.
 */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { gzipSync } from "node:zlib";
import { licencesText } from "./licences.ts";
import { productionPackages, type Arch } from "./production.ts";
import { bomText } from "./bom.ts";
import { manualPage } from "./manual.ts";

export type StageOptions = {
  /** The repository, built. */
  readonly root: string;
  /** A new folder. */
  readonly to: string;
  readonly arch: Arch;
  readonly version: string;
  /** Of the page of the manual, in Unix seconds. */
  readonly epoch: number;
  /** Holds `node_modules/node-linux-<arch>`; the repository where that is of this machine's kind. */
  readonly runtimeFrom: string;
};

export const LIB = "usr/lib/asterisk-kommo";
export const DOC = "usr/share/doc/asterisk-kommo";
export const MANUAL = "usr/share/man/man1/asterisk-kommo.1.gz";

export async function stageTree(options: StageOptions): Promise<void> {
  const { root, to, version, epoch } = options;
  const lib = join(to, LIB);
  const doc = join(to, DOC);
  mkdirSync(lib, { recursive: true });
  mkdirSync(doc, { recursive: true });
  for (const name of ["bin", "dist", "config", "customizations"])
    cpSync(join(root, name), join(lib, name), { recursive: true });
  const recordings = "src/simulator/recordings";
  cpSync(join(root, recordings), join(lib, recordings), { recursive: true });
  writeFileSync(join(lib, "package.json"), manifest(root, version));
  stagePackages(options);

  mkdirSync(join(to, "usr/bin"), { recursive: true });
  symlinkSync("../lib/asterisk-kommo/bin/asterisk-kommo", join(to, "usr/bin/asterisk-kommo"));
  const unit = (name: string, target: string): void => {
    mkdirSync(join(to, dirname(target)), { recursive: true });
    cpSync(join(root, "systemd", name), join(to, target));
  };
  unit("asterisk-kommo.service", "usr/lib/systemd/system/asterisk-kommo.service");
  unit("asterisk-kommo.sysusers", "usr/lib/sysusers.d/asterisk-kommo.conf");
  unit("asterisk-kommo.tmpfiles", "usr/lib/tmpfiles.d/asterisk-kommo.conf");
  unit("older-systemd.conf", `${LIB}/systemd/older-systemd.conf`);
  unit("prepare-host", `${LIB}/systemd/prepare-host`);

  for (const name of ["README.md", "CHANGELOG.md", "LICENSE"])
    cpSync(join(root, name), join(doc, name));
  cpSync(join(root, "docs"), join(doc, "docs"), { recursive: true });
  mkdirSync(join(to, dirname(MANUAL)), { recursive: true });
  writeFileSync(join(to, MANUAL), gzipped(await manualPage({ version, epoch })));
}

/** The same in each build: Node's gzip tells no time of its own. */
export const gzipped = (text: string): Buffer => gzipSync(text, { level: 9 });

function stagePackages({ root, to, arch, version, runtimeFrom }: StageOptions): void {
  const packages = productionPackages(root, arch);
  const runtime = `node-linux-${arch}`;
  for (const { folder, name } of packages) {
    const source = join(name === runtime ? runtimeFrom : root, folder);
    const commands = name === runtime ? [] : commandsOf(source);
    cpSync(source, join(to, LIB, folder), {
      recursive: true,
      filter: (path) =>
        path === source ||
        (isNeeded(path.slice(source.length + 1), name === runtime) && !commands.includes(path)),
    });
  }
  noneIsAProgram(join(to, LIB, "node_modules"));
  chmodSync(join(to, LIB, `node_modules/${runtime}/bin/node`), 0o755);
  writeFileSync(join(to, DOC, "THIRD-PARTY-LICENCES"), licencesText(join(to, LIB), packages));
  writeFileSync(join(to, DOC, "sbom.cdx.json"), bomText(root, { version, packages }));
}

/** What a package of npm would put on a developer's path. */
function commandsOf(folder: string): readonly string[] {
  const { bin = {} } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8")) as {
    readonly bin?: string | Readonly<Record<string, string>>;
  };
  return (typeof bin === "string" ? [bin] : Object.values(bin)).map((file) => join(folder, file));
}

/** Some packages of npm mark texts as programs. What they hold is loaded, not called. */
function noneIsAProgram(folder: string): void {
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) chmodSync(join(entry.parentPath, entry.name), 0o644);
}

/** The program alone, without npm, headers and pages of the manual. */
const ABOUT_RUNTIME = /^(bin(\/node)?|package\.json|LICENSE)$/;
/** Read by people, compilers and debuggers, and by tests of the package itself. */
const NOT_RUN = /\.(d\.[cm]?ts|[cm]?ts|map|flow|markdown|md|sh|yml|yaml|html|png|svg)$|^\.|~$/i;
const NOT_RUN_FOLDERS =
  /^(tests?|__tests__|benchmarks?|bench|examples?|docs?|scripts|integration|coverage|tap-snapshots)$/i;

/** @param path below the package's own folder */
function isNeeded(path: string, isRuntime: boolean): boolean {
  if (isRuntime) return ABOUT_RUNTIME.test(path);
  const names = path.split("/");
  // A dependency of its own is staged by itself.
  if (names.includes("node_modules")) return false;
  if (/^(licen[sc]e|copying|notice)/i.test(basename(path))) return true;
  return !names.some((name) => NOT_RUN_FOLDERS.test(name) || NOT_RUN.test(name));
}

/** What is read when it runs: no scripts, no tools of developers. */
function manifest(root: string, version: string): string {
  const { name, description, license, type, exports } = JSON.parse(
    readFileSync(join(root, "package.json"), "utf8"),
  ) as Readonly<Record<string, unknown>>;
  const kept = { name, version, description, license, type, exports };
  return `${JSON.stringify(kept, null, 2)}\n`;
}
