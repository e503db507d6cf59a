// Each customization at its place in the way of a call: what it is given, what Kommo then receives.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { epochMs } from "../../src/lib/clock.ts";
import { linkedId, extension } from "../../src/ami/ids.ts";
import type { LiveStage } from "../../src/calls/fact.ts";
import type { HookName } from "../../src/customization/contract/hooks.ts";
import type { RegistrationSettings } from "../../src/registration/settings.ts";
import type { KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { answeredCall, missedCall } from "../registration/made-up-call.ts";
import type { StoreFolder } from "../store/store-folder.ts";
import {
  newStore,
  openScriptedOffice,
  startKommo,
  type ScriptedOffice,
} from "./scripted-office.ts";
import { openNotingScripts, type NotingScripts } from "./noting-scripts.ts";
import { until } from "./scripts-in.ts";

jest.setTimeout(120_000);

const CLIENT = "79161234567";
const USERS = [9100001, 9100002] as const;

let folder: string;
let noted: NotingScripts;
let kommo: KommoSimulator;
let place: StoreFolder;
let offices: ScriptedOffice[];

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-hooks-"));
  noted = openNotingScripts(folder);
  kommo = await startKommo();
  place = newStore();
  offices = [];
});

afterEach(async () => {
  for (const office of offices) await office.stop();
  await place[Symbol.asyncDispose]();
  await kommo.close();
  rmSync(folder, { recursive: true, force: true });
  noted.close();
});

const script = (name: HookName, body: string): void => noted.script(name, body);
const given = (name: HookName) => noted.given(name);
const misfits = (name: HookName) => noted.misfits(name);

async function office(settings: Partial<RegistrationSettings> = {}, rest = {}) {
  const opened = await openScriptedOffice({ folder, kommo, place, settings, ...rest });
  offices.push(opened);
  return opened;
}

const knownClient = (): void => {
  kommo.seed.contact({ phones: [CLIENT] });
};

const CANCEL = `return { data: {}, state: "success" };`;

test("need_registration leaves a call out, at its end and at each stage", async () => {
  script("need_registration", `return { data: { result: false }, state: "success" };`);
  const opened = await office();

  opened.stage(ringing);
  await opened.accept(answeredCall());
  await opened.settled();

  expect(kommo.journal.calls()).toEqual([]);
  expect(await opened.read("SELECT id FROM step")).toEqual([]);
  await until(
    () => given("need_registration").length,
    (count) => count === 2,
  );
  expect(
    given("need_registration")
      .map(({ call_stage }) => call_stage)
      .sort(),
  ).toEqual(["call_ended", "conversation_requested"]);
  expect(misfits("need_registration")).toEqual([]);
  expect(opened.stages).toEqual([]);
});

test("process_client_phone changes the number before Kommo is asked for it", async () => {
  knownClient();
  script(
    "process_client_phone",
    `return { data: { phone: "7" + params.phone.slice(1) }, state: "success" };`,
  );
  const opened = await office();

  opened.stage({ ...ringing, clientPhone: "89161234567" });
  await opened.accept(answeredCall({ clientPhone: "89161234567" }));
  await opened.settled();

  expect(kommo.journal.calls()).toMatchObject([{ phone: CLIENT, card: { type: "contacts" } }]);
  await until(
    () => opened.stages,
    (stages) => stages.length > 0,
  );
  expect(opened.stages).toMatchObject([{ clientPhone: CLIENT }]);
  expect(misfits("process_client_phone")).toEqual([]);
});

test("a script sees the variables of the dialplan that were asked for, and who parked the client", async () => {
  knownClient();
  script("process_call_params", `return { data: params, state: "success" };`);
  const opened = await office();
  const [talk, ...others] = answeredCall().conversations;
  const parked = talk === undefined ? [] : [{ ...talk, wasParked: true as const }, ...others];

  opened.stage({ ...ringing, variables: { CAMPAIGN: "spring" } });
  await opened.accept(answeredCall({ conversations: parked, variables: { CAMPAIGN: "spring" } }));
  await opened.settled();

  const [seen] = given("process_call_params");
  const full = seen?.["call_full"] as { variables: unknown; conversations: object };
  expect(full.variables).toEqual({ CAMPAIGN: "spring" });
  expect(Object.values(full.conversations)).toMatchObject([{ is_parked: true }]);
  expect(misfits("process_call_params")).toEqual([]);
});

