/**
 * Removes mp3 files that are older than wanted, or more than there is room for: the oldest first. What
 * Asterisk keeps is never touched.
 */
import type { Statement, Store } from "../store/store.ts";
import type { Mp3Folder } from "./mp3-folder.ts";
import { readRecording, readyBefore, readyBytes, wasRemoved } from "./schema.ts";

export type RetentionDeps = {
  /** undefined: for ever. */
  readonly keepDays: number | undefined;
  /** undefined: all. */
  readonly keepBytes: number | undefined;
  readonly folder: Pick<Mp3Folder, "remove">;
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly now: () => number;
};

const DAY_MS = 86_400_000;
const AT_ONCE = 100;

/** @returns how many were removed. Rejects with StoreFailure or what the disk refuses. */
export async function removeOld(deps: RetentionDeps): Promise<number> {
  const { keepDays, keepBytes, now } = deps;
  let removed = 0;
  if (keepDays !== undefined) {
    const before = now() - keepDays * DAY_MS;
    for (let more = AT_ONCE; more === AT_ONCE; removed += more)
      more = await removeSome(deps, { before, bytes: Infinity, reason: "recordings.keep_days" });
  }
  if (keepBytes === undefined) return removed;
  const [sum] = await deps.store.read(readyBytes());
  let tooMany = Number(sum?.["bytes"] ?? 0) - keepBytes;
  while (tooMany > 0) {
    const limits = { before: Number.MAX_SAFE_INTEGER, bytes: tooMany };
    const some = await removeSome(deps, { ...limits, reason: "recordings.keep_gigabytes" });
    if (some === 0) break;
    removed += some;
    const [left] = await deps.store.read(readyBytes());
    tooMany = Number(left?.["bytes"] ?? 0) - keepBytes;
  }
  return removed;
}

async function removeSome(
  { store, folder, keep }: RetentionDeps,
  { before, bytes, reason }: { before: number; bytes: number; reason: string },
): Promise<number> {
  const rows = (await store.read(readyBefore(before, AT_ONCE))).map(readRecording);
  let freed = 0;
  let removed = 0;
  for (const row of rows) {
    if (freed >= bytes) break;
    // First the row: a file without one is found by `recordings check`, a dead link by a client.
    await keep([wasRemoved(row.id, reason)]);
    await folder.remove(row.id);
    freed += row.bytes ?? 0;
    removed += 1;
  }
  return removed;
}
