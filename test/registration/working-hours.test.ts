import { expect, test } from "@jest/globals";
import {
  deadlineAfter,
  isInside,
  wallClock,
  type WorkingHours,
} from "../../src/registration/working-hours.ts";

const NINE_TO_SIX = [{ from: 540, to: 1080 }];
const WITH_LUNCH = [
  { from: 540, to: 780 },
  { from: 840, to: 1080 },
];
const office: WorkingHours = {
  days: [[], NINE_TO_SIX, NINE_TO_SIX, NINE_TO_SIX, NINE_TO_SIX, WITH_LUNCH, []],
  holidays: ["2026-12-25"],
};
const at = (text: string): number => Date.parse(text) / 1_000;
const told = (seconds: number): string => new Date(seconds * 1_000).toISOString().slice(0, 16);

// Lisbon is UTC in winter, UTC+1 in summer; Moscow is always UTC+3.
test.each([
  ["2026-11-20T08:59:59Z", "Europe/Lisbon", false],
  ["2026-11-20T09:00:00Z", "Europe/Lisbon", true],
  ["2026-11-20T13:30:00Z", "Europe/Lisbon", false],
  ["2026-11-20T17:59:59Z", "Europe/Lisbon", true],
  ["2026-11-20T18:00:00Z", "Europe/Lisbon", false],
  ["2026-07-17T08:00:00Z", "Europe/Lisbon", true],
  ["2026-11-20T06:00:00Z", "Europe/Moscow", true],
  ["2026-11-22T10:00:00Z", "Europe/Lisbon", false],
  ["2026-12-25T10:00:00Z", "Europe/Lisbon", false],
])("%s in %s", (time, timeZone, expected) => {
  expect(isInside(office, at(time), timeZone)).toBe(expected);
});

test.each([
  ["in the middle of the day", "2026-11-19T10:00:00Z", 60, "2026-11-19T11:00"],
  ["to the end of the day", "2026-11-19T17:00:00Z", 60, "2026-11-19T18:00"],
  ["over the night", "2026-11-19T17:30:00Z", 60, "2026-11-20T09:30"],
  ["before the day begins", "2026-11-19T03:00:00Z", 60, "2026-11-19T10:00"],
  ["over lunch", "2026-11-20T12:30:00Z", 60, "2026-11-20T14:30"],
  ["over the weekend", "2026-11-20T17:45:00Z", 60, "2026-11-23T09:45"],
  ["over a holiday and a weekend", "2026-12-24T17:30:00Z", 60, "2026-12-28T09:30"],
  ["over several days", "2026-11-16T09:00:00Z", 3 * 540, "2026-11-18T18:00"],
])("an hour's deadline %s", (_, from, minutes, expected) => {
  const deadline = deadlineAfter({ from: at(from), minutes, timeZone: "UTC" }, office);

  expect(told(deadline)).toBe(expected);
});

test("a deadline over the night in which the clock is set counts by the wall clock", () => {
  const sunday = { days: [NINE_TO_SIX, [], [], [], [], [], NINE_TO_SIX], holidays: [] };
  // In Lisbon the clock was put back in the night to 2026-10-25.
  const from = at("2026-10-24T16:30:00Z");

  const deadline = deadlineAfter({ from, minutes: 60, timeZone: "Europe/Lisbon" }, sunday);

  expect(told(deadline)).toBe("2026-10-25T09:30");
});

// In Lisbon the clock was put on in the night to 2026-03-29 (01:00 to 02:00), and back on 2026-10-25.
const NIGHT = [{ from: 0, to: 240 }];
const nights: WorkingHours = {
  days: [NIGHT, [], [], [], [], [], [{ from: 1_380, to: 1_440 }]],
  holidays: ["2026-04-05"],
};
test.each([
  [
    "an hour that the clock leaves out is not worked",
    "2026-03-28T23:30:00Z",
    60,
    "2026-03-29T00:30",
  ],
  ["a night of three hours", "2026-03-29T00:00:00Z", 180, "2026-03-29T03:00"],
  ["a night of three hours is over then", "2026-03-29T00:00:00Z", 181, "2026-04-04T22:01"],
  ["a holiday on Sunday leaves Saturday's hour", "2026-04-04T22:30:00Z", 60, "2026-04-11T22:30"],
  ["a night of five hours", "2026-10-24T23:00:00Z", 300, "2026-10-25T04:00"],
])("where the clock changes while people work: %s", (_, from, minutes, expected) => {
  const asked = { from: at(from), minutes, timeZone: "Europe/Lisbon" };

  expect(told(deadlineAfter(asked, nights))).toBe(expected);
});

test.each([
  ["2026-11-21T18:05:59Z", "Europe/Lisbon", "2026-11-21 18:05"],
  ["2026-07-17T23:30:00Z", "Europe/Lisbon", "2026-07-18 00:30"],
  ["2026-12-31T21:00:00Z", "Europe/Moscow", "2027-01-01 00:00"],
])("%s is shown in %s as %s", (time, timeZone, expected) => {
  expect(wallClock(at(time), timeZone)).toBe(expected);
});

test("without working hours, and with hours that never come, the time is simply added", () => {
  const never = { days: [[], [], [], [], [], [], []], holidays: [] };
  const from = { from: 1_000, minutes: 30, timeZone: "UTC" };

  expect(deadlineAfter(from, undefined)).toBe(2_800);
  expect(deadlineAfter(from, never)).toBe(2_800);
});

test("an office that never closes counts every minute", () => {
  const always = { days: Array.from({ length: 7 }, () => [{ from: 0, to: 1440 }]), holidays: [] };
  const from = at("2026-03-28T23:30:00Z");

  const deadline = deadlineAfter({ from, minutes: 120, timeZone: "Europe/Lisbon" }, always);

  expect(deadline - from).toBe(120 * 60);
});
