/**
 * Days of a long run, several at once, until there are enough: one that fails is told with its seed, and
 * the next ones go on. Exports `daysTogether` and `openLedger`.
 */
import type { Outcome } from "./long-run.ts";

export type Wanted = {
  readonly atOnce: number;
  /** So much of `count` is done with one day. */
  readonly aDay: number;
  readonly count: number;
  readonly isOver: () => boolean;
};

/** One at least. @param play the n-th day, from 0, of which `most` is to be done */
export async function daysTogether(
  { atOnce, aDay, count, isOver }: Wanted,
  play: (nth: number, most: number) => Promise<void>,
): Promise<void> {
  let [begun, next] = [0, 0];
  const playOn = async (): Promise<void> => {
    while (begun < count && (begun === 0 || !isOver())) {
      const most = Math.min(aDay, count - begun);
      begun += aDay;
      await play(next++, most);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, playOn));
}

type Report = {
  readonly calls: number;
  readonly bound: number;
  readonly booked: number;
  readonly problems: readonly unknown[];
};

export type Ledger = {
  readonly outcome: () => Outcome;
  /** Figures of this kind of day go with the others. */
  add(report: Report, more: Readonly<Record<string, unknown>>): void;
};

export function openLedger(): Ledger {
  const total = { calls: 0, bound: 0, booked: 0 };
  const failures: Report[] = [];
  let figures = {};
  return {
    outcome: () => ({
      isRight: failures.length === 0,
      figures: { ...figures, ...total, failures },
    }),
    add(report, more) {
      total.calls += report.calls;
      total.bound += report.bound;
      total.booked += report.booked;
      figures = { ...figures, ...more };
      if (report.problems.length === 0) return;
      failures.push(report);
      process.stderr.write(`${JSON.stringify(report)}\n`);
    },
  };
}
