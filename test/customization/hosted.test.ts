// The daemon's side: scripts run by a process of their own.
import { monitorEventLoopDelay } from "node:perf_hooks";
import { readdirSync, readFileSync } from "node:fs";
import { expect, jest, test } from "@jest/globals";
import { HOOK_NAMES, type HookName } from "../../src/customization/contract/hooks.ts";
import { createHostedCustomizations } from "../../src/customization/hosted.ts";
import { openScripts, until, whyNot, type Scripts } from "./scripts-in.ts";

jest.setTimeout(120_000);

const hosted = (scripts: Scripts, limitMs = 20_000) =>
  createHostedCustomizations({
    settings: {
      path: scripts.folder,
      off: [],
      limitsMs: Object.fromEntries(HOOK_NAMES.map((name) => [name, limitMs])) as Record<
        HookName,
        number
      >,
      extensions: ["_1XX"],
      recordingRoots: ["/var/spool"],
    },
    now: () => Date.now(),
    onNews: (news) => scripts.news.push(news),
  });

const answer = (phone: string): string =>
  `#!/bin/sh\necho '{"data": {"phone": "${phone}"}, "state": "success"}'\n`;
const GIVEN = { phone: "79161234567" };

/** Processes that this one started for scripts. */
const children = (): number[] =>
  readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ")[1];
        return (
          Number(parent) === process.pid &&
          readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("host-child")
        );
      } catch {
        return false;
      }
    });

test("numbers of an exchange that came meanwhile may be answered, by the same process", async () => {
  await using scripts = openScripts();
  const customizations = hosted(scripts);
  scripts.write(
    "customize_autodistribution.sh",
    `#!/bin/sh\necho '{"data": {"number": "2001"}, "state": "success"}'\n`,
  );
  const ask = () => customizations.run("customize_autodistribution", { from: "79161234567" });

  const before = await ask();
  const [one] = children();
  customizations.heed({ extensions: ["_1XX", "_20XX"], recordingRoots: ["/var/spool"] });
  const after = await ask();
  const [same] = children();
  await customizations.stop();

  expect([before.kind, after.kind]).toEqual(["failed", "answered"]);
  expect(same).toBe(one);
});

test("a script runs, changes and goes while the daemon goes on", async () => {
  await using scripts = openScripts();
  const customizations = hosted(scripts);
  expect(customizations.has("process_client_phone")).toBe(false);
  expect(children()).toEqual([]);

  scripts.write("process_client_phone.sh", answer("71"));
  const first = await customizations.run("process_client_phone", GIVEN);
  scripts.write("process_client_phone.sh", answer("72"));
  const second = await customizations.run("process_client_phone", GIVEN);

  expect([first, second]).toMatchObject([{ data: { phone: "71" } }, { data: { phone: "72" } }]);
  expect(customizations.list()).toMatchObject([{ runs: { runs: 2, failures: 0 } }]);
  expect(scripts.told()).toEqual(["in-force", "in-force"]);
  await customizations.stop();
  expect(children()).toEqual([]);
});

test("when that process is killed, the call goes on with the default and the next run answers", async () => {
  await using scripts = openScripts({ "process_client_phone.sh": "#!/bin/sh\nsleep 600\n" });
  const customizations = hosted(scripts, 60_000);
  await customizations.warm();

  const run = customizations.run("process_client_phone", GIVEN);
  const [pid] = children();
  process.kill(pid ?? 0, "SIGKILL");
  scripts.write("process_client_phone.sh", answer("71"));

  expect(whyNot(await run)).toMatch(/^crash/);
  expect(await customizations.run("process_client_phone", GIVEN)).toMatchObject({
    data: { phone: "71" },
  });
  await customizations.stop();
});

test("a stop ends what runs, at once", async () => {
  await using scripts = openScripts({ "process_client_phone.sh": "#!/bin/sh\nsleep 600\n" });
  const customizations = hosted(scripts, 60_000);
  await customizations.warm();

  const run = customizations.run("process_client_phone", GIVEN);
  await customizations.stop();

  expect((await run).kind).toBe("stopped");
  expect(await until(children, (pids) => pids.length === 0)).toEqual([]);
});

test("F54: scripts that loop and scripts that are started hold up the daemon no longer than an idle machine", async () => {
  await using scripts = openScripts({
    "process_client_phone.js": "export default () => { for (;;) {} };",
    "need_registration.sh": answer("1"),
  });
  const customizations = hosted(scripts, 1_000);
  await customizations.warm();
  const delay = monitorEventLoopDelay({ resolution: 1 });

  delay.enable();
  const looping = Array.from({ length: 3 }, () =>
    customizations.run("process_client_phone", GIVEN),
  );
  for (let round = 0; round < 10; round++) await customizations.run("need_registration", {});
  const results = await Promise.all(looping);
  delay.disable();

  expect(results.map(({ kind }) => kind)).toEqual(["failed", "failed", "failed"]);
  // Half of all delays: a busy machine is late now and then by itself.
  expect(delay.percentile(50) / 1e6).toBeLessThan(100);
  await customizations.stop();
});
