/**
 * The administrator's scripts for a command that books calls while the daemon is away: the same
 * questions, in the command's own process. Exports `openScriptsAlone`.
 */
import type { FinishedCall } from "../../calls/finished-call.ts";
import { createCustomizations } from "../../customization/customizations.ts";
import { tellAfterwards } from "../../customization/schema.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";
import type { Statement } from "../../store/store.ts";
import { createCallHooks, type CustomizedPlan } from "./call-hooks.ts";
import { scriptsFrom, voiceMessages, type ScriptConfig } from "./script-service.ts";

export type ScriptsAlone = {
  /** @throws when it was stopped */
  readonly plan: (call: FinishedCall) => Promise<CustomizedPlan>;
  /** post_registration is told by the daemon, once Kommo has confirmed the call. */
  readonly afterwards: (callId: string) => readonly Statement[];
  stop(): Promise<void>;
};

/** @param tell hears of scripts that do not load, and so are not asked */
export function openScriptsAlone(
  config: ScriptConfig,
  settings: RegistrationSettings,
  tell: (words: string) => void,
): ScriptsAlone {
  const customizations = createCustomizations({
    ...scriptsFrom(config),
    now: () => Date.now(),
    onNews: (news) => {
      if (news.kind === "not-loaded") tell(`customization not loaded: ${news.reason}`);
    },
    onRun: (name, result) => {
      if (result.kind === "failed")
        tell(`customization ${name} failed, the default is used: ${result.reason}`);
    },
  });
  const hooks = createCallHooks({
    ...{ customizations, settings, isVoiceMessage: voiceMessages(config) },
  });
  return {
    async plan(call) {
      const plan = await hooks.plan(call);
      if (plan === undefined) throw new Error("the scripts were stopped");
      return plan;
    },
    afterwards: (callId) =>
      customizations.has("post_registration") ? [tellAfterwards(callId, Date.now())] : [],
    stop: () => customizations.stop(),
  };
}
