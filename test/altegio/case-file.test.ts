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
    value: [
      {
        id: "A",
        action: "merge_into",
        lead_id: 1,
        reason: "duplicate",
        set_record_id: "9001",
        move_stage: true,
      },
    ],
  });
});

test("flags as numbers and a deleted lead are understood", () => {
  const leads = KOMMO.leads.map((lead) => ({ ...lead, is_deleted: 1 }));
  const record = { ...RECORD, deleted: 0 };

  const answers = answerCases(
    cases({ id: "A", input: { event: "create", record, kommo: { ...KOMMO, leads } } }),
  );

  expect(answers).toMatchObject({ value: [{ action: "create_lead", contact: { use: 301 } }] });
});

test("a sequence is answered event by event", () => {
  const sequence = [
    { event: "create", record: RECORD },
    { event: "create", record: RECORD },
  ];

  const answers = answerCases(JSON.stringify({ sequences: [{ id: "S", sequence, kommo: KOMMO }] }));

  expect(answers).toMatchObject({
    value: [{ id: "S", decisions: [{ action: "merge_into" }, { action: "skip" }] }],
  });
});

test.each([
  ["{", "no JSON"],
  ["[]", "an object"],
  [cases({ id: "A", input: { event: "drop", record: RECORD } }), "case 1 (A)"],
  [cases({ id: "A", input: { event: "create", record: null } }), "event (create, update, delete)"],
  [
    cases({ id: "A", input: { event: "create", record: RECORD, settings: { statuses: [] } } }),
    "settings.statuses",
  ],
])("a file that is none of cases: %s", (text, sentence) => {
  expect(answerCases(text)).toMatchObject({
    ok: false,
    failure: { hint: expect.stringContaining(sentence) },
  });
});
