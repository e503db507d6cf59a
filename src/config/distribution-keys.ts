/** The keys of distribution: how long the dialplan waits, and when an employee gets no caller. */
import type { Absence, DutyOf } from "../registration/duty.ts";
import { flag, wholeNumberFrom } from "./formats.ts";
import { optional, withDefault } from "./key.ts";
import { userId } from "./number-formats.ts";
import { hoursName } from "./rule-formats.ts";
import { formatOf, listOf, objectOf, oneOrMany, shapeOf, textThat, type Shape } from "./shapes.ts";

const day = textThat('a day as "2027-01-01"', (value) =>
  /^\d{4}-\d{2}-\d{2}$/.test(value) && !Number.isNaN(Date.parse(value)) ? undefined : "is no day",
);

const absenceParts = objectOf(
  'an absence as { "from": "2026-12-24", "to": "2027-01-06" }',
  { from: day, to: day },
  { instead: userId },
);

const absence: Shape<Absence> = {
  ...absenceParts,
  flaws(value) {
    const flaws = absenceParts.flaws(value);
    if (flaws.length > 0 || !(value instanceof Map)) return flaws;
    const { from, to } = absenceParts.read(value);
    if (from <= to) return [];
    return [{ at: ["to"], wrong: "is before the first day", instead: "write the last day of it" }];
  },
};

const duty = objectOf(
  "an object with user, and working_hours or absent",
  { user: userId },
  { working_hours: shapeOf(hoursName), absent: oneOrMany(absence) },
);

const EMPLOYEES = 'a list as [{ "user": 9100001, "working_hours": "office", "absent": [] }]';

export const distributionKeys = {
  limit_ms: withDefault(
    wholeNumberFrom(50, 10_000),
    800,
    "the dialplan has its answer by then, if need be an empty one",
  ),
  working_hours: optional(
    hoursName,
    "an entry of working_hours; outside of it no caller is given to anybody",
  ),
  employees: withDefault(
    formatOf<readonly DutyOf[]>(listOf(duty, EMPLOYEES)),
    [],
    "hours and absences of single employees, and who stands in for them",
  ),
  skip_busy: withDefault(
    flag,
    false,
    "employees who are talking get no second caller; else their telephone decides",
  ),
  last_talk_days: withDefault(
    wholeNumberFrom(0, 3_650),
    365,
    "how long a caller is given to the employee of the last talk, where no card says whose; 0: not",
  ),
};
