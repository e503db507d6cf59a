/** What the daemon and the process of the customizations say to each other. */
import { anyDialPattern } from "../lib/dial-pattern.ts";
import type { AnswerRules } from "./answer.ts";
import type { HookName } from "./contract/hooks.ts";
import type { JsonObject, RunResult } from "./run-result.ts";
import type { ScriptNews } from "./script-folder.ts";

export type HostSettings = {
  readonly path: string;
  readonly off: readonly HookName[];
  readonly limitsMs: Readonly<Record<HookName, number>>;
} & Bounds;

/** Of answers; as the exchanges change, so do these. */
export type Bounds = {
  /** Dial patterns of the numbers that customize_autodistribution may answer. */
  readonly extensions: readonly string[];
  readonly recordingRoots: readonly string[];
};

/** What answers are checked against. */
export const rulesOf = ({ extensions, recordingRoots }: Bounds): AnswerRules => ({
  isExtension: anyDialPattern(extensions),
  recordingRoots,
});

/**
 * "warm", "bounds {…}", or "7 process_client_phone {input}": the input goes on to the script unread.
 */
export const askToWarm = "warm";
const BOUNDS = "bounds ";
export const askToHeed = (bounds: Bounds): string => `${BOUNDS}${JSON.stringify(bounds)}`;
export const readBounds = (line: string): Bounds | undefined =>
  line.startsWith(BOUNDS) ? (JSON.parse(line.slice(BOUNDS.length)) as Bounds) : undefined;
export const askToRun = (id: number, name: HookName, input: JsonObject): string =>
  `${id} ${name} ${JSON.stringify(input)}`;

export function readAsked(line: string): { id: number; name: HookName; input: string } {
  const afterId = line.indexOf(" ");
  const afterName = line.indexOf(" ", afterId + 1);
  return {
    id: Number(line.slice(0, afterId)),
    name: line.slice(afterId + 1, afterName) as HookName,
    input: line.slice(afterName + 1),
  };
}

export type ToDaemon =
  | { readonly kind: "warm" }
  | { readonly kind: "news"; readonly news: ScriptNews }
  | { readonly kind: "result"; readonly id: number; readonly result: RunResult };
