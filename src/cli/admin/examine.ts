/**
 * The doctor's checks, run by the daemon itself when the page asks: with its own client of Kommo, so
 * that both together keep the pace. One examination at a time. Exports `createExaminer`.
 */
import type { LoadedConfig } from "../../config/load-config.ts";
import type { HealthAnswer } from "../../http/admin/contract-pages.ts";
import type { KommoClient } from "../../kommo/client.ts";
import type { Clock } from "../../lib/clock.ts";
import { createRedactor } from "../../lib/redact.ts";
import { toError } from "../../lib/failure.ts";
import type { Check, DoctorContext } from "../doctor/check.ts";
import { createFarSides } from "../doctor/far-sides.ts";
import { checksFor } from "../doctor/registry.ts";
import type { ConfigOrigin } from "./settings-in-force.ts";

export type Examiner = {
  last(): HealthAnswer;
  /** Resolves when all checks are through, a minute at the latest. */
  examine(): Promise<HealthAnswer>;
  stop(): void;
};

export type ExaminerDeps = {
  readonly config: LoadedConfig["config"];
  readonly origin: ConfigOrigin | undefined;
  readonly secrets: readonly string[];
  readonly client: KommoClient;
  readonly clock: Clock;
};

const LIMIT_MS = 60_000;

export function createExaminer(deps: ExaminerDeps): Examiner {
  const { config, origin, clock } = deps;
  const redactor = createRedactor(deps.secrets);
  const stopping = new AbortController();
  let last: HealthAnswer = { at: null, isRunning: false, checks: [] };
  let running: Promise<HealthAnswer> | undefined;

  async function run(): Promise<HealthAnswer> {
    const giveUp = new AbortController();
    const signal = AbortSignal.any([stopping.signal, giveUp.signal, AbortSignal.timeout(LIMIT_MS)]);
    const farSides = createFarSides({ clock, signal, accessToken: "" });
    const context: DoctorContext = {
      configName: origin?.file ?? "the configuration of the running daemon",
      loaded: {
        ok: true,
        value: {
          ...{ warnings: [], places: new Map(), files: [] },
          ...origin?.loaded,
          ...{ config, secrets: deps.secrets },
        },
      },
      ...{ clock, signal, hasAccessToken: true },
      exchange: farSides.exchange,
      kommo: () => deps.client,
    };
    last = { ...last, isRunning: true };
    const found: HealthAnswer["checks"][number][] = [];
    try {
      for (const check of checksFor(context)) {
        if (signal.aborted) break;
        found.push(await judge(check, context));
      }
    } finally {
      giveUp.abort();
      await farSides.close();
    }
    last = { at: clock.now(), isRunning: false, checks: found };
    return last;
  }

  async function judge(
    check: Check,
    context: DoctorContext,
  ): Promise<HealthAnswer["checks"][number]> {
    const safe = (text: string): string => redactor.text(text, "masked");
    try {
      const { status, sentence, remedy, details = [] } = await check.run(context);
      return {
        ...{ name: check.name, status, sentence: safe(sentence), details: details.map(safe) },
        remedy: remedy === undefined ? null : safe(remedy),
      };
    } catch (thrown) {
      const sentence = `the check itself failed: ${safe(toError(thrown).message)}`;
      return { name: check.name, status: "failed", sentence, remedy: null, details: [] };
    }
  }

  return {
    last: () => last,
    examine: () => (running ??= run().finally(() => (running = undefined))),
    stop: () => stopping.abort(),
  };
}
