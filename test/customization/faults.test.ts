// F53 to F62 of the fault catalogue, with real processes. What may hurt the host (memory, processes,
// files) stands in harm.test.ts.
import { chmodSync, readFileSync, type BigIntStats } from "node:fs";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { expect, jest, test } from "@jest/globals";
import { whyNotTrusted } from "../../src/customization/trust.ts";
import { answering, openScripts, phoneAfter, until, whyNot, type Scripts } from "./scripts-in.ts";

jest.setTimeout(180_000);

const GIVEN = { phone: "79161234567" };
const SHORT = { limitMs: () => 700 };
const run = (scripts: Scripts, input: Record<string, unknown> = GIVEN) =>
  scripts.customizations.run("process_client_phone", input);
const python = (body: string): string => `#!/usr/bin/env python3\nimport sys, os, time\n${body}\n`;
const shell = (body: string): string => `#!/bin/sh\n${body}\n`;
const OK = `{"data": {"phone": "70000000000"}, "state": "success"}`;

const isAlive = (pid: number): boolean => {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.startsWith("Z") !== true;
  } catch {
    return false;
  }
};

test.each([
  [
    "process_client_phone.js",
    `export default () => new Promise(() => setInterval(() => 0, 1000));`,
  ],
  ["process_client_phone.sh", shell("sleep 600")],
  ["process_client_phone.py", python("time.sleep(600)")],
  ["process_client_phone.php", "<?php sleep(600);"],
])(
  "F53: %s never answers: it is ended at its limit, and the default is used",
  async (file, text) => {
    await using scripts = openScripts({ [file]: text }, SHORT);
    await scripts.customizations.warm();

    const result = await run(scripts);

    expect(whyNot(result)).toMatch(/^timeout: no answer within/);
    expect(scripts.customizations.list()[0]?.runs).toMatchObject({ runs: 1, failures: 1 });
  },
);

test("F54: an endless loop in JavaScript ends with its process, and never holds up the daemon", async () => {
  await using scripts = openScripts(
    {
      "process_client_phone.js": `export default ({ phone }) => { while (phone === "1") {} return ${OK}; };`,
    },
    SHORT,
  );
  await scripts.customizations.warm();
  const delay = monitorEventLoopDelay({ resolution: 1 });

  delay.enable();
  const hanging = await run(scripts, { phone: "1" });
  delay.disable();
  const next = await until(
    () => run(scripts),
    ({ kind }) => kind === "answered",
  );

  expect(whyNot(hanging)).toMatch(/^timeout/);
  expect(next).toMatchObject({ data: { phone: "70000000000" } });
  // A machine that is busy with other things is late by itself; a loop that is held waits for the limit.
  expect(delay.percentile(50) / 1e6).toBeLessThan(SHORT.limitMs());
});

test.each([
  ["exits 1", "process_client_phone.sh", shell(`echo '${OK}'; exit 1`), /^crash: .*code 1/],
  ["is ended by a signal", "process_client_phone.sh", shell("kill -SEGV $$"), /^crash: .*SEGV/],
  [
    "ends its process",
    "process_client_phone.js",
    "export default () => process.exit(7);",
    /^crash/,
  ],
  [
    "throws",
    "process_client_phone.js",
    `export default () => { throw new Error("oh"); };`,
    /^crash: it threw: oh/,
  ],
  [
    "says that it failed",
    "process_client_phone.js",
    `export default () => ({ data: {}, state: "error" });`,
    /^state/,
  ],
])("F55: a script that %s: the default is used", async (_, file, text, why) => {
  await using scripts = openScripts({ [file]: text });

  const first = await run(scripts);
  const second = await run(scripts);

  expect(whyNot(first)).toMatch(why);
  expect(whyNot(second)).toMatch(why);
});

test.each([
  ["has no interpreter", "#!/no/such/interpreter\n", 0o755, "there is no interpreter"],
  [
    "has an interpreter that is not installed",
    "#!/usr/bin/env no-such-thing\n",
    0o755,
    "no interpreter",
  ],
  ["is not executable", shell(`echo '${OK}'`), 0o644, "it is not executable; run: chmod +x"],
  ["has a wrong line in it", shell("if then"), 0o755, "yntax error"],
  ["is empty", "", 0o755, "it is empty"],
])("F55: a script that %s is not loaded, and that is said once", async (_, text, mode, reason) => {
  await using scripts = openScripts();
  scripts.write("process_client_phone.sh", text, mode);

  expect(await phoneAfter(scripts)).toBe(GIVEN.phone);
  expect(await phoneAfter(scripts)).toBe(GIVEN.phone);
  expect(scripts.told()).toHaveLength(1);
  expect(scripts.told()[0]).toContain(reason);
});

