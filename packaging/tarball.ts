/** For hosts without dpkg (RHEL-like ones): what is staged, and a script that installs it. */
import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, renameSync } from "node:fs";
import { dirname, join } from "node:path";
import type { DebOptions } from "./deb.ts";

/** @returns the file */
export function buildTarball({ staged, out, arch, version, epoch }: DebOptions): string {
  const name = `asterisk-kommo-${version}-linux-${arch}`;
  const whole = join(dirname(staged), "tarball", name);
  mkdirSync(whole, { recursive: true });
  renameSync(join(staged, "usr"), join(whole, "usr"));
  copyFileSync(join(import.meta.dirname, "install.sh"), join(whole, "install.sh"));
  chmodSync(join(whole, "install.sh"), 0o755);
  const file = join(out, `${name}.tar.gz`);
  execFileSync("tar", [
    ...[
      "--create",
      "--use-compress-program=gzip -n",
      `--file=${file}`,
      `--directory=${dirname(whole)}`,
    ],
    ...["--sort=name", `--mtime=@${epoch}`, "--owner=0", "--group=0", "--numeric-owner"],
    ...["--mode=go-w", name],
  ]);
  return file;
}
