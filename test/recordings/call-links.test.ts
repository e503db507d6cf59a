// Which of a call's files its card plays, and which are kept.
import { expect, test } from "@jest/globals";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { createCallLinks, type CallLinks } from "../../src/recordings/call-links.ts";
import { recordingId } from "../../src/recordings/link.ts";
import { callFields } from "../../src/registration/call-fields.ts";
import {
  answeredCall,
  missedCall,
  settings,
  conversation,
  unanswered,
} from "../registration/made-up-call.ts";

const VOICE = "/var/spool/asterisk/voicemail/default/101/INBOX/msg0000";
const OWN = "/var/spool/asterisk/monitor/q-400.wav";

const links = (): CallLinks =>
  createCallLinks({
    publicUrl: "https://pbx.example",
    voicemailPath: "/var/spool/asterisk/voicemail",
    ring: { sign: (id) => ({ id, key: "00000000", mac: "m".repeat(32) }) },
    now: () => 5_000,
  });

const playedBy = (call: FinishedCall): string | undefined =>
  links().linkFor(call, "id")?.split(/[/.]/).at(-4);
const idOf = (path: string): string => recordingId("id", path);

test("the card plays the last conversation with the client", () => {
  const call = answeredCall({
    conversations: [
      conversation({ extension: "101" as never, recording: "/first.wav" }),
      conversation({ extension: "102" as never, recording: "/last.wav" }),
      conversation({ extension: "103" as never, recording: "/colleague.wav", withClient: false }),
    ],
    answeredBy: "102" as never,
  });

  expect(playedBy(call)).toBe(idOf("/last.wav"));
});

test("where the last conversation was not recorded, an earlier one, then a file of the call", () => {
  const first = conversation({ extension: "101" as never, recording: "/first.wav" });
  const last = conversation({ extension: "102" as never });
  const answeredBy = "102" as never;

  const earlier = answeredCall({ conversations: [first, last], recordings: [OWN], answeredBy });
  const own = answeredCall({ conversations: [last], recordings: [VOICE, OWN], answeredBy });

  expect(playedBy(earlier)).toBe(idOf("/first.wav"));
  expect(playedBy(own)).toBe(idOf(OWN));
});

test("a call without talk has no link, a voice message aside", () => {
  const rung = missedCall({ conversations: [unanswered()], recordings: [OWN] });
  const spoken = missedCall({ conversations: [unanswered()], recordings: [OWN, VOICE] });

  expect(links().linkFor(rung, "id")).toBeUndefined();
  expect(links().statementsFor(rung, "id")).toEqual([]);
  expect(playedBy(spoken)).toBe(idOf(VOICE));
  expect(links().statementsFor(spoken, "id")).toHaveLength(1);
});

test("without a public address, and for internal calls, there is neither link nor row", () => {
  const call = answeredCall({ conversations: [conversation({ recording: "/a.wav" })] });
  const none = createCallLinks({
    publicUrl: undefined,
    voicemailPath: "/v",
    ring: {
      sign: () => {
        throw new Error("not asked");
      },
    },
    now: () => 0,
  });

  expect(none.linkFor(call, "id")).toBeUndefined();
  expect(none.statementsFor(call, "id")).toEqual([]);
  expect(links().linkFor({ ...call, direction: "internal" }, "id")).toBeUndefined();
});

test("F66: each file of a call is kept once, though two conversations share it", () => {
  const call = answeredCall({
    conversations: [
      conversation({ extension: "101" as never, recording: OWN }),
      conversation({ extension: "102" as never, recording: OWN }),
    ],
    recordings: ["/second.wav"],
  });

  expect(
    links()
      .statementsFor(call, "id")
      .map(({ values }) => values[3]),
  ).toEqual([OWN, "/second.wav"]);
});

test("files recorded one after the other are one recording with one link; an mp3 among them stays alone", () => {
  const recordingParts = ["/a.wav", "/b.wav", "/c.mp3"];
  const call = answeredCall({
    conversations: [conversation({ recording: "/b.wav", recordingParts })],
    recordings: ["/a.wav", "/c.mp3", OWN],
  });

  const rows = links().statementsFor(call, "id");

  expect(playedBy(call)).toBe(idOf("/b.wav"));
  expect(rows.map(({ values }) => values.slice(3, 5))).toEqual([
    ["/b.wav", '["/a.wav","/b.wav"]'],
    ["/c.mp3", null],
    [OWN, null],
  ]);
});

test("the link stands among the fields that Kommo gets", () => {
  const call = answeredCall({ conversations: [conversation({ recording: "/a.wav" })] });
  const recordingLink = links().linkFor;

  const fields = callFields(call, { ...settings, learnt: { recordingLink } });

  expect(fields.link).toMatch(/^https:\/\/pbx\.example\/r\//);
  expect(callFields(call, settings)).not.toHaveProperty("link");
});
