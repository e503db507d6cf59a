/**
 * What was missed while nobody listened, by itself: calls whose end was not seen are completed from
 * CEL, and calls that lie wholly within the gap are found there. Exports `createCatchUp`.
 *
 * Works beside the live events and never before them. What cannot be read stays as it is without CEL.
 */
import { basename } from "node:path/posix";
import { epochMs } from "../../lib/clock.ts";
import type { Clock, EpochMs } from "../../lib/clock.ts";
import type { FinishedCall } from "../finished-call.ts";
import { findCalls } from "./find-calls.ts";
import type { FindDeps, FoundCall } from "./find-calls.ts";
import type { CelFailure, CelSource } from "./source.ts";
import type { CelReading } from "./tell.ts";

export type CatchUp = {
  /**
   * The same call with what CEL knows of its end; as it was, where CEL does not know it or cannot be
   * read within 20 s. undefined: the daemon stops, the call is to be told at the next start.
   */
  complete(call: FinishedCall): Promise<FinishedCall | undefined>;
  /** Before the first `connected`. */
  start(): Promise<void>;
  connected(at: EpochMs): void;
  lost(at: EpochMs): void;
  stop(): Promise<void>;
};

export type CatchUpDeps = {
  readonly source: CelSource;
  readonly reading: CelReading;
  readonly clock: Clock;
  /** Accepts a call, or recognises that it was accepted before. */
  readonly accept: (call: FinishedCall) => Promise<"accepted" | "known">;
  /** Until when everything was heard, over restarts. */
  readonly heard: {
    readonly read: () => Promise<EpochMs | undefined>;
    readonly write: (at: EpochMs) => Promise<unknown>;
  };
  readonly onTrouble: (failure: CelFailure) => void;
  readonly onCaughtUp: (found: { calls: number; from: EpochMs; to: EpochMs }) => void;
  readonly onCrash: (thrown: unknown) => void;
};

/** CEL is written a moment after the event; a call that has just ended is asked for again then. */
const WRITTEN_MS = 5_000;
const COMPLETE_MS = 20_000;
/** Calls that end together are asked for together. */
const GATHER_MS = 50;
const NOTE_MS = 500;
const HEARTBEAT_MS = 60_000;
/** Before and behind the gap: clocks differ by little, and rows come late. */
const MARGIN_MS = 2_000;
/** An older gap is left to `calls backfill`: that is for a human to decide. */
const LONGEST_GAP_MS = 7 * 24 * 3_600_000;
const RETRY_MS = [60_000, 300_000, 900_000];

