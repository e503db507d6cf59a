/**
 * Configurations that are asked for again and again: one of which no file has changed is not read anew.
 * Reading one takes some 8 ms of a core, and a host of hundreds of accounts is told to reload whenever one
 * of them changes. Exports `readOnce`.
 */
import { statSync } from "node:fs";
import type { Clock, EpochMs } from "../lib/clock.ts";
import type { Result } from "../lib/failure.ts";
import type { LoadedConfig } from "./load-config.ts";
import type { ConfigProblem } from "./problem.ts";

type Read = (name: string) => Result<LoadedConfig, readonly ConfigProblem[]>;

/**
 * File systems count time in steps of some milliseconds, and a file may be written while it is read: one
 * that has changed so lately is not known well enough.
 */
const SETTLED_AFTER_MS = 2_000;

/** @returns reads as `read` does, and gives what it read before where that would be the same */
export function readOnce(read: Read, { now }: Pick<Clock, "now">): Read {
  const known = new Map<string, { readonly loaded: LoadedConfig; readonly signs: string }>();

  return (name) => {
    const before = known.get(name);
    if (before !== undefined && before.signs === signsOf(before.loaded.files)?.text)
      return { ok: true, value: before.loaded };
    known.delete(name);
    const begunAt = now();
    const loaded = read(name);
    const signs = loaded.ok ? signsOf(loaded.value.files) : undefined;
    if (loaded.ok && signs !== undefined && isSettled(signs.changedAt, begunAt))
      known.set(name, { loaded: loaded.value, signs: signs.text });
    return loaded;
  };
}

type Signs = { readonly text: string; readonly changedAt: number };

const isSettled = (changedAt: number, at: EpochMs): boolean => changedAt < at - SETTLED_AFTER_MS;

/**
 * What is different once a file was written, replaced or given other rights (stat(2): st_ctime).
 * @returns undefined where one cannot be looked at
 */
function signsOf(files: readonly string[]): Signs | undefined {
  try {
    const stats = files.map((file) => statSync(file, { bigint: true }));
    return {
      text: stats.map(({ dev, ino, ctimeNs }) => `${dev}:${ino}:${ctimeNs}`).join(" "),
      changedAt: Math.max(...stats.map(({ ctimeMs }) => Number(ctimeMs))),
    };
  } catch {
    return undefined;
  }
}
