import { expect, test } from "@jest/globals";
import type { TelephoneState } from "../../src/ami/device-states.ts";
import { candidatesFor } from "../../src/directory/callers-cards.ts";
import { chooseEmployee, type Office } from "../../src/directory/choose-employee.ts";
import type { KnownClient } from "../../src/directory/rows.ts";

const ANNA = 9100001; // 101 and 111
const BORIS = 9100002; // 102
const VERA = 9100003; // 103

type States = Readonly<Record<string, TelephoneState | undefined>>;

const office = (states: States, changes: Partial<Office> = {}): Office => ({
  isOpen: true,
  isActive: () => true,
  awayOf: () => undefined,
  extensionsOf: (user) =>
    ({ [ANNA]: ["101", "111"], [BORIS]: ["102"], [VERA]: ["103"] })[user] ?? [],
  stateOf: (extension) => states[extension],
  skipsBusy: false,
  ...changes,
});
const allIdle: States = { "101": "idle", "102": "idle", "103": "idle", "111": "idle" };

const client = (changes: Partial<KnownClient> = {}): KnownClient => ({
  card: { type: "contacts", id: 5001 },
  name: "Ivan Petrov",
  responsibleUserId: BORIS,
  openLeads: [{ id: 7001, name: "Roof", responsibleUserId: ANNA }],
  ...changes,
});
const talkedWith = { extension: "103", user: VERA };

test("the caller goes to whoever is responsible for the open lead", () => {
  const choice = chooseEmployee(candidatesFor(client(), talkedWith), office(allIdle));

  expect(choice).toMatchObject({
    extension: "101",
    user: ANNA,
    because: "responsible for the lead 7001",
    passedOver: [],
  });
});

test("without an open lead to whoever is responsible for the contact", () => {
  const choice = chooseEmployee(
    candidatesFor(client({ openLeads: [] }), talkedWith),
    office(allIdle),
  );

  expect(choice).toMatchObject({ extension: "102", because: "responsible for the contact 5001" });
});

test("without a card to the employee of the last talk, at the same telephone", () => {
  const at111 = { extension: "111", user: ANNA };

  expect(chooseEmployee(candidatesFor(undefined, at111), office(allIdle))).toMatchObject({
    extension: "111",
    because: "who talked with the caller last",
  });
});

test("a telephone of the last talk that stands for no user of Kommo is good enough", () => {
  const choice = chooseEmployee(
    candidatesFor(undefined, { extension: "120", user: undefined }),
    office({ "120": "idle" }),
  );

  expect(choice).toMatchObject({ extension: "120", user: undefined });
});

test("a stranger goes to nobody, and the dialplan goes on", () => {
  expect(chooseEmployee(candidatesFor(undefined, undefined), office(allIdle))).toEqual({
    extension: undefined,
    user: undefined,
    because: "nobody is responsible for this caller",
    passedOver: [],
  });
});

test("of several open leads the newest counts first", () => {
  const two = client({
    openLeads: [
      { id: 7001, name: "Roof", responsibleUserId: ANNA },
      { id: 7002, name: "Door", responsibleUserId: VERA },
    ],
  });

  expect(candidatesFor(two, undefined).map(({ user }) => user)).toEqual([VERA, ANNA, BORIS]);
});

test("an employee who is responsible for all of it is looked for once", () => {
  const anna = client({ responsibleUserId: ANNA });

  expect(candidatesFor(anna, { extension: "101", user: ANNA })).toHaveLength(1);
});

test("who is not registered is passed over, and the next one is asked", () => {
  const states: States = { ...allIdle, "101": "unavailable", "111": "unavailable" };

  expect(chooseEmployee(candidatesFor(client(), talkedWith), office(states))).toMatchObject({
    extension: "102",
    passedOver: ["responsible for the lead 7001: has no telephone that is registered"],
  });
});

test.each<[TelephoneState | undefined, TelephoneState | undefined, string]>([
  ["idle", "idle", "101"],
  ["ringing", "idle", "111"],
  ["in-use", "idle", "111"],
  ["in-use", "ringing", "111"],
  ["unavailable", "in-use", "111"],
  ["busy", "in-use", "111"],
  [undefined, "unavailable", "101"],
  ["in-use", undefined, "111"],
])("of two telephones, %s and %s, the better one rings: %s", (desk, browser, rings) => {
  const states: States = { "101": desk, "111": browser };

  expect(chooseEmployee(candidatesFor(client(), undefined), office(states)).extension).toBe(rings);
});

test("where nobody may get a second caller, who talks is passed over", () => {
  const states: States = { "101": "in-use", "111": "ringing", "102": "in-use", "103": "idle" };

  const choice = chooseEmployee(
    candidatesFor(client(), talkedWith),
    office(states, { skipsBusy: true }),
  );

  expect(choice).toMatchObject({
    extension: "103",
    passedOver: [
      "responsible for the lead 7001: is busy",
      "responsible for the contact 5001: is busy",
    ],
  });
});

test("do not disturb is respected", () => {
  const states: States = { "101": "busy", "111": "unavailable", "102": "idle" };

  expect(chooseEmployee(candidatesFor(client(), undefined), office(states)).extension).toBe("102");
});

test("outside the working hours nobody is disturbed", () => {
  const choice = chooseEmployee(
    candidatesFor(client(), undefined),
    office(allIdle, { isOpen: false }),
  );

  expect(choice).toMatchObject({
    extension: undefined,
    because: "it is outside the working hours",
  });
});

test("a user who is not active in Kommo any more gets no caller", () => {
  const choice = chooseEmployee(
    candidatesFor(client(), undefined),
    office(allIdle, { isActive: (user) => user !== ANNA }),
  );

  expect(choice).toMatchObject({
    extension: "102",
    passedOver: ["responsible for the lead 7001: is not active in Kommo"],
  });
});

test("for who is absent the one rings who stands in, and nobody for that one", () => {
  const away = (instead: number | undefined) => ({
    because: "is absent until 2027-01-06",
    instead,
  });
  const annaAway = office(allIdle, { awayOf: (user) => (user === ANNA ? away(VERA) : undefined) });
  const bothAway = office(allIdle, {
    awayOf: (user) => (user === ANNA ? away(VERA) : user === VERA ? away(ANNA) : undefined),
  });
  const candidates = candidatesFor(client(), undefined);

  expect(chooseEmployee(candidates, annaAway)).toMatchObject({ extension: "103", user: VERA });
  expect(chooseEmployee(candidates, bothAway)).toMatchObject({ extension: "102", user: BORIS });
});

test("an employee without a telephone in the configuration is told of", () => {
  const stranger = client({ openLeads: [], responsibleUserId: 9100099 });

  expect(chooseEmployee(candidatesFor(stranger, undefined), office(allIdle))).toMatchObject({
    extension: undefined,
    because: "none of those responsible can be reached",
    passedOver: ["responsible for the contact 5001: has no telephone in the configuration"],
  });
});
