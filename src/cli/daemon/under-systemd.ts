/**
 * What systemd is told of a running daemon: ready, reloading, stopping, that it is well, and a line for
 * `systemctl status`. Without systemd all of it comes to nothing. Exports `createUnderSystemd`.
 */
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import {
  notifySystemd,
  reloading,
  watchdogMs,
  type ServiceState,
} from "../../lib/systemd-notify.ts";
import { feedWatchdog } from "../../lib/watchdog.ts";
import type { Daemon } from "../../main.ts";

export type UnderSystemd = {
  /** From now on the watchdog is fed, if there is one. */
  ready(): void;
  /** systemd waits for the second word before it says that the reload is done. */
  reload(): Promise<void>;
  /** The watchdog is fed no more: a stop that hangs is ended. */
  stopping(): Promise<void>;
};

export type UnderSystemdDeps = {
  readonly daemon: Pick<Daemon, "whatIsWrong"> & {
    reload(): unknown;
    /** One line for `systemctl status`. */
    statusLine(): Promise<string>;
  };
  readonly clock: Clock;
  readonly logger: Logger;
};

/** Three words may be late before the process is ended. */
const WORDS_IN_A_WATCH = 4;
/** On a host that is just starting a word may come to nothing, and without this one no start is over. */
const READY_TRIES = 5;

export function createUnderSystemd({ daemon, clock, logger }: UnderSystemdDeps): UnderSystemd {
  const stopping = new AbortController();
  let status: readonly ServiceState[] = [];
  const renewStatus = async (): Promise<void> => {
    status = [`STATUS=${await daemon.statusLine()}`];
  };

  function watch(withinMs: number): void {
    const deps = {
      everyMs: withinMs / WORDS_IN_A_WATCH,
      whatIsWrong: daemon.whatIsWrong,
      feed: () => {
        // The one of the last time goes along: counting waits behind whatever the store does.
        void renewStatus();
        return notifySystemd(["WATCHDOG=1", ...status]);
      },
      onChange: (wrong: readonly string[]) => {
        if (wrong.length === 0) logger.warn("well again, systemd's watchdog is fed");
        else logger.error({ wrong }, "not well, systemd's watchdog is not fed");
      },
      clock,
    };
    void feedWatchdog(deps, stopping.signal);
  }

  async function tellReady(): Promise<void> {
    await renewStatus();
    for (let tries = 0; tries < READY_TRIES; tries++)
      if (await notifySystemd(["READY=1", ...status])) break;
    const withinMs = watchdogMs();
    if (withinMs !== undefined && !stopping.signal.aborted) watch(withinMs);
  }

  return {
    ready: () => void tellReady(),
    async reload() {
      await notifySystemd(reloading());
      await daemon.reload();
      await notifySystemd("READY=1");
    },
    async stopping() {
      stopping.abort();
      await notifySystemd("STOPPING=1");
    },
  };
}
