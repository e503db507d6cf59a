/** What a run that is too long for CI is given, and what it has to tell. Types alone. */

export type Outcome = { readonly isRight: boolean; readonly figures: object };

/** What is asked of one run. */
export type Wish = {
  readonly seed: number;
  /** Unix milliseconds. */
  readonly untilMs: number;
  /** The time is over, or somebody told it to end: nothing more is begun. */
  readonly isOver: () => boolean;
  /** How many kills, seeds, calls, where it is not the time that says it. */
  readonly count?: number;
  /** How large a fleet is to be. */
  readonly wishes: {
    readonly [Name in "exchanges" | "accounts" | "daemons" | "rate" | "kill-every"]?: number;
  } & { readonly isStandby: boolean };
  /** Figures up to now: a run that is cut off has told these. */
  readonly soFar: (outcome: Outcome) => void;
};

export type LongRun = (wish: Wish) => Promise<Outcome>;
