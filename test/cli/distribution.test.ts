import { expect, jest, test } from "@jest/globals";
import { extension, linkedId } from "../../src/ami/ids.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { startKommoSimulator } from "../../src/simulator/kommo/server.ts";
import { answering, openScripts } from "../customization/scripts-in.ts";
import { answeredCall, conversation, missedCall } from "../registration/made-up-call.ts";
import { openDistributionOffice } from "./distribution-office.ts";

jest.setTimeout(180_000);

const PHONE = "79161234567";
const [ANNA, BORIS] = [9100001, 9100002]; // at 101 and 102

const ivan = {
  type: "contacts",
  id: 5001,
  name: 'Ivan "Vanya" Petrov, roofs & doors',
  responsibleUserId: BORIS,
  updatedAt: undefined,
  phones: ["+7 916 123-45-67"],
  isDeleted: false,
} as const;
const lead = {
  type: "leads",
  id: 7001,
  name: "Roof",
  responsibleUserId: ANNA,
  updatedAt: undefined,
  isOpen: true,
  owners: [{ type: "contacts", id: 5001 }],
} as const;

const JSON_PLEASE = { accept: "application/json" };
const asked = (text: string): string =>
  `?from=${encodeURIComponent(text)}&trunk=PJSIP/trunk-0000000a&did=74951000101`;

test("CURL() in a dialplan gets the extension and nothing else", async () => {
  await using office = await openDistributionOffice();
  await office.know(ivan, lead);

  const answer = await office.ask(asked(PHONE));

  expect(answer.headers.get("content-type")).toBe("text/plain; charset=utf-8");
  expect(await answer.text()).toBe("101");
});

test.each([
  ["name", "Ivan Vanya Petrov ro"],
  ["both", "101,Ivan Vanya Petrov ro"],
  ["number", "101"],
  ["anything", "101"],
])("with answer=%s it gets %j", async (what, text) => {
  await using office = await openDistributionOffice();
  await office.know(ivan, lead);

  expect(await (await office.ask(`${asked(PHONE)}&answer=${what}`)).text()).toBe(text);
});

test("who asks for JSON is told why", async () => {
  await using office = await openDistributionOffice();
  await office.know(ivan, lead);
  office.telephone("101", "UNAVAILABLE");

  expect(await (await office.ask(asked(PHONE), JSON_PLEASE)).json()).toEqual({
    number: "102",
    name: "Ivan Vanya Petrov ro",
    reason: "responsible for the contact 5001",
    passed_over: ["responsible for the lead 7001: has no telephone that is registered"],
  });
});

test.each([["+7 (916) 123-45-67"], ["89161234567"], ["9161234567"]])(
  "the number may be spelt as %s",
  async (spelling) => {
    await using office = await openDistributionOffice();
    await office.know(ivan, lead);

    expect(await (await office.ask(asked(spelling))).text()).toBe("101");
  },
);

test("a stranger who talked with somebody before gets the same telephone again", async () => {
  await using office = await openDistributionOffice();
  const at102 = {
    answeredBy: extension("102"),
    conversations: [conversation({ extension: extension("102") })],
  };
  const startedAt = epochMs(Date.now() - 86_400_000);
  await office.accept(answeredCall({ ...at102, startedAt }));
  await office.accept(
    missedCall({ linkedId: linkedId("1795261799.0"), startedAt: epochMs(Date.now()) }),
  );

  const answer = await office.ask(asked(PHONE), JSON_PLEASE);

  expect(await answer.json()).toMatchObject({
    number: "102",
    name: "",
    reason: "who talked with the caller last",
  });
});

test("a talk of long ago does not count, nor any where that is switched off", async () => {
  const old = answeredCall({ startedAt: epochMs(Date.now() - 40 * 86_400_000) });
  await using short = await openDistributionOffice({ distribution: { last_talk_days: 30 } });
  await using off = await openDistributionOffice({ distribution: { last_talk_days: 0 } });
  await short.accept(old);
  await off.accept(old);

  expect(await (await short.ask(asked(PHONE))).text()).toBe("");
  expect(await (await off.ask(asked(PHONE))).text()).toBe("");
});

test.each([
  ["a withheld number", "anonymous"],
  ["no number", ""],
  ["an unknown one", "79169999999"],
  ["an internal one", "102"],
  ["words", "'; DROP TABLE call; --"],
  ["control characters", "7916\r\nAction: Originate"],
  ["a very long one", "7".repeat(128)],
])("F81: for %s nobody is named, and the dialplan goes on", async (_what, from) => {
  await using office = await openDistributionOffice();
  await office.know(ivan, lead);

  const answer = await office.ask(asked(from));

  expect(answer.status).toBe(200);
  expect(await answer.text()).toBe("");
});

