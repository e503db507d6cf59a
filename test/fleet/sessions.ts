/**
 * What an exchange knows of the daemons that listened to it, and what follows from it for a call that it
 * sent. Pure. Exports `wasToldOfClient`, `heardByOne` and `latenessDuring`.
 */

/** One connection of a daemon. Milliseconds since 1970. */
export type Session = {
  readonly from: number;
  /** When it was told which calls go on; Infinity: it never was. */
  listedAt: number;
  /** Infinity: it has not ended. */
  to: number;
};

/** What the exchange sent of one recording, and when. */
export type Sent = {
  readonly begunAt: number;
  /** Of the last hangup. */
  readonly endedAt: number;
  /** By the client's key (`clientKey`): from when until when a channel was known to have the number. */
  readonly clients: ReadonlyMap<string, { readonly at: number; readonly until: number }>;
  readonly linkedIds: ReadonlySet<string>;
  /** It took as long as when it was recorded. */
  readonly wasPaced: boolean;
};

/** A question to a process that was answered late, or a pause that was over too late. */
export type Late = { readonly from: number; readonly to: number };

/** How late what was heard of the call may have been read, at worst. Milliseconds. */
export const latenessDuring = (
  late: readonly Late[],
  { begunAt, endedAt }: Pick<Sent, "begunAt" | "endedAt">,
): number =>
  late.reduce(
    (worst, { from, to }) =>
      from <= endedAt && begunAt <= to ? Math.max(worst, to - from) : worst,
    0,
  );

/** A daemon that is still there was told of the client, or which calls went on while the client was there. */
export const wasToldOfClient = (
  sessions: readonly Session[],
  { at, until }: { readonly at: number; readonly until: number },
): boolean =>
  sessions.some(({ from, listedAt, to }) => to === Infinity && (from <= at || listedAt <= until));

/**
 * What is on its way when a line ends may not be read any more; and a host that lost its lease listens on
 * for some time, while nothing that it hears is kept.
 */
const UNSURE_MS = 30_000;

/** One daemon has heard all of it, and no other came or went meanwhile. */
export function heardByOne(
  sessions: readonly Session[],
  { begunAt, endedAt }: Pick<Sent, "begunAt" | "endedAt">,
): boolean {
  const until = endedAt + UNSURE_MS;
  const isWithin = (at: number): boolean => at >= begunAt && at <= until;
  return (
    sessions.some(({ from, to }) => from < begunAt && until < to) &&
    !sessions.some(({ from, to }) => isWithin(from) || isWithin(to))
  );
}
