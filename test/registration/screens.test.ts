// Who sees a card while telephones ring, and why it closes.
import { beforeEach, expect, test } from "@jest/globals";
import { extension, linkedId } from "../../src/ami/ids.ts";
import type { LiveStage } from "../../src/calls/fact.ts";
import { epochMs } from "../../src/lib/clock.ts";
import {
  createScreens,
  WHY_WAIT_MS,
  type ScreenNews,
  type Screens,
} from "../../src/registration/screens.ts";
import type { RegistrationSettings } from "../../src/registration/settings.ts";
import { settings } from "./made-up-call.ts";

const START = 1_795_261_714_000;
const [ANNA, BEN] = [9_100_101, 9_100_102];
const OFFICE: RegistrationSettings = {
  ...settings,
  users: new Map([
    ["101", [ANNA]],
    ["102", [BEN]],
    ["111", [ANNA]],
  ]),
};

let screens: Screens;

beforeEach(() => {
  screens = createScreens(OFFICE);
});

function tell(
  stage: LiveStage["stage"],
  at: number,
  ext?: string,
  changes: Partial<LiveStage> = {},
): readonly ScreenNews[] {
  return screens.stage(
    {
      kind: "stage",
      linkedId: linkedId("1795261714.0"),
      direction: "inbound",
      stage,
      extension: ext === undefined ? undefined : extension(ext),
      clientPhone: "79161234567",
      did: "74951000101",
      trunk: "PJSIP/trunk",
      queue: undefined,
      at: epochMs(START + at),
      ...changes,
    },
    START + at,
  );
}

const inWords = (news: readonly ScreenNews[]): string[] =>
  news.map((one) => {
    switch (one.kind) {
      case "ringing":
        return `${one.ring.user} rings at ${one.ring.extension}, ${one.ring.others.length} others`;
      case "closed":
        return `${one.user} closed: ${one.because}`;
      case "talk":
        return `${one.talk.user} ${one.isOver ? "talked" : "talks"}`;
    }
  });

test("a second telephone that rings is told to the first one's owner too", () => {
  const first = tell("conversation_requested", 0, "101");
  const second = tell("conversation_requested", 10, "102");

  expect(inWords(first)).toEqual([`${ANNA} rings at 101, 0 others`]);
  expect(inWords(second)).toEqual([
    `${ANNA} rings at 101, 1 others`,
    `${BEN} rings at 102, 1 others`,
  ]);
  expect(screens.rings(BEN)).toHaveLength(1);
});

test("when somebody answers, the others' cards close, though theirs stopped ringing before", () => {
  tell("conversation_requested", 0, "101");
  tell("conversation_requested", 0, "102");

  const before = tell("conversation_ended", 1_000, "101");
  const answer = tell("conversation_accepted", 1_001, "102");

  expect(before).toEqual([]);
  expect(inWords(answer)).toEqual([
    `${ANNA} closed: answered_by_other`,
    `${BEN} closed: answered_by_you`,
    `${BEN} talks`,
  ]);
  expect(screens.dueAt()).toBeUndefined();
});

test("a telephone that only stops ringing closes a moment later", () => {
  tell("conversation_requested", 0, "101");
  tell("conversation_ended", 1_000, "101");

  expect(screens.dueAt()).toBe(START + 1_000 + WHY_WAIT_MS);
  expect(screens.tick(START + 999 + WHY_WAIT_MS)).toEqual([]);
  expect(inWords(screens.tick(START + 1_000 + WHY_WAIT_MS))).toEqual([
    `${ANNA} closed: not_answered`,
  ]);
});

test("a client who gives up closes all cards, and two telephones of one user close once", () => {
  tell("conversation_requested", 0, "101");
  tell("conversation_requested", 0, "111");

  const end = tell("call_ended", 3_000);

  expect(inWords(end)).toEqual([`${ANNA} closed: client_gave_up`]);
  expect(screens.rings(ANNA)).toEqual([]);
});

test("a talk is told to who has it, with the channel, until it ends", () => {
  const channelName = "PJSIP/101-00000001" as LiveStage["channelName"];

  const begun = tell("conversation_accepted", 0, "101", { direction: "outbound", channelName });
  const kept = screens.talks(ANNA);
  const ended = tell("conversation_ended", 5_000, "101", { direction: "outbound" });

  expect([inWords(begun), inWords(ended)]).toEqual([[`${ANNA} talks`], [`${ANNA} talked`]]);
  expect(kept).toMatchObject([{ channel: "PJSIP/101-00000001", phone: "79161234567" }]);
  expect(screens.talks(ANNA)).toEqual([]);
});

test("an outbound call rings nobody's card, and a withheld number is shown as none", () => {
  const outbound = tell("conversation_requested", 0, "101", { direction: "outbound" });
  const withheld = tell("conversation_requested", 0, "102", {
    linkedId: linkedId("1795261714.9"),
    clientPhone: undefined,
  });

  expect(outbound).toEqual([]);
  expect(withheld).toMatchObject([{ kind: "ringing", ring: { phone: undefined } }]);
});

test("what lists leave out is shown to nobody", () => {
  const register = { ...OFFICE.register, clients: { only: [], except: ["79161234567"] } };
  screens = createScreens({ ...OFFICE, register });

  expect(tell("conversation_requested", 0, "101")).toEqual([]);
});

test("when the exchange is out of sight, all that was shown is closed", () => {
  tell("conversation_requested", 0, "101");
  tell("conversation_accepted", 10, "102", { linkedId: linkedId("1795261714.9") });

  expect(inWords(screens.forget(undefined))).toEqual([
    `${ANNA} closed: client_gave_up`,
    `${BEN} talked`,
  ]);
});