test.each([
  ["nothing at all", ""],
  ["a number too long for one", `?from=${"7".repeat(129)}`],
  ["the same twice", "?from=79161234567&from=79161234568"],
  ["a list", "?from[]=79161234567"],
  ["broken escapes", "?from=%E0%A4%A"],
])("F81: a question with %s is answered with nobody", async (_what, query) => {
  await using office = await openDistributionOffice();
  await office.know(ivan, lead);

  const answer = await office.ask(query);

  expect(answer.status).toBe(200);
  expect(await answer.text()).toBe("");
});

test("F80: what a proxy forwards is refused", async () => {
  await using office = await openDistributionOffice();
  await office.know(ivan, lead);

  const answer = await office.ask(asked(PHONE), { "x-forwarded-for": "127.0.0.1" });

  expect(answer.status).toBe(403);
});

test("AGI() in a dialplan gets the extension and the name as channel variables", async () => {
  await using office = await openDistributionOffice();
  await office.know(ivan, lead);

  const variables = await office.agi({
    network_script: "responsible",
    callerid: PHONE,
    channel: "PJSIP/trunk-0000000a",
    dnid: "unknown",
  });

  expect(variables).toEqual({
    KOMMO_RESPONSIBLE: "101",
    KOMMO_CLIENT_NAME: "Ivan Vanya Petrov ro",
    KOMMO_REASON: "responsible for the lead 7001",
  });
});

test.each([
  ["in the address", { network_script: `responsible?from=%2B${PHONE}`, callerid: "unknown" }],
  ["as an argument", { network_script: "responsible", callerid: "unknown", arg_1: PHONE }],
])("the caller may be named %s", async (_where, fields) => {
  await using office = await openDistributionOffice();
  await office.know(ivan, lead);

  expect(await office.agi(fields)).toMatchObject({ KOMMO_RESPONSIBLE: "101" });
});

test("a withheld number over AGI sets empty variables, so that none is left from before", async () => {
  await using office = await openDistributionOffice();

  expect(await office.agi({ network_script: "responsible", callerid: "unknown" })).toEqual({
    KOMMO_RESPONSIBLE: "",
    KOMMO_CLIENT_NAME: "",
    KOMMO_REASON: "nobody is responsible for this caller",
  });
});

test("an absent employee's callers go to who stands in", async () => {
  const absent = [{ from: "2000-01-01", to: "2999-12-31", instead: BORIS }];
  await using office = await openDistributionOffice({
    distribution: { employees: [{ user: ANNA, absent }] },
  });
  await office.know({ ...ivan, responsibleUserId: ANNA });

  expect(await (await office.ask(asked(PHONE), JSON_PLEASE)).json()).toMatchObject({
    number: "102",
    reason: "stands in for who is responsible for the contact 5001",
    passed_over: ["responsible for the contact 5001: is absent until 2999-12-31"],
  });
});

test("a user who left Kommo gets no caller", async () => {
  await using office = await openDistributionOffice({
    settings: { learnt: { activeUsers: new Set([BORIS]) } },
  });
  await office.know(ivan, lead);

  expect(await (await office.ask(asked(PHONE))).text()).toBe("102");
});

test("outside the working hours the name is shown, and nobody is named", async () => {
  const never = { days: [], holidays: [] };
  await using office = await openDistributionOffice({
    distribution: { working_hours: "office" },
    settings: { workingHours: new Map([["office", never]]) },
  });
  await office.know(ivan, lead);

  expect(await (await office.ask(`${asked(PHONE)}&answer=both`)).text()).toBe(
    ",Ivan Vanya Petrov ro",
  );
});

test("a script decides last, with all that is known", async () => {
  await using scripts = openScripts({
    "customize_autodistribution.js": `export default (given) => ({ data: {
      number: given.number === "101" && given.entity.id === 5001 && given.trunk === "PJSIP/trunk" && given.request_data.did === "74951000101" && given.error === "" ? "103" : "109",
      name: given.name.toUpperCase() }, state: "success" });`,
  });
  await using office = await openDistributionOffice(scripts);
  await office.know(ivan, lead);

  expect(await (await office.ask(asked(PHONE), JSON_PLEASE)).json()).toMatchObject({
    number: "103",
    name: "IVAN VANYA PETROV RO",
    reason: "customization customize_autodistribution says so",
  });
});

test("a script may say that nobody was found", async () => {
  await using scripts = openScripts({
    "customize_autodistribution.js": `export default () => ({ data: {}, state: "success" });`,
  });
  await using office = await openDistributionOffice(scripts);
  await office.know(ivan, lead);

  expect(await (await office.ask(`${asked(PHONE)}&answer=both`)).text()).toBe(",");
});

test.each([
  ["names a number that is no extension", answering({ number: "999", name: "x" })],
  ["would dial out", answering({ number: "101&PJSIP/trunk/79031234567", name: "x" })],
  ["breaks", `export default () => { throw new Error("a bug"); };`],
  ["never answers", `export default () => new Promise(() => setInterval(() => 0, 1000));`],
])("a script that %s changes nothing", async (_what, script) => {
  await using scripts = openScripts(
    { "customize_autodistribution.js": script },
    { limitMs: () => 500 },
  );
  await using office = await openDistributionOffice(scripts);
  await office.know(ivan, lead);

  expect(await (await office.ask(asked(PHONE))).text()).toBe("101");
});

