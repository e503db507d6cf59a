/**
 * The calls of a time or with given ids, read from CEL. A long time is read in pieces, so that neither
 * the database nor the memory is asked for too much at once. Exports `findCalls`.
 */
import type { LinkedId, UniqueId } from "../../ami/ids.ts";
import { epochMs } from "../../lib/clock.ts";
import type { EpochMs } from "../../lib/clock.ts";
import { failed, succeeded } from "../../lib/failure.ts";
import type { Result } from "../../lib/failure.ts";
import type { FinishedCall } from "../finished-call.ts";
import { endpointOf, isMachinery } from "../endpoint.ts";
import type { CelRow } from "./cel-row.ts";
import { recordingFiles } from "./recording-files.ts";
import type { CelFailure, CelRows, CelSource, CelWindow } from "./source.ts";
import { callsApart, tellCalls } from "./tell.ts";
import type { CelReading } from "./tell.ts";

export type CelWish =
  | { readonly kind: "began"; readonly window: CelWindow }
  /** Ended in this time, whenever they began. */
  | { readonly kind: "ended"; readonly window: CelWindow }
  | { readonly kind: "ids"; readonly linkedIds: readonly LinkedId[] };

export type FoundCall = {
  readonly call: FinishedCall;
  /** Its end is not written yet: it is not to be booked. */
  readonly isRunning: boolean;
};

export type FindDeps = {
  readonly source: CelSource;
  readonly reading: CelReading;
  readonly now: () => EpochMs;
  readonly signal: AbortSignal;
};

/** First pieces; halved where they hold too many rows. */
const PIECE_MS = 3 * 3_600_000;
const SHORTEST_PIECE_MS = 1_000;
/** One question. */
const QUESTION_MS = 60_000;
/** A call without an end that was silent for so long is over: the exchange was killed with it. */
const SILENT_MS = 12 * 3_600_000;

export async function* findCalls(
  wish: CelWish,
  deps: FindDeps,
): AsyncGenerator<Result<readonly FoundCall[], CelFailure>> {
  if (wish.kind === "ids") {
    yield await readByIds(wish.linkedIds, deps);
    return;
  }
  let { from } = wish.window;
  let pieceMs = PIECE_MS;
  while (from < wish.window.to) {
    const window = { from, to: epochMs(Math.min(from + pieceMs, wish.window.to)) };
    const read = await readPiece(window, deps);
    if (!read.ok) {
      yield read;
      return;
    }
    if (read.value === undefined) {
      if (pieceMs <= SHORTEST_PIECE_MS) {
        yield failed(tooMany(window));
        return;
      }
      pieceMs = Math.max(SHORTEST_PIECE_MS, pieceMs / 2);
      continue;
    }
    const told = await toldOf(read.value, deps);
    yield succeeded(
      told.filter(({ call }) => {
        const at = wish.kind === "began" ? call.startedAt : call.endedAt;
        return at >= window.from && at < window.to;
      }),
    );
    from = window.to;
    pieceMs = Math.min(PIECE_MS, pieceMs * 2);
  }
}

const limited = (signal: AbortSignal): AbortSignal =>
  AbortSignal.any([signal, AbortSignal.timeout(QUESTION_MS)]);

const tooMany = ({ from }: CelWindow): CelFailure => ({
  kind: "too-slow",
  reason: `CEL has too many rows around ${new Date(from).toISOString()} to be read at once`,
  hint: "read the calls by their linkedids instead",
});

/** Rows of the window, and all of the calls that it cuts. @returns undefined: too many */
async function readPiece(
  window: CelWindow,
  { source, signal }: FindDeps,
): Promise<Result<readonly CelRow[] | undefined, CelFailure>> {
  const read = await source.readWindow(window, limited(signal));
  if (!read.ok) return read;
  if (!read.value.isWhole) return succeeded(undefined);
  const { rows } = read.value;
  const cut = cutCalls(rows);
  if (cut.length === 0) return succeeded(rows);
  const whole = await readWithCompany(cut, { source, signal });
  if (!whole.ok) return whole;
  if (!whole.value.isWhole) return succeeded(undefined);
  const replaced = new Set(whole.value.rows.map(({ channel }) => channel.linked));
  const kept = rows.filter(({ channel }) => !replaced.has(channel.linked));
  return succeeded([...kept, ...whole.value.rows]);
}

