import { expect, test } from "@jest/globals";
import { answerCases } from "../../src/altegio/case-file.ts";

const RECORD = {
  id: 9001,
  company_id: 4564,
  deleted: false,
  client: { id: 5, phone: "79151234567" },
};
const KOMMO = {
  contacts: [{ id: 301, phones: ["8 915 123 45 67"] }],
  leads: [
    { id: 1, created_at: 1, pipeline_id: 10, status_id: 1001, contact_ids: [301], record_id: null },
  ],
};
const cases = (...list: object[]): string => JSON.stringify({ cases: list });

test("a case is answered in the fields of the file", () => {
  const answers = answerCases(
    cases({ id: "A", input: { event: "create", record: RECORD, settings: {}, kommo: KOMMO } }),
  );

  expect(answers).toEqual({
    ok: true,
    value: {
      answers: [
        {
          id: "A",
          action: "merge_into",
          lead_id: 1,
          reason: "duplicate",
          set_record_id: "9001",
          move_stage: true,
        },
      ],
      wrong: [],
    },
  });
});

test("flags as numbers and a deleted lead are understood", () => {
  const leads = KOMMO.leads.map((lead) => ({ ...lead, is_deleted: 1 }));
  const record = { ...RECORD, deleted: 0 };

  const answers = answerCases(
    cases({ id: "A", input: { event: "create", record, kommo: { ...KOMMO, leads } } }),
  );

  expect(answers).toMatchObject({
    value: { answers: [{ action: "create_lead", contact: { use: 301 } }] },
  });
});

test("a sequence is answered event by event", () => {
  const sequence = [
    { event: "create", record: RECORD },
    { event: "create", record: RECORD },
  ];

  const answers = answerCases(JSON.stringify({ sequences: [{ id: "S", sequence, kommo: KOMMO }] }));

  expect(answers).toMatchObject({
    value: { answers: [{ id: "S", decisions: [{ action: "merge_into" }, { action: "skip" }] }] },
  });
});

test.each([
  ["{", "no JSON"],
  ["[]", "an object"],
])("a file that is none of cases: %s", (text, sentence) => {
  expect(answerCases(text)).toMatchObject({
    ok: false,
    failure: { hint: expect.stringContaining(sentence) },
  });
});

test.each([
  [{ event: "drop", record: RECORD }, "event (create, update, delete)"],
  [{ event: "create", record: null }, "event (create, update, delete)"],
  [{ event: "create", record: RECORD, settings: { statuses: [] } }, "settings.statuses"],
  [{ event: "create", record: RECORD, settings: { statuses: [[10]] } }, "settings.statuses"],
])("a case that is none says why, and the next one is answered: %j", (input, sentence) => {
  const good = { id: "B", input: { event: "create", record: RECORD, kommo: KOMMO } };

  const answers = answerCases(cases({ id: "A", input }, good));

  expect(answers).toMatchObject({
    value: {
      answers: [{ id: "A", error: expect.stringContaining(sentence) }, { action: "merge_into" }],
      wrong: [expect.stringContaining("case 1 (A)")],
    },
  });
});

const MERGED = { action: "merge_into", lead_id: 1 };
const [FIRST] = KOMMO.leads;
const spelt: readonly (readonly [string, object, object])[] = [
  ["settings that are null", { settings: null }, MERGED],
  ["statuses that are null", { settings: { statuses: null } }, MERGED],
  ["statuses as texts", { settings: { statuses: [["10", "1001"]] } }, MERGED],
  [
    "the search off, and no statuses",
    { settings: { enabled: 0, statuses: [] } },
    { action: "create_lead", reason: "duplicate_search_off" },
  ],
  [
    "a link as a text",
    { link_lead_id: "1", record: { ...RECORD, client: { phone: "" } } },
    { action: "update_lead", lead_id: 1, reason: "link" },
  ],
  [
    "a record ID of blanks",
    { kommo: { ...KOMMO, leads: [{ ...FIRST, record_id: "  " }] } },
    MERGED,
  ],
  [
    "a record ID as a number",
    { kommo: { ...KOMMO, leads: [{ ...FIRST, record_id: 9001 }] } },
    { action: "update_lead", lead_id: 1, reason: "same_record_id", set_record_id: null },
  ],
  [
    "ids as texts",
    {
      kommo: {
        contacts: [{ id: "301", phones: [79151234567] }],
        leads: [{ ...FIRST, id: "1", contact_ids: ["301"], created_at: "7" }],
      },
    },
    MERGED,
  ],
  [
    "a client that is an empty list",
    { record: { ...RECORD, client: [] } },
    { reason: "no_client" },
  ],
  [
    "a contact without telephones",
    { kommo: { ...KOMMO, contacts: [{ id: 301, phones: null }] } },
    { action: "create_lead", contact: { create: true }, reason: "no_contact" },
  ],
  [
    "a deleted contact",
    { kommo: { ...KOMMO, contacts: [{ ...KOMMO.contacts[0], is_deleted: true }] } },
    { action: "create_lead", contact: { create: true }, reason: "no_contact" },
  ],
];

