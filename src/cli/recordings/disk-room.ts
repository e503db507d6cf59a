/**
 * Whether the store's disk is short of room. Then recordings are not converted: calls need what is
 * left. Exports `createDiskRoom` and `SHORT_BYTES`.
 */
import { statfs } from "node:fs/promises";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";

export type DiskRoom = {
  /** As it was at the last look. */
  isShort(): boolean;
  look(): Promise<void>;
  /** Looks now and then, until `signal`; at once when it is called. */
  watch(signal: AbortSignal): Promise<void>;
};

/** `doctor` fails below it. An hour of mp3 takes 14 MB. */
export const SHORT_BYTES = 100 * 1024 * 1024;
/** So that it is not short and well by turns. */
const WELL_BYTES = SHORT_BYTES * 1.2;
const LOOK_EVERY_MS = 5_000;

export type DiskRoomDeps = {
  readonly folder: string;
  readonly clock: Clock;
  readonly log: Pick<Logger, "error" | "warn">;
  /** Free bytes for this user. */
  readonly freeBytes?: (folder: string) => Promise<number>;
};

export function createDiskRoom(deps: DiskRoomDeps): DiskRoom {
  const { folder, clock, log, freeBytes = freeBytesOf } = deps;
  let isShort = false;

  async function look(): Promise<void> {
    const free = await freeBytes(folder);
    const wasShort = isShort;
    isShort = free < (wasShort ? WELL_BYTES : SHORT_BYTES);
    if (isShort === wasShort) return;
    const fields = { path: folder, free_megabytes: Math.floor(free / 1024 / 1024) };
    const hint = "free disk space; calls are still kept, and recordings are made up for by itself";
    if (isShort) log.error({ ...fields, hint }, "the disk is short, recordings wait");
    else log.warn(fields, "the disk has room again, recordings are converted");
  }

  return {
    isShort: () => isShort,
    look,
    async watch(signal) {
      while (!signal.aborted) {
        await look();
        await clock.sleep(LOOK_EVERY_MS, signal);
      }
    },
  };
}

/** Where the disk cannot be asked it is not called short: writing tells. */
async function freeBytesOf(folder: string): Promise<number> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return Infinity;
  }
}
