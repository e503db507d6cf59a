/** What the daemon and the process of the customizations say to each other. */
import type { HookName } from "./contract/hooks.ts";
import type { JsonObject, RunResult } from "./run-result.ts";
import type { ScriptNews } from "./script-folder.ts";

export type HostSettings = {
  readonly path: string;
  readonly off: readonly HookName[];
  readonly limitsMs: Readonly<Record<HookName, number>>;
  /** Dial patterns of the numbers that customize_autodistribution may answer. */
  readonly extensions: readonly string[];
  readonly recordingRoots: readonly string[];
};

export type ToHost =
  | { readonly kind: "warm" }
  | {
      readonly kind: "run";
      readonly id: number;
      readonly name: HookName;
      readonly input: JsonObject;
    };

export type ToDaemon =
  | { readonly kind: "warm" }
  | { readonly kind: "news"; readonly news: ScriptNews }
  | { readonly kind: "result"; readonly id: number; readonly result: RunResult };
