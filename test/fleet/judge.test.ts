// The judge of a fleet: a lost and a doubled call are told, and what nobody was bound to book is not.
import { expect, test } from "@jest/globals";
import type { BookedCall } from "../../src/simulator/kommo/journal.ts";
import { clientKey } from "../nemesis/kept-calls.ts";
import type { AccountEvidence } from "./accounts.ts";
import { judgeAccount, type AccountDay, type FleetPlay } from "./judge.ts";
import { clientNumber } from "./plan.ts";

const CLIENT = clientNumber(7, 0);
const KEY = clientKey("inbound", CLIENT);
const BEGUN = 1_795_261_714_000;
const ENDED = BEGUN + 6_000;
const BOOKED = ENDED + 800;

const play = (more: Partial<FleetPlay> = {}): FleetPlay => ({
  call: {
    exchange: 3,
    entry: {
      ...{ recording: "in-answered-101", path: "", afterMs: 0, phones: new Map() },
      calls: [
        {
          ...{ direction: "inbound", client: CLIENT, result: "answered", employee: "101" },
          talkSeconds: [3.9, 4.1],
        },
      ],
    },
  },
  sent: {
    ...{ begunAt: BEGUN, endedAt: ENDED, wasPaced: true },
    clients: new Map([[KEY, { at: BEGUN, until: ENDED }]]),
    linkedIds: new Set(["1795261714.0"]),
  },
  sessions: [{ from: BEGUN - 60_000, listedAt: BEGUN - 60_000, to: Infinity }],
  wasKept: () => false,
  ...more,
});

const booked = (more: Partial<BookedCall> = {}): BookedCall => ({
  ...{ noteId: 1, via: "calls", direction: "inbound", card: { type: "contacts", id: 5 } },
  ...{ cardPhones: [CLIENT], phone: CLIENT, uniq: "x3/1795261714.0", duration: 4 },
  ...{ source: "", link: null, call_status: 4, call_result: null, call_responsible: 9_100_001 },
  ...{ responsible_user_id: 9_100_001, created_by: 9_100_001, created_at: BEGUN / 1_000 },
  ...more,
});

const day = (
  calls: readonly BookedCall[],
  plays: readonly FleetPlay[],
  more: Partial<AccountDay> = {},
): AccountDay => {
  const bookedAt = new Map(calls.map(({ noteId }) => [noteId, BOOKED]));
  const evidence: AccountEvidence = {
    ...{ calls, unsorted: [], contacts: [], leads: [], requests: [] },
    bookedAt,
  };
  return {
    ...{ plays, evidence, knownClients: [CLIENT], episodes: [], late: [], accountsLateMs: 0 },
    ...more,
  };
};

const kindsOf = (calls: readonly BookedCall[], one: FleetPlay, more?: Partial<AccountDay>) =>
  judgeAccount(day(calls, [one], more)).problems.map((problem) => problem.split(":")[0]);

const GONE = [
  { from: BEGUN - 60_000, listedAt: BEGUN - 60_000, to: BEGUN + 3_000 },
  { from: ENDED + 7_000, listedAt: ENDED + 7_100, to: Infinity },
];

test("a call that was heard is booked, once and as it was", () => {
  const judged = judgeAccount(day([booked()], [play()]));

  expect(judged).toMatchObject({ calls: 1, bound: 1, booked: 1, partlyHeard: 0, problems: [] });
});

test("a call that is missing, doubled or wrong is told", () => {
  expect(kindsOf([], play())).toEqual(["not-booked"]);
  expect(kindsOf([booked(), booked({ noteId: 2 })], play())).toEqual(["booked-again"]);
  expect(kindsOf([booked({ duration: 9 })], play())).toEqual(["wrong-fields"]);
});

test("a call that ended while nobody listened has to be booked if it stood in the store", () => {
  const unheard = play({ sessions: GONE });
  const kept = play({ sessions: GONE, wasKept: (key) => key === KEY });

  expect(kindsOf([], unheard)).toEqual([]);
  expect(kindsOf([booked()], unheard)).toEqual([]);
  expect(kindsOf([], kept)).toEqual(["not-booked"]);
});

test("of a call that a daemon read late, the length may be wrong by as much", () => {
  const late = [{ from: BEGUN, to: BEGUN + 3_000 }];

  expect(kindsOf([booked({ duration: 7 })], play(), { late })).toEqual([]);
  expect(kindsOf([booked({ duration: 9 })], play(), { late })).toEqual(["wrong-fields"]);
});

test("waits are told apart by what held them up", () => {
  const lost = [
    { from: BEGUN - 60_000, listedAt: BEGUN - 60_000, to: ENDED + 100 },
    { from: ENDED + 700, listedAt: ENDED + 750, to: Infinity },
  ];
  const episode = { account: 7, kind: "slow", from: ENDED, to: ENDED + 100 } as const;
  const courseOf = (one: FleetPlay, more: Partial<AccountDay> = {}) =>
    judgeAccount(day([booked()], [one], more)).waits;

  expect(courseOf(play())).toEqual([{ course: "steady", ms: 800 }]);
  expect(courseOf(play({ sessions: lost }))).toEqual([{ course: "daemon gone", ms: 800 }]);
  expect(courseOf(play(), { episodes: [episode] })).toEqual([
    { course: "account misbehaved", ms: 800 },
  ]);
});
