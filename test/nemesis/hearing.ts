/**
 * When the daemon could hear the exchange, and when what it heard was on its disk: this says which
 * calls it is bound to book. Pure. Exports `heardSpans`, `isBoundToBook`, `wasHeardWhole`, and the
 * margins `keptWithin` and `listensWithin`.
 */

/** Milliseconds of the harness's clock. */
export type Span = { readonly from: number; readonly to: number };

export type Marks = {
  /** The daemon said that it is connected. */
  readonly connected: number[];
  /** The line was lost, or began to be of no use. */
  readonly lost: number[];
  /** The process was gone. */
  readonly died: number[];
  /** What is heard meanwhile is not on the disk: a full disk, a stopped process. */
  readonly unkept: Span[];
  /** Times and results of calls that ran then need not be exact. */
  readonly blurred: Span[];
  /** The process stood still by SIGSTOP, until SIGCONT or its death. */
  readonly held: Span[];
  /** Questions to its listener, each from the question to the answer: how late it is. */
  readonly asked: Span[];
};

export const newMarks = (): Marks => ({
  connected: [],
  lost: [],
  died: [],
  unkept: [],
  blurred: [],
  held: [],
  asked: [],
});

/** A call is promised to be kept 250 ms after its last Hangup, by a daemon that is not late. */
const KEPT_WITHIN_MS = 1_000;
/** The exchange is asked for its channels after the login. */
const LISTENS_WITHIN_MS = 1_000;
/** From an answer to the next question. */
export const ASKED_EVERY_MS = 300;
/** How long before a moment a question counts for it. */
const LATELY_MS = 4_000;

type Lateness = Pick<Marks, "asked" | "held" | "died">;

/**
 * Many daemons share two processors here: what one of them has not read yet goes with a line that is
 * reset, or was not written when it dies. It is behind with that as with questions to its listener.
 * Each process answers for itself, and none for the time it was stopped.
 */
export function latenessAt({ asked, held, died }: Lateness, at: number): number {
  const bornAt = Math.max(-Infinity, ...died.filter((one) => one < at));
  const before = asked.filter(({ from }) => from >= bornAt && from <= at);
  const late = before
    .map(({ from, to }) => ({ from, to: Math.min(to, at) }))
    .filter(({ to }) => to >= at - LATELY_MS)
    .map((question) => lengthOf(question) - heldFor(held, question));
  // Nobody asked, though it was time: this process is late itself, and with it the exchange.
  const unasked = at - (before.at(-1)?.to ?? at) - ASKED_EVERY_MS;
  return Math.max(0, unasked, ...late);
}

const lengthOf = ({ from, to }: Span): number => Math.max(0, to - from);

const heldFor = (held: readonly Span[], { from, to }: Span): number =>
  held.reduce(
    (sum, one) => sum + lengthOf({ from: Math.max(from, one.from), to: Math.min(to, one.to) }),
    0,
  );

/**
 * What was sent so long before `at` is on the disk then, if all went well: it is read, waits for the
 * write that is under way, and is written.
 */
export const keptWithin = (marks: Lateness, at: number): number =>
  KEPT_WITHIN_MS + 3 * latenessAt(marks, at);

/** A daemon that answered so late is bound to nothing by times: only what its store held is told. */
const TOO_LATE_MS = 500;

const isTooLate = (marks: Lateness, { from, to }: Span): boolean =>
  marks.asked
    .filter((question) => question.to >= from && question.from <= to)
    .map((question) => ({ from: question.from, to: Math.min(question.to, to) }))
    .some((question) => lengthOf(question) - heldFor(marks.held, question) > TOO_LATE_MS);

/** So long after a login at `at` it knows what goes on. */
export const listensWithin = (marks: Lateness, at: number): number =>
  LISTENS_WITHIN_MS + 2 * latenessAt(marks, at + LISTENS_WITHIN_MS);

/** Until when everything was read and kept, if the line or the process ended at `end`. */
function heardUntil(marks: Lateness, end: number): number {
  const stoodFrom = marks.held.find(({ from, to }) => from <= end && end <= to)?.from ?? end;
  return stoodFrom - keptWithin(marks, stoodFrom);
}

/** What was heard in them is on the disk, whatever came after. In order. */
export function heardSpans(marks: Marks): Span[] {
  const ends = [...marks.lost, ...marks.died].toSorted((one, other) => one - other);
  const spans = marks.connected.map((from): Span => {
    const end = ends.find((one) => one >= from);
    const listensFrom = from + listensWithin(marks, from);
    if (end === undefined) return { from: listensFrom, to: Infinity };
    // What was just on its way is lost with the line.
    const isInDoubt = marks.died.includes(end) && isTooLate(marks, { from, to: end });
    return { from: listensFrom, to: isInDoubt ? -Infinity : heardUntil(marks, end) };
  });
  return spans
    .flatMap((span) =>
      marks.died.reduce<Span[]>((left, at) => withoutDeath(left, marks, at), [span]),
    )
    .filter(isSomething);
}

/** Whatever was not kept when the process died is as if it had not been heard. */
function withoutDeath(spans: readonly Span[], marks: Marks, diedAt: number): Span[] {
  const withinMs = keptWithin(marks, diedAt);
  const lostFrom = Math.min(
    heardUntil(marks, diedAt),
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
