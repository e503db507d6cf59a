// Commands that book calls while the daemon is away ask the administrator's scripts like the daemon.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import type { HookName } from "../../src/customization/contract/hooks.ts";
import { celText } from "../calls/cel-rows.ts";
import { runProgram, type Outcome } from "./spawned.ts";

let folder: string;
let config: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-alone-"));
  config = join(folder, "config.json");
  mkdirSync(join(folder, "scripts"));
  writeFileSync(join(folder, "Master.csv"), celText("in-answered-101"));
  writeFileSync(
    config,
    JSON.stringify({
      pbx: { extensions: ["_10X"], trunks: ["PJSIP/trunk"] },
      users: { "101": 9100001 },
      store: { path: join(folder, "store.db") },
      cel: { type: "csv", path: join(folder, "Master.csv") },
      customizations: { path: join(folder, "scripts"), timeout_ms: 60_000 },
    }),
    { mode: 0o600 },
  );
});

afterEach(() => rmSync(folder, { recursive: true }));

const CALL = "1795261714.0";
const calls = (...args: string[]): Promise<Outcome> =>
  runProgram(["calls", ...args, "--config", config]);
const backfill = (...args: string[]): Promise<Outcome> => calls("backfill", "--id", CALL, ...args);

const fileOf = (name: HookName): string => join(folder, "scripts", `${name}.js`);
const script = (name: HookName, data: string): void =>
  writeFileSync(
    fileOf(name),
    `export default ({ call_full, call_stage, ...params }) => ({ data: ${data}, state: "success" });\n`,
  );
const leavingOut = (): void => script("need_registration", "{ result: false }");

function rows(text: string): readonly Record<string, unknown>[] {
  const db = new DatabaseSync(join(folder, "store.db"), { readOnly: true, timeout: 30_000 });
  try {
    return db.prepare(text).all();
  } finally {
    db.close();
  }
}
const steps = (): unknown[] =>
  rows("SELECT payload FROM step").map(({ payload }) => JSON.parse(String(payload)) as unknown);

test("calls backfill books what the scripts make of a call, and post_registration is still to come", async () => {
  script("process_client_phone", `{ phone: "+" + params.phone }`);
  script("process_call_params", `{ ...params, call_result: "from the past" }`);
  writeFileSync(fileOf("post_registration"), `export default () => ({ state: "success" });\n`);

  const { code, out, err } = await backfill();

  expect({ code, err }).toEqual({ code: 0, err: "" });
  expect(out).toContain("spell the client's number anew: customization process_client_phone");
  expect(steps()).toMatchObject([
    { call: { phone: "+79161234567", call_result: "from the past" } },
  ]);
  expect(rows("SELECT call_id, attempt FROM customization_after")).toEqual([
    { call_id: CALL, attempt: 0 },
  ]);
});

test("calls backfill leaves out what need_registration leaves out, also in a dry run", async () => {
  leavingOut();

  const dry = await backfill("--dry-run");
  const done = await backfill();

  expect(dry.out).toContain("leave the call out: customization need_registration says so");
  expect(done.out).toContain("leave the call out: customization need_registration says so");
  expect(steps()).toEqual([]);
});

test("calls resend asks the scripts of today about a call that was left out", async () => {
  leavingOut();
  await backfill();

  const again = await calls("resend", CALL);
  unlinkSync(fileOf("need_registration"));
  script("process_call_params", `{ ...params, call_result: "after all" }`);
  const planned = await calls("resend", CALL);

  expect(again.out).toContain(
    "left out by the rules of today too: customization need_registration",
  );
  expect(planned.out).toContain("was planned anew");
  expect(steps()).toMatchObject([{ call: { call_result: "after all" } }]);
});

test("a script that fails or may not be trusted is told, and the call is booked without it", async () => {
  writeFileSync(fileOf("process_client_phone"), `export default () => { throw new Error("oh"); };`);
  writeFileSync(fileOf("process_call_params"), "export default () => ({});");
  chmodSync(fileOf("process_call_params"), 0o666);

  const { code, err } = await backfill();

  expect(code).toBe(0);
  expect(err).toContain("process_client_phone failed, the default is used: it threw: oh");
  expect(err).toContain("chmod go-w");
  expect(steps()).toMatchObject([{ call: { phone: "79161234567" } }]);
});
