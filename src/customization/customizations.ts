/**
 * The administrator's scripts as the daemon uses them: one `run` for every name and every kind, that
 * never throws and never takes longer than its limit. Exports `createCustomizations`.
 */
import { readAnswer, type AnswerRules } from "./answer.ts";
import { HOOKS, type HookName } from "./contract/hooks.ts";
import type { LoadedScript } from "./loaded-script.ts";
import { countRun, NO_RUNS, type RunCounts } from "./run-counts.ts";
import { failure, type JsonObject, type RawRun, type RunResult } from "./run-result.ts";
import { createScriptFolder, type ScriptNews, type ScriptState } from "./script-folder.ts";
import { createTurns, type Turns } from "./turns.ts";

export type Customizations = {
  /** There may be a script of this name; without one nothing of a call is changed or delayed. */
  has(name: HookName): boolean;
  run(name: HookName, input: JsonObject): Promise<RunResult>;
  list(): readonly (ScriptState & { readonly runs: RunCounts })[];
  /** Loads all scripts, so that the first call finds them warm. */
  warm(): Promise<void>;
  stop(): Promise<void>;
};

export type RunningCustomizations = Customizations & {
  /** `run` with an input that is spelt already. */
  runSpelt(name: HookName, input: string): Promise<RunResult>;
};

export type CustomizationsDeps = {
  readonly path: string;
  readonly off?: readonly HookName[];
  /** The limit of each name, queueing included. */
  readonly limitMs: (name: HookName) => number;
  readonly rules: AnswerRules;
  readonly now: () => number;
  /** Told of what is new in the folder. Must not throw. */
  readonly onNews: (news: ScriptNews) => void;
  /** Told of each run. Must not throw. */
  readonly onRun?: (name: HookName, result: RunResult) => void;
  /** Of executables of one name. Default 4. */
  readonly atOnce?: number;
};

const EXECUTABLES_AT_ONCE = 4;
const EXECUTABLES_WAITING = 64;
const JAVASCRIPT_AT_ONCE = 32;
const JAVASCRIPT_WAITING = 512;
/** With less of its limit left a run is not begun: it would be killed. */
const LEAST_SHARE = 0.2;

export function createCustomizations(deps: CustomizationsDeps): RunningCustomizations {
  const { path, off = [], limitMs, rules, now, onNews } = deps;
  const folder = createScriptFolder({ path, off, onNews });
  const counts = new Map<HookName, RunCounts>();
  const turnsOf = new Map<string, Turns>();
  let isStopped = false;

  function turns(name: HookName, { kind }: LoadedScript): Turns {
    const key = `${name} ${kind === "javascript" ? "warm" : "cold"}`;
    const known = turnsOf.get(key);
    if (known !== undefined) return known;
    const made = createTurns(
      kind === "javascript"
        ? { atOnce: JAVASCRIPT_AT_ONCE, mostWaiting: JAVASCRIPT_WAITING }
        : { atOnce: deps.atOnce ?? EXECUTABLES_AT_ONCE, mostWaiting: EXECUTABLES_WAITING },
    );
    turnsOf.set(key, made);
    return made;
  }

  async function runOnce(name: HookName, input: string): Promise<Outcome> {
    const limit = limitMs(name);
    const begun = performance.now();
    const found = folder.current(name);
    const script = found instanceof Promise ? await inTime(found, limit) : found;
    if (script === undefined) return { kind: "none" };
    const turn = turns(name, script);
    const leftMs = limit - (performance.now() - begun);
    const waited = leftMs <= 0 ? undefined : await turn.take(leftMs * (1 - LEAST_SHARE));
    if (waited === undefined) return failure("overload", `${turn.waiting()} more runs wait`);
    try {
      const raw = await script.run(input, Math.max(1, limit - (performance.now() - begun)));
      return raw.kind === "output" ? readAnswer(name, raw.bytes, rules) : raw;
    } finally {
      turn.give();
    }
  }

  function count(name: HookName, result: RunResult): void {
    if (result.kind === "none" || result.kind === "stopped") return;
    counts.set(name, countRun(counts.get(name) ?? NO_RUNS, result, now()));
    deps.onRun?.(name, result);
  }

  async function runSpelt(name: HookName, input: string): Promise<RunResult> {
    const begun = performance.now();
    if (isStopped) return { kind: "stopped", ms: 0 };
    const outcome = await runOnce(name, input);
    const ms = performance.now() - begun;
    const result: RunResult = isStopped ? { kind: "stopped", ms } : { ...outcome, ms };
    count(name, result);
    return result;
  }

  return {
    has: (name) => !isStopped && folder.has(name),
    run: (name, input) => runSpelt(name, JSON.stringify(input)),
    runSpelt,
    list: () =>
      folder.list().map((script) => ({ ...script, runs: counts.get(script.name) ?? NO_RUNS })),
    warm: () => folder.warm(),
    async stop() {
      isStopped = true;
      await folder.stop();
    },
  };
}

type Outcome =
  Exclude<RawRun, { kind: "output" }> | ReturnType<typeof readAnswer> | { kind: "none" };

/** A script that takes long to load is as good as none for this call. */
function inTime(
  loading: Promise<LoadedScript | undefined>,
  limitMs: number,
): Promise<LoadedScript | undefined> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => resolve(undefined), limitMs * (1 - LEAST_SHARE));
    loading.then((script) => {
      clearTimeout(timer);
      resolve(script);
    }, reject);
  });
}

export const hookNames = Object.keys(HOOKS) as readonly HookName[];
