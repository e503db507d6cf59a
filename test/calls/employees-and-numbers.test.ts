import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { compileSettings, settingsFrom } from "../../src/calls/settings.ts";
import { replayPath } from "../../src/cli/replay-trace.ts";

const PBX = { extensions: ["_10X"], trunks: [] };

test.each([
  ["79161112233", true],
  ["+79161112233", true],
  ["89161112233", true],
  ["81234560007", true],
  ["81234570007", false],
  ["79035550011", true],
  ["79035550012", false],
])("an employee's mobile %s counts as an employee: %s", (number, isEmployee) => {
  const settings = settingsFrom({
    pbx: PBX,
    users: new Map([
      ["101", [9100001]],
      ["79161112233", [9100001]],
    ]),
    employees: [{ numbers: ["8123456XXXX", "+7 903 555-00-11"] }],
  });

  expect(compileSettings(settings).isEmployeeNumber(number)).toBe(isEmployee);
});

test("an outbound call has its number as sent and as dialled", async () => {
  const recording = join(import.meta.dirname, "../fixtures/traces/ast22/out-recorded-prefix-8");

  const replayed = await replayPath(recording, PBX);

  expect(replayed.ok && replayed.value.calls).toMatchObject([
    { direction: "outbound", clientPhone: "79161234567", dialledNumber: "89161234567" },
  ]);
});