test.each([
  ["nothing", ":", /empty/],
  ["garbage", "head -c 3000 /dev/urandom", /not UTF-8|not JSON/],
  ["two answers", `echo '${OK}'; echo '${OK}'`, /more than one/],
  ["a byte-order mark", `printf '\\357\\273\\277'; echo '${OK}'`, /byte-order mark/],
  ["1 GB", "cat > /dev/null; head -c 1000000000 /dev/zero", /^output/],
  ["half an answer", `echo '{"data": {"phone"'`, /not JSON/],
  ["a list", "echo '[1]'", /no object/],
  ["no state", `echo '{"data": {"phone": "1"}}'`, /no state/],
  ["no data", `echo '{"state": "success"}'`, /no data/],
  ["nothing, having closed its output", "exec 1>&-; cat > /dev/null; exit 0", /empty/],
])("F56: a script that answers %s: the default is used", async (_, body, why) => {
  await using scripts = openScripts({ "process_client_phone.sh": shell(body) });

  expect(whyNot(await run(scripts))).toMatch(why);
});

test("F56: a script that does not read its input, and one that closes it early, may answer", async () => {
  await using scripts = openScripts({
    "process_client_phone.sh": shell(`exec 0<&-; echo '${OK}'`),
  });

  const input = { phone: "70000000001", long: "x".repeat(3_000_000) };

  expect(await run(scripts, input)).toMatchObject({ data: { phone: "70000000000" } });
});

test.each([
  ["at the limit", 1_048_576, "answered"],
  ["a byte above it", 1_048_577, "failed"],
])("F56: an answer with blanks, %s of 1 MB", async (_, bytes, kind) => {
  const blanks = bytes - OK.length;
  await using scripts = openScripts({
    "process_client_phone.py": python(`sys.stdout.write(${JSON.stringify(OK)} + " " * ${blanks})`),
  });

  expect((await run(scripts)).kind).toBe(kind);
});

test("F56: JavaScript that answers 1 GB is ended, and the next run answers", async () => {
  await using scripts = openScripts({
    "process_client_phone.js": `export default ({ phone }) =>
      phone === "1" ? { data: { phone: "x".repeat(30_000_000) }, state: "success" } : ${OK};`,
  });

  expect(whyNot(await run(scripts, { phone: "1" }))).toMatch(/^output/);
  expect(await run(scripts)).toMatchObject({ data: { phone: "70000000000" } });
});

test("F58: a grandchild that keeps the pipe is not waited for, and does not stay", async () => {
  await using scripts = openScripts({
    "process_client_phone.sh": shell(
      `sleep 601 & echo $! > "$(dirname "$0")/group.pid"
       setsid sleep 602 & echo $! > "$(dirname "$0")/stray.pid"
       echo '${OK}'`,
    ),
  });

  const result = await run(scripts);

  expect(result).toMatchObject({ data: { phone: "70000000000" } });
  for (const file of ["group.pid", "stray.pid"]) {
    const pid = Number(readFileSync(join(scripts.folder, file), "utf8"));
    expect(
      await until(
        () => isAlive(pid),
        (alive) => !alive,
      ),
    ).toBe(false);
  }
});

test("F58: what a hanging script started ends with it, also what left its group", async () => {
  await using scripts = openScripts(
    {
      "process_client_phone.sh": shell(
        `setsid sleep 603 & echo $! > "$(dirname "$0")/stray.pid"; sleep 604`,
      ),
    },
    { limitMs: () => 2_000 },
  );

  expect(whyNot(await run(scripts))).toMatch(/^timeout/);
  const pid = Number(readFileSync(join(scripts.folder, "stray.pid"), "utf8"));
  expect(
    await until(
      () => isAlive(pid),
      (alive) => !alive,
    ),
  ).toBe(false);
});

test.each([
  ["process_client_phone", { phone: "7916\r\nAction: Command" }],
  ["process_client_phone", { phone: "<b>79161234567</b>" }],
  ["process_client_phone", { phone: "7".repeat(65) }],
  ["process_client_phone", { phone: { $gt: "" } }],
  ["process_record_file_path", { file_path: "../../etc/passwd" }],
  ["process_record_file_path", { file_path: "/var/spool/../../etc/passwd" }],
  ["process_record_file_path", { file_path: "/etc/passwd" }],
  ["process_record_file_path", { file_path: "/var/spool/\0x" }],
  ["process_contact_creation_params", { name: "<script>alert(1)</script>" }],
  ["process_contact_creation_params", { name: "x".repeat(256) }],
  [
    "process_contact_creation_params",
    { custom_fields_values: [{ field_id: 1, values: [{ enum_code: "WORK", value: "7916\r\n" }] }] },
  ],
  ["process_call_params", { link: "javascript:alert(1)" }],
  ["process_task_creation_params", { entity_id: -1 }],
  ["customize_autodistribution", { number: "999", name: "x" }],
  ["customize_autodistribution", { number: "101&SIP/9", name: "x" }],
] as const)("F59: %s answers %j: refused, the default is used", async (name, data) => {
  await using scripts = openScripts({ [`${name}.js`]: answering(data) });

  expect(whyNot(await scripts.customizations.run(name, {}))).toMatch(/^no-answer/);
});

test.each(["__proto__", "constructor", "prototype"])(
  "F59: a field named %s is refused, and poisons nothing",
  async (name) => {
    const text = `{"data": {"phone": "7", "more": {"${name}": {"isAdmin": true}}}, "state": "success"}`;
    await using scripts = openScripts({ "process_client_phone.sh": shell(`echo '${text}'`) });

    expect(whyNot(await run(scripts))).toMatch(/not allowed/);
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  },
);