export function createCatchUp(deps: CatchUpDeps): CatchUp {
  const { clock, source, heard } = deps;
  const stopping = new AbortController();
  const { signal } = stopping;
  let heardUntil: EpochMs | undefined;
  let isConnected = false;
  /** Gaps that are not read yet, as one. */
  let gap: { from: EpochMs; to: EpochMs } | undefined;
  let working: Promise<void> | undefined;
  let beating: Promise<void> | undefined;
  let wanted: { call: FinishedCall; answer: (call: FinishedCall | undefined) => void }[] = [];
  let gathering: Promise<void> | undefined;

  const note = (): Promise<unknown> => heard.write(gap?.from ?? heardUntil ?? clock.now());

  async function beat(): Promise<void> {
    while (!signal.aborted) {
      if (isConnected) {
        heardUntil = clock.now();
        await note();
      }
      await clock.sleep(HEARTBEAT_MS, signal);
    }
  }

  async function closeGap(): Promise<void> {
    for (let attempt = 0; gap !== undefined && !signal.aborted;) {
      await clock.sleep(WRITTEN_MS, signal);
      if (signal.aborted) return;
      const { from, to } = gap;
      const failure = await readGap(from, to);
      if (signal.aborted) return;
      if (failure === undefined) {
        // It may have grown by another loss meanwhile.
        gap = gap.to > to ? { from: to, to: gap.to } : undefined;
        await note();
        continue;
      }
      if (attempt === 0) deps.onTrouble(failure);
      await clock.sleep(RETRY_MS[Math.min(attempt++, RETRY_MS.length - 1)] ?? 0, signal);
    }
  }

  async function readGap(from: EpochMs, to: EpochMs): Promise<CelFailure | undefined> {
    const window = { from: epochMs(from - MARGIN_MS), to: epochMs(to + MARGIN_MS) };
    let calls = 0;
    for await (const read of findCalls({ kind: "ended", window }, finding())) {
      if (!read.ok) return read.failure;
      for (const { call, isRunning } of read.value) {
        if (isRunning || signal.aborted) continue;
        if ((await deps.accept(call)) === "accepted") calls++;
      }
    }
    deps.onCaughtUp({ calls, from, to });
    return undefined;
  }

  const finding = (until: AbortSignal = signal): FindDeps => ({
    source,
    reading: deps.reading,
    now: () => clock.now(),
    signal: until,
  });

  async function completeAll(): Promise<void> {
    await clock.sleep(GATHER_MS, signal);
    const asked = wanted;
    wanted = [];
    gathering = undefined;
    let open = asked;
    const until = AbortSignal.any([signal, AbortSignal.timeout(COMPLETE_MS)]);
    for (const isLast of [false, true]) {
      const found = await readCalls(
        open.map(({ call }) => call),
        until,
      );
      const waiting: typeof open = [];
      for (const one of open) {
        const told = found && bestOf(found, one.call);
        if (told !== undefined) one.answer(completed(told, one.call));
        else if (isLast || found === undefined) one.answer(signal.aborted ? undefined : one.call);
        else waiting.push(one);
      }
      open = waiting;
      if (open.length === 0) return;
      await clock.sleep(WRITTEN_MS, until);
    }
  }

  /** @returns undefined: CEL cannot be read */
  async function readCalls(
    calls: readonly FinishedCall[],
    until: AbortSignal,
  ): Promise<readonly FoundCall[] | undefined> {
    const linkedIds = calls.map(({ linkedId }) => linkedId);
    for await (const read of findCalls({ kind: "ids", linkedIds }, finding(until))) {
      if (read.ok) return read.value;
      if (!signal.aborted) deps.onTrouble(read.failure);
    }
    return undefined;
  }

  const guarded = (work: Promise<void>): Promise<void> =>
    work.catch((thrown: unknown) => {
      if (!signal.aborted) deps.onCrash(thrown);
    });

  return {
    async start() {
      heardUntil = await heard.read();
      beating = guarded(beat());
    },
    connected(at) {
      isConnected = true;
      const from = heardUntil;
      heardUntil = at;
      if (from === undefined) return void guarded(note().then(() => undefined));
      const oldest = epochMs(at - LONGEST_GAP_MS);
      gap = { from: gap?.from ?? epochMs(Math.max(from, oldest)), to: at };
      working ??= guarded(closeGap()).finally(() => (working = undefined));
    },
    lost(at) {
      if (isConnected) heardUntil = at;
      isConnected = false;
      void guarded(note().then(() => undefined));
    },
    complete(call) {
      if (signal.aborted) return Promise.resolve(undefined);
      return new Promise((answer) => {
        wanted.push({ call, answer });
        gathering ??= guarded(completeAll());
      });
    },
    async stop() {
      if (isConnected) heardUntil = clock.now();
      isConnected = false;
      // A store that takes nothing now: the next gap is read from a minute earlier.
      await Promise.race([guarded(note().then(() => undefined)), clock.sleep(NOTE_MS)]);
      stopping.abort();
      for (const { answer } of wanted) answer(undefined);
      await Promise.all([working, beating, gathering]);
      await source.close();
    },
  };
}

/** The call of these that is the one given. */
function bestOf(found: readonly FoundCall[], call: FinishedCall): FinishedCall | undefined {
  const ended = found.filter(({ isRunning }) => !isRunning).map((one) => one.call);
  return ended.find(({ linkedId, isEndKnown }) => isEndKnown && linkedId === call.linkedId);
}

/**
 * What only the live stream told (recordings, mostly) stays. One file may be named twice: as Asterisk
 * named it and as it lies on this host's disk; Asterisk's word is kept.
 */
export function completed(told: FinishedCall, seen: FinishedCall): FinishedCall {
  const taken = new Set<string>();
  const conversations = told.conversations.map((conversation) => {
    const same = seen.conversations.find(
      ({ extension, requestedAt, recording }) =>
        extension === conversation.extension &&
        Math.abs(requestedAt - conversation.requestedAt) <= 2_000 &&
        recording !== undefined,
    );
    const { recordingParts: _, ...told } = conversation;
    const { recording, recordingParts } = same ?? conversation;
    if (recording !== undefined) taken.add(basename(recording));
    return { ...told, recording, ...(recordingParts === undefined ? {} : { recordingParts }) };
  });
  const seenPaths = [
    ...seen.recordings,
    ...seen.conversations.flatMap(({ recording }) => (recording === undefined ? [] : [recording])),
  ];
  const seenNames = new Set(seenPaths.map((path) => basename(path)));
  const onlyTold = told.recordings.filter((path) => !seenNames.has(basename(path)));
  const recordings = new Set([...onlyTold, ...seenPaths]);
  return {
    ...told,
    clientPhone: told.clientPhone ?? seen.clientPhone,
    did: seen.did ?? told.did,
    trunk: told.trunk ?? seen.trunk,
    queue: seen.queue ?? told.queue,
    conversations,
    recordings: [...recordings].filter((path) => !taken.has(basename(path))),
  };
}
