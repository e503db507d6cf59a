/** The daemon in the test's own process, once its exchanges are connected. Exports `startConnected`. */
import type { DaemonObserver } from "../../src/cli/daemon/observer.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { startDaemon, type Daemon } from "../../src/main.ts";
import { load } from "../config/written-config.ts";

export async function startConnected(
  config: object,
  observer: DaemonObserver = {},
): Promise<Daemon> {
  const loaded = load(config);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
  const connected = Promise.withResolvers<void>();
  let missing = Math.max(1, loaded.value.config.exchanges.length);
  const started = await startDaemon({
    config: loaded.value.config,
    logger: silentLogger,
    clock: systemClock,
    userAgent: "asterisk-kommo/test",
    onFatal: (error) => connected.reject(error),
    observer: {
      ...observer,
      onAmi: ({ kind }) => {
        if (kind === "connected") missing -= 1;
        if (missing === 0) connected.resolve();
      },
    },
  });
  if (!started.ok) throw new Error(started.failure.reason);
  try {
    await connected.promise;
    return started.value;
  } catch (thrown) {
    await started.value.stop();
    throw thrown;
  }
}