test("a script that is slower than the dialplan may wait is not waited for", async () => {
  await using scripts = openScripts({
    "customize_autodistribution.js": `export default () => new Promise(() => setInterval(() => 0, 1000));`,
  });
  await using office = await openDistributionOffice({
    customizations: scripts.customizations,
    distribution: { limit_ms: 2_000 },
  });
  await office.know(ivan, lead);

  expect(await (await office.ask(asked(PHONE))).text()).toBe("101");
  expect(office.counts()).toMatchObject({ asked: 1, given: 1, late: 1 });
});

test("whom a directory that is not filled does not know, Kommo is asked for, once", async () => {
  const kommo = await startKommoSimulator({
    account: { users: [ANNA, BORIS].map((id) => ({ id, name: "U", isAdmin: true })) },
  });
  const contact = kommo.seed.contact({ name: "Olga", phones: [PHONE], responsibleUserId: BORIS });
  kommo.seed.lead({ contactId: contact.id, responsibleUserId: ANNA });
  await using office = await openDistributionOffice({
    ...{ isDirectoryWhole: false, kommoUrl: kommo.url, token: kommo.token },
    distribution: { limit_ms: 60_000 },
  });

  const first = await (await office.ask(`${asked(PHONE)}&answer=both`)).text();
  const requests = kommo.journal.entries().length;
  await kommo.close();
  const second = await (await office.ask(`${asked(PHONE)}&answer=both`)).text();

  expect([first, second]).toEqual(["101,Olga", "101,Olga"]);
  expect(requests).toBeLessThanOrEqual(2);
});

test("F81: with Kommo dead the mirror answers, and a stranger gets an empty answer in time", async () => {
  await using office = await openDistributionOffice({
    isDirectoryWhole: false,
    distribution: { limit_ms: 3_000 },
  });
  await office.know(ivan, lead);

  expect(await (await office.ask(asked(PHONE))).text()).toBe("101");
  expect(await (await office.ask(asked("79160000000"))).text()).toBe("");
});

test("F81: with Kommo silent a caller whom only the last talk knows is put through in time", async () => {
  await using office = await openDistributionOffice({
    isDirectoryWhole: false,
    distribution: { limit_ms: 3_000 },
  });
  await office.accept(answeredCall({ startedAt: epochMs(Date.now()) }));

  expect(await (await office.ask(asked(PHONE))).text()).toBe("101");
});

test("F81: two hundred at once are all answered", async () => {
  await using office = await openDistributionOffice({
    isDirectoryWhole: false,
    distribution: { limit_ms: 3_000 },
  });
  await office.know(ivan, lead);

  const answers = await Promise.all(
    Array.from({ length: 200 }, async (_, index) => {
      const from = index % 2 === 0 ? PHONE : `7916000${String(index).padStart(4, "0")}`;
      return (await office.ask(asked(from))).text();
    }),
  );

  expect(answers.filter((text) => text === "101")).toHaveLength(100);
  expect(answers.filter((text) => text === "")).toHaveLength(100);
});

const SITES = {
  exchanges: [
    { name: "berlin", host: "127.0.0.1" },
    { name: "hamburg", host: "10.0.0.6" },
  ],
  settings: {
    users: new Map([
      ["berlin/101", [BORIS]],
      ["hamburg/101", [ANNA]],
      ["berlin/103", [ANNA]],
    ]),
  },
};

test("of several exchanges only the telephones of the one that asks are named", async () => {
  await using office = await openDistributionOffice(SITES);
  await office.know(ivan, lead);

  const ask = async (exchange: string): Promise<string> =>
    (await office.ask(`${asked(PHONE)}${exchange}`)).text();

  expect(await ask("&exchange=hamburg")).toBe("101");
  expect(await ask("&exchange=berlin")).toBe("103");
  expect([await ask(""), await ask("&exchange=munich")]).toEqual(["", ""]);
});

test("a question that does not say its exchange is told so", async () => {
  await using office = await openDistributionOffice(SITES);

  const answer = await office.ask(asked(PHONE), JSON_PLEASE);

  expect(await answer.json()).toMatchObject({
    ...{ number: "", reason: "the question does not say which exchange asks" },
  });
});

test("FastAGI knows an exchange by the address it asks from, unless the dialplan says another", async () => {
  await using office = await openDistributionOffice(SITES);
  await office.know(ivan, lead);
  const fields = { callerid: PHONE, channel: "PJSIP/trunk-0000000a" };
  const script = "responsible";

  const near = await office.agi({ ...fields, network_script: script });
  const named = await office.agi({ ...fields, network_script: `${script}?exchange=hamburg` });

  expect([near["KOMMO_RESPONSIBLE"], named["KOMMO_RESPONSIBLE"]]).toEqual(["103", "101"]);
});
