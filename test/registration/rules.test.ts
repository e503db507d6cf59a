// Every class of call, with a known and an unknown client, under every kind of rule.
import { expect, test } from "@jest/globals";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import type { Rule } from "../../src/registration/rules.ts";
import { zoneOf } from "../../src/registration/settings.ts";
import {
  answeredCall,
  missedCall,
  outboundCall,
  settings,
  unansweredOutboundCall,
} from "./made-up-call.ts";
import { known, knownWithoutLead, openLead, stranger, walk, type Client } from "./walked-plan.ts";

const CALLS: readonly (readonly [string, FinishedCall])[] = [
  ["inbound answered", answeredCall()],
  ["inbound missed", missedCall()],
  ["outbound answered", outboundCall()],
  ["outbound unanswered", unansweredOutboundCall()],
];

/** What is sent, in letters: r registers, t a task, u incoming lead, c contact, l lead, n note, f look-up. */
const LETTERS: Readonly<Record<string, string>> = {
  "register-call": "r",
  "create-task": "t",
  "add-unsorted": "u",
  "create-contact": "c",
  "create-lead": "l",
  "add-call-note": "n",
  "find-card": "f",
};

const sentBy = (then: Rule["then"], when: Rule["when"] = {}): string[] => {
  const ruled = { ...settings, rules: [{ when, then }] };
  const clients: readonly Client[] = [known, knownWithoutLead, stranger];
  return CALLS.map(([, call]) =>
    clients
      .map((client) =>
        walk(call, client, ruled)
          .kinds.map((kind) => LETTERS[kind])
          .join(""),
      )
      .map((letters) => (letters === "" ? "-" : letters))
      .join(" "),
  );
};

// For each class: a known client with one open lead, a known client without one, an unknown client.
test.each<[string, Rule["then"], Rule["when"], string[]]>([
  ["no wish", {}, {}, ["r r ru", "rt rt ru", "r r rcn", "rt rt r"]],
  ["left out", { register: false }, {}, ["- - -", "- - -", "- - -", "- - -"]],
  [
    "known clients left out",
    { register: false },
    { client: "known" },
    ["f f fu", "f f fu", "f f fcn", "- - -"],
  ],
  [
    "unknown clients left out",
    { register: false },
    { client: "unknown" },
    ["r r r", "rt rt r", "r r r", "rt rt r"],
  ],
  [
    "incoming leads",
    { unknown_client: "unsorted" },
    {},
    ["r r ru", "rt rt ru", "r r rcn", "rt rt r"],
  ],
  ["contacts", { unknown_client: "contact" }, {}, ["r r rcn", "rt rt rcn", "r r rcn", "rt rt rcn"]],
  [
    "contacts and leads",
    { unknown_client: "contact_and_lead" },
    {},
    ["r r rln", "rt rt rln", "r r rln", "rt rt rln"],
  ],
  ["no cards", { unknown_client: "ignore" }, {}, ["r r r", "rt rt r", "r r r", "rt rt r"]],
  [
    "a lead for known clients",
    { lead_for_known: true },
    {},
    ["fr fln fu", "frt flnt fu", "fr fln fcn", "frt flnt f"],
  ],
  [
    "on the contact",
    { call_on: "contact" },
    {},
    ["fn fn fu", "fnt fnt fu", "fn fn fcn", "fnt fnt f"],
  ],
  [
    "on the newest lead",
    { call_on: "newest_lead" },
    {},
    ["fn fn fu", "fnt fnt fu", "fn fn fcn", "fnt fnt f"],
  ],
  ["on one card", { call_on: { lead: 7 } }, {}, ["n n n", "nt nt nt", "n n n", "nt nt nt"]],
  ["no tasks", { task: false }, {}, ["r r ru", "r r ru", "r r rcn", "r r r"]],
  [
    "tasks on new cards too",
    { task: true, unknown_client: "contact" },
    {},
    ["r r rcn", "rt rt rcnt", "r r rcn", "rt rt rcnt"],
  ],
  [
    "tasks, where the card is an incoming lead",
    { task: true },
    {},
    ["r r ru", "rt rt ru", "r r rcn", "rt rt r"],
  ],
])("%s", (_, then, when, expected) => {
  expect(sentBy(then, when)).toEqual(expected);
});

