/**
 * Retention of calls in the daemon: a sweep now and then, never while it starts; and figures of calls from
 * before there were any, counted once. Exports `createArchiveService`.
 */
import type { Config } from "../../config/keys.ts";
import type { Clock } from "../../lib/clock.ts";
import { toError } from "../../lib/failure.ts";
import type { Logger } from "../../lib/log.ts";
import { countOldCalls, type CountDeps } from "./count-figures.ts";
import { sweepArchive, type SweepDeps } from "./sweep.ts";

export type ArchiveService = {
  start(): void;
  /** Resolves when the write that is under way is done. */
  stop(): Promise<void>;
};

export type ArchiveServiceDeps = Pick<SweepDeps, "reader" | "keep"> &
  Pick<CountDeps, "glance"> & {
    readonly config: Pick<Config, "archive">;
    readonly clock: Clock;
    readonly logger: Pick<Logger, "info" | "warn">;
  };

const FIRST_AFTER_MS = 10 * 60_000;
const SWEEP_EVERY_MS = 3_600_000;
/** Fifty calls each: more in a second than any exchange makes, and most of the disk is left to others. */
const PAUSE_MS = 100;
/** Calls that run are taken up first. */
const COUNT_AFTER_MS = 5_000;
/** Four fifths of the disk's time are left to others: a million calls take some ten minutes. */
const COUNT_PAUSE_MS = 50;

export function createArchiveService(deps: ArchiveServiceDeps): ArchiveService {
  const { config, reader, glance, keep, clock, logger } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  let running: Promise<void> = Promise.resolve();

  async function sweepNowAndThen(): Promise<void> {
    await clock.sleep(FIRST_AFTER_MS, signal);
    while (!signal.aborted) {
      try {
        const { calls } = await sweepArchive({
          ...{ reader, keep, signal, keepDays: config.archive.keep_days },
          now: () => clock.now(),
          pause: () => clock.sleep(PAUSE_MS, signal),
        });
        if (calls > 0) logger.info({ calls }, "old calls removed from the archive");
      } catch (thrown) {
        if (!signal.aborted)
          logger.warn({ err: toError(thrown) }, "old calls cannot be removed now");
      }
      await clock.sleep(SWEEP_EVERY_MS, signal);
    }
  }

  async function countOnce(): Promise<void> {
    await clock.sleep(COUNT_AFTER_MS, signal);
    if (signal.aborted) return;
    try {
      await countOldCalls({
        glance,
        keep,
        signal,
        pause: () => clock.sleep(COUNT_PAUSE_MS, signal),
      });
    } catch (thrown) {
      if (!signal.aborted)
        logger.warn({ err: toError(thrown) }, "old calls cannot be counted before the next start");
    }
  }

  return {
    start() {
      running = Promise.all([sweepNowAndThen(), countOnce()]).then(() => undefined);
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
