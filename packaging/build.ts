/**
 * `npm run package`: builds what is handed out, from the built repository, into a folder. Nothing is
 * fetched, but for the Node.js of another kind of machine (`--arch`), which npm gets and checks.
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { buildDeb } from "./deb.ts";
import { unknownLicences } from "./licences.ts";
import { productionPackages, type Arch } from "./production.ts";
import { fetchRuntime } from "./runtime.ts";
import { stageTree } from "./stage.ts";
import { buildTarball } from "./tarball.ts";

const USAGE = `Usage: npm run package -- [--out FOLDER] [OPTION]… [deb|tar|npm]…

  --out FOLDER        where the files go (default: packages)
  --arch x64|arm64    for which machines (default: this one's kind)
  --version V         in place of package.json's
  --compression none  quickly, for tests

Without names: all of them. SOURCE_DATE_EPOCH, or else the last commit, dates what is packed.
`;

const root = join(import.meta.dirname, "..");

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      help: { type: "boolean", default: false },
      out: { type: "string", default: "packages" },
      arch: { type: "string", default: process.arch },
      version: { type: "string" },
      compression: { type: "string", default: "xz" },
    },
  });
  const { arch, compression } = values;
  const kinds = positionals.length === 0 ? ["deb", "tar", "npm"] : positionals;
  const isWrong =
    (arch !== "x64" && arch !== "arm64") ||
    (compression !== "xz" && compression !== "none") ||
    kinds.some((kind) => !["deb", "tar", "npm"].includes(kind));
  if (values.help || isWrong) {
    (isWrong ? process.stderr : process.stdout).write(USAGE);
    return isWrong ? 2 : 0;
  }
  const unknown = unknownLicences(productionPackages(root, arch));
  if (unknown.length > 0) {
    process.stderr.write(`licences that nobody has read yet:\n  ${unknown.join("\n  ")}\n`);
    return 1;
  }
  const out = resolve(values.out);
  mkdirSync(out, { recursive: true });
  const version = values.version ?? packageVersion();
  for (const kind of kinds) {
    const file =
      kind === "npm"
        ? packForNpm(out)
        : await packForHosts(kind, { out, arch, version, compression });
    process.stdout.write(`${file}\n`);
  }
  return 0;
}

type HostPackage = {
  readonly out: string;
  readonly arch: Arch;
  readonly version: string;
  readonly compression: "xz" | "none";
};

async function packForHosts(
  kind: string,
  { out, arch, version, compression }: HostPackage,
): Promise<string> {
  const work = mkdtempSync(join(tmpdir(), "asterisk-kommo-package-"));
  const mask = process.umask(0o022);
  try {
    const runtimeFrom = arch === process.arch ? root : fetchRuntime(root, { arch, into: work });
    const staged = join(work, "staged");
    const packed = { out, arch, version, epoch: epoch(), compression };
    await stageTree({ root, to: staged, arch, version, epoch: packed.epoch, runtimeFrom });
    const asked = { staged, ...packed };
    return kind === "deb" ? buildDeb(asked) : buildTarball(asked);
  } finally {
    process.umask(mask);
    rmSync(work, { recursive: true, force: true });
  }
}

/** What `npm publish` would send; whoever installs it gets the dependencies from the registry. */
function packForNpm(out: string): string {
  const { npm_execpath: npm } = process.env;
  const args = ["pack", "--ignore-scripts", "--silent", "--pack-destination", out];
  const [program, all] = npm === undefined ? ["npm", args] : [process.execPath, [npm, ...args]];
  return join(out, execFileSync(program, all, { cwd: root, encoding: "utf8" }).trim());
}

function packageVersion(): string {
  const text = readFileSync(join(root, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** Two builds of the same commit are the same to the byte. */
function epoch(): number {
  const given = process.env["SOURCE_DATE_EPOCH"];
  if (given !== undefined && /^\d+$/.test(given)) return Number(given);
  return Number(
    execFileSync("git", ["log", "-1", "--format=%ct"], { cwd: root, encoding: "utf8" }),
  );
}

process.exitCode = await main();
