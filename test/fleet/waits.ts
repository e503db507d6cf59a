/** How long calls waited from their hangup until Kommo was told. Exports `tellWaits`. */
import type { Course, Judgement } from "./judge.ts";

/** Milliseconds. */
export type Wait = {
  readonly calls: number;
  readonly p50: number;
  readonly p99: number;
  readonly most: number;
};

/** "all that behaved well": steady and daemon gone together. */
export type Waits = Readonly<Record<Course | "all that behaved well", Wait>>;

export function tellWaits(waits: Judgement["waits"]): Waits {
  const of = (...courses: readonly Course[]): Wait => {
    const sorted = waits
      .filter(({ course }) => courses.includes(course))
      .map(({ ms }) => ms)
      .toSorted((one, other) => one - other);
    const at = (share: number): number => sorted[Math.ceil(share * sorted.length) - 1] ?? 0;
    return { calls: sorted.length, p50: at(0.5), p99: at(0.99), most: at(1) };
  };
  return {
    steady: of("steady"),
    "daemon gone": of("daemon gone"),
    "all that behaved well": of("steady", "daemon gone"),
    "account misbehaved": of("account misbehaved"),
  };
}
