// One thing that is wrong on the account; check-journal.ts tells what each kind means.

export type Problem = {
  readonly kind:
    | "proves-nothing"
    | "not-booked"
    | "booked-again"
    | "never-was"
    | "wrong-fields"
    | "second-card"
    | "too-fast"
    | "refused-again";
  /** A sentence; holds whole numbers of simulated clients. */
  readonly tell: string;
};

export const problem = (kind: Problem["kind"], tell: string): Problem => ({ kind, tell });
