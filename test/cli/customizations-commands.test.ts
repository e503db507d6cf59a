// `customizations new`, `list` and `test`, as an author of scripts runs them, on a real store.
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { countRun, NO_RUNS } from "../../src/customization/run-counts.ts";
import { failure } from "../../src/customization/run-result.ts";
import { keepCounts } from "../../src/customization/schema.ts";
import { LANGUAGES } from "../../src/customization/templates.ts";
import { callAt, NOON, openBookings, type Bookings } from "./booked-calls.ts";
import { runProgram, type Outcome } from "./spawned.ts";

const CALL = `${NOON / 1_000 + 1}.1`;
const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");

let office: Bookings;
let folder: string;
let scripts: string;
let config: string;

beforeAll(async () => {
  office = await openBookings();
  const run = countRun(NO_RUNS, { kind: "cancelled", ms: 4 }, NOON);
  const failedRun = { ...failure("crash", "it threw: oh"), ms: 8 };
  await office.whileDaemonRuns(async ({ accept, store }) => {
    await accept(callAt(1));
    await store.write([keepCounts("process_client_phone", countRun(run, failedRun, NOON))]);
  });
  folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-author-"));
  scripts = join(folder, "scripts");
  config = join(folder, "config.json");
  writeFileSync(
    config,
    JSON.stringify({
      pbx: { extensions: ["_10X"] },
      users: { "101": 9100001 },
      store: { path: office.storePath },
      customizations: { path: scripts, timeout_ms: 60_000 },
    }),
    { mode: 0o600 },
  );
});

afterAll(async () => {
  await office[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
});

beforeEach(() => {
  rmSync(scripts, { recursive: true, force: true });
  mkdirSync(scripts);
});

const run = (...args: string[]): Promise<Outcome> =>
  runProgram(["customizations", ...args, "--config", config]);

const write = (file: string, text: string, mode = 0o755): string => {
  writeFileSync(join(scripts, file), text, { mode });
  return join(scripts, file);
};

const CHANGING = `export default ({ phone }) => ({ data: { phone: "+" + phone }, state: "success" });\n`;

test.each(LANGUAGES)(
  "new --lang %s writes a script that runs at once and changes nothing",
  async (language) => {
    const made = await run("new", "process_client_phone", "--lang", language);
    const tried = await run("test", "process_client_phone", "--call", CALL);

    const file = join(scripts, `process_client_phone.${language}`);
    expect(made).toMatchObject({ code: 0, err: "", out: expect.stringContaining(file) });
    expect(statSync(file).isFile()).toBe(true);
    expect(tried).toMatchObject({ code: 0, err: "" });
    expect(tried.out).toContain('"phone": "79161234567"');
    expect(tried.out).toContain("no difference");
  },
);

test("new never writes over a script, and refuses names and languages that there are not", async () => {
  write("process_client_phone.js", CHANGING);

  const again = await run("new", "process_client_phone", "--lang", "js");
  const misspelt = await run("new", "process_client_fone");
  const language = await run("new", "process_client_phone", "--lang", "cobol");
  const none = await run("new");

  expect(again).toMatchObject({ code: 1, err: expect.stringContaining("it is there already") });
  expect(misspelt).toMatchObject({ code: 2, err: expect.stringContaining("did you mean") });
  expect(language).toMatchObject({ code: 2, err: expect.stringContaining("ts, js, py, php, sh") });
  expect(none.code).toBe(2);
});

test("list shows each script with its kind and how it did, and what does not load", async () => {
  write("process_client_phone.js", CHANGING);
  write("need_registration.php", "<?php return array('state' => 'success');");
  write("process_call_params.sh", "#!/bin/sh\nif true; then\n");

  const listed = await run("list");
  const json = await run("list", "--json");

  expect(listed).toMatchObject({ code: 1, err: expect.stringContaining("process_call_params.sh") });
  expect(listed.out).toMatch(
    /process_client_phone +javascript +2 +6\.0 ms +8 ms +1 \(it threw: oh\)/,
  );
  expect(listed.out).toMatch(/need_registration +php-action +0 +- +- +0 +never/);
  expect(listed.out).toMatch(/process_call_params +not loaded/);
  expect(JSON.parse(json.out)).toMatchObject(
    expect.arrayContaining([expect.objectContaining({ name: "need_registration", runs: 0 })]),
  );
});

test("list of a folder that is empty, or not there", async () => {
  const empty = await run("list");
  rmSync(scripts, { recursive: true });
  const none = await run("list");

  expect(empty).toEqual({ code: 0, out: `no scripts in ${scripts}\n`, err: "" });
  expect(none).toEqual(empty);
});

test("test --call shows input, answer, time and what Kommo would get, and sends nothing", async () => {
  write(
    "process_call_params.js",
    `export default ({ call_full, ...params }) => ({ data: { ...params, call_result: "sold to " + call_full.linkedid }, state: "success" });\n`,
  );

  const { code, out } = await run("test", "process_call_params", "--call", CALL);

  expect(code).toBe(0);
  expect(out).toContain(`"linkedid": "${CALL}"`);
  expect(out).toMatch(/answered within \d+\.\d ms/);
  expect(out).toContain(`+ call_result: "sold to ${CALL}"`);
  expect(office.kommo.journal.calls()).toEqual([]);
});

test("test of a script that cancels, fails, is not there, or of a call that nobody knows", async () => {
  write("process_call_params.js", `export default () => ({ data: {}, state: "success" });\n`);
  write("process_client_phone.js", `export default () => { throw new Error("oh"); };\n`);

  const cancelled = await run("test", "process_call_params", "--call", CALL);
  const broken = await run("test", "process_client_phone", "--call", CALL);
  const none = await run("test", "need_registration", "--call", CALL);
  const unknown = await run("test", "process_call_params", "--call", "9.9");
  const usage = await run("test", "process_call_params");

  expect(cancelled).toMatchObject({ code: 0, out: expect.stringContaining("nothing: cancelled") });
  expect(broken).toMatchObject({ code: 1, out: expect.stringContaining("it threw: oh") });
  expect(none).toMatchObject({ code: 1, out: expect.stringContaining("there is no script") });
  expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining('no call "9.9"') });
  expect(usage.code).toBe(2);
});

test("test --trace takes the calls of a recording, --input a file of one's own", async () => {
  write("process_client_phone.js", CHANGING);
  const input = join(folder, "input.json");
  writeFileSync(input, JSON.stringify({ phone: "70000000000" }));

  const trace = await run(
    ...["test", "process_client_phone", "--trace", join(RECORDINGS, "in-answered-101")],
  );
  const own = await run("test", "process_client_phone", "--input", input);

  expect(trace).toMatchObject({ code: 0, out: expect.stringContaining("+79161234567") });
  expect(trace.out).toMatch(/"name": "PJSIP\/101-[0-9a-f]+"/);
  expect(own).toMatchObject({ code: 0, out: expect.stringContaining('+ phone: "+70000000000"') });
});

test("while a daemon holds the store, a call can be tried all the same", async () => {
  write("process_client_phone.js", CHANGING);

  const tried = await office.whileDaemonRuns(() =>
    run("test", "process_client_phone", "--call", CALL),
  );

  expect(tried).toMatchObject({ code: 0, out: expect.stringContaining("+79161234567") });
});