const here: FinishedCall = missedCall({
  did: "74951000101",
  trunk: "PJSIP/trunk",
  queue: "sales",
  clientPhone: "89161234567",
});

// 2026-11-21 was a Saturday; the call began at 17:08:34 in UTC.
const workingHours = new Map([
  ["office", { days: [[], [], [], [], [], [], [{ from: 540, to: 1080 }]], holidays: [] }],
  [
    "party",
    { days: [[], [], [], [], [], [], [{ from: 540, to: 1080 }]], holidays: ["2026-11-21"] },
  ],
]);

test.each<[string, Rule["when"], boolean]>([
  ["no condition", {}, true],
  ["its class", { class: ["outbound_answered", "inbound_missed"] }, true],
  ["another class", { class: ["inbound_answered"] }, false],
  ["its DID", { did: ["74951000101"] }, true],
  ["its DID in another spelling", { did: ["+7 (495) 100-01-01"] }, true],
  ["a pattern of its DID", { did: ["_7495100XXXX"] }, true],
  ["a pattern without underscore", { did: ["7495100XXXX"] }, true],
  ["another DID", { did: ["74951000102", "_7499."] }, false],
  ["its trunk", { trunk: ["SIP/other", "PJSIP/trunk"] }, true],
  ["another trunk", { trunk: ["PJSIP/trunk2"] }, false],
  ["its queue", { queue: ["sales"] }, true],
  ["another queue", { queue: ["support"] }, false],
  ["the extension that rang", { extension: ["_10X"] }, true],
  ["an extension that did not ring", { extension: ["102"] }, false],
  ["the client's number", { client_number: ["+79161234567"] }, true],
  ["a pattern of the client's number", { client_number: ["_8916XXXXXXX"] }, true],
  ["another client's number", { client_number: ["79161234568"] }, false],
  ["inside the hours", { hours: { is: "inside", of: "office" } }, true],
  ["outside the hours", { hours: { is: "outside", of: "office" } }, false],
  ["inside, on a holiday", { hours: { is: "inside", of: "party" } }, false],
  ["outside, on a holiday", { hours: { is: "outside", of: "party" } }, true],
  ["hours that are nowhere written", { hours: { is: "outside", of: "night" } }, false],
  ["all of several conditions", { did: ["74951000101"], queue: ["sales"] }, true],
  ["not all of several conditions", { did: ["74951000101"], queue: ["support"] }, false],
])("a rule for %s", (_, when, fits) => {
  const at = Date.UTC(2026, 10, 21, 17, 8, 34);
  const call = { ...here, startedAt: at as FinishedCall["startedAt"] };
  const rules = [{ when, then: { register: false } }];

  const { kinds } = walk(call, stranger, { ...settings, workingHours, rules });

  expect(kinds.length === 0).toBe(fits);
});

test("a rule for hours looks at the clock of the account's time zone", () => {
  const at = Date.UTC(2026, 10, 21, 17, 8, 34) as FinishedCall["startedAt"];
  const rules = [
    { when: { hours: { is: "outside", of: "office" } as const }, then: { register: false } },
  ];
  const ruled = { ...settings, workingHours, rules };

  const inLisbon = walk({ ...here, startedAt: at }, stranger, {
    ...ruled,
    timeZone: "Europe/Lisbon",
  });
  const inMoscow = walk({ ...here, startedAt: at }, stranger, {
    ...ruled,
    timeZone: "Europe/Moscow",
  });

  expect(inLisbon.kinds).not.toEqual([]);
  expect(inMoscow.kinds).toEqual([]);
});