test("F59: a name of 10 MB is refused", async () => {
  await using scripts = openScripts({
    "process_contact_creation_params.js": `export default () => ({ data: { name: "x".repeat(10_000_000) }, state: "success" });`,
  });

  expect(whyNot(await scripts.customizations.run("process_contact_creation_params", {}))).toMatch(
    /^output/,
  );
});

test("a name for a telephone is cut to 20 characters, without what a dialplan could stumble over", async () => {
  await using scripts = openScripts({
    "customize_autodistribution.js": answering({
      number: "101",
      name: `"Ana", \${Hangup()}; Müller-Lüdenscheidt`,
    }),
  });

  const result = await scripts.customizations.run("customize_autodistribution", {});

  expect(result).toMatchObject({ data: { number: "101", name: "Ana Hangup() Müller-" } });
});

test("F60: a script sees none of the daemon's environment", async () => {
  process.env["ASTERISK_KOMMO_KOMMO_ACCESS_TOKEN"] = "secret-token";
  await using scripts = openScripts({
    "process_client_phone.js": `export default () => ({ data: { phone: String(Object.keys(process.env).filter((key) => /TOKEN|SECRET|CREDENTIALS/.test(key)).length) }, state: "success" });`,
    "process_call_params.sh": shell(
      `env | grep -c -E 'TOKEN|SECRET|CREDENTIALS' | sed 's/.*/{"data": {"call_result": "&"}, "state": "success"}/'`,
    ),
  });

  expect(await run(scripts)).toMatchObject({ data: { phone: "0" } });
  expect(await scripts.customizations.run("process_call_params", {})).toMatchObject({
    data: { call_result: "0" },
  });
  delete process.env["ASTERISK_KOMMO_KOMMO_ACCESS_TOKEN"];
});

test.each([
  ["the file", (_scripts: Scripts, file: string) => chmodSync(file, 0o766), "chmod go-w"],
  ["the folder", (scripts: Scripts) => chmodSync(scripts.folder, 0o777), "chmod go-w"],
])(
  "F60: a script is not loaded when others may write %s, and it is said what to do",
  async (_what, loosen, hint) => {
    await using scripts = openScripts({ "process_client_phone.sh": shell(`echo '${OK}'`) });
    loosen(scripts, join(scripts.folder, "process_client_phone.sh"));

    expect(await phoneAfter(scripts)).toBe(GIVEN.phone);
    expect(await phoneAfter(scripts)).toBe(GIVEN.phone);
    expect(scripts.told()).toHaveLength(1);
    expect(scripts.told()[0]).toContain(hint);
  },
);

test.each([
  ["root", 0n, undefined],
  ["the service's user", BigInt(process.geteuid?.() ?? 0), undefined],
  ["somebody else", 12_345n, "run: chown root /scripts/need_registration.sh"],
])("F60: a script of %s is trusted or not, and it is said what to do", (_, uid, hint) => {
  const stats = { uid, mode: 0o100755n } as BigIntStats;

  const why = whyNotTrusted("/scripts/need_registration.sh", stats);

  expect(why).toEqual(hint === undefined ? undefined : expect.stringContaining(hint));
});

test("F62: slow scripts: so many at once, so many wait, the rest takes the default at once", async () => {
  await using scripts = openScripts(
    {
      "process_client_phone.sh": shell("sleep 100"),
      "need_registration.sh": shell(`echo '{"data": {"result": false}, "state": "success"}'`),
    },
    { limitMs: (name) => (name === "process_client_phone" ? 3_000 : 60_000) },
  );
  await scripts.customizations.warm();

  const slow = Array.from({ length: 200 }, () => run(scripts));
  const other = await scripts.customizations.run("need_registration", {});
  const results = await Promise.all(slow);

  expect(other).toMatchObject({ kind: "answered", data: { result: false } });
  expect(results.filter((one) => whyNot(one).startsWith("timeout")).length).toBeGreaterThanOrEqual(
    4,
  );
  expect(results.filter((one) => whyNot(one).startsWith("overload")).length).toBeGreaterThanOrEqual(
    132,
  );
  expect(
    scripts.customizations.list().find(({ name }) => name === "process_client_phone")?.runs
      .overloads,
  ).toBeGreaterThanOrEqual(132);
});

test("a run that stands beside one that hangs in the same process is run once more", async () => {
  const limits = [2_000, 60_000];
  await using scripts = openScripts(
    {
      "process_client_phone.js": `export default async ({ phone }) => {
        if (phone === "1") while (true) {}
        return ${OK};
      };`,
    },
    { limitMs: () => limits.shift() ?? 60_000 },
  );
  await scripts.customizations.warm();

  const hanging = run(scripts, { phone: "1" });
  const beside = run(scripts);

  expect(whyNot(await hanging)).toMatch(/^timeout/);
  expect(await beside).toMatchObject({ kind: "answered" });
});
