// The call model and the whole daemon against a real Asterisk. Needs root and test/lab/build.sh; see README.md here. Where
// they are missing it fails and says what to do: a lab that is skipped in silence proves nothing.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { bookCallsOf } from "./booking.ts";
import type { Booking } from "./booking.ts";
import type { ExchangeVersion } from "./exchange.ts";
import { startLab } from "./lab.ts";
import type { Lab } from "./lab.ts";
import { playAll } from "./scenario.ts";
import type { Played } from "./scenario.ts";
import { scenarios } from "./scenarios/all.ts";
import { storyOf } from "./story.ts";
import { understand } from "./understand.ts";
import { compareWithTruth } from "./verdict.ts";

const PLAY_MS = 300_000;
const version: ExchangeVersion = process.env["LAB_ASTERISK"] === "16" ? "16" : "22";

let lab: Lab | undefined;
let booking: Booking | undefined;
let played: readonly Played[] = [];
let calls: readonly FinishedCall[] = [];

beforeAll(async () => {
  lab = await startLab(version);
  booking = await bookCallsOf(lab);
  played = await playAll(booking.lab, scenarios);
  await lab.recorder.stop();
  calls = await understand(lab, lab.recorder.connections);
  await booking.settled();
}, PLAY_MS);

afterAll(async () => {
  await booking?.stop();
  await lab?.stop();
});

test.each(scenarios.map(({ name }) => name))("live: %s", (name) => {
  const scene = played.find(({ scenario }) => scenario.name === name);
  if (!lab || !booking || !scene) throw new Error("the scenario was not played");

  const { compare } = booking;
  const wrong = scene.truth.flatMap((truth) => [
    ...compareWithTruth(truth, calls),
    ...compare(truth),
  ]);
  if (scene.mishap !== undefined) wrong.unshift(`the lab itself failed: ${scene.mishap}`);

  // What happened is told only beside what is wrong.
  expect(wrong.length > 0 ? [...wrong, ...storyOf(lab, scene)] : []).toEqual([]);
});

test("live: no client's call was understood that nobody made", () => {
  const made = new Set(played.flatMap(({ truth }) => truth.map(({ clientPhone }) => clientPhone)));

  const invented = calls.filter(
    ({ direction, clientPhone }) =>
      direction !== "internal" && !made.has(`7${clientPhone?.slice(-10)}`),
  );

  expect(invented).toEqual([]);
});
