import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { decodeAccount } from "../../src/kommo/entities/account.ts";
import { readCallErrors, readCardType } from "../../src/kommo/entities/calls.ts";
import { decodePhoneOwner } from "../../src/kommo/entities/contacts.ts";
import { decodeLead, isActive } from "../../src/kommo/entities/leads.ts";
import { decodeCallNote } from "../../src/kommo/entities/notes.ts";
import { decodePipeline } from "../../src/kommo/entities/pipelines.ts";
import { decodeTask } from "../../src/kommo/entities/tasks.ts";
import { decodeUnsorted } from "../../src/kommo/entities/unsorted.ts";
import { decodeUser } from "../../src/kommo/entities/users.ts";
import type { JsonObject } from "../../src/kommo/json.ts";
import { decodeResult, encodeStep, pathOf, savedElements } from "../../src/kommo/step-wire.ts";
import type { KommoStep } from "../../src/kommo/step.ts";
import * as steps from "./made-up-steps.ts";

const all: readonly KommoStep[] = [
  steps.registerCall("1.1"),
  steps.addUnsorted("1.2"),
  steps.createContact("1.3"),
  steps.createLead("1.4"),
  steps.addCallNote("1.5"),
  steps.createTask("1.6"),
];

test("a registered call has the fields of the reference and no others", () => {
  const plain = encodeStep(steps.registerCall("1.1"), "step-0");
  const full = encodeStep(
    steps.registerCall("1.1", {
      link: "https://rec.example/r/1.mp3",
      call_result: "agreed",
      call_responsible: 9_100_002,
      responsible_user_id: 9_100_002,
      created_by: 9_100_002,
    }),
    "step-0",
  );

  expect(plain).toEqual({
    direction: "inbound",
    phone: "+351912000111",
    duration: 42,
    source: "Office PBX",
    uniq: "1.1",
    call_status: 4,
    created_at: steps.STARTED_AT,
    request_id: "step-0",
  });
  expect(Object.keys(full).toSorted()).toEqual(
    [
      ...Object.keys(plain),
      ...["link", "call_result", "call_responsible", "responsible_user_id", "created_by"],
    ].toSorted(),
  );
});

test("an incoming lead tells the client's number in every place where it is looked for", () => {
  expect(encodeStep(steps.addUnsorted("1.2"), "step-0")).toEqual({
    source_uid: "1.2",
    source_name: "Office PBX",
    pipeline_id: 8_123_001,
    created_at: steps.STARTED_AT,
    metadata: {
      uniq: "1.2",
      phone: "+351912000111",
      from: "+351912000111",
      called_at: steps.STARTED_AT,
      duration: 42,
      link: "https://rec.example/r/1.mp3",
      service_code: "asterisk_kommo",
      is_call_event_needed: true,
      call_responsible: 9_100_002,
    },
    _embedded: {
      leads: [{ name: "+351912000111 - incoming", _embedded: { tags: [{ name: "calls" }] } }],
      contacts: [
        {
          name: "Contact +351912000111",
          custom_fields_values: [
            { field_code: "PHONE", values: [{ value: "+351912000111", enum_code: "WORK" }] },
          ],
          _embedded: { tags: [{ name: "calls" }] },
        },
      ],
    },
    request_id: "step-0",
  });
});

test("a caller who withheld the number becomes a contact without one", () => {
  const step = steps.createContact("1.3");
  const withheld = { ...step, contact: { name: "Withheld number", tags: [] } };

  expect(encodeStep(withheld, "step-0")).toEqual({
    name: "Withheld number",
    request_id: "step-0",
  });
});

test("a lead with its contact, a call note and a task have the fields of the reference", () => {
  expect(encodeStep(steps.createLead("1.4"), "r")).toMatchObject({
    name: "+351912000111 - incoming",
    status_id: 71_200_010,
    _embedded: { contacts: [{ name: "Contact +351912000111" }], tags: [{ name: "calls" }] },
  });
  expect(encodeStep(steps.addCallNote("1.5"), "r")).toEqual({
    entity_id: 500_210,
    note_type: "call_in",
    created_at: steps.STARTED_AT,
    params: {
      uniq: "1.5",
      duration: 42,
      source: "Office PBX",
      phone: "+351912000111",
      call_status: 4,
    },
    request_id: "r",
  });
  expect(encodeStep(steps.createTask("1.6"), "r")).toEqual({
    text: "Call back +351912000111",
    complete_till: steps.STARTED_AT + 3600,
    task_type_id: 1,
    entity_type: "contacts",
    entity_id: 610_033,
    request_id: "r",
  });
});

test("no step ever puts a null on the wire", () => {
  for (const step of all) expect(JSON.stringify(encodeStep(step, "r"))).not.toContain("null");
});

test("each kind of step has its own route, notes one for each type of card", () => {
  expect(all.map(pathOf)).toEqual([
    "/api/v4/calls",
    "/api/v4/leads/unsorted/sip",
    "/api/v4/contacts",
    "/api/v4/leads/complex",
    "/api/v4/leads/notes",
    "/api/v4/tasks",
  ]);
  expect(pathOf(steps.addCallNote("1", { type: "companies", id: 1 }))).toBe(
    "/api/v4/companies/notes",
  );
});

