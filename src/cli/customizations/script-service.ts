/**
 * The administrator's scripts at work in the daemon: opened by configuration, told in the log, hung
 * into the way of a call. Exports `openScripts`, `scriptsFrom` and `createScriptService`.
 */
import type { LiveStage } from "../../calls/fact.ts";
import type { FinishedCall } from "../../calls/finished-call.ts";
import type { Customizations } from "../../customization/customizations.ts";
import type { CustomizationsDeps } from "../../customization/customizations.ts";
import { HOOK_NAMES, type HookName } from "../../customization/contract/hooks.ts";
import { rulesOf, type Bounds } from "../../customization/host-protocol.ts";
import {
  createHostedCustomizations,
  type HostedCustomizations,
} from "../../customization/hosted.ts";
import type { RunResult } from "../../customization/run-result.ts";
import { keepCounts } from "../../customization/schema.ts";
import type { ScriptNews } from "../../customization/script-folder.ts";
import { recordingsOf } from "../../config/exchange-views.ts";
import type { Config } from "../../config/keys.ts";
import type { KommoClient } from "../../kommo/client.ts";
import { readPhoneField } from "../../kommo/read-phone-field.ts";
import type { KommoStep } from "../../kommo/step.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import { phoneKey } from "../../lib/phone.ts";
import type { Preparation } from "../../outbox/delivery.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";
import type { Statement, Store } from "../../store/store.ts";
import { createAfterBooking, type AfterBooking } from "./after-booking.ts";
import { createCallHooks, type CustomizedPlan } from "./call-hooks.ts";
import { createInOrder } from "./in-order.ts";
import { createStageHooks } from "./stage-hooks.ts";
import { createStepHooks } from "./step-hooks.ts";

export type ScriptConfig = Pick<Config, "customizations" | "exchanges" | "pbx" | "recordings">;

/** What the configuration says about scripts. */
export const scriptsFrom = (
  config: ScriptConfig,
): Pick<CustomizationsDeps, "path" | "off" | "limitMs" | "rules"> => {
  const { path, off, timeout_ms, timeouts_ms, record_file_path_timeout_ms } = config.customizations;
  return {
    path,
    off,
    limitMs: (name) =>
      timeouts_ms.get(name) ??
      (name === "process_record_file_path" ? record_file_path_timeout_ms : timeout_ms),
    rules: rulesOf(boundsIn(config)),
  };
};

const boundsIn = (config: ScriptConfig): Bounds => ({
  extensions: extensionsIn(config),
  recordingRoots: rootsOf(config),
});

/** As this host and as the exchange name them: a script is given what Asterisk said. */
const rootsOf = ({ recordings, exchanges }: ScriptConfig): readonly string[] => {
  const all = [recordings, ...exchanges.map((entry) => recordingsOf(entry, recordings))];
  const roots = all.flatMap(({ path, pbx_path, voicemail_path, other_paths }) => [
    ...[path, pbx_path ?? path, voicemail_path, ...other_paths],
  ]);
  return [...new Set(roots.map((root) => root.replace(/\/+$/, "")))];
};

/** Of all exchanges. */
const extensionsIn = ({ pbx, exchanges }: ScriptConfig): readonly string[] =>
  exchanges.length === 0 ? pbx.extensions : exchanges.flatMap((entry) => entry.pbx.extensions);

/** Whether a recording is a message on the answering machine. */
export const voiceMessages =
  ({ recordings }: Pick<ScriptConfig, "recordings">) =>
  (path: string): boolean =>
    path.startsWith(`${recordings.voicemail_path.replace(/\/+$/, "")}/`);

export function openScripts(
  config: ScriptConfig,
  {
    clock,
    logger,
    onRun,
  }: {
    clock: Clock;
    logger: Logger;
    onRun?: ((name: HookName, result: RunResult) => void) | undefined;
  },
): HostedCustomizations {
  const lastTold = new Map<string, number>();
  /** Once a minute for each script and cause: a script that always fails does so at every call. */
  const mayTell = (name: HookName, why: string): boolean => {
    const key = `${name} ${why}`;
    const now = clock.monotonicMs();
    if (now - (lastTold.get(key) ?? -Infinity) < 60_000) return false;
    lastTold.set(key, now);
    return true;
  };
  const { path, off = [], limitMs } = scriptsFrom(config);
  const limits = HOOK_NAMES.map((name) => [name, limitMs(name)]);
  return createHostedCustomizations({
    settings: {
      path,
      off,
      limitsMs: Object.fromEntries(limits) as Record<HookName, number>,
      ...boundsIn(config),
    },
    now: () => clock.now(),
    onNews: (news) => tellNews(logger, news),
    onRun: (name, result) => {
      onRun?.(name, result);
      if (result.kind === "failed" && mayTell(name, result.why)) tellFailure(logger, name, result);
    },
  });
}