test("an account's time zone that nobody here knows counts as none", () => {
  const zoneOfAccount = (timeZone: string): string =>
    zoneOf({ timeZone: "Europe/Lisbon", learnt: { timeZone } });

  expect(zoneOfAccount("America/Sao_Paulo")).toBe("America/Sao_Paulo");
  expect(zoneOfAccount("Mars/Olympus")).toBe("Europe/Lisbon");
});

test("without a time zone of the account or the configuration, that of the host counts", () => {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();

  expect(zoneOf({ timeZone: undefined })).toBe(timeZone);
});

test("of several rules that fit, the first decides alone", () => {
  const rules: Rule[] = [
    { when: { did: ["1"] }, then: { register: false } },
    { name: "shop", when: {}, then: { unknown_client: "contact" } },
    { when: {}, then: { unknown_client: "ignore", tags: ["late"] } },
  ];

  const { sent, decisions } = walk(missedCall(), stranger, { ...settings, rules });

  expect(sent[1]).toMatchObject({ kind: "create-contact", contact: { tags: ["asterisk-kommo"] } });
  expect(decisions).toContainEqual({
    decided: "make a contact",
    because: "no card has the number, and rule 2 (shop)",
  });
});

test("a rule gives a new lead its pipeline, stage, source, tags, names and responsible user", () => {
  const then: Rule["then"] = {
    unknown_client: "contact_and_lead",
    pipeline_id: 8123001,
    status_id: 71200010,
    tags: ["shop", "phone"],
    lead_name: "{did} {missed} {direction} {phone}",
    contact_name: "{phone} over {trunk}",
    responsible: [{ user: 9100004 }],
  };

  const { sent } = walk(missedCall(), stranger, { ...settings, rules: [{ when: {}, then }] });

  expect(sent[1]).toMatchObject({
    kind: "create-lead",
    call: { responsible_user_id: 9100004 },
    lead: {
      name: "74951000101 missed incoming 79161234567",
      tags: ["shop", "phone"],
      pipeline_id: 8123001,
      status_id: 71200010,
      responsible_user_id: 9100004,
    },
    contact: { name: "79161234567 over PJSIP/trunk", tags: ["shop", "phone"] },
  });
});

test("the task on a new card is for whom the rule for unknown clients names", () => {
  const then: Rule["then"] = {
    unknown_client: "contact",
    task: true,
    responsible: ["card", { user: 9100004 }],
  };
  const rules: Rule[] = [{ when: { client: "unknown" }, then }];

  const { sent } = walk(missedCall(), stranger, { ...settings, rules });

  const task = sent.find(({ kind }) => kind === "create-task");
  expect(task).toMatchObject({ responsible_user_id: 9100004 });
  expect(task).not.toHaveProperty("isForCardOwner");
});

test("a rule gives an incoming lead its source and pipeline", () => {
  const then: Rule["then"] = { source_name: "Shop in Porto", pipeline_id: 8123002 };

  const { sent } = walk(missedCall(), stranger, { ...settings, rules: [{ when: {}, then }] });

  expect(sent[1]).toMatchObject({ sourceName: "Shop in Porto", lead: { pipeline_id: 8123002 } });
});

test("who talked stays the author of an answered call, whoever gets the card by a rule", () => {
  const rules = [{ when: {}, then: { responsible: [{ user: 9100004 }] } }];

  const { sent } = walk(answeredCall(), stranger, { ...settings, rules });

  expect(sent[1]).toMatchObject({
    call: { created_by: 9100001, call_responsible: 9100001 },
    contact: { responsible_user_id: 9100004 },
    lead: { responsible_user_id: 9100004 },
  });
});

