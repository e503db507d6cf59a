// The process dies between a script's answer and Kommo's confirmation: the stored answer is sent, and
// the script is not asked again.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import type { HookName } from "../../src/customization/contract/hooks.ts";
import type { RegistrationSettings } from "../../src/registration/settings.ts";
import type { KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { answeredCall, missedCall } from "../registration/made-up-call.ts";
import type { StoreFolder } from "../store/store-folder.ts";
import { newStore, openScriptedOffice, startKommo } from "./scripted-office.ts";
import { until } from "./scripts-in.ts";

jest.setTimeout(180_000);

const CLIENT = "79161234567";
const always = { missed: ["last_rung"], existingCard: "always", defaultUser: undefined } as const;

let folder: string;
let kommo: KommoSimulator;
let place: StoreFolder;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-crash-"));
  kommo = await startKommo();
  place = newStore();
});

afterEach(async () => {
  await place[Symbol.asyncDispose]();
  await kommo.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Answers another value each time it is asked. */
const counting = (name: HookName, body: string): void => {
  const file = JSON.stringify(join(folder, "asked"));
  writeFileSync(
    join(folder, `${name}.js`),
    `import { appendFileSync, readFileSync } from "node:fs";
export default ({ call_full, call_stage, ...params }) => {
  appendFileSync(${file}, "x");
  const n = readFileSync(${file}, "utf8").length;
  return { data: ${body}, state: "success" };
};\n`,
  );
};
const asked = (): number => readFileSync(join(folder, "asked"), "utf8").length;

type Case = {
  readonly name: HookName;
  readonly body: string;
  readonly path: string;
  readonly method?: string;
  readonly isKnown?: boolean;
  readonly hasLead?: boolean;
  readonly call?: typeof missedCall;
  readonly settings?: Partial<RegistrationSettings>;
  readonly sent: object;
};

const CASES: readonly Case[] = [
  {
    name: "process_client_phone",
    body: "{ phone: '7000000000' + n }",
    path: "/api/v4/calls",
    sent: { phone: "70000000001" },
  },
  {
    name: "process_call_params",
    body: "{ ...params, call_result: 'answer ' + n }",
    path: "/api/v4/calls",
    isKnown: true,
    sent: { call_result: "answer 1" },
  },
  {
    name: "process_unsorted_creation_params",
    body: "{ ...params, source_name: 'answer ' + n }",
    path: "/api/v4/leads/unsorted/sip",
    sent: { source_name: "answer 1" },
  },
  {
    name: "process_contact_creation_params",
    body: "{ ...params, name: 'answer ' + n }",
    path: "/api/v4/contacts",
    settings: { unknownClient: "contact" },
    sent: { name: "answer 1" },
  },
  {
    name: "process_lead_creation_params",
    body: "{ ...params, name: 'answer ' + n }",
    path: "/api/v4/leads/complex",
    settings: { unknownClient: "contact_and_lead" },
    sent: { name: "answer 1" },
  },
  {
    name: "process_task_creation_params",
    body: "{ ...params, text: 'answer ' + n }",
    path: "/api/v4/tasks",
    isKnown: true,
    call: missedCall,
    sent: { text: "answer 1" },
  },
  {
    name: "process_contact_update_params",
    body: "{ ...params, name: 'answer ' + n }",
    path: "/api/v4/contacts",
    method: "PATCH",
    isKnown: true,
    settings: { responsible: always },
    sent: { name: "answer 1" },
  },
  {
    name: "process_lead_update_params",
    body: "{ ...params, name: 'answer ' + n }",
    path: "/api/v4/leads",
    method: "PATCH",
    isKnown: true,
    hasLead: true,
    settings: { responsible: always },
    sent: { name: "answer 1" },
  },
];

test.each(CASES)("$name: the stored answer is sent, once", async (one) => {
  const { name, body, path, method = "POST", settings = {}, call = answeredCall, sent } = one;
  if (one.isKnown === true) {
    const { id } = kommo.seed.contact({ phones: [CLIENT] });
    if (one.hasLead === true) kommo.seed.lead({ contactId: id });
  }
  counting(name, body);
  // The request arrives and is put off, and then the process ends.
  kommo.fail({ kind: "status", status: 429, method, path: `^${path}$`, times: 1_000 });
  const first = await openScriptedOffice({ folder, kommo, place, settings });
  await first.accept(call());
  await until(
    () => first.bodies(path, method).length,
    (count) => count > 0,
  );
  await first.stop();
  kommo.faults.clear();
  const again = await openScriptedOffice({ folder, kommo, place, settings });
  await again.settled();

  const bodies = again.bodies(path, method);
  expect(bodies.length).toBeGreaterThan(1);
  for (const seen of bodies) expect(seen).toMatchObject(sent);
  expect(asked()).toBe(1);
  await again.stop();
});

test("post_registration that the end of the daemon cut short is told once more", async () => {
  kommo.seed.contact({ phones: [CLIENT] });
  const file = JSON.stringify(join(folder, "asked"));
  writeFileSync(
    join(folder, "post_registration.js"),
    `import { appendFileSync } from "node:fs";
export default async ({ attempt }) => {
  appendFileSync(${file}, String(attempt));
  if (attempt === 1) await new Promise((resolve) => setTimeout(resolve, 600000));
  return { state: "success" };
};\n`,
  );
  const first = await openScriptedOffice({ folder, kommo, place, timeoutMs: 100_000 });
  await first.accept(answeredCall());
  const said = (): string => {
    try {
      return readFileSync(join(folder, "asked"), "utf8");
    } catch {
      return "";
    }
  };
  await until(said, (words) => words === "1");
  await first.stop();

  const again = await openScriptedOffice({ folder, kommo, place, timeoutMs: 100_000 });
  await until(
    () => again.read("SELECT * FROM customization_after"),
    (rows) => rows.length === 0,
  );

  expect(said()).toBe("12");
  await again.stop();
});
