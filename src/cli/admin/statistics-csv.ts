/** The table by employee, and that by day, as one file for a spreadsheet. Pure. */
import type { StatisticsAnswer } from "../../http/admin/contract-pages.ts";
import { csvOf } from "./csv.ts";

export function statisticsCsv(told: StatisticsAnswer): string {
  return csvOf([
    [
      "employee",
      "extension",
      "inbound answered",
      "inbound not answered",
      "outbound",
      "talk seconds",
      "mean talk seconds",
    ],
    ...told.employees.map((one) => [
      ...[one.name ?? "", one.extension, one.inbound, one.notAnswered, one.outbound],
      ...[one.talkSeconds, one.meanTalkSeconds],
    ]),
    [],
    ["day", "answered", "not answered"],
    ...told.days.map(({ day, answered, missed }) => [day, answered, missed]),
  ]);
}
