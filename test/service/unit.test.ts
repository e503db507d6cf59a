// The unit as systemd itself judges it. Whether it is understood is asked in test/packages, where all
// that it names is installed.
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { MOST_EXPOSED } from "./exposure.ts";
import { readUnit, UNIT } from "./unit-file.ts";

test(`systemd finds the service exposed by ${MOST_EXPOSED} of 10 at most`, () => {
  const judged = execFileSync(
    "systemd-analyze",
    ["security", "--offline=true", "--no-pager", UNIT],
    // An older systemd says that it does not know the newer one's keys.
    { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
  );

  const [, exposed] = /Overall exposure level for \S+: (\d+\.\d+)/.exec(judged) ?? [];

  expect(Number(exposed)).toBeLessThanOrEqual(MOST_EXPOSED);
});

test("the service is told to systemd as the daemon behaves", () => {
  const unit = readUnit();

  expect(unit.one("Type")).toBe("notify");
  // systemd-notify speaks for the daemon.
  expect(unit.one("NotifyAccess")).toBe("all");
  expect(unit.one("ExecStart")).toBe("/usr/bin/asterisk-kommo run");
  expect(unit.one("Restart")).toBe("on-failure");
});

test("user and folders of the service are those that are made for it", () => {
  const unit = readUnit();
  const read = (name: string): string =>
    readFileSync(join(import.meta.dirname, "../../systemd", name), "utf8");
  const user = unit.one("User") ?? "";

  expect(read("asterisk-kommo.sysusers")).toContain(`u ${user} - `);
  expect(read("asterisk-kommo.tmpfiles")).toContain(
    `d /var/lib/${unit.one("StateDirectory") ?? ""} ${unit.one("StateDirectoryMode") ?? ""} ${user} ${user} -`,
  );
});
