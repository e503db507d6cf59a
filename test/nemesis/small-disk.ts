/**
 * A disk of a few megabytes that can be filled for real: a tmpfs in a namespace of its own, which
 * needs no rights on this host. Exports `mountSmallDisk`.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { codeOf } from "../../src/lib/failure.ts";

export type SmallDisk = {
  /** Put before a command that is to see the disk; it keeps its pid. */
  readonly enter: readonly string[];
  /** Not a byte is left. */
  fill(): void;
  free(): void;
  /** Where a file of it is for processes outside the namespace. */
  pathOf(file: string): string;
  unmount(): Promise<void>;
};

const MEGABYTES = 32;

/** @throws where the host allows no namespaces to this user */
export async function mountSmallDisk(folder: string): Promise<SmallDisk> {
  mkdirSync(folder, { recursive: true });
  const script = `mount -t tmpfs -o size=${MEGABYTES}m,mode=0700 none "$0" && echo mounted && exec sleep 86400`;
  const holder = spawn("unshare", ["-Urm", "sh", "-c", script, folder], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const mounted = once(holder.stdout, "data").then(() => true);
  const exited = once(holder, "exit").then(() => false);
  if (!(await Promise.race([mounted, exited])))
    throw new Error("this host lets nobody mount a tmpfs in a namespace of one's own");
  const pid = holder.pid ?? 0;
  const root = join(`/proc/${pid}/root`, folder);
  const ballast = join(root, "ballast");
  return {
    enter: ["nsenter", "-t", String(pid), "-U", "-m", "--preserve-credentials", "--"],
    fill() {
      for (const size of [65_536, 4_096]) while (appended(ballast, size));
    },
    free: () => rmSync(ballast, { force: true }),
    pathOf: (file) => join(root, file),
    async unmount() {
      holder.kill("SIGKILL");
      await exited;
    },
  };
}

function appended(file: string, bytes: number): boolean {
  try {
    appendFileSync(file, Buffer.alloc(bytes));
    return true;
  } catch (thrown) {
    if (codeOf(thrown) === "ENOSPC") return false;
    throw thrown;
  }
}
