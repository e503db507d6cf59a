// The keys that decide what becomes of a call: what they take, what they refuse and where they say so.
import { afterAll, expect, test } from "@jest/globals";
import { whyNoExpression } from "../../src/config/number-formats.ts";
import { errorsOf, GOOD, load, removeFolders } from "./written-config.ts";

afterAll(removeFolders);

/** A good configuration whose part begins on line 2, each line of it on its own. */
const withPart = (part: string): string => `${JSON.stringify(GOOD).slice(0, -1)},\n${part}\n}`;

const OFFICE = `"working_hours": { "office": { "mon-fri": "09:00-18:00" } }`;

test.each<[string, string, string[]]>([
  [
    "an unknown condition",
    `"rules": [\n{ "when": { "dids": "1" }, "then": {} }\n]`,
    ["3 rules[0].when.dids: is no key here"],
  ],
  [
    "an unknown wish",
    `"rules": [\n{ "when": {}, "then": { "registr": false } }\n]`,
    ["3 rules[0].then.registr: is no key here"],
  ],
  ["a rule without then", `"rules": [\n{ "when": {} }\n]`, ['3 rules[0]: lacks "then"']],
  ["rules that are no list", `"rules": {}`, ["2 rules: is an object"]],
  [
    "a class that there is not",
    `"rules": [\n{ "when": { "class": ["inbound_missed",\n"inbound"] }, "then": {} }\n]`,
    ["4 rules[0].when.class[1]: is a text that does not fit"],
  ],
  [
    "an empty list of DIDs",
    `"rules": [{ "when": { "did": [] }, "then": {} }]`,
    ["2 rules[0].when.did: is a list"],
  ],
  [
    "a broken pattern",
    `"rules": [{ "when": { "did": "_74[95" }, "then": {} }]`,
    ["2 rules[0].when.did: is a dial pattern that cannot be read"],
  ],
  [
    "hours that are nowhere written",
    `${OFFICE},\n"rules": [\n{ "when": { "hours": "outside night" }, "then": {} }\n]`,
    ["4 rules[0].when.hours: names working hours that are not in working_hours"],
  ],
  [
    "hours without inside or outside",
    `${OFFICE}, "rules": [{ "when": { "hours": "office" }, "then": {} }]`,
    ["2 rules[0].when.hours: is a text that does not fit"],
  ],
  [
    "a stage without its pipeline",
    `"rules": [\n{ "when": {},\n"then": { "status_id": 142 } }\n]`,
    ["4 rules[0].then.status_id: stands without a pipeline"],
  ],
  [
    "a placeholder that there is not",
    `"rules": [{ "when": {}, "then": { "lead_name": "{number}" } }]`,
    ["2 rules[0].then.lead_name: holds {number}, which is not known"],
  ],
  [
    "a call on two cards",
    `"rules": [{ "when": {}, "then": { "call_on": { "lead": 1, "contact": 2 } } }]`,
    ["2 rules[0].then.call_on: is an object"],
  ],
  [
    "a responsible user who is no id",
    `"rules": [{ "when": {}, "then": { "responsible": ["card", "boss"] } }]`,
    ["2 rules[0].then.responsible[1]: is a text that does not fit"],
  ],
  [
    "an order of responsible users with a word too many",
    `"responsible": { "missed": ["card", "last_rung", { "usr": 1 }] }`,
    ['2 responsible.missed[2]: lacks "user"', "2 responsible.missed[2].usr: is no key here"],
  ],
  [
    "a default user who is not named",
    `"responsible": { "existing_card": "if_default" }`,
    ["2 responsible.existing_card: needs to know who that is"],
  ],
  [
    "a day that there is not",
    `"working_hours": { "office": { "monday": "09:00-18:00" } }`,
    ["2 working_hours.office.monday: is no day"],
  ],
  [
    "a day twice",
    `"working_hours": { "office": { "mon-fri": "09:00-18:00", "wed": "09:00-13:00" } }`,
    ["2 working_hours.office.wed: names wed a second time"],
  ],
  [
    "a night in one day",
    `"working_hours": { "night": { "mon": "22:00-06:00" } }`,
    ["2 working_hours.night.mon: ends before it begins (a night is two days' hours)"],
  ],
  [
    "a time that there is not",
    `"working_hours": { "office": { "mon": "09:00-24:30" } }`,
    ["2 working_hours.office.mon: is a text that does not fit"],
  ],
  [
    "a holiday that is no day",
    `"working_hours": { "office": { "mon": "09:00-18:00", "holidays": ["1.1.2027"] } }`,
    ["2 working_hours.office.holidays[0]: is no day"],
  ],
  [
    "a broken expression",
    `"numbers": { "client": [\n{ "match": "^8(", "replace": "7" }\n] }`,
    ["3 numbers.client[0].match: is a regular expression that cannot be read"],
  ],
  [
    "an expression that may take hours",
    `"numbers": { "client": [\n{ "match": "^(\\\\d+)+$", "replace": "" }\n] }`,
    ["3 numbers.client[0].match: repeats something that repeats itself, and may take hours"],
  ],
  [
    "an employee without numbers",
    `"employees": [{ "user": 5 }]`,
    ['2 employees[0]: lacks "numbers"'],
  ],
  [
    "an unknown extension's user in quotes",
    `"unknown_extension": { "user": "5" }`,
    ["2 unknown_extension.user: is a text"],
  ],
  ["a language that there is not", `"language": "de"`, ["2 language: is a text that does not fit"]],
  [
    "a zone that there is not",
    `"time_zone": "Lisbon"`,
    ["2 time_zone: is a text that does not fit"],
  ],
  [
    "a deadline in hours that are nowhere written",
    `"task": { "working_hours": "office" }`,
    ["2 task.working_hours: names working hours that are not in working_hours"],
  ],
  [
    "a list that is no list",
    `"register": { "dids": { "only": "74951000101" } }`,
    ["2 register.dids.only: is a text that does not fit"],
  ],
])("%s is told by its line", (_, part, told) => {
  expect(errorsOf(load(withPart(part)))).toEqual(told);
});

