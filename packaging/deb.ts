/** A Debian package of what is staged, by dpkg-deb. Exports `buildDeb`. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import type { Arch } from "./production.ts";
import { debianChangelog } from "./debian-changelog.ts";
import { DOC, gzipped } from "./stage.ts";

export type DebOptions = {
  /** What `stageTree` made; gets the control files. */
  readonly staged: string;
  readonly out: string;
  readonly arch: Arch;
  readonly version: string;
  /** For all times in the archive, in Unix seconds. */
  readonly epoch: number;
  /** xz, which every dpkg since Debian 10 reads; "none" where only a test will read it. */
  readonly compression: "xz" | "none";
};

const DEBIAN_ARCH: Readonly<Record<Arch, string>> = { x64: "amd64", arm64: "arm64" };
const SCRIPTS = join(import.meta.dirname, "deb");
/** What is packed does not depend on how many processors the machine has. */
const THREADS = 2;

/** @returns the file */
export function buildDeb(options: DebOptions): string {
  const { staged, out, arch, version, epoch, compression } = options;
  const debian = join(staged, "DEBIAN");
  mkdirSync(debian);
  writeFileSync(join(staged, DOC, "copyright"), COPYRIGHT);
  const text = readFileSync(join(staged, DOC, "CHANGELOG.md"), "utf8");
  const changes = debianChangelog({ text, version, maintainer: maintainer(), epoch });
  writeFileSync(join(staged, DOC, "changelog.gz"), gzipped(changes));
  const files = filesOf(staged);
  writeFileSync(join(debian, "control"), control(arch, version, files));
  writeFileSync(join(debian, "md5sums"), files.flatMap(({ sum }) => sum ?? []).join(""));
  for (const script of readdirSync(SCRIPTS)) {
    copyFileSync(join(SCRIPTS, script), join(debian, script));
    chmodSync(join(debian, script), 0o755);
  }
  const file = join(out, `asterisk-kommo_${version}_${DEBIAN_ARCH[arch]}.deb`);
  execFileSync(
    "dpkg-deb",
    [
      ...["--root-owner-group", `-Z${compression}`, "-z1", `--threads-max=${THREADS}`],
      ...["--build", staged, file],
    ],
    {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, SOURCE_DATE_EPOCH: String(epoch) },
    },
  );
  return file;
}

/** Whoever builds it for others says so, as to Debian's own tools; else nobody who could be written to. */
function maintainer(): string {
  const { DEBFULLNAME: name, DEBEMAIL: address } = process.env;
  return `${name ?? "The asterisk-kommo developers"} <${address ?? "developers@asterisk-kommo.invalid"}>`;
}

type PackedFile = { readonly bytes: number; readonly sum: string | undefined };

function filesOf(staged: string): PackedFile[] {
  return readdirSync(staged, { recursive: true, encoding: "utf8" })
    .filter((name) => name !== "DEBIAN")
    .toSorted()
    .map((name) => {
      const about = lstatSync(join(staged, name));
      if (!about.isFile()) return { bytes: 1_024, sum: undefined };
      const hash = createHash("md5").update(readFileSync(join(staged, name)));
      return { bytes: about.size, sum: `${hash.digest("hex")}  ${name}\n` };
    });
}

const control = (arch: Arch, version: string, files: readonly PackedFile[]): string => {
  const kilobytes = files.reduce((sum, { bytes }) => sum + Math.ceil(bytes / 1_024), 0);
  return `Package: asterisk-kommo
Version: ${version}
Architecture: ${DEBIAN_ARCH[arch]}
Maintainer: ${maintainer()}
Installed-Size: ${kilobytes}
Depends: libc6 (>= 2.28), libstdc++6 (>= 8), libgcc-s1 | libgcc1, init-system-helpers (>= 1.50), passwd
Suggests: asterisk, ffmpeg, php-cli, python3
Section: comm
Priority: optional
Description: books the calls of Asterisk in the CRM Kommo
 The daemon listens to the manager interface of an Asterisk telephone exchange
 (FreePBX, Issabel or a plain one), understands each call, and books it in
 Kommo (amoCRM): on the right card, for the right employee, exactly once.
 .
 It brings its own Node.js and needs nothing else installed.
`;
};

const COPYRIGHT = `Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: asterisk-kommo

Files: *
Copyright: 2026 The asterisk-kommo developers
License: Expat
Comment: What it carries of others, each under its own licence, is listed with all
 texts in THIRD-PARTY-LICENCES beside this file, and in sbom.cdx.json.

License: Expat
${readFileSync(join(import.meta.dirname, "../LICENSE"), "utf8")
  .split("\n")
  .slice(4)
  .map((line) => (line === "" ? " ." : ` ${line}`))
  .join("\n")
  .replace(/(\n \.)+$/, "")}
`;
