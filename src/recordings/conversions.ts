/**
 * Recordings on their way to mp3: looks for each until it is there and complete, converts it, keeps how
 * it ended. What is still to be done stands in the store alone, so a crash costs nothing but time.
 */
import { basename } from "node:path/posix";
import type { Clock } from "../lib/clock.ts";
import { toError } from "../lib/failure.ts";
import type { Logger } from "../lib/log.ts";
import type { Statement, Store } from "../store/store.ts";
import type { RecordingId } from "./link.ts";
import type { Mp3Folder } from "./mp3-folder.ts";
import { nextMove, type Move } from "./next-move.ts";
import { allRoots, candidatePaths, type RecordingRoots } from "./recorded-path.ts";
import {
  becameOther,
  becameReady,
  beginConversion,
  readRecording,
  waitingRecordings,
  waitUntil,
  type RecordingRow,
} from "./schema.ts";
import type { Look } from "./sound/sound-file.ts";
import type { ConvertAnswer, FoundFile, Gone, LookAnswer } from "./sound/work.ts";
import type { SoundWork } from "./sound/work-process.ts";

export type ConversionSettings = {
  /** Of the exchange whose call it is. */
  readonly rootsOf: (callId: string) => RecordingRoots;
  readonly isVoiceMessage: (path: string) => boolean;
  readonly converter: "auto" | "ffmpeg" | "off";
  readonly kbitPerSecond: number;
  readonly atOnce: number;
  readonly waitMs: number;
};

export type ConversionDeps = {
  readonly settings: ConversionSettings;
  readonly folder: Mp3Folder;
  readonly work: Pick<SoundWork, "look" | "convert">;
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly clock: Clock;
  readonly log: Pick<Logger, "debug" | "info" | "warn" | "error">;
  /** Room is left for calls alone: nothing is begun, and nothing written about it. */
  readonly isDiskShort: () => boolean;
};

export type Conversions = {
  /** Resolves when `signal` is aborted and nothing is under way. */
  run(signal: AbortSignal): Promise<void>;
  /** There is something new. */
  wake(): void;
};

const MOST_ATTEMPTS = 3;
const AFTER_FAILURE_MS = 30_000;
const NO_ROOM_MS = 60_000;
/** How soon it is seen that the disk has room again. */
const WHILE_SHORT_MS = 5_000;
/** Looks under way at once: each is a few system calls. */
const MOST_LOOKS = 8;
/** Rows of commands that book beside the daemon come without a word. */
const LOOK_EVERY_MS = 15_000;

