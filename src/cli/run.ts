/** `asterisk-kommo run`: the daemon as a process: configuration, log, signals, systemd. */
import { parseArgs } from "node:util";
import type { ConfigProblem } from "../config/problem.ts";
import { systemClock } from "../lib/clock.ts";
import { failed, type Result } from "../lib/failure.ts";
import { knownSecrets } from "../lib/known-secrets.ts";
import { createLog, type Log } from "../lib/log.ts";
import { startDaemon, type StartFailure } from "../main.ts";
import {
  createUnderSystemd,
  type UnderSystemd,
  type UnderSystemdDeps,
} from "./daemon/under-systemd.ts";
import { statusLine } from "./daemon/status-line.ts";
import { chosenAccount } from "./chosen-account.ts";
import { fileToRead, openAccounts, openCommonConfig, tellProblems } from "./open-config.ts";
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
  return chosenAccount() === undefined && openAccounts(values.config) !== undefined
    ? runSeveral(values.config)
    : runOne(values.config);
}

async function runOne(file: string | undefined): Promise<number> {
  const read = () => openDaemonConfig(file);
  const loaded = read();
  if (!loaded.ok) return refuse(loaded.failure);
  const { config, warnings } = loaded.value;
  const secrets = knownSecrets();
  process.stderr.write(tellProblems(warnings));
  return asProcess({ level: config.log.level, secrets }, async ({ log, onFatal }) => {
    const daemon = orTell(
      await startDaemon({
        ...{ config, origin: { file: fileToRead(file), loaded: loaded.value }, secrets },
        ...{ reread: read, logger: log.logger, clock: systemClock, userAgent: userAgent() },
        onFatal,
      }),
    );
    return daemon && { ...daemon, statusLine: () => statusLine(daemon) };
  });
}

/** Several accounts: one that cannot be started is told in the log, and holds up no other. */
async function runSeveral(file: string | undefined): Promise<number> {
  const readCommon = () => openCommonConfig(file);
  const find = () => openAccounts(file) ?? failed(NO_FOLDER);
  const [common, found] = [readCommon(), find()];
  if (!common.ok) return refuse(common.failure);
  if (!found.ok) return refuse([found.failure]);
  process.stderr.write(tellProblems([...common.value.warnings, ...found.value.warnings]));
  const { config } = common.value;
  const { startHost } = await import("./host/start-host.ts");
  return asProcess({ level: config.log.level, secrets: knownSecrets() }, async ({ log }) =>
    orTell(
      await startHost({
        ...{ common: common.value, readCommon, find },
        readAccount: (name) => openDaemonConfig(file, name),
        ...{ logger: log.logger, clock: systemClock, userAgent: userAgent() },
      }),
    ),
  );
}

/** Why it does not start, for the terminal. */
function orTell<T>(started: Result<T, StartFailure>): T | undefined {
  if (started.ok) return started.value;
  const { reason, hint } = started.failure;
  process.stderr.write(`asterisk-kommo: not started: ${reason}; ${hint}\n`);
  return undefined;
}

const NO_FOLDER: ConfigProblem = {
  ...{ severity: "error", place: { kind: "nowhere" }, key: "include" },
  ...{ wrong: "is gone", instead: "start the daemon again for one account alone" },
};

function refuse(problems: readonly ConfigProblem[]): 1 {
  process.stderr.write(tellProblems(problems));
  process.stderr.write("asterisk-kommo: not started; correct the configuration\n");
  return 1;
}

type Running = UnderSystemdDeps["daemon"] & { stop(): Promise<void> };
type ProcessParts = { readonly log: Log; readonly onFatal: (error: Error) => void };

/** @param start undefined: it does not, and why has been said */
async function asProcess(
  options: Parameters<typeof createLog>[0],
  start: (parts: ProcessParts) => Promise<Running | undefined>,
): Promise<number> {
  const log = createLog(options);
  const stop = Promise.withResolvers<number>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.once(signal, () => stop.resolve(0));

  // From the beginning: a SIGHUP that nobody takes ends a process.
  const running: { systemd?: UnderSystemd } = {};
  process.on("SIGHUP", () => void running.systemd?.reload());
  const daemon = await start({
    log,
    onFatal: (error) => {
      log.logger.fatal({ err: error }, "cannot go on");
      stop.resolve(1);
    },
  });
  if (daemon === undefined) return 1;
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
