/** The administrator's scripts for the page: each hook at its place, how it did, and a bench to try it. */
import type { FinishedCall } from "../../calls/finished-call.ts";
import { HOOK_NAMES, HOOKS, type HookName } from "../../customization/contract/hooks.ts";
import type { Customizations } from "../../customization/customizations.ts";
import type { CustomizationsAnswer, HookTrialAnswer } from "../../http/admin/contract-pages.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";
import { difference } from "../customizations/difference.ts";
import { tryOnCall } from "../customizations/sample-input.ts";

export type Scripts = {
  readonly list: () => CustomizationsAnswer;
  /** Runs the script in force; nothing is sent. */
  readonly tryOn: (name: HookName, call: FinishedCall) => Promise<HookTrialAnswer>;
};

export type ScriptsDeps = {
  readonly folder: string;
  readonly off: readonly HookName[];
  readonly customizations: Pick<Customizations, "list" | "run">;
  readonly settings: RegistrationSettings;
  readonly lastRuns: (name: HookName) => readonly number[];
};

export function createScripts(deps: ScriptsDeps): Scripts {
  const { folder, off, customizations, settings } = deps;
  return {
    list() {
      const scripts = new Map(customizations.list().map((script) => [script.name, script]));
      return {
        folder,
        hooks: HOOK_NAMES.map((name) => {
          const script = scripts.get(name);
          return {
            ...{ name, doc: HOOKS[name].doc },
            script: script === undefined ? null : told(script),
          };
        }),
      };
    },
    async tryOn(name, call) {
      const trial = await tryOnCall(name, call, {
        settings,
        run: (asked, input) => customizations.run(asked, input),
      });
      if (typeof trial === "string") return { kind: "not-asked", why: trial };
      const { input, result, without, withIt } = trial;
      return {
        ...{ kind: "ran", ms: result.ms, input, outcome: result.kind },
        output: result.kind === "answered" ? result.data : null,
        reason: result.kind === "failed" ? result.reason : null,
        hint: result.kind === "failed" ? result.hint : null,
        difference: difference(without, withIt),
      };
    },
  };

  function told(
    script: ReturnType<Customizations["list"]>[number],
  ): NonNullable<CustomizationsAnswer["hooks"][number]["script"]> {
    const { name, file, kind, problem, runs } = script;
    return {
      ...{ file, kind: kind ?? null, problem: problem ?? null, isOff: off.includes(name) },
      runs: runs.runs,
      failures: runs.failures,
      meanMs: runs.runs === 0 ? 0 : runs.totalMs / runs.runs,
      worstMs: runs.worstMs,
      lastAt: runs.lastAt ?? null,
      lastFailure: runs.lastFailure ?? null,
      lastMs: deps.lastRuns(name),
    };
  }
}
