/** Writes that nobody waits for at first: they go on beside, and whoever must not promise too much asks how far they are. */
import type { Clock } from "../../lib/clock.ts";
import { inTime } from "../../lib/in-time.ts";
import type { Statement } from "../../store/store.ts";

export type KeepSoon = {
  /** In one transaction with all of the same moment, behind what the moment is about: a dial goes first. */
  keep(statements: readonly Statement[]): void;
  /** Resolves when all so far is on the disk, and after `mostMs` in any case: a full disk stops nobody. */
  settled(mostMs: number): Promise<void>;
};

/** @param keep rejects only when the store is broken, which others tell, or the daemon stops */
export function createKeepSoon(deps: {
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly clock: Clock;
}): KeepSoon {
  const waiting = new Set<Promise<void>>();
  let together: Statement[] = [];

  async function write(): Promise<void> {
    await new Promise(setImmediate);
    const statements = together;
    together = [];
    await deps.keep(statements).catch(() => undefined);
  }

  return {
    keep(statements) {
      together.push(...statements);
      if (together.length > statements.length) return;
      const written = write();
      waiting.add(written);
      void written.finally(() => waiting.delete(written));
    },
    async settled(mostMs) {
      if (waiting.size === 0) return;
      await inTime(Promise.all(waiting), mostMs, deps.clock);
    },
  };
}
