/** What a check of the doctor is: a name, and a verdict with a remedy where there is something to do. */
import type { AmiFailure } from "../../ami/ami-failure.ts";
import type { AmiSession } from "../../ami/session.ts";
import type { Snapshot } from "../../ami/resync.ts";
import type { Config } from "../../config/keys.ts";
import type { LoadedConfig } from "../../config/load-config.ts";
import type { ConfigProblem } from "../../config/problem.ts";
import type { KommoClient } from "../../kommo/client.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Result } from "../../lib/failure.ts";
import { hasExchange } from "../without-exchange.ts";

export type Verdict = {
  readonly status: "ok" | "warning" | "failed" | "skipped";
  /** One sentence: what is so. */
  readonly sentence: string;
  /** What to do; where nothing is to be done, none. */
  readonly remedy?: string;
  /** More lines, for a table or a list. */
  readonly details?: readonly string[];
};

export type Check = {
  readonly name: string;
  run(context: DoctorContext): Promise<Verdict>;
};

/** A login to the exchange that listened long enough to have read its state. */
export type ExchangeLine = {
  readonly session: AmiSession;
  readonly snapshot: Snapshot;
  /** Classes of the events that came in so far: "system", "call". */
  readonly heard: () => ReadonlySet<string>;
};

export type DoctorContext = {
  /** In words: "/etc/asterisk-kommo/config.json". */
  readonly configName: string;
  readonly loaded: Result<LoadedConfig, readonly ConfigProblem[]>;
  /** Of several exchanges the one that is looked at; its sections are those of `loaded`. */
  readonly exchangeName?: string | undefined;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** false: by OAuth, and the access was not allowed yet. */
  readonly hasAccessToken: boolean;
  /** One login at each exchange for all checks, made when the first asks. */
  exchange(config: Pick<Config, "ami">): Promise<Result<ExchangeLine, AmiFailure>>;
  /** One client for all checks, within the account's pace. */
  kommo(config: Pick<Config, "kommo">): KommoClient;
};

/** A check that makes sense only with a good configuration. */
export function checkWithConfig(
  name: string,
  run: (config: LoadedConfig["config"], context: DoctorContext) => Promise<Verdict>,
): Check {
  return {
    name,
    run: (context) =>
      context.loaded.ok
        ? run(context.loaded.value.config, context)
        : Promise.resolve({ status: "skipped", sentence: "needs a good configuration" }),
  };
}

/** A check of the exchange: nothing to look at where only appointments are kept in step. */
export const checkOfExchange = (
  name: string,
  run: (config: LoadedConfig["config"], context: DoctorContext) => Promise<Verdict>,
): Check =>
  checkWithConfig(name, (config, context) =>
    hasExchange(config)
      ? run(config, context)
      : Promise.resolve({ status: "skipped", sentence: "no exchange is configured" }),
  );