test("of several open leads the call goes to the newest, if the rule says so", () => {
  const rules: Rule[] = [{ when: {}, then: { call_on: "newest_lead" } }];
  const busyClient: Client = { isKnown: true, openLeads: [openLead, openLead + 7] };

  const { sent } = walk(answeredCall(), busyClient, { ...settings, rules });

  expect(sent[1]).toMatchObject({ card: { type: "leads", id: openLead + 7 } });
});

test.each<[string, Partial<typeof settings.register>, boolean]>([
  ["the extension is on the black list", { extensions: { only: [], except: ["_1XX"] } }, false],
  ["another extension is", { extensions: { only: [], except: ["102"] } }, true],
  ["the extension is on the white list", { extensions: { only: ["101"], except: [] } }, true],
  ["only another is on the white list", { extensions: { only: ["102"], except: [] } }, false],
  ["the trunk is left out", { trunks: { only: [], except: ["PJSIP/trunk"] } }, false],
  ["only another trunk is wanted", { trunks: { only: ["PJSIP/b"], except: [] } }, false],
  ["the DID is left out", { dids: { only: [], except: ["_7495XXXXXXX"] } }, false],
  ["the client is left out", { clients: { only: [], except: ["+7 916 123-45-67"] } }, false],
  ["another client is left out", { clients: { only: [], except: ["79161234568"] } }, true],
])("%s: registered %s", (_, lists, isRegistered) => {
  const listed = { ...settings, register: { ...settings.register, ...lists } };

  const { kinds, decisions } = walk(missedCall(), stranger, listed);

  expect(kinds.length > 0).toBe(isRegistered);
  expect(decisions[0]?.decided === "leave the call out").toBe(!isRegistered);
});

test("a call of two employees is left out only if both are on the black list", () => {
  const [part] = answeredCall().conversations;
  if (part === undefined) throw new Error("a call without conversations");
  const conversations = [part, { ...part, extension: "102" as typeof part.extension }];
  const except = (...extensions: string[]): typeof settings => ({
    ...settings,
    register: { ...settings.register, extensions: { only: [], except: extensions } },
  });
  const call = answeredCall({ conversations });

  const [one, both] = [["101"], ["101", "102"]].map((list) => walk(call, known, except(...list)));

  expect(one?.kinds).toEqual(["register-call"]);
  expect(both?.kinds).toEqual([]);
});

test("numbers on the exchange's own black list are left out", () => {
  const learnt = { isBlacklisted: (phone: string) => phone === "79161234567" };

  const { kinds, decisions } = walk(missedCall(), stranger, { ...settings, learnt });

  expect(kinds).toEqual([]);
  expect(decisions[0]?.because).toBe("the number is on the exchange's black list");
});

test.each([
  [5, "inbound", ["register-call", "add-unsorted"]],
  [6, "inbound", ["register-call", "add-unsorted"]],
  [7, "inbound", ["register-call"]],
] as const)("below %d seconds a stranger's missed call makes no card", (seconds, _, kinds) => {
  const walked = walk(missedCall(), stranger, { ...settings, ignoreShorterThanSeconds: seconds });

  expect(walked.kinds).toEqual(kinds);
});

test("a short call of a known client, and a short answered one, are booked all the same", () => {
  const careful = { ...settings, ignoreShorterThanSeconds: 60 };

  expect(walk(missedCall(), known, careful).kinds).toEqual(["register-call", "create-task"]);
  expect(walk(answeredCall(), stranger, careful).kinds).toEqual(["register-call", "add-unsorted"]);
});

test("no decision ever names the client's number", () => {
  const rules: Rule[] = [
    { when: { client_number: ["79161234567"] }, then: { lead_for_known: true } },
  ];
  const numbers = { client: [{ match: "^7", replace: "8" }], employee: [] };

  for (const client of [known, knownWithoutLead, stranger])
    for (const [, call] of CALLS) {
      const { decisions } = walk(call, client, { ...settings, rules, numbers });

      expect(JSON.stringify(decisions)).not.toContain("9161234567");
    }
});
