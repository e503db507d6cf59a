import { expect, test } from "@jest/globals";
import { parseAppointment, type Appointment } from "../../src/altegio/appointment.ts";
import { chooseStage, type StageOptions, type StageRule } from "../../src/altegio/stage.ts";

const place = (statusId: number, pipelineId = 10) => ({ pipelineId, statusId });

/** First asked, booked, confirmed, came, then won and lost. */
const OPTIONS: StageOptions = {
  allowBackward: false,
  reopenClosed: false,
  orderOf: (pipelineId) => (pipelineId === 10 ? [1, 2, 3, 4, 142, 143] : [7, 8, 142, 143]),
};

const RULES: readonly StageRule[] = [
  { deleted: true, stage: place(143) },
  { attendance: 1, paidFull: true, stage: place(142) },
  { attendance: 1, staff: ["55"], stage: null },
  { attendance: 1, stage: place(4) },
  { attendance: 2, pipelines: [10], stage: place(3) },
  { attendance: 0, categories: ["31"], from: [[10, 1]], stage: place(3) },
  { attendance: 0, locations: ["1"], services: ["900"], stage: place(8, 20) },
  { attendance: 0, stage: place(2) },
];

function appointment(fields: object = {}): Appointment {
  const parsed = parseAppointment({ id: 9001, attendance: 0, ...fields }, "1");
  if (!parsed.ok) throw new Error(parsed.failure.hint);
  return parsed.value;
}

test.each<[string, object, object, object]>([
  ["booked", {}, {}, { kind: "move", statusId: 2 }],
  ["deleted goes before everything", { deleted: true, attendance: 1 }, {}, { statusId: 143 }],
  ["came and paid", { attendance: 1 }, { isPaidFull: true }, { statusId: 142 }],
  ["came", { attendance: 1 }, {}, { statusId: 4 }],
  ["a rule that says stay", { attendance: 1, staff_id: 55 }, {}, { reason: "told_to_stay" }],
  ["another pipeline by service", { services: [{ id: 900 }] }, {}, { pipelineId: 20, statusId: 8 }],
  ["by category of service", {}, { categoryIds: ["30", "31"] }, { statusId: 3 }],
  [
    "a rule for leads of one status only",
    {},
    { categoryIds: ["31"], now: place(7, 20) },
    { pipelineId: 10, statusId: 2 },
  ],
  ["no rule for this pipeline", { attendance: 2 }, { now: place(7, 20) }, { reason: "no_rule" }],
  ["there already", {}, { now: place(2) }, { kind: "stay", reason: "there_already" }],
  ["never backwards", {}, { now: place(3) }, { kind: "stay", reason: "backward" }],
  ["never out of won", {}, { now: place(142) }, { kind: "stay", reason: "closed" }],
  ["a closed lead that was chosen", {}, { now: place(143), isChosenClosed: true }, { statusId: 2 }],
  ["from won to lost neither", { deleted: true }, { now: place(142) }, { reason: "closed" }],
])("stage: %s", (_, fields, how, expected) => {
  const asked = {
    appointment: appointment(fields),
    isPaidFull: false,
    categoryIds: ["30"],
    now: place(1),
    ...how,
  };

  expect(chooseStage(asked, RULES, OPTIONS)).toMatchObject(expected);
});

test("backwards and out of closed, where the settings allow it", () => {
  const asked = { appointment: appointment(), isPaidFull: false, categoryIds: [] };

  expect(
    chooseStage({ ...asked, now: place(4) }, RULES, { ...OPTIONS, allowBackward: true }),
  ).toMatchObject({ statusId: 2 });
  expect(
    chooseStage({ ...asked, now: place(142) }, RULES, { ...OPTIONS, reopenClosed: true }),
  ).toMatchObject({ statusId: 2 });
});