test("process_call_params changes the call as Kommo gets it, with fields of its own", async () => {
  knownClient();
  script(
    "process_call_params",
    `return { data: { ...params, call_result: "sold", source: "old source", params: { shop: 7 } }, state: "success" };`,
  );
  const opened = await office();

  await opened.accept(answeredCall());
  await opened.settled();

  expect(opened.bodies("/api/v4/calls")).toMatchObject([
    { call_result: "sold", source: "old source", params: { shop: 7 }, phone: CLIENT },
  ]);
  expect(misfits("process_call_params")).toEqual([]);
});

test("a cancelled process_call_params leaves the call unregistered, and says so", async () => {
  knownClient();
  script("process_call_params", CANCEL);
  const opened = await office();

  await opened.accept(answeredCall());
  await opened.settled();

  expect(kommo.journal.calls()).toEqual([]);
  const [row] = await opened.read("SELECT decisions FROM call");
  expect(row?.["decisions"]).toContain("cancelled by customization process_call_params");
});

test("process_contact_creation_params changes the contact that is made", async () => {
  script(
    "process_contact_creation_params",
    `return { data: { ...params, name: "From the telephone", tags: [...params.tags, "vip"], first_name: "Ana" }, state: "success" };`,
  );
  const opened = await office({ unknownClient: "contact" });

  await opened.accept(answeredCall());
  await opened.settled();

  expect(opened.bodies("/api/v4/contacts")).toMatchObject([
    {
      name: "From the telephone",
      first_name: "Ana",
      _embedded: { tags: [{ name: "asterisk-kommo" }, { name: "vip" }] },
      custom_fields_values: [{ values: [{ enum_code: "WORK", value: CLIENT }] }],
    },
  ]);
  expect(kommo.journal.calls()).toHaveLength(1);
  expect(misfits("process_contact_creation_params")).toEqual([]);
});

test("a cancelled process_contact_creation_params makes no contact", async () => {
  script("process_contact_creation_params", CANCEL);
  const opened = await office({ unknownClient: "contact" });

  await opened.accept(answeredCall());
  await opened.settled();

  expect(opened.bodies("/api/v4/contacts")).toEqual([]);
  const rows = await opened.read("SELECT why FROM step WHERE kind = 'create-contact'");
  expect(rows[0]?.["why"]).toContain("cancelled by customization");
});

test("process_lead_creation_params changes the lead that is made", async () => {
  script(
    "process_lead_creation_params",
    `return { data: { ...params, name: "Call " + call_full.linkedid, price: 100 }, state: "success" };`,
  );
  const opened = await office({ unknownClient: "contact_and_lead" });

  const id = await opened.accept(answeredCall());
  await opened.settled();

  expect(opened.bodies("/api/v4/leads/complex")).toMatchObject([
    { name: `Call ${id}`, price: 100, _embedded: { contacts: [{ name: "Contact 79161234567" }] } },
  ]);
  expect(kommo.journal.calls()).toHaveLength(1);
  expect(misfits("process_lead_creation_params")).toEqual([]);
});

test("a cancelled process_lead_creation_params makes the contact alone", async () => {
  script("process_lead_creation_params", CANCEL);
  const opened = await office({ unknownClient: "contact_and_lead" });

  await opened.accept(answeredCall());
  await opened.settled();

  expect(opened.bodies("/api/v4/leads/complex")).toEqual([]);
  expect(opened.bodies("/api/v4/contacts")).toHaveLength(1);
  expect(kommo.journal.calls()).toHaveLength(1);
});

test("process_unsorted_creation_params changes the incoming lead, its contact and its lead", async () => {
  script(
    "process_unsorted_creation_params",
    `params._embedded.leads[0].name = "Lead of a caller";
    params._embedded.contacts[0].tags.push({ name: "caller" });
    return { data: { ...params, source_name: "line 1" }, state: "success" };`,
  );
  const opened = await office();

  const id = await opened.accept(missedCall());
  await opened.settled();

  expect(opened.bodies("/api/v4/leads/unsorted/sip")).toMatchObject([
    {
      source_name: "line 1",
      source_uid: id,
      metadata: { uniq: id, phone: CLIENT, is_call_event_needed: true },
      _embedded: {
        leads: [{ name: "Lead of a caller" }],
        contacts: [{ _embedded: { tags: [{ name: "asterisk-kommo" }, { name: "caller" }] } }],
      },
    },
  ]);
  expect(misfits("process_unsorted_creation_params")).toEqual([]);
});

