/**
 * What became of one step that was handed to the far side. The outbox knows neither calls nor Kommo:
 * `S` is a step, `R` the far side's answer; both are kept as JSON.
 */
export type Delivery<R> =
  | { readonly kind: "done"; readonly result: R }
  /** A plain answer "there is no such card": the course turns to other steps. */
  | { readonly kind: "nothing-there" }
  /** For good: set aside with this reason, and never in the way of the rest. */
  | { readonly kind: "refused"; readonly reason: string; readonly hint: string }
  /** Plainly not done (429, refused connection): as before, after `afterMs`. */
  | {
      readonly kind: "later";
      readonly reason: string;
      readonly afterMs: number;
      /**
       * The far side is in order, and something has to happen there first: tried after `afterMs`, twice
       * that, up to an hour, and meanwhile not in the way of later steps with the same key.
       */
      readonly isWaiting?: true;
    }
  /** Perhaps done (time-out, lost answer, 5xx): looked up before it is repeated. */
  | { readonly kind: "unknown"; readonly reason: string };

/** The whole far side is closed to us (revoked token, unpaid, blocked). Nothing is sent until then. */
export type Halt = {
  readonly reason: string;
  readonly hint: string;
  /** undefined: until the operator acts and the daemon is started or told again. */
  readonly probeAfterMs: number | undefined;
};

export type BatchAnswer<R> = {
  /** One for each step, in the order of the steps. */
  readonly deliveries: readonly Delivery<R>[];
  readonly halt?: Halt;
};

/** What a look-up says of a step whose answer was lost. */
export type Recollection<R> =
  | { readonly kind: "done"; readonly result: R }
  | { readonly kind: "absent" }
  | { readonly kind: "unreachable"; readonly reason: string };

/** The far side as the outbox sees it. `steps` are all of one kind, at most `batchSize(kind)`. */
export type FarSide<S extends { readonly kind: string }, R> = {
  /** @param givenUpBy aborted when the daemon stops; what is then unanswered is `unknown`. */
  send(steps: readonly S[], givenUpBy: AbortSignal): Promise<BatchAnswer<R>>;
  recall(steps: readonly S[], givenUpBy: AbortSignal): Promise<readonly Recollection<R>[]>;
  batchSize(kind: S["kind"]): number;
};

/** One decision with its reason, in words for the administrator. */
export type Decision = { readonly decided: string; readonly because: string };

/** A step that is not wanted any more: done without being sent. */
export type Skip = { readonly skip: Decision };

/** What is known of a step beside its answer. */
export type Situation = {
  /** As it was when the step was claimed. */
  readonly memory: unknown;
  /** The far side once said that it has to wait. */
  readonly hasWaited: boolean;
};

export type Sequel<S> = {
  readonly follow: readonly S[];
  /** undefined: what was remembered stays. */
  readonly remember?: unknown;
  readonly decisions?: readonly Decision[];
  /** What steps of this key waited for has happened: they are tried at once. */
  readonly endsWaiting?: boolean;
  /** The step is set aside all the same, with this reason. */
  readonly refuse?: { readonly reason: string; readonly hint: string };
};

/** What happens between and after steps; pure, given by the room that plans. */
export type Course<S extends { readonly kind: string }, R> = {
  /**
   * Just before a step is sent: what an earlier step with the same key has left behind may change it
   * (a second call of a new number becomes a note on the lead that the first call made).
   */
  revise(step: S, memory: unknown): S | Skip;
  /** After an answer: the steps that follow, and what to remember for later steps with the same key. */
  after(
    step: S,
    answer: { kind: "done"; result: R } | { kind: "nothing-there" },
    situation: Situation,
  ): Sequel<S>;
  /** true: several steps of this kind with the same key may go in one batch (a registered call makes no card). */
  mayShareBatch(kind: S["kind"]): boolean;
};

/**
 * What a step is put through once, after its last revision and before it is sent; it may take seconds
 * (scripts of the administrator). What comes of it is on the disk before the step is sent.
 */
export type Preparation<S extends { readonly kind: string }> = {
  /** Whether steps of this kind are prepared at all: without one, nothing changes. */
  concerns(kind: S["kind"]): boolean;
  /** false: this one is prepared, or needs none. */
  wants(step: S): boolean;
  /** `afterMs`: not now, to be tried again then. */
  prepare(queued: {
    readonly id: number;
    readonly origin: string;
    readonly key: string;
    readonly step: S;
  }): Promise<{ readonly step: S } | Skip | { readonly afterMs: number }>;
};