test.each([
  ["lead", "leads"],
  ["contacts", "contacts"],
  ["company", "companies"],
  [2, "leads"],
  ["customer", undefined],
  ["toString", undefined],
  [null, undefined],
])("the card type %p is %p", (value, type) => {
  expect(readCardType(value)).toBe(type);
});

test("a call on a card that is none of ours is booked all the same", () => {
  const saved = { id: 5, entity_id: 77, entity_type: "customer", request_id: "r" };

  expect(decodeResult(steps.registerCall("1"), saved)).toMatchObject({
    kind: "booked",
    card: { id: 0 },
    noteId: 5,
  });
});

test("the request_id of a complex lead comes as a list", () => {
  const saved = savedElements("create-lead", [
    { id: 500_400, contact_id: 610_095, request_id: ["step-0"], merged: false },
  ]);

  expect(decodeResult(steps.createLead("1"), saved.get("step-0") ?? {})).toEqual({
    kind: "made-card",
    card: { type: "leads", id: 500_400 },
    contactId: 610_095,
  });
});

test("errors of /calls are told from refusals of the format", () => {
  const notFound = { title: "Entity not found", status: 263, request_id: "0" };

  expect(readCallErrors({ errors: [notFound] })).toEqual([
    { code: 263, requestId: "0", detail: "Entity not found" },
  ]);
  expect(readCallErrors({ _embedded: { calls: [], errors: [notFound] } })).toHaveLength(1);
  expect(readCallErrors({ errors: [], _embedded: { calls: [] } })).toEqual([]);
  expect(readCallErrors({ "validation-errors": [{}], errors: [] })).toBeUndefined();
  expect(readCallErrors({ title: "Bad Request" })).toBeUndefined();
});

test("a contact is read with all its numbers and leads, whatever else stands in it", () => {
  const contact = decodePhoneOwner({
    id: "610033",
    name: "Ana Costa",
    responsible_user_id: 9_100_002,
    is_deleted: false,
    created_at: 1_730_000_000,
    custom_fields_values: [
      { field_code: "EMAIL", values: [{ value: "ana@example.org" }] },
      { field_code: "PHONE", values: [{ value: "+351 912 000 111" }, { value: 912000112 }, null] },
    ],
    _embedded: { leads: [{ id: 500_210 }, { id: -1 }, "x"] },
  });

  expect(contact).toMatchObject({
    id: 610_033,
    phones: ["+351 912 000 111", "912000112"],
    leadIds: [500_210],
  });
});

test("won, lost and deleted leads are not active", () => {
  const lead = (more: JsonObject): boolean => {
    const decoded = decodeLead({ id: 1, status_id: 71_200_010, ...more });
    return decoded !== undefined && isActive(decoded);
  };

  expect(lead({})).toBe(true);
  expect(lead({ status_id: 142 })).toBe(false);
  expect(lead({ status_id: 143 })).toBe(false);
  expect(lead({ is_deleted: true })).toBe(false);
});

test("users are active unless Kommo says otherwise; pipelines keep the order of their stages", () => {
  expect(decodeUser({ id: 1, name: "Rita", rights: { is_active: false } })?.isActive).toBe(false);
  expect(decodeUser({ id: 1, name: "Rita" })).toMatchObject({ isActive: true, isAdmin: false });
  expect(
    decodePipeline({
      id: 8,
      name: "Sales",
      is_main: true,
      _embedded: {
        statuses: [
          { id: 142, name: "Won", sort: 10_000, type: 0 },
          { id: 3, name: "Incoming leads", sort: 10, type: 1 },
        ],
      },
    })?.statuses,
  ).toEqual([
    { id: 3, name: "Incoming leads", isUnsorted: true },
    { id: 142, name: "Won", isUnsorted: false },
  ]);
});

test("nothing that Kommo may send brings a decoder down", () => {
  const decoders: ((value: JsonObject) => unknown)[] = [
    decodeAccount,
    decodeCallNote,
    decodeLead,
    decodePhoneOwner,
    decodePipeline,
    decodeTask,
    decodeUnsorted,
    decodeUser,
    readCallErrors,
    ...all.map((step) => (value: JsonObject) => decodeResult(step, value)),
    ...all.map((step) => (value: JsonObject) => savedElements(step.kind, value)),
  ];
  const keys = fc.constantFrom(
    ...["id", "entity_id", "entity_type", "uid", "_embedded", "leads", "contacts", "params"],
    ...["errors", "metadata", "custom_fields_values", "values", "rights", "request_id", "calls"],
  );
  const anything = fc.anything({ key: keys, maxDepth: 4 });

  fc.assert(
    fc.property(fc.dictionary(keys, anything), (value) => {
      for (const decode of decoders) decode(value);
    }),
  );
});

test("an id that is no whole number above 0 is no id", () => {
  for (const id of [0, -1, 1.5, "1.5", "x", null, 2 ** 60, true])
    expect(decodeLead({ id })).toBeUndefined();
});
