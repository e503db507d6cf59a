// Who takes part in calls, counted beside who stands for whom.
import { expect, test } from "@jest/globals";
import { readEmployees } from "../../../src/cli/admin/employees-seen.ts";
import { registrationSettings } from "../../../src/cli/registration-settings.ts";
import { GOOD, load, removeFolders } from "../../config/written-config.ts";
import { answered, missed, NOON, openCallArchive, part, type CallArchive } from "./call-archive.ts";

async function employeesOf({ store }: CallArchive) {
  const loaded = load({ ...GOOD, users: { "101": 9_100_001, "105": 9_100_002 } });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
  removeFolders();
  const { employees } = await readEmployees({
    store,
    settings: registrationSettings(loaded.value.config, {}),
    users: () => [],
    telephones: { stateOf: () => undefined },
    isGiven: () => false,
  });
  return employees.map(({ extension, calls, lastCallAt, from }) => ({
    ...{ extension, calls, lastCallAt, from },
  }));
}

test("who takes part in calls and is nobody's comes first, the busiest at the top", async () => {
  await using archive = await openCallArchive();
  await archive.add(answered(0, "102"), answered(60, "103"), answered(120, "103"));

  const employees = await employeesOf(archive);

  expect(employees).toEqual([
    { extension: "103", calls: 2, lastCallAt: NOON + 120_000, from: "nobody" },
    { extension: "102", calls: 1, lastCallAt: NOON, from: "nobody" },
    { extension: "101", calls: 0, lastCallAt: null, from: "configuration" },
    { extension: "105", calls: 0, lastCallAt: null, from: "configuration" },
  ]);
});

test("a telephone that rang twice in one call took part in one call", async () => {
  await using archive = await openCallArchive();
  const rang = (at: number) => part("101", { from: NOON + at, to: NOON + at + 5_000 });
  await archive.add(missed(0, { conversations: [rang(0), rang(10_000)] }));

  const employees = await employeesOf(archive);

  expect(employees[0]).toMatchObject({ extension: "101", calls: 1, lastCallAt: NOON });
});
