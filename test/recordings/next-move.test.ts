// What becomes of a recording after a look: when it is complete, how long it is waited for.
import { expect, test } from "@jest/globals";
import { nextMove, type Circumstances } from "../../src/recordings/next-move.ts";
import type { LookAnswer } from "../../src/recordings/sound/work.ts";

const ENDED = 1_000_000;
const ROW = { callStartedAt: ENDED - 60_000, callEndedAt: ENDED };
const WAIT_MS = 3_600_000;

const at = (sinceEndMs: number, changes: Partial<Circumstances> = {}): Circumstances => ({
  now: ENDED + sinceEndMs,
  seenAt: sinceEndMs,
  firstLook: undefined,
  waitMs: WAIT_MS,
  isConverterOff: false,
  isVoiceMessage: false,
  ...changes,
});

const found = (changes: Partial<Extract<LookAnswer, { kind: "found" }>> = {}): LookAnswer => ({
  kind: "found",
  path: "/m/a.wav",
  bytes: 1_044,
  changedAt: ENDED,
  extent: { dataAt: 44, toldBytes: 1_000 },
  sound: { kind: "sound", seconds: 1 },
  ...changes,
});

const unclosed = found({ extent: { dataAt: 44, toldBytes: 0 } });
const { extent: _, ...raw } = found() as Extract<LookAnswer, { kind: "found" }>;
const sameSince = (seenAt: number): Partial<Circumstances> => ({
  firstLook: { bytes: 1_044, changedAt: ENDED, seenAt },
});

test("a WAV file whose length is filled in is converted at once", () => {
  expect(nextMove(ROW, found(), at(1_000))).toEqual({
    move: "convert",
    path: "/m/a.wav",
    bytes: 1_044,
  });
});

test.each([
  [29_999, "look-again"],
  [30_000, "convert"],
  [30_001, "convert"],
])("F66: a WAV file that was never closed, unchanged for %d ms: %s", (ms, move) => {
  expect(nextMove(ROW, unclosed, at(ms, sameSince(0)))).toMatchObject({ move });
});

test.each([
  [4_999, "look-again"],
  [5_000, "convert"],
  [5_001, "convert"],
])("F66: a raw file that has not changed for %d ms: %s", (ms, move) => {
  expect(nextMove(ROW, raw, at(ms, sameSince(0)))).toMatchObject({ move });
});

test("F66: a file that grows is looked at again", () => {
  const firstLook = { bytes: 500, changedAt: ENDED, seenAt: 0 };

  expect(nextMove(ROW, unclosed, at(60_000, { firstLook }))).toMatchObject({ move: "look-again" });
});

test("F66: a recording that goes on behind one of before is not complete", () => {
  const appended = found({ bytes: 50_044 });

  expect(nextMove(ROW, appended, at(1_000))).toMatchObject({ move: "look-again" });
});

test.each([
  [WAIT_MS - 1, "look-again"],
  [WAIT_MS, "look-again"],
  [WAIT_MS + 1, "end"],
])("F68: a file that is not there %d ms after its call: %s", (ms, move) => {
  const answer: LookAnswer = { kind: "absent", isFolderThere: true };

  expect(nextMove(ROW, answer, at(ms))).toMatchObject({ move });
});

test("F67: of a volume that is away or hangs nothing is concluded, however long", () => {
  const away: LookAnswer = { kind: "absent", isFolderThere: false };

  expect(nextMove(ROW, away, at(WAIT_MS * 100))).toMatchObject({ move: "look-again" });
  expect(nextMove(ROW, { kind: "gone", reason: "" }, at(WAIT_MS * 100))).toMatchObject({
    move: "look-again",
  });
});

test("it is looked for often at first, and never more seldom than each minute", () => {
  const answer: LookAnswer = { kind: "absent", isFolderThere: true };
  const pause = (ms: number): unknown => nextMove(ROW, answer, at(ms));

  expect(pause(100)).toEqual({ move: "look-again", afterMs: 1_000 });
  expect(pause(10_000)).toEqual({ move: "look-again", afterMs: 5_000 });
  expect(pause(3_000_000)).toEqual({ move: "look-again", afterMs: 60_000 });
});

test("a voice message that took the place of this call's is not played for it", () => {
  const later = found({ changedAt: ENDED + 3_600_000 });

  expect(nextMove(ROW, found(), at(1_000, { isVoiceMessage: true })).move).toBe("convert");
  expect(nextMove(ROW, later, at(4_000_000, { isVoiceMessage: true }))).toMatchObject({
    move: "end",
    state: "missing",
  });
});

test("with the converter off, and of what plays as it is, the original is served", () => {
  const mp3 = found({ sound: { kind: "playable" } });

  expect(nextMove(ROW, found(), at(1, { isConverterOff: true }))).toMatchObject({
    state: "original",
  });
  expect(nextMove(ROW, mp3, at(60_000))).toMatchObject({ state: "original" });
});
