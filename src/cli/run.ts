/** `asterisk-kommo run`: the daemon as a process: configuration, log, signals, systemd. */
import { parseArgs } from "node:util";
import { systemClock } from "../lib/clock.ts";
import { createLog } from "../lib/log.ts";
import { startDaemon } from "../main.ts";
import { createUnderSystemd, type UnderSystemd } from "./daemon/under-systemd.ts";
import { fileToRead, tellProblems } from "./open-config.ts";
import { userAgent } from "./version.ts";
import { openDaemonConfig } from "./without-exchange.ts";

export const help = `Usage: asterisk-kommo run [--config FILE]

Listens to the exchange and books its calls in Kommo until it is told to stop (SIGTERM or SIGINT). It
logs to standard output: JSON, or readable lines on a terminal. Tells systemd when it is ready.
SIGHUP takes over a changed configuration as far as that goes without a restart, and logs what it was.

  --config FILE  the configuration (default: /etc/asterisk-kommo/config.json)

Exit code: 0 stopped as told, 1 it could not start or go on.
`;

export async function runRun(args: string[]): Promise<number> {
  const { values } = parseArgs({ args, options: { config: { type: "string" } } });
  const read = () => openDaemonConfig(values.config);
  const loaded = read();
  if (!loaded.ok) {
    process.stderr.write(tellProblems(loaded.failure));
    process.stderr.write("asterisk-kommo: not started; correct the configuration\n");
    return 1;
  }
  const { config, warnings, secrets } = loaded.value;
  const origin = { file: fileToRead(values.config), loaded: loaded.value };
  process.stderr.write(tellProblems(warnings));
  const log = createLog({ level: config.log.level, secrets });
  const stop = Promise.withResolvers<number>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.resolve(0));

  // From the beginning: a SIGHUP that nobody takes ends a process.
  const running: { systemd?: UnderSystemd } = {};
  process.on("SIGHUP", () => void running.systemd?.reload());
  const started = await startDaemon({
    ...{ config, origin, secrets, reread: read },
    logger: log.logger,
    clock: systemClock,
    userAgent: userAgent(),
    onFatal: (error) => {
      log.logger.fatal({ err: error }, "cannot go on");
      stop.resolve(1);
    },
  });
  if (!started.ok) {
    const { reason, hint } = started.failure;
    process.stderr.write(`asterisk-kommo: not started: ${reason}; ${hint}\n`);
    return 1;
  }
  const daemon = started.value;
  const systemd = createUnderSystemd({ daemon, clock: systemClock, logger: log.logger });
  running.systemd = systemd;
  log.logger.info("ready");
  systemd.ready();
  const exitCode = await stop.promise;
  log.logger.info("stopping");
  await Promise.all([systemd.stopping(), daemon.stop()]);
  log.logger.info("stopped");
  await log.flush();
  return exitCode;
}