test.each(spelt)("%s is understood", (_, changes, expected) => {
  const input = { event: "create", record: RECORD, kommo: KOMMO, ...changes };

  expect(answerCases(cases({ id: "A", input }))).toMatchObject({ value: { answers: [expected] } });
});

test.each([
  [{}, false],
  [[], false],
  [{ name: "" }, false],
  [{ name: [] }, false],
  [{ name: " " }, false],
  [[{ field_id: 5, values: [{ value: "" }] }], false],
  [{ name: "x" }, true],
  [{ agreed: true }, true],
  [[{ field_id: 5, values: [{ value: 3 }] }], true],
])("custom fields %j: any filled is %s", (fields, isAnyFilled) => {
  const kommo = { ...KOMMO, leads: [{ ...FIRST, custom_fields: fields }] };
  const settings = { require_any_custom_field: true };
  const input = { event: "create", record: RECORD, settings, kommo };

  const answers = answerCases(cases({ id: "A", input }));

  expect(answers).toMatchObject({
    value: { answers: [{ action: isAnyFilled ? "merge_into" : "create_lead" }] },
  });
});

const at = (minute: number, more: object = {}) => ({
  ...RECORD,
  last_change_date: `2026-11-21T10:0${String(minute)}:00+0500`,
  ...more,
});
const LIVES: readonly (readonly [string, readonly object[], readonly object[]])[] = [
  [
    "deleted before anything was heard of it: the late create makes nothing",
    [
      { event: "delete", record: at(2, { deleted: true }) },
      { event: "create", record: at(1) },
      { event: "delete", record: at(2, { deleted: true }) },
    ],
    [{ reason: "deleted_not_linked" }, { reason: "stale_event" }, { reason: "deleted_not_linked" }],
  ],
  [
    "deleted and restored: the same lead",
    [
      { event: "create", record: at(1) },
      { event: "delete", record: at(2, { deleted: true }) },
      { event: "update", record: at(3) },
    ],
    [MERGED, { action: "mark_deleted", lead_id: 1 }, { action: "update_lead", reason: "link" }],
  ],
  [
    "an update that found nothing does not make the create look old",
    [
      { event: "update", record: at(2, { client: { id: 5, phone: "+79990001122" } }) },
      { event: "create", record: at(1) },
    ],
    [{ reason: "not_found" }, MERGED],
  ],
  [
    "the client changes the number between two appointments: one contact",
    [
      { event: "create", record: at(1) },
      { event: "create", record: at(2, { id: 9002, client: { id: 5, phone: "+79990001122" } }) },
    ],
    [MERGED, { action: "create_lead", contact: { use: 301 }, reason: "no_contact" }],
  ],
];

test.each(LIVES)("%s", (_, sequence, decisions) => {
  const answers = answerCases(JSON.stringify({ sequences: [{ id: "S", sequence, kommo: KOMMO }] }));

  expect(answers).toMatchObject({ value: { answers: [{ id: "S", decisions }] } });
});

test("the client of a merged lead is the contact with the number, not the first one", () => {
  const kommo = {
    contacts: [
      { id: 300, phones: ["+79990000000"] },
      { id: 301, phones: ["+79151234567"] },
    ],
    leads: [{ ...FIRST, contact_ids: [300, 301] }],
  };
  const sequence = [
    { event: "create", record: RECORD },
    { event: "create", record: { ...RECORD, id: 9002, client: { id: 5, phone: "" } } },
  ];

  const answers = answerCases(JSON.stringify({ sequences: [{ id: "S", sequence, kommo }] }));

  expect(answers).toMatchObject({
    value: { answers: [{ decisions: [MERGED, { contact: { use: 301 }, reason: "no_phone" }] }] },
  });
});