test.each([
  [[], "users.101: is a list"],
  [["9100001"], "users.101[0]: is a number in quotes"],
  [[9100001, 0], "users.101[1]: is 0"],
])("an extension of the users %j", (users, told) => {
  const errors = errorsOf(load({ ...GOOD, users: { "101": users } }));

  expect(errors).toEqual([`1 ${told}`]);
});

test("what the daemon gets of the keys is ready for use", () => {
  const loaded = load(
    withPart(`
      "rules": [
        { "when": { "class": "inbound_missed", "hours": "outside office", "did": ["1", "2"] },
          "then": { "responsible": 5, "task": true } },
        { "name": "rest", "when": {}, "then": { "responsible": ["card", { "user": 6 }], "call_on": { "lead": 7 } } }
      ],
      "working_hours": { "office": { "sat-mon": "09:00-13:00, 14:00-24:00", "holidays": ["2027-01-01"] } },
      "employees": [{ "user": 5, "numbers": "8123456XXXX" }],
      "unknown_extension": { "user": 6 },
      "responsible": { "missed": ["last_rung", { "user": 5 }] }`),
  );

  if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
  const { config } = loaded.value;
  const open = [
    { from: 540, to: 780 },
    { from: 840, to: 1440 },
  ];
  expect(config.rules).toEqual([
    {
      when: { class: ["inbound_missed"], hours: { is: "outside", of: "office" }, did: ["1", "2"] },
      then: { responsible: [{ user: 5 }], task: true },
    },
    {
      name: "rest",
      when: {},
      then: { responsible: ["card", { user: 6 }], call_on: { lead: 7 } },
    },
  ]);
  expect(config.working_hours.get("office")).toEqual({
    days: [open, open, [], [], [], [], open],
    holidays: ["2027-01-01"],
  });
  expect(config.employees).toEqual([{ user: 5, numbers: ["8123456XXXX"] }]);
  expect(config.unknown_extension).toEqual({ user: 6 });
  expect(config.responsible.missed).toEqual(["last_rung", { user: 5 }]);
});

test("the same is understood from the environment", () => {
  const loaded = load(GOOD, {
    env: {
      ASTERISK_KOMMO_RULES: '[{ "when": { "did": "1" }, "then": { "register": false } }]',
      ASTERISK_KOMMO_UNKNOWN_EXTENSION: "leave_out",
      ASTERISK_KOMMO_REGISTER_CLIENTS_EXCEPT: '["112"]',
      ASTERISK_KOMMO_NAMES_LEAD: "{phone}",
    },
  });

  expect(loaded.ok && loaded.value.config).toMatchObject({
    rules: [{ when: { did: ["1"] }, then: { register: false } }],
    unknown_extension: "leave_out",
    register: { clients: { except: ["112"] } },
    names: { lead: "{phone}" },
  });
});

const TOO_MANY = "has too many of * + ? {} (several rules may do it)";

test.each([
  ["^8(\\d{10})$", undefined],
  ["^(?:\\+7|8)(\\d{10})$", undefined],
  ["[^\\d+]", undefined],
  ["^\\+?7 ?\\(?(\\d{3})\\)? ?(\\d{3})-?(\\d{2})-?(\\d{2})$", undefined],
  ["\\d?".repeat(16), undefined],
  ["\\d?".repeat(17), TOO_MANY],
  ["^\\d*0+\\d{2,}$", undefined],
  ["^\\d*0+\\d{2,}\\d?$", TOO_MANY],
  ["\\d{1,40}".repeat(3), undefined],
  ["\\d{0,41}".repeat(3), TOO_MANY],
  ["(a|b)*c", "repeats something that repeats itself, and may take hours"],
  ["(a{1,9}){9}", "repeats something that repeats itself, and may take hours"],
  ["((a)+b)+", "repeats something that repeats itself, and may take hours"],
  ["(?:\\d+)*x", "repeats something that repeats itself, and may take hours"],
  ["(\\d)\\1", "refers to itself or looks back"],
  ["(?<=8)\\d", "refers to itself or looks back"],
  ["\\(+\\)+", undefined],
  ["[(+]+", undefined],
  ["", undefined],
  ["9".repeat(200), undefined],
  ["9".repeat(201), "is too long"],
])("the expression %s", (expression, why) => {
  expect(whyNoExpression(expression)).toBe(why);
});
