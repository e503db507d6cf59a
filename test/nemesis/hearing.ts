/**
 * When the daemon could hear the exchange, and when what it heard was on its disk: this says which
 * calls it is bound to book. Pure. Exports `heardSpans`, `isBoundToBook`, `wasHeardWhole`,
 * `readSpans`, `slowestAnswer` and the margin `keptWithin`.
 *
 * A busy machine is late by seconds, so nothing is judged by how long it took: a daemon that was killed
 * is bound to what another process found in its store (kept-calls.ts), and to all that was sent before
 * that; one that has lost its line, to what had been sent when it answered a question for the last time.
 */

/** Milliseconds of the harness's clock. */
export type Span = { readonly from: number; readonly to: number };

export type Question = Span & { readonly isAnswered: boolean };

export type Marks = {
  /** The daemon said that it is connected. */
  readonly connected: number[];
  /** After a login: the exchange has told what goes on, and from now on tells all that happens. */
  readonly listed: number[];
  /** The line was lost, or began to be of no use. */
  readonly lost: number[];
  /** The process was gone. */
  readonly died: number[];
  /** Those of `died` that nobody had asked for, with the time of the last event that was on the disk. */
  readonly killed: { readonly at: number; keptUntil: number }[];
  /** What is heard meanwhile is not on the disk: a full disk, a stopped process. */
  readonly unkept: Span[];
  /** The daemon said, and its store with it, that no call goes on or waits: all it heard before is kept. */
  readonly settled: number[];
  /** Times and results of calls that ran then need not be exact. */
  readonly blurred: Span[];
  /** The process stood still by SIGSTOP, until SIGCONT or its death. */
  readonly held: Span[];
  /** Questions to its listener, each from the question to the answer or to the end of waiting for it. */
  readonly asked: Question[];
};

export const newMarks = (): Marks => ({
  connected: [],
  listed: [],
  lost: [],
  died: [],
  killed: [],
  unkept: [],
  settled: [],
  blurred: [],
  held: [],
  asked: [],
});

/** From an answer to the next question. */
export const ASKED_EVERY_MS = 300;
/** A call is promised to be kept 250 ms after its last Hangup, by a daemon that is not late. */
const KEPT_WITHIN_MS = 1_000;
/** How long before a moment a question counts for it. */
const LATELY_MS = 4_000;

type Lateness = Pick<Marks, "asked" | "held">;

/** The longest that a question took that was open in this span: so late the daemon was. */
export const slowestAnswer = (marks: Lateness, { from, to }: Span): number =>
  marks.asked
    .filter((question) => question.to >= from && question.from <= to)
    .map((question) => ({ from: question.from, to: Math.min(question.to, to) }))
    .reduce((most, one) => Math.max(most, lengthOf(one) - heldFor(marks.held, one)), 0);

/**
 * What was sent so long before `at` is on the disk then, if all went well: it is read, waits for the
 * write that is under way, and is written.
 */
export const keptWithin = (marks: Lateness, at: number): number =>
  KEPT_WITHIN_MS + 3 * slowestAnswer(marks, { from: at - LATELY_MS, to: at });

/**
 * Until when everything was read, if the line was of no use from `end` on. With its answer the daemon
 * shows that it has read what had come before the question; what was sent before the question before
 * was no longer on its way to it then. What had come and was not read goes with the line.
 */
function heardUntil({ asked }: Pick<Marks, "asked">, end: number): number {
  if (end === Infinity) return Infinity;
  const answered = asked.filter(({ to, isAnswered }) => isAnswered && to <= end);
  return answered.at(-2)?.from ?? -Infinity;
}

const lengthOf = ({ from, to }: Span): number => Math.max(0, to - from);

const heldFor = (held: readonly Span[], { from, to }: Span): number =>
  held.reduce(
    (sum, one) => sum + lengthOf({ from: Math.max(from, one.from), to: Math.min(to, one.to) }),
    0,
  );

/** From each list of what goes on to the end of line or process. In order. */
function listeningSpans({ listed, lost, died }: Marks): Span[] {
  const ends = [...lost, ...died].toSorted((one, other) => one - other);
  return listed.map((from) => ({ from, to: ends.find((one) => one >= from) ?? Infinity }));
}

/** What was sent in them was read by a daemon, whatever it made of it. */
export const readSpans = (marks: Marks): Span[] =>
  listeningSpans(marks)
    .map(({ from, to }) => ({ from, to: heardUntil(marks, to) }))
    .filter(isSomething);

/** What was heard in them is on the disk, or in a process that goes on. In order. */
export function heardSpans(marks: Marks): Span[] {
  const isKill = (end: number): boolean => marks.killed.some(({ at }) => at === end);
  return listeningSpans(marks)
    .map(({ from, to }) => ({
      from,
      to: isKill(to) ? to : heardUntil(marks, to),
    }))
    .flatMap((span) =>
      marks.died.reduce<Span[]>((left, at) => withoutDeath(left, marks, at), [span]),
    )
    .filter(isSomething);
}

/** Whatever was not kept when the process died is as if it had not been heard. */
function withoutDeath(spans: readonly Span[], marks: Marks, diedAt: number): Span[] {
  const withinMs = keptWithin(marks, diedAt);
  const kill = marks.killed.find(({ at }) => at === diedAt);
  // Of what earlier processes heard, their own stores told.
  const bornAt = Math.max(-Infinity, ...marks.died.filter((at) => at < diedAt));
  const lostFrom = Math.max(
    ...marks.settled.filter((at) => at <= diedAt),
    Math.min(
      kill === undefined ? diedAt : Math.max(bornAt, kill.keptUntil),
      ...marks.unkept
        .filter(({ from, to }) => from <= diedAt && diedAt <= to + withinMs)
        .map(({ from }) => from - withinMs),
    ),
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
  /** When it was told first whose a channel is, and when that channel was gone. */
  readonly clientAt: number;
  readonly clientUntil: number;
  readonly endedAt: number;
};

/** The client was told of while the daemon listened, or was there when it was told what goes on. */
export const isBoundToBook = (
  { clientAt, clientUntil }: CallTimes,
  heard: readonly Span[],
): boolean =>
  heard.some(({ from, to }) => clientAt <= to && (clientAt >= from || clientUntil >= from));

/** Nothing was missed of it, so its fields are to be right. */
export const wasHeardWhole = (
  { begunAt, endedAt }: CallTimes,
  heard: readonly Span[],
  blurred: readonly Span[],
): boolean =>
  heard.some(({ from, to }) => from <= begunAt && endedAt <= to) &&
  !blurred.some(({ from, to }) => from <= endedAt && begunAt <= to);
