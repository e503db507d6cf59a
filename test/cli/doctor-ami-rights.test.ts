// Whether the AMI users may do too little or too much.
import { expect, test } from "@jest/globals";
import { compareRights, DIALLER_WRITE, writeClassesOf } from "../../src/cli/doctor/ami-rights.ts";

const OF_REPORTING = ["Ping", "CoreStatus", "DeviceStateList", "CoreShowChannels"];

test.each([
  [["Ping", "Originate"], ["originate"]],
  [OF_REPORTING, ["reporting"]],
  [
    [...OF_REPORTING, "BlindTransfer", "Redirect", "Hangup"],
    ["call", "reporting"],
  ],
  [["Ping", "Command"], ["command"]],
  [["Ping", "ModuleLoad", "CoreStatus"], ["system"]],
])("what Asterisk lists for a user shows the classes: %j", (actions, classes) => {
  expect(writeClassesOf(actions)).toEqual(classes);
});

test("a dialler who may transfer has more than needed, and one who may not dial has less", () => {
  expect(compareRights(["originate", "call"], DIALLER_WRITE)).toEqual({ less: [], more: ["call"] });
  expect(compareRights([], DIALLER_WRITE)).toEqual({ less: ["originate"], more: [] });
  expect(compareRights(["all"], DIALLER_WRITE)).toEqual({ less: [], more: ["all"] });
  expect(compareRights(["originate"], DIALLER_WRITE)).toEqual({ less: [], more: [] });
});
