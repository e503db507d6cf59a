import { expect, test } from "@jest/globals";
import { parseAppointment, priceOf } from "../../src/altegio/appointment.ts";
import { timeOf } from "../../src/altegio/wire.ts";

const RECORD = {
  id: 596792980,
  company_id: 307626,
  datetime: "2025-07-13T12:10:00+05:00",
  create_date: "2025-07-13T11:49:08+0500",
  last_change_date: "2025-07-13T12:15:24+0500",
  comment: "",
  visit_id: 508928360,
  attendance: 1,
  seance_length: 1500,
  deleted: false,
  paid_full: 1,
  services: [{ id: 5034676, title: "Haircut", cost: 4000 }],
  goods_transactions: [{ id: 7, title: "Wax", cost: "500.50", amount: -1 }],
  staff: { id: 2835418, name: "N." },
  record_labels: [{ id: 1, title: "VIP" }],
  client: { id: 169711586, name: "V.", surname: "", phone: 77770000000, success_visits_count: 3 },
};

function read(fields: object) {
  const parsed = parseAppointment({ ...RECORD, ...fields }, "307626");
  if (!parsed.ok) throw new Error(parsed.failure.hint);
  return parsed.value;
}

test("an appointment as Altegio tells it", () => {
  const appointment = read({});

  expect(appointment).toMatchObject({
    recordId: "596792980",
    visitId: "508928360",
    attendance: 1,
    isDeleted: false,
    isPaidFull: true,
    startsAt: Date.parse("2025-07-13T07:10:00Z"),
    changedAt: Date.parse("2025-07-13T07:15:24Z"),
    lengthS: 1500,
    staff: { id: "2835418", name: "N." },
    labels: ["VIP"],
    client: { id: "169711586", name: "V.", phone: "77770000000", visitCount: 3 },
  });
  expect(priceOf(appointment)).toBe(4500.5);
});

test.each<[string, object, object]>([
  ["a technical break has no client", { client: null }, { client: null }],
  ["an absent relation told as a list is none", { client: [], staff: [] }, { client: null }],
  ["flags as numbers", { deleted: 1, paid_full: 0 }, { isDeleted: true, isPaidFull: false }],
  ["flags as text", { deleted: "1" }, { isDeleted: true }],
  ["the visit's comment 0 is text", { comment: 0 }, { comment: "0" }],
  ["no visit", { visit_id: 0 }, { visitId: undefined }],
  ["an attendance nobody knows is waiting", { attendance: 7 }, { attendance: 0 }],
  ["did not come", { attendance: "-1" }, { attendance: -1 }],
  ["services that are no list", { services: { id: 1 } }, { services: [] }],
  ["a link that is none", { short_link: "javascript:alert(1)" }, { link: "" }],
  ["control characters", { comment: "a\r\nb\u0000" }, { comment: "a b" }],
])("%s", (_, fields, expected) => {
  expect(read(fields)).toMatchObject(expected);
});

test.each([null, [], "record", {}, { id: 0 }, { id: "x" }, { id: {} }])(
  "what has no id is no appointment: %j",
  (wire) => {
    expect(parseAppointment(wire, "1").ok).toBe(false);
  },
);

test.each([
  ["2025-07-13T12:10:00+05:00", "2025-07-13T07:10:00Z"],
  ["2025-07-13T12:10:00+0500", "2025-07-13T07:10:00Z"],
  ["2026-09-21T23:00:00.000-05:00", "2026-09-22T04:00:00Z"],
  ["2025-07-13T12:10:00Z", "2025-07-13T12:10:00Z"],
])("the time %s", (text, utc) => {
  expect(timeOf(text)).toBe(Date.parse(utc));
});

test.each(["2025-07-13 12:10:00", "", "yesterday", 5, null])("%j is no time", (text) => {
  expect(timeOf(text)).toBeUndefined();
});