async function readByIds(
  linkedIds: readonly LinkedId[],
  deps: FindDeps,
): Promise<Result<readonly FoundCall[], CelFailure>> {
  const read = await readWithCompany(linkedIds, deps);
  if (!read.ok) return read;
  const { rows, asked } = read.value;
  const told = await toldOf(rows, deps);
  // Who was met in a conference has a call of his own, which was not asked for.
  return succeeded(told.filter(({ call }) => asked.has(call.linkedId)));
}

type WithCompany = CelRows & {
  /** The linkedids asked for, and those they were merged with. */
  readonly asked: ReadonlySet<LinkedId>;
};

/** All rows of these calls, and of those whom they met in a bridge under another linkedid. */
async function readWithCompany(
  linkedIds: readonly LinkedId[],
  { source, signal }: Pick<FindDeps, "source" | "signal">,
): Promise<Result<WithCompany, CelFailure>> {
  const own = await source.readCalls(linkedIds, limited(signal));
  if (!own.ok) return own;
  const asked = new Set(own.value.rows.map(({ channel }) => channel.linked));
  const names = new Set<string>(own.value.rows.map(({ channel }) => channel.name));
  const met = own.value.rows.filter((row) => mayHaveMetOthers(row, names));
  if (met.length === 0) return succeeded({ ...own.value, asked });
  const times = met.map(({ at }) => at);
  const strangers = new Set(met.flatMap(({ peers }) => peers).filter((peer) => !names.has(peer)));
  const window = {
    from: epochMs(Math.min(...times) - MET_MS),
    to: epochMs(Math.max(...times) + MET_MS),
  };
  const around = await source.readWindow(window, limited(signal));
  if (!around.ok) return around;
  const others = around.value.rows
    .filter(
      ({ channel, peers }) =>
        !asked.has(channel.linked) &&
        (strangers.has(channel.name) || peers.some((peer) => names.has(peer))),
    )
    .map(({ channel }) => channel.linked);
  if (others.length === 0) return succeeded({ ...own.value, asked });
  const company = await source.readCalls([...new Set(others)], limited(signal));
  if (!company.ok) return company;
  const rows = [...own.value.rows, ...company.value.rows];
  return succeeded({ ...own.value, rows, asked });
}

/** Who came first into a conference is not told in his own rows who came later. */
function mayHaveMetOthers(
  { type, app, peers, extra }: CelRow,
  names: ReadonlySet<string>,
): boolean {
  if (!type.startsWith("BRIDGE_") || extra?.["bridge_technology"] === "holding_bridge")
    return false;
  if (/conf|meetme/i.test(app) || extra?.["bridge_technology"] === "softmix") return true;
  return peers.some((peer) => !names.has(peer) && !isMachinery(endpointOf(peer)));
}

/** Rows of one bridge are written together. */
const MET_MS = 2_000;

/** Calls with a channel whose beginning or end is outside of the rows. */
function cutCalls(rows: readonly CelRow[]): LinkedId[] {
  const begun = new Set<UniqueId>();
  const ended = new Set<UniqueId>();
  for (const { type, channel } of rows) {
    if (type === "CHAN_START") begun.add(channel.id);
    else if (type === "HANGUP" || type === "CHAN_END") ended.add(channel.id);
  }
  const cut = rows.filter(({ channel }) => !begun.has(channel.id) || !ended.has(channel.id));
  return [...new Set(cut.map(({ channel }) => channel.linked))];
}

/** Calls told before the loop gets its turn: live events must not wait. */
const TOLD_AT_ONCE = 20;

async function toldOf(rows: readonly CelRow[], deps: FindDeps): Promise<FoundCall[]> {
  const calls: FinishedCall[] = [];
  const found = await recordingFiles(deps.reading.recordingsPath, rows);
  const apart = callsApart(rows);
  for (let at = 0; at < apart.length; at += TOLD_AT_ONCE) {
    for (const own of apart.slice(at, at + TOLD_AT_ONCE))
      calls.push(...tellCalls(own, deps.reading, { found }));
    await new Promise(setImmediate);
  }
  const now = deps.now();
  return calls
    .sort((one, other) => one.endedAt - other.endedAt)
    .map((call) => ({ call, isRunning: !call.isEndKnown && now - call.endedAt < SILENT_MS }));
}
