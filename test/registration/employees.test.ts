// Whose a call is.
import { expect, test } from "@jest/globals";
import { extension } from "../../src/ami/ids.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { findResponsible, userAt } from "../../src/registration/employees.ts";
import { planCall } from "../../src/registration/plan.ts";
import type { RegistrationSettings, ResponsibleSource } from "../../src/registration/settings.ts";
import {
  answeredCall,
  missedCall,
  settings,
  unanswered,
  unansweredOutboundCall,
} from "./made-up-call.ts";

const OWNER = 9100007;
const FIXED = 9100009;
const rung = missedCall();
const inMenu = missedCall({ conversations: [] });
const byStranger = missedCall({ conversations: [unanswered({ extension: extension("199") })] });

const whose = (
  call: FinishedCall,
  missed: readonly ResponsibleSource[],
  learnt: RegistrationSettings["learnt"] = {},
): number | undefined => {
  const responsible = { ...settings.responsible, missed };
  return findResponsible(call, { clientKey: "9161234567" }, { ...settings, responsible, learnt })
    .user;
};

const cardResponsible = (): number => OWNER;
const withOwner = { cardResponsible };

test.each<
  [
    string,
    FinishedCall,
    readonly ResponsibleSource[],
    RegistrationSettings["learnt"],
    number | undefined,
  ]
>([
  ["the card's user first", rung, ["card", "last_rung"], withOwner, OWNER],
  ["the telephone first", rung, ["last_rung", "card"], withOwner, 9100001],
  ["the card's user, not known", rung, ["card", "last_rung"], {}, 9100001],
  ["nobody rung, the card's user", inMenu, ["last_rung", "card"], withOwner, OWNER],
  ["nobody rung, a fixed user", inMenu, ["card", "last_rung", { user: FIXED }], {}, FIXED],
  ["nobody at all", inMenu, ["card", "last_rung"], {}, undefined],
  ["an unknown telephone, a fixed user", byStranger, ["last_rung", { user: FIXED }], {}, FIXED],
  ["a fixed user before all", rung, [{ user: FIXED }, "last_rung"], withOwner, FIXED],
  ["no order at all", rung, [], withOwner, undefined],
  [
    "the card's user has left",
    rung,
    ["card", "last_rung"],
    { cardResponsible, activeUsers: new Set([9100001]) },
    9100001,
  ],
  [
    "the employee has left",
    rung,
    ["last_rung", { user: FIXED }],
    { activeUsers: new Set([FIXED]) },
    FIXED,
  ],
  [
    "the fixed user has left",
    inMenu,
    [{ user: FIXED }],
    { activeUsers: new Set([9100001]) },
    undefined,
  ],
])("a missed call: %s", (_, call, missed, learnt, user) => {
  expect(whose(call, missed, learnt)).toBe(user);
});

test("an answered call is of who talked, whatever the order for missed calls", () => {
  expect(whose(answeredCall(), [{ user: FIXED }], withOwner)).toBe(9100001);
});

test("an unanswered outbound call is of who dialled; only else the order counts", () => {
  const byUnknown = unansweredOutboundCall({
    conversations: [unanswered({ extension: extension("199") })],
  });

  expect(whose(unansweredOutboundCall(), ["card"], withOwner)).toBe(9100001);
  expect(whose(byUnknown, ["card"], withOwner)).toBe(OWNER);
});

test.each([
  ["102", 9100002],
  ["79161112233", 9100005],
  ["+7 916 111-22-33", 9100005],
  ["81234569999", 9100006],
  ["81234579999", undefined],
  ["199", undefined],
])("the telephone %s", (number, user) => {
  const employees = [
    { user: 9100005, numbers: ["89161112233"] },
    { user: 9100006, numbers: ["8123456XXXX"] },
  ];

  expect(userAt(number, { ...settings, employees }).user).toBe(user);
});

test("the numbers of telephones are rewritten before they are looked up", () => {
  const numbers = { client: [], employee: [{ match: "^9(\\d{3})$", replace: "$1" }] };

  expect(userAt("9101", { ...settings, numbers }).user).toBe(9100001);
});

const shared = { ...settings, users: new Map([["101", [9100001, 9100002, 9100003]]]) };

test.each<[string, RegistrationSettings["learnt"], number]>([
  ["nobody is logged in", {}, 9100001],
  ["the second is logged in", { agentAt: () => 9100002 }, 9100002],
  ["the first has left", { activeUsers: new Set([9100002, 9100003]) }, 9100002],
  ["somebody else is logged in", { agentAt: () => 9100099 }, 9100001],
])("a telephone of three users, and %s", (_, learnt, user) => {
  expect(userAt("101", { ...shared, learnt }).user).toBe(user);
});

test("an unknown extension is told, and gets the user that the rule names", () => {
  const unknownExtension = { user: FIXED };

  const plain = planCall(byStranger, settings);
  const named = planCall(byStranger, { ...settings, unknownExtension });

  expect(plain).toMatchObject({
    unknownExtension: "199",
    decisions: [
      { decided: "no responsible user", because: "extension 199 stands for no user" },
      {},
    ],
  });
  expect(named).toMatchObject({
    unknownExtension: "199",
    steps: [{ call: { responsible_user_id: FIXED } }],
    decisions: [
      {
        decided: `user ${FIXED} is responsible`,
        because: "extension 199 stands for no user, and unknown_extension names this one",
      },
      {},
    ],
  });
});
