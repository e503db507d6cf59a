/** How the runs of one script went, all in all. Pure. */
import type { RunResult } from "./run-result.ts";

export type RunCounts = {
  readonly runs: number;
  readonly failures: number;
  /** Of the failures: those for which there was no room. */
  readonly overloads: number;
  readonly totalMs: number;
  readonly worstMs: number;
  /** Milliseconds since 1970; undefined: never. */
  readonly lastAt: number | undefined;
  readonly lastFailure: string | undefined;
};

export const NO_RUNS: RunCounts = {
  runs: 0,
  failures: 0,
  overloads: 0,
  totalMs: 0,
  worstMs: 0,
  lastAt: undefined,
  lastFailure: undefined,
};

export function countRun(before: RunCounts, result: RunResult, at: number): RunCounts {
  const isFailure = result.kind === "failed";
  return {
    runs: before.runs + 1,
    failures: before.failures + (isFailure ? 1 : 0),
    overloads: before.overloads + (isFailure && result.why === "overload" ? 1 : 0),
    totalMs: before.totalMs + result.ms,
    worstMs: Math.max(before.worstMs, result.ms),
    lastAt: at,
    lastFailure: isFailure ? result.reason : before.lastFailure,
  };
}
