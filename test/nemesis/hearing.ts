/**
 * When the daemon could hear the exchange, and when what it heard was on its disk: this says which
 * calls it is bound to book. Pure. Exports `heardSpans`, `isBoundToBook`, `wasHeardWhole`.
 */

/** Milliseconds of the harness's clock. */
export type Span = { readonly from: number; readonly to: number };

export type Marks = {
  /** The daemon said that it is connected. */
  readonly connected: number[];
  /** Of each of these: how much slower than on a quiet machine everything went, 1 to 6. */
  readonly slowness: number[];
  /** The line was lost, or began to be of no use. */
  readonly lost: number[];
  /** The process was gone. */
  readonly died: number[];
  /** What is heard meanwhile is not on the disk: a full disk, a stopped process. */
  readonly unkept: Span[];
  /** Times and results of calls that ran then need not be exact. */
  readonly blurred: Span[];
};

export const newMarks = (): Marks => ({
  connected: [],
  slowness: [],
  lost: [],
  died: [],
  unkept: [],
  blurred: [],
});

/**
 * A call is promised to be kept 250 ms after its last Hangup; here many daemons share two processors,
 * and what one of them has not read yet goes with a line that is reset: times the slowness.
 */
export const KEPT_WITHIN_MS = 1_000;
/** The exchange is asked for its channels after the login. */
export const LISTENS_WITHIN_MS = 1_000;

/** What was heard in them is on the disk, whatever came after. In order. */
export function heardSpans(marks: Marks): Span[] {
  const ends = [...marks.lost, ...marks.died].toSorted((one, other) => one - other);
  const spans = marks.connected.map((from, index) => ({
    from: from + LISTENS_WITHIN_MS * (marks.slowness[index] ?? 1),
    // What was just on its way is lost with the line.
    to: (ends.find((end) => end >= from) ?? Infinity) - keptWithin(marks, from),
  }));
  return spans
    .flatMap((span) =>
      marks.died.reduce<Span[]>((left, at) => withoutDeath(left, marks, at), [span]),
    )
    .filter(isSomething);
}

/** Of the connection that stood then, or was the last one before. */
export const slownessAt = ({ connected, slowness }: Marks, at: number): number =>
  slowness[connected.findLastIndex((from) => from <= at)] ?? 1;

const keptWithin = (marks: Marks, at: number): number => KEPT_WITHIN_MS * slownessAt(marks, at);

/** Whatever was not kept when the process died is as if it had not been heard. */
function withoutDeath(spans: readonly Span[], marks: Marks, diedAt: number): Span[] {
  const withinMs = keptWithin(marks, diedAt);
  const lostFrom = Math.min(
    diedAt - withinMs,
    ...marks.unkept
      .filter(({ from, to }) => from <= diedAt && diedAt <= to + withinMs)
      .map(({ from }) => from - withinMs),
  );
  return spans
    .flatMap(({ from, to }) => [
      { from, to: Math.min(to, lostFrom) },
      { from: Math.max(from, diedAt), to },
    ])
    .filter(isSomething); // else they would double with each death
}

const isSomething = ({ from, to }: Span): boolean => to > from;

/** What the exchange sent of one call, and when. */
export type CallTimes = {
  readonly begunAt: number;
  /** When the client's number was told first. */
  readonly clientAt: number;
  readonly endedAt: number;
};

/** Ended while the daemon listened, or alive at some moment while it did. */
export const isBoundToBook = ({ clientAt, endedAt }: CallTimes, heard: readonly Span[]): boolean =>
  heard.some(({ from, to }) => Math.max(from, clientAt) <= Math.min(to, endedAt));

/** Nothing was missed of it, so its fields are to be right. */
export const wasHeardWhole = (
  { begunAt, endedAt }: CallTimes,
  heard: readonly Span[],
  blurred: readonly Span[],
): boolean =>
  heard.some(({ from, to }) => from <= begunAt && endedAt <= to) &&
  !blurred.some(({ from, to }) => from <= endedAt && begunAt <= to);
