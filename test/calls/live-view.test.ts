// Calls that go on, as they are at one moment of a recorded stream.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { expect, test } from "@jest/globals";
import type { AmiText } from "../../src/ami/framer.ts";
import { parseEvent } from "../../src/ami/parse-event.ts";
import { viewLive, type LiveView } from "../../src/calls/live-view.ts";
import { initialState, reduce } from "../../src/calls/reduce.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { labSettings, traceFolder } from "./recorded-traces.ts";

/** The view after each event; two that say the same follow each other once. */
function viewsOf(name: string): LiveView[][] {
  const text = gunzipSync(readFileSync(join(traceFolder(name), "events.ami.gz"))).toString();
  const state = initialState(labSettings);
  const views: LiveView[][] = [];
  let at = 1_000;
  for (const message of text.split("\r\n\r\n")) {
    const event = parseEvent(`${message}\r\n\r\n` as AmiText);
    if (event === undefined) continue;
    at += 10;
    reduce(state, { kind: "event", event, at: epochMs(at) });
    const view = viewLive(state, 100);
    if (JSON.stringify(view) !== JSON.stringify(views.at(-1))) views.push(view);
  }
  return views;
}

const statesIn = (views: LiveView[][]): string[] => {
  const told = views.map((view) =>
    view
      .map(({ parts }) => parts.map(({ extension, is }) => `${extension} ${is}`).join(", "))
      .join("; "),
  );
  return told.filter((text, index) => text !== told[index - 1]);
};

test("a call that is answered is first nobody's, then rings, then is a talk, then is gone", () => {
  const views = viewsOf("in-answered-101");

  expect(statesIn(views)).toEqual(["", "101 rings", "101 talks", ""]);
  expect(views.find((view) => view.length > 0)?.[0]).toMatchObject({
    direction: "inbound",
    clientPhone: "79161234567",
    trunk: "PJSIP/trunk",
  });
  expect(views.at(-1)).toEqual([]);
});

test("an employee who dials is seen dialling before the client answers", () => {
  const states = statesIn(viewsOf("out-answered"));

  expect(states).toContain("101 dials");
  expect(states).toContain("101 talks");
});

test("after a transfer the second employee talks, and the first has left", () => {
  const states = statesIn(viewsOf("xfer-blind-refer"));

  expect(states.some((text) => /101 left, 10\d talks/.test(text))).toBe(true);
});

test("more calls than are wanted are cut, the oldest first", () => {
  const most = viewsOf("two-simultaneous").find((view) => view.length === 2) ?? [];

  expect(most).toHaveLength(2);
  expect(most[0]?.startedAt).toBeLessThanOrEqual(most[1]?.startedAt ?? 0);
});
