/**
 * A file beside the store that takes up room until the disk is full. Then it is given up, piece by
 * piece, so that calls still fit; other programs cannot take all of it at once. Where there is room
 * again it is made again. Exports `createReserve` and `reserveFile`.
 */
import { randomFillSync } from "node:crypto";
import { rmSync, statSync, truncateSync } from "node:fs";
import { open, statfs, truncate } from "node:fs/promises";
import { dirname } from "node:path";

export type Reserve = {
  /** Gives a piece back to the disk. @returns false: nothing was left to give */
  giveUp(): boolean;
  isWhole(): boolean;
  /**
   * Makes what is missing, if the disk keeps three times as much beside it. Whole or not at all,
   * unless `signal` is aborted meanwhile. Never rejects: without room it is left as it is.
   */
  remake(signal: AbortSignal): Promise<void>;
};

export const reserveFile = (storePath: string): string => `${storePath}.reserve`;

/** Small enough that others cannot take it all at once. */
const PIECES = 4;
const CHUNK_BYTES = 1 << 18;
/** Others write as well: what is left beside the reserve must not be full at once. */
const ROOM_FACTOR = 3;

/** @param bytes 0: none is kept, and one that is there is removed */
export function createReserve(storePath: string, bytes: number): Reserve {
  const file = reserveFile(storePath);
  const pieceBytes = Math.ceil(bytes / PIECES);
  if (bytes === 0) rmSync(file, { force: true });

  function size(): number {
    return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  }

  async function fill(from: number, signal: AbortSignal): Promise<void> {
    const handle = await open(file, "a", 0o600);
    try {
      // One for all pieces: of each account of a host they would stay in memory for long.
      const chunk = Buffer.allocUnsafe(Math.min(bytes - from, CHUNK_BYTES));
      for (let left = bytes - from; left > 0 && !signal.aborted; left -= CHUNK_BYTES) {
        // Not zeros: some file systems keep those in no room at all.
        await handle.writeFile(randomFillSync(chunk).subarray(0, left));
        await handle.datasync();
      }
    } finally {
      await handle.close();
    }
  }

  return {
    giveUp() {
      const had = size();
      if (had === 0) return false;
      try {
        truncateSync(file, Math.max(0, had - pieceBytes));
      } catch {
        rmSync(file, { force: true }); // another user's file in our folder
      }
      return size() < had;
    },
    isWhole: () => size() >= bytes,
    async remake(signal) {
      const had = size();
      if (had >= bytes) return;
      try {
        const { bavail, bsize } = await statfs(dirname(file));
        if (bavail * bsize < (bytes - had) * (1 + ROOM_FACTOR)) return;
        await fill(had, signal);
      } catch {
        // Somebody else was faster: what was just taken is not kept from the calls.
        await truncate(file, had).catch(() => undefined);
      }
    },
  };
}
