/** Whether an employee is at work: own working hours, and absences with who stands in. Pure. */
import { isInside, wallClock, type WorkingHours } from "./working-hours.ts";

/** Days as "2026-12-24", both included. */
export type Absence = {
  readonly from: string;
  readonly to: string;
  /** The Kommo user who stands in. */
  readonly instead?: number;
};

/** The spelling is that of the configuration. */
export type DutyOf = {
  readonly user: number;
  /** An entry of working_hours; absent: always. */
  readonly working_hours?: string;
  readonly absent?: readonly Absence[];
};

export type Duty =
  | { readonly isOn: true }
  | { readonly isOn: false; readonly because: string; readonly instead: number | undefined };

export type DutyRoster = {
  readonly employees: readonly DutyOf[];
  readonly workingHours: ReadonlyMap<string, WorkingHours>;
  readonly timeZone: string;
};

const ON: Duty = { isOn: true };

/** @param at Unix seconds */
export function dutyOf(user: number, at: number, roster: DutyRoster): Duty {
  const entry = roster.employees.find((one) => one.user === user);
  if (entry === undefined) return ON;
  const today = wallClock(at, roster.timeZone).slice(0, 10);
  const absence = entry.absent?.find(({ from, to }) => from <= today && today <= to);
  if (absence !== undefined)
    return { isOn: false, because: `is absent until ${absence.to}`, instead: absence.instead };
  if (isAtWork(entry.working_hours, at, roster)) return ON;
  return { isOn: false, because: "is outside the working hours", instead: undefined };
}

/** @param name of an entry; undefined, or one that there is not: always */
export function isAtWork(
  name: string | undefined,
  at: number,
  { workingHours, timeZone }: Pick<DutyRoster, "workingHours" | "timeZone">,
): boolean {
  const hours = name === undefined ? undefined : workingHours.get(name);
  return hours === undefined || isInside(hours, at, timeZone);
}
