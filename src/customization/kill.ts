/**
 * Ends a run with everything that it started: the whole process group, and what left the group but
 * still carries the run's mark in its environment. Exports `killRun`.
 */
import { readdir, readFile } from "node:fs/promises";
import { codeOf } from "../lib/failure.ts";
import { RUN_MARK } from "./limits.ts";

/** @returns false: there is no process in this group any more */
export function signalGroup(leader: number, signal: NodeJS.Signals | 0): boolean {
  try {
    process.kill(-leader, signal);
    return true;
  } catch (thrown) {
    return codeOf(thrown) === "EPERM";
  }
}

const ROUNDS = 25;
const BETWEEN_ROUNDS_MS = 20;

/** Resolves when nothing of the run is left, or after half a second; a fork bomb takes several rounds. */
export async function killRun(leader: number, mark: string): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const isGroupLeft = signalGroup(leader, "SIGKILL");
    const strays = round % 5 === 0 ? await findMarked(mark) : [];
    for (const pid of strays) signalOne(pid);
    if (!isGroupLeft && strays.length === 0 && round > 0) return;
    await new Promise((resolve) => setTimeout(resolve, BETWEEN_ROUNDS_MS));
  }
}

function signalOne(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended meanwhile.
  }
}

async function findMarked(mark: string): Promise<readonly number[]> {
  const wanted = `${RUN_MARK}=${mark}`;
  const found = await Promise.all(
    (await readdir("/proc").catch(() => []))
      .filter((entry) => /^\d+$/.test(entry) && Number(entry) !== process.pid)
      .map(async (entry) => {
        const environment = await readFile(`/proc/${entry}/environ`, "latin1").catch(() => "");
        return environment.split("\0").includes(wanted) ? [Number(entry)] : [];
      }),
  );
  return found.flat();
}
