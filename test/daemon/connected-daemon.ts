/** The daemon in the test's own process, once the exchange is connected. Exports `startConnected`. */
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { startDaemon, type Daemon } from "../../src/main.ts";
import { load } from "../config/written-config.ts";

export async function startConnected(config: object): Promise<Daemon> {
  const loaded = load(config);
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
  const connected = Promise.withResolvers<void>();
  const started = await startDaemon({
    config: loaded.value.config,
    logger: silentLogger,
    clock: systemClock,
    userAgent: "asterisk-kommo/test",
    onFatal: (error) => connected.reject(error),
    observer: {
      onAmi: ({ kind }) => {
        if (kind === "connected") connected.resolve();
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
