// A script that fails in the way of a call: Kommo is told what it would be told without it.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import type { HookName } from "../../src/customization/contract/hooks.ts";
import type { RegistrationSettings } from "../../src/registration/settings.ts";
import type { KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { answeredCall, missedCall } from "../registration/made-up-call.ts";
import type { StoreFolder } from "../store/store-folder.ts";
import { openNotingScripts, type NotingScripts } from "./noting-scripts.ts";
import {
  newStore,
  openScriptedOffice,
  startKommo,
  type ScriptedOffice,
} from "./scripted-office.ts";
import { until } from "./scripts-in.ts";

jest.setTimeout(180_000);

const CLIENT = "79161234567";
const USERS = [9100001, 9100002] as const;
const FAILING = `throw new Error("broken");`;
const always = { missed: ["last_rung"], existingCard: "always", defaultUser: undefined } as const;

let folder: string;
let noted: NotingScripts;
let kommo: KommoSimulator;
let place: StoreFolder;
let opened: ScriptedOffice | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-defaults-"));
  noted = openNotingScripts(folder);
  kommo = await startKommo();
  place = newStore();
});

afterEach(async () => {
  await opened?.stop();
  opened = undefined;
  await place[Symbol.asyncDispose]();
  await kommo.close();
  noted.close();
  rmSync(folder, { recursive: true, force: true });
});

async function office(settings: Partial<RegistrationSettings> = {}): Promise<ScriptedOffice> {
  return (opened = await openScriptedOffice({ folder, kommo, place, settings }));
}
const script = (name: HookName, body: string): void => noted.script(name, body);
const given = (name: HookName) => noted.given(name);

test.each([
  "need_registration",
  "process_client_phone",
  "process_call_params",
  "process_unsorted_creation_params",
] as const)("when %s fails, the call is booked as without it", async (name) => {
  script(name, FAILING);
  const daemon = await office();

  await daemon.accept(missedCall());
  await daemon.settled();

  expect(daemon.bodies("/api/v4/leads/unsorted/sip")).toMatchObject([
    {
      metadata: { phone: CLIENT },
      _embedded: { leads: [{ name: `${CLIENT} - missed incoming` }] },
    },
  ]);
});

type Failing = {
  readonly name: HookName;
  readonly settings?: Partial<RegistrationSettings>;
  readonly client?: "known" | "has-lead";
  readonly call?: typeof missedCall;
  readonly sent: readonly [method: string, path: string, body: object];
};

const FAILING_LATER: readonly Failing[] = [
  {
    name: "process_contact_creation_params",
    settings: { unknownClient: "contact" },
    sent: ["POST", "/api/v4/contacts", { name: `Contact ${CLIENT}` }],
  },
  {
    name: "process_contact_creation_params",
    settings: { unknownClient: "contact_and_lead" },
    sent: ["POST", "/api/v4/leads/complex", { _embedded: { contacts: [{}] } }],
  },
  {
    name: "process_lead_creation_params",
    settings: { unknownClient: "contact_and_lead" },
    sent: ["POST", "/api/v4/leads/complex", { _embedded: { contacts: [{}] } }],
  },
  {
    name: "process_task_creation_params",
    client: "known",
    call: missedCall,
    sent: ["POST", "/api/v4/tasks", { task_type_id: 1, entity_type: "contacts" }],
  },
  {
    name: "process_contact_update_params",
    client: "known",
    settings: { responsible: always },
    sent: ["PATCH", "/api/v4/contacts", { responsible_user_id: USERS[0] }],
  },
  {
    name: "process_lead_update_params",
    client: "has-lead",
    settings: { responsible: always },
    sent: ["PATCH", "/api/v4/leads", { responsible_user_id: USERS[0] }],
  },
  {
    name: "post_registration",
    client: "known",
    call: missedCall,
    sent: ["POST", "/api/v4/tasks", { task_type_id: 1 }],
  },
];

test.each(FAILING_LATER)("when $name fails, Kommo is told as without it", async (one) => {
  const { name, settings = {}, client, call = answeredCall, sent } = one;
  const [method, path, body] = sent;
  if (client !== undefined) {
    const { id } = kommo.seed.contact({ phones: [CLIENT] });
    if (client === "has-lead") kommo.seed.lead({ contactId: id });
  }
  script(name, FAILING);
  const daemon = await office(settings);

  await daemon.accept(call());
  await daemon.settled();
  await until(
    () => given(name).length,
    (count) => count > 0,
  );

  expect(given(name)).toHaveLength(1);
  expect(daemon.bodies(path, method)).toMatchObject([body]);
  expect(kommo.journal.calls()).toHaveLength(1);
});