function tellNews(logger: Logger, news: ScriptNews): void {
  switch (news.kind) {
    case "in-force":
      return logger.info({ customization: news.name, file: news.file }, "customization in force");
    case "gone":
      return logger.info({ customization: news.name }, "customization removed");
    case "not-loaded":
      return logger.error(
        { customization: news.name, reason: news.reason },
        "customization not loaded",
      );
    case "words":
      return logger.debug({ customization: news.name, words: news.words }, "customization says");
  }
}

function tellFailure(
  logger: Logger,
  name: HookName,
  { why, reason, hint, ms }: Extract<RunResult, { kind: "failed" }>,
): void {
  logger.warn(
    { customization: name, why, reason, hint, ms: Math.round(ms) },
    "customization failed, the default is used",
  );
}

export type ScriptService = {
  readonly customizations: Customizations;
  readonly preparation: Preparation<KommoStep>;
  readonly customize: (call: FinishedCall) => Promise<CustomizedPlan | undefined>;
  readonly afterwards: Pick<AfterBooking, "statements" | "accepted" | "stepDone">;
  readonly stage: (stage: LiveStage) => void;
  /** Other exchanges from now on: what scripts may answer of extensions and recordings. */
  follow(config: ScriptConfig): void;
  start(): Promise<void>;
  stop(): Promise<void>;
};

export type ScriptServiceDeps = {
  readonly config: ScriptConfig;
  readonly settings: RegistrationSettings;
  readonly client: KommoClient;
  readonly store: Store;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
  readonly onStage: (stage: LiveStage) => void;
  /** Of each run, as it ended. Must not throw. */
  readonly onRun?: (name: HookName, result: RunResult) => void;
};

const KEEP_COUNTS_EVERY_MS = 5_000;

export function createScriptService(deps: ScriptServiceDeps): ScriptService {
  const { settings, store, keep, clock, logger } = deps;
  const customizations = openScripts(deps.config, deps);
  const hooks = createCallHooks({
    ...{ customizations, settings, isVoiceMessage: voiceMessages(deps.config) },
  });
  const after = createAfterBooking({ customizations, settings, store, keep, clock, logger });
  const stages = createStageHooks({ customizations, settings, onward: deps.onStage });
  const byClient = createInOrder();
  const kept = new Map<HookName, number>();
  let counting: NodeJS.Timeout | undefined;
  let phoneField: number | undefined;

  async function keepChanged(): Promise<void> {
    const changed = customizations.list().filter(({ name, runs }) => kept.get(name) !== runs.runs);
    for (const { name, runs } of changed) kept.set(name, runs.runs);
    if (changed.length > 0) await keep(changed.map(({ name, runs }) => keepCounts(name, runs)));
  }

  let stopped: Promise<void> | undefined;
  async function end(): Promise<void> {
    clearInterval(counting);
    after.stop();
    await customizations.stop();
    await keepChanged().catch(() => undefined);
  }

  return {
    customizations,
    preparation: createStepHooks({
      customizations,
      settings,
      store,
      phoneField: async () => {
        if (phoneField !== undefined) return phoneField;
        const read = await readPhoneField(deps.client, deps.signal);
        return (phoneField = read.ok ? (read.value ?? 0) : undefined);
      },
    }),
    customize: (call) => byClient.run(phoneKey(call.clientPhone ?? ""), () => hooks.plan(call)),
    afterwards: after,
    stage: (stage) => stages.stage(stage),
    follow: (config) => customizations.heed(boundsIn(config)),
    async start() {
      counting = setInterval(() => void keepChanged().catch(() => undefined), KEEP_COUNTS_EVERY_MS);
      counting.unref();
      await Promise.all([customizations.warm(), after.start()]);
    },
    stop: () => (stopped ??= end()),
  };
}