test("a cancelled process_unsorted_creation_params makes no incoming lead", async () => {
  script("process_unsorted_creation_params", CANCEL);
  const opened = await office();

  await opened.accept(missedCall());
  await opened.settled();

  expect(opened.bodies("/api/v4/leads/unsorted/sip")).toEqual([]);
});

test("process_task_creation_params changes text and deadline, and the task is still completed", async () => {
  knownClient();
  script(
    "process_task_creation_params",
    `return { data: { ...params, text: "Ring back\\nsoon", complete_till: params.complete_till + 60, duration: 600 }, state: "success" };`,
  );
  const opened = await office();

  await opened.accept(missedCall());
  await opened.settled();
  const [task] = opened.bodies("/api/v4/tasks");
  await opened.accept(answeredCall({ startedAt: epochMs(1_795_265_714_300) }));
  await opened.settled();

  expect(task).toMatchObject({ text: "Ring back\nsoon", duration: 600, task_type_id: 1 });
  expect(opened.bodies("/api/v4/tasks", "PATCH")).toMatchObject([{ is_completed: true }]);
  expect(misfits("process_task_creation_params")).toEqual([]);
  expect(given("process_task_creation_params")).toMatchObject([
    { call_full: { entity: { type: "contact" } } },
  ]);
});

test("a cancelled process_task_creation_params makes no task", async () => {
  knownClient();
  script("process_task_creation_params", CANCEL);
  const opened = await office();

  await opened.accept(missedCall());
  await opened.settled();

  expect(opened.bodies("/api/v4/tasks")).toEqual([]);
});

const always = { missed: ["last_rung"], existingCard: "always", defaultUser: undefined } as const;

test("process_contact_update_params changes what a contact is given beside its responsible user", async () => {
  knownClient();
  script(
    "process_contact_update_params",
    `return { data: { ...params, responsible_user_id: ${USERS[1]}, name: "Talked with us", tags: ["talked"] }, state: "success" };`,
  );
  const opened = await office({ responsible: always });

  await opened.accept(answeredCall());
  await opened.settled();

  expect(opened.bodies("/api/v4/contacts", "PATCH")).toMatchObject([
    { responsible_user_id: USERS[1], name: "Talked with us", tags_to_add: [{ name: "talked" }] },
  ]);
  expect(misfits("process_contact_update_params")).toEqual([]);
});

test("a cancelled process_contact_update_params leaves the contact as it is", async () => {
  knownClient();
  script("process_contact_update_params", CANCEL);
  const opened = await office({ responsible: always });

  await opened.accept(answeredCall());
  await opened.settled();

  expect(opened.bodies("/api/v4/contacts", "PATCH")).toEqual([]);
});

test.each([
  [
    "changes the lead",
    `return { data: { ...params, price: 5 }, state: "success" };`,
    [{ price: 5 }],
  ],
  ["cancelled leaves the lead as it is", CANCEL, []],
])("process_lead_update_params %s", async (_, body, expected) => {
  const { id } = kommo.seed.contact({ phones: [CLIENT] });
  kommo.seed.lead({ contactId: id });
  script("process_lead_update_params", body);
  const opened = await office({ responsible: always });

  await opened.accept(answeredCall());
  await opened.settled();

  expect(opened.bodies("/api/v4/leads", "PATCH")).toMatchObject(expected);
  expect(given("process_lead_update_params")).toHaveLength(1);
  expect(misfits("process_lead_update_params")).toEqual([]);
});

test("post_registration is told once, when everything of the call is confirmed", async () => {
  knownClient();
  script("post_registration", `return { state: "success" };`);
  const opened = await office();

  await opened.accept(missedCall());
  await until(
    () => opened.read("SELECT * FROM customization_after"),
    (rows) => rows.length === 0,
  );

  expect(misfits("post_registration")).toEqual([]);
  expect(given("post_registration")).toMatchObject([
    { attempt: 1, call_full: { channel: { state: "processed" }, entity: { type: "contact" } } },
  ]);
  expect(opened.bodies("/api/v4/tasks")).toHaveLength(1);
});

const ringing: LiveStage = {
  kind: "stage",
  linkedId: linkedId("1795261714.0"),
  direction: "inbound",
  stage: "conversation_requested",
  extension: extension("101"),
  clientPhone: CLIENT,
  did: "74951000101",
  trunk: "PJSIP/trunk",
  queue: undefined,
  at: epochMs(1_795_261_714_340),
};
