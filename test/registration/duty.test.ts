import { expect, test } from "@jest/globals";
import { dutyOf, isAtWork, type DutyRoster } from "../../src/registration/duty.ts";

const HOURS = { from: 9 * 60, to: 18 * 60 };
const weekdays = [1, 2, 3, 4, 5];
const roster: DutyRoster = {
  employees: [
    { user: 1, working_hours: "office" },
    { user: 2, absent: [{ from: "2026-12-24", to: "2027-01-06", instead: 1 }] },
    { user: 3, working_hours: "no such hours" },
  ],
  workingHours: new Map([
    [
      "office",
      {
        days: [0, 1, 2, 3, 4, 5, 6].map((day) => (weekdays.includes(day) ? [HOURS] : [])),
        holidays: [],
      },
    ],
  ]),
  timeZone: "Europe/Lisbon",
};
const at = (text: string): number => Date.parse(text) / 1_000;

test.each([
  ["Monday morning", "2026-11-23T08:59:00Z", false],
  ["Monday at nine", "2026-11-23T09:00:00Z", true],
  ["Monday evening", "2026-11-23T18:00:00Z", false],
  ["Sunday", "2026-11-22T12:00:00Z", false],
])("%s", (_what, time, isOn) => {
  expect(dutyOf(1, at(time), roster).isOn).toBe(isOn);
});

test.each([
  ["2026-12-23T23:59:00Z", true],
  ["2026-12-24T00:00:00Z", false],
  ["2027-01-06T23:59:00Z", false],
  ["2027-01-07T00:00:00Z", true],
])("an absence counts whole days, in the account's zone: %s", (time, isOn) => {
  const duty = dutyOf(2, at(time), roster);

  expect(duty.isOn).toBe(isOn);
  if (!duty.isOn) expect(duty).toMatchObject({ instead: 1, because: "is absent until 2027-01-06" });
});

test("who has no entry, or hours that nobody wrote, is always at work", () => {
  const night = at("2026-11-22T03:00:00Z");

  expect([dutyOf(9, night, roster).isOn, dutyOf(3, night, roster).isOn]).toEqual([true, true]);
  expect(isAtWork(undefined, night, roster)).toBe(true);
  expect(isAtWork("office", night, roster)).toBe(false);
});
