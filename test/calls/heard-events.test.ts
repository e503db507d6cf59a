// What a second host heard, put beside what the first one wrote down before it died.
import { expect, test } from "@jest/globals";
import type { AmiText } from "../../src/ami/framer.ts";
import { createHeardEvents, withHeard } from "../../src/calls/heard-events.ts";
import type { KeptEvent } from "../../src/calls/live-log.ts";
import { epochMs } from "../../src/lib/clock.ts";

const text = (name: string, linked = "1795261714.1"): AmiText =>
  `Event: ${name}\r\nLinkedid: ${linked}\r\n\r\n` as AmiText;

const at = (seconds: number, name: string): KeptEvent => ({
  text: text(name),
  at: epochMs(seconds * 1_000),
});

const namesIn = (events: readonly KeptEvent[]): string[] =>
  events.map((event) => /^Event: (\w+)/.exec(event.text)?.[1] ?? "");

test("what both heard is told once, and what only one of them heard stands where it happened", () => {
  const kept = [at(1, "Newchannel"), at(2, "DialBegin"), at(4, "Hold")];
  const heard = [at(2, "DialBegin"), at(3, "Newexten"), at(4, "Hold"), at(5, "Hangup")];

  const { events, missing } = withHeard(kept, heard);

  expect(namesIn(events)).toEqual(["Newchannel", "DialBegin", "Newexten", "Hold", "Hangup"]);
  expect(missing).toBe(2);
});

test("times of the other host are set by the clock of this one, however far they are apart", () => {
  const kept = [at(101, "Newchannel"), at(102, "DialBegin"), at(103, "DialEnd")];
  const heard = [at(2, "DialBegin"), at(3, "DialEnd"), at(4, "Hangup")];

  const { events, keptUntil } = withHeard(kept, heard);

  expect(events.map((event) => event.at)).toEqual([1_000, 2_000, 3_000, 4_000]);
  expect(keptUntil).toBe(3_000);
});

test("an event that came twice is told twice, if it came after the other host had died", () => {
  const kept = [at(1, "Hold"), at(2, "Unhold")];
  const heard = [at(1, "Hold"), at(2, "Unhold"), at(3, "Hold"), at(4, "Unhold")];

  const { events } = withHeard(kept, heard);

  expect(namesIn(events)).toEqual(["Hold", "Unhold", "Hold", "Unhold"]);
});

test("what is older than some minutes is forgotten, and so is the oldest of a flood", () => {
  const one = text("Newchannel").length;
  const heard = createHeardEvents({ ageMs: 300_000, chars: one * 3 });
  const put = (seconds: number, linked?: string): void =>
    heard.put(text("Newchannel", linked), epochMs(seconds * 1_000));

  put(0);
  put(300);
  const atLimit = heard.count();
  put(301);
  put(302);
  put(303);
  const inFlood = heard.count();

  expect(atLimit).toBe(2);
  expect(inFlood).toBe(3);
  expect(heard.take(epochMs(601_500)).map((event) => event.at)).toEqual([302_000, 303_000]);
  expect(heard.count()).toBe(0);
});

test("a message that belongs to no call is not kept", () => {
  const heard = createHeardEvents();

  heard.put("Event: PeerStatus\r\nPeer: PJSIP/101\r\n\r\n" as AmiText, epochMs(0));

  expect(heard.count()).toBe(0);
});