export function createConversions(deps: ConversionDeps): Conversions {
  const { settings, folder, work, store, keep, clock, log } = deps;
  const underWay = new Map<RecordingId, Promise<void>>();
  /** Of each file. */
  const firstLooks = new Map<string, Look>();
  const turns = createTurns(settings.atOnce);
  let woken = new AbortController();
  let isStopping = false;

  const most = MOST_LOOKS + settings.atOnce;

  async function startDue(): Promise<number> {
    if (deps.isDiskShort()) return WHILE_SHORT_MS;
    const rows = (await store.read(waitingRecordings(most + underWay.size))).map(readRecording);
    let nextMs = LOOK_EVERY_MS;
    for (const row of rows) {
      if (underWay.has(row.id)) continue;
      const inMs = row.dueAt - clock.now();
      // Where the host's clock was set back nobody waits for it to come round.
      if (inMs > 0) nextMs = Math.min(nextMs, inMs);
      else if (underWay.size < most) start(row);
    }
    return nextMs;
  }

  /** @returns milliseconds until the next look */
  async function startDueOrWait(): Promise<number> {
    try {
      return await startDue();
    } catch (thrown) {
      // What is broken for good ends the daemon by itself.
      log.warn({ err: toError(thrown) }, "recordings cannot be looked up");
      return LOOK_EVERY_MS;
    }
  }

  function start(row: RecordingRow): void {
    const handled = handle(row)
      .catch((thrown: unknown) => {
        // A row that cannot be kept is due again; a broken store ends the daemon by itself.
        log.warn({ err: toError(thrown) }, "a recording was not handled");
        return clock.sleep(1_000);
      })
      .finally(() => {
        underWay.delete(row.id);
        woken.abort("woken");
      });
    underWay.set(row.id, handled);
  }

  async function handle(row: RecordingRow): Promise<void> {
    const moves = await Promise.all(row.parts.map((path) => moveOf(row, path)));
    const waits = moves.flatMap((one) => (one.move === "look-again" ? [one.afterMs] : []));
    if (waits.length > 0)
      return void (await keep([waitUntil(row.id, clock.now() + Math.max(...waits))]));
    const ends = moves.flatMap((one) => (one.move === "end" ? [one] : []));
    const files = moves.flatMap((one) => (one.move === "convert" ? [one] : []));
    if (files.length > 0) return turns.run(() => convert(row, files, whatIsLacking(row, moves)));
    const [first] = ends;
    if (first !== undefined) await end(row, first);
  }

  async function moveOf(row: RecordingRow, path: string): Promise<Move> {
    const roots = settings.rootsOf(row.callId);
    const candidates = candidatePaths(path, roots, {
      startedAt: row.callStartedAt,
      endedAt: row.callEndedAt,
    });
    if (typeof candidates === "string") return NOT_LOOKED_FOR[candidates];
    const answer = await work.look({ candidates, roots: allRoots(roots) });
    return nextMove(row, answer, {
      now: clock.now(),
      seenAt: clock.monotonicMs(),
      firstLook: rememberLook(lookName(row.id, path), answer),
      waitMs: settings.waitMs,
      isConverterOff: settings.converter === "off",
      isVoiceMessage: settings.isVoiceMessage(path),
    });
  }

  /** @returns the first look that saw the same as this one */
  function rememberLook(name: string, answer: LookAnswer | Gone): Look | undefined {
    if (answer.kind !== "found") return undefined;
    const { bytes, changedAt } = answer;
    const before = firstLooks.get(name);
    if (before?.bytes === bytes && before.changedAt === changedAt) return before;
    firstLooks.set(name, { bytes, changedAt, seenAt: clock.monotonicMs() });
    return undefined;
  }

  function forgetLooks({ id, parts }: RecordingRow): void {
    for (const path of parts) firstLooks.delete(lookName(id, path));
  }

  async function end(row: RecordingRow, move: Extract<Move, { move: "end" }>): Promise<void> {
    forgetLooks(row);
    const files = row.parts.length;
    const reason = files === 1 ? move.reason : `${move.reason}; it has ${files} files, not joined`;
    await keep([becameOther(row.id, { ...move, reason })]);
    const fields = { recording: row.id, linked: row.callId, reason: move.reason };
    if (move.state === "original") log.debug(fields, "recording is served as it is");
    else log.warn(fields, "recording cannot be listened to");
  }

  async function convert(
    row: RecordingRow,
    files: readonly FoundFile[],
    without: string | undefined,
  ): Promise<void> {
    // It may have waited for its turn for long. The row is due, and so is looked at again.
    if (settings.converter === "off" || deps.isDiskShort()) return;
    await keep([beginConversion(row.id, row.attempt + 1)]);
    const answer = await work.convert({
      ...{ files, roots: allRoots(settings.rootsOf(row.callId)), target: folder.fileOf(row.id) },
      ...{ converter: settings.converter, kbitPerSecond: settings.kbitPerSecond },
    });
    const source = files.at(-1)?.path ?? row.path;
    if (answer.kind !== "ready") return notConverted(row, source, answer);
    forgetLooks(row);
    await keep([becameReady(row.id, { source, without, ...answer })]);
    const fields = { recording: row.id, linked: row.callId, seconds: answer.seconds };
    if (without === undefined) log.debug(fields, "recording converted");
    else log.warn({ ...fields, of: row.parts.length, files: files.length }, "a part is missing");
  }

  async function notConverted(
    row: RecordingRow,
    source: string,
    answer: Exclude<ConvertAnswer | Gone, { kind: "ready" }>,
  ): Promise<void> {
    const fields = { recording: row.id, linked: row.callId };
    const later = (ms: number): Statement => waitUntil(row.id, clock.now() + ms);
    switch (answer.kind) {
      case "changed":
        return void (await keep([beginConversion(row.id, row.attempt), later(2_000)]));
      case "no-room": {
        const { reason } = answer;
        const hint = `make room in ${folder.path}, or look at its owner; it is tried again`;
        log.error({ ...fields, reason, hint }, "an mp3 cannot be written");
        return void (await keep([beginConversion(row.id, row.attempt), later(NO_ROOM_MS)]));
      }
      case "no-converter":
        log.warn({ ...fields, reason: answer.reason }, "recording is served as it is");
        return end(row, { move: "end", state: "original", source, reason: answer.reason });
      case "failed":
      case "gone": {
        if (isStopping) return void (await keep([beginConversion(row.id, row.attempt)]));
        const attempt = row.attempt + 1;
        const { reason } = answer;
        if (attempt >= MOST_ATTEMPTS) {
          log.warn({ ...fields, reason }, "recording is served as it is");
          return end(row, { move: "end", state: "original", source, reason });
        }
        return void (await keep([later(AFTER_FAILURE_MS * attempt)]));
      }
    }
  }

  return {
    async run(signal) {
      while (!signal.aborted) {
        woken = new AbortController();
        const either = AbortSignal.any([signal, woken.signal]);
        await clock.sleep(await startDueOrWait(), either);
      }
      isStopping = true;
      await Promise.all(underWay.values());
    },
    wake: () => woken.abort("woken"),
  };
}

const lookName = (id: RecordingId, path: string): string => `${id} ${path}`;

/** @returns "without talk-2.wav: the file never came" */
function whatIsLacking({ parts }: RecordingRow, moves: readonly Move[]): string | undefined {
  const lacking = moves.flatMap((one, index) =>
    one.move === "end" ? [`${basename(parts[index] ?? "")}: ${one.reason}`] : [],
  );
  return lacking.length === 0 ? undefined : `without ${lacking.join("; ")}`;
}

const NOT_LOOKED_FOR = {
  hostile: { move: "end", state: "useless", reason: "its name is not one of a recording" },
  outside: {
    move: "end",
    state: "missing",
    reason: "it lies outside recordings.path, voicemail_path and other_paths",
  },
} as const;

/** At most so many at a time, in the order in which they came. */
function createTurns(most: number): { run(work: () => Promise<void>): Promise<void> } {
  const queue: (() => void)[] = [];
  let running = 0;
  return {
    async run(work) {
      if (running >= most) await new Promise<void>((resolve) => queue.push(resolve));
      else running += 1;
      try {
        await work();
      } finally {
        const next = queue.shift();
        if (next === undefined) running -= 1;
        else next();
      }
    },
  };
}
