/**
 * One account of several in a process: started, started again when it broke, stopped, and none of it
 * noticed by the others. Exports `createAccountRunner`.
 */
import type { LoadedConfig } from "../../config/load-config.ts";
import { describeProblem, type ConfigProblem } from "../../config/problem.ts";
import { createAlarm } from "../../lib/alarm.ts";
import type { Clock } from "../../lib/clock.ts";
import { toError, type Result } from "../../lib/failure.ts";
import type { Logger } from "../../lib/log.ts";
import type { Daemon, StartFailure } from "../../main.ts";
import type { ReloadReport } from "../daemon/reload.ts";

export type AccountRunner = {
  readonly name: string;
  /** See `Duty`. */
  readonly term: number;
  /** undefined while it does not run. */
  readonly daemon: () => Daemon | undefined;
  /** Why it does not run, in one sentence; undefined: it does, or is about to. */
  readonly trouble: () => string | undefined;
  /** Resolves when it runs, or why it does not was said once. */
  begin(): Promise<void>;
  /** Takes over its changed configuration; where that needs a start, this account alone is started anew. */
  reload(): ReloadReport;
  /** With nothing in flight lost. */
  stop(): Promise<void>;
};

export type AccountRunnerDeps = {
  readonly name: string;
  readonly term: number;
  readonly open: () => Result<LoadedConfig, readonly ConfigProblem[]>;
  readonly start: (
    loaded: LoadedConfig,
    onFatal: (error: Error) => void,
  ) => Promise<Result<Daemon, StartFailure>>;
  readonly clock: Clock;
  /** Says which account it is. */
  readonly logger: Logger;
};

const RETRY_MS = 30_000;
/** Of a timer: the configuration is looked at again when somebody says so. */
const UNTIL_TOLD_MS = 2 ** 31 - 1;

export function createAccountRunner(deps: AccountRunnerDeps): AccountRunner {
  const { name, term, clock, logger } = deps;
  const alarm = createAlarm(clock);
  const tried = Promise.withResolvers<void>();
  let isStopping = false;
  let running: Promise<void> | undefined;
  let daemon: Daemon | undefined;
  let trouble: string | undefined;

  async function run(): Promise<void> {
    while (!isStopping) {
      const pauseMs = await live();
      tried.resolve();
      if (!isStopping) await alarm.wait(pauseMs);
    }
    tried.resolve(); // stopped before its turn came: whoever waits for its start waits for nothing
  }

  /** @returns how long to wait until the next try */
  async function live(): Promise<number> {
    const loaded = deps.open();
    if (!loaded.ok) {
      const problems = loaded.failure.map(describeProblem);
      trouble = "its configuration is not good";
      logger.error({ problems }, "account not started: its configuration is not good");
      return UNTIL_TOLD_MS;
    }
    let pauseMs = 0;
    const cannotGoOn = (error: Error): void => {
      logger.error({ err: error }, "account cannot go on, it is started again");
      pauseMs = RETRY_MS;
      if (daemon !== undefined) alarm.ring();
    };
    const started = await deps.start(loaded.value, cannotGoOn).catch((thrown: unknown) => {
      // Another host took it over meanwhile, or a bug: a matter of this account, not of its neighbours.
      if (pauseMs === 0) cannotGoOn(toError(thrown));
      return undefined;
    });
    if (started === undefined) {
      trouble = "it broke while it was started";
      return RETRY_MS;
    }
    if (!started.ok) {
      trouble = started.failure.reason;
      logger.error({ ...started.failure }, "account not started, it is tried again");
      return RETRY_MS;
    }
    daemon = started.value;
    trouble = undefined;
    logger.info("account runs");
    tried.resolve();
    if (!isStopping && pauseMs === 0) await alarm.wait(UNTIL_TOLD_MS);
    daemon = undefined;
    await started.value.stop();
    logger.info("account stopped");
    return pauseMs;
  }

  return {
    ...{ name, term },
    daemon: () => daemon,
    trouble: () => trouble,
    begin() {
      running ??= run();
      return tried.promise;
    },
    reload() {
      const report = daemon?.reload();
      if (report === undefined) {
        alarm.ring();
        return NOTHING_YET;
      }
      if (report.needRestart.length === 0) return report;
      logger.info({ keys: report.needRestart }, "account is started anew for what has changed");
      alarm.ring();
      return { ...report, taken: [...report.taken, ...report.needRestart], needRestart: [] };
    },
    async stop() {
      isStopping = true;
      alarm.ring();
      await running;
    },
  };
}

const NOTHING_YET: ReloadReport = { ok: true, problems: [], taken: [], needRestart: [] };
