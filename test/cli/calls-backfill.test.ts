// `calls backfill`, as an administrator runs it: with the daemon away, and with it there.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createAcceptance } from "../../src/cli/acceptance.ts";
import { registrationSettings } from "../../src/cli/registration-settings.ts";
import { createCelService } from "../../src/cli/calls/cel-service.ts";
import { serveCommands } from "../../src/cli/command-requests.ts";
import { readBackfillRequest } from "../../src/cli/calls/backfill-request.ts";
import { openConfig } from "../../src/cli/open-config.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import { celText } from "../calls/cel-rows.ts";
import { runProgram } from "./spawned.ts";
import type { Outcome } from "./spawned.ts";

const DAY = ["--from", "2026-11-21T00:00:00Z", "--to", "2026-11-22T00:00:00Z"];
let folder = "";
let config = "";

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "backfill-"));
  config = join(folder, "config.json");
  const cel = join(folder, "Master.csv");
  const texts = ["in-answered-101", "out-busy", "out-answered"].map((name) => celText(name));
  writeFileSync(
    cel,
    texts.map((text, index) => (index === 0 ? text : text.replace(/^.*\n/, ""))).join(""),
  );
  writeConfig({ type: "csv", path: cel });
});

afterEach(() => rmSync(folder, { recursive: true }));

function writeConfig(cel: object): void {
  const pbx = { extensions: ["_10X"], trunks: ["PJSIP/trunk"] };
  const store = { path: join(folder, "store/store.db") };
  writeFileSync(config, JSON.stringify({ pbx, users: { "101": 9100001 }, store, cel }));
}

const run = (...args: string[]): Promise<Outcome> =>
  runProgram(["calls", "backfill", "--config", config, ...args]);

const outcomes = ({ out }: Outcome): string[] =>
  out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; outcome: string })
    .map(({ id, outcome }) => `${id} ${outcome}`);

test("a dry run says what would be done and books nothing", async () => {
  const first = await run(...DAY, "--dry-run");
  const second = await run(...DAY, "--dry-run", "--json");

  expect(first).toMatchObject({ code: 0, err: "" });
  expect(first.out).toContain("1795261714.0: would be booked");
  expect(first.out).toContain("user 9100001 is responsible");
  expect(first.out).toMatch(/3 calls: 3 would be booked\n$/);
  expect(outcomes(second).every((line) => line.endsWith(" new"))).toBe(true);
});

test("calls are booked once, by time or by id", async () => {
  const first = await run("--id", "1795261714.0", "--json");
  const second = await run(...DAY, "--json");
  const third = await run(...DAY);

  expect(outcomes(first)).toEqual(["1795261714.0 booked"]);
  expect(outcomes(second).map((line) => line.split(" ")[1])).toEqual(["known", "booked", "booked"]);
  expect(third.out).toMatch(/3 calls: 3 booked already\n$/);
});

test("each of two exchanges reads its own channel events, and equal ids are different calls", async () => {
  const cel = join(folder, "Hamburg.csv");
  writeFileSync(cel, celText("in-answered-101"));
  const site = (name: string, path: string, user: number): object => ({
    ...{ name, ami: { username: name, secret: `secret-of-${name}` }, users: { "101": user } },
    pbx: { extensions: ["_10X"], trunks: ["PJSIP/trunk"] },
    cel: { type: "csv", path },
  });
  const exchanges = [
    site("berlin", join(folder, "Master.csv"), 9_100_001),
    site("hamburg", cel, 9_100_002),
  ];
  const store = { path: join(folder, "store/store.db") };
  writeFileSync(config, JSON.stringify({ exchanges, store }), { mode: 0o600 });

  const unsaid = await run(...DAY);
  const hamburg = await run(...DAY, "--exchange", "hamburg", "--dry-run");
  const first = await run(...DAY, "--exchange", "hamburg", "--json");
  const second = await run(...DAY, "--exchange", "berlin", "--json");

  expect(unsaid.code).not.toBe(0);
  expect(unsaid.err).toContain("berlin, hamburg");
  expect(hamburg.out).toContain("user 9100002 is responsible");
  expect(outcomes(first)).toEqual(["hamburg/1795261714.0 booked"]);
  expect(outcomes(second)).toHaveLength(3);
  expect(outcomes(second)).toContain("berlin/1795261714.0 booked");
});

test("while the daemon runs, it does the work", async () => {
  const loaded = openConfig({ file: config, needs: ["pbx"], env: {} });
  const path = join(folder, "store/store.db");
  const opened = await openSqliteStore({ path, migrations: storeMigrations });
  if (!loaded.ok || !opened.ok) throw new Error("cannot start");
  const store = opened.value;
  const keep = store.write.bind(store);
  const accepted: string[] = [];
  const acceptance = createAcceptance({
    settings: registrationSettings(loaded.value.config),
    store,
    keep,
    now: () => systemClock.now(),
    statementsFor: () => [],
    onAccepted: (call) => accepted.push(call.linkedId),
  });
  const service = createCelService({
    config: loaded.value.config,
    clock: systemClock,
    logger: silentLogger,
    store,
    keep,
    acceptance,
    onFatal: (error) => {
      throw error;
    },
  });
  await service.start();
  const commands = serveCommands({
    storePath: path,
    clock: systemClock,
    logger: silentLogger,
    handlers: { backfill: service.answer },
  });

  const dry = await run(...DAY, "--dry-run");
  const wet = await run(...DAY);
  await commands.stop();
  await service.stop();
  await store.close();

  expect(dry.out).toMatch(/3 calls: 3 would be booked\n$/);
  expect(wet.out).toMatch(/3 calls: 3 to be booked now\n$/);
  expect(accepted.length).toBe(3);
});

test.each([
  [["--from", "2026-11-21"], /give --from and --to, or --id/],
  [["--from", "noon", "--to", "2026-11-21"], /"noon" is no time/],
  [["--from", "2026-11-21", "--to", "2026-11-20"], /--to is not after --from/],
  [[...DAY, "--id", "1"], /either a time or linkedids/],
])("wrong usage is one sentence: %j", async (args, sentence) => {
  const outcome = await run(...args);

  expect(outcome).toMatchObject({ code: 2, out: "", err: expect.stringMatching(sentence) });
});

test("what cannot be read is one sentence", async () => {
  const unknown = await run("--id", "1.1");
  writeConfig({ type: "csv", path: "/nonexistent/Master.csv" });
  const missing = await run(...DAY);
  writeConfig({});
  const none = await run(...DAY);

  expect(unknown).toMatchObject({ code: 1, err: expect.stringContaining("knows no call") });
  expect(missing).toMatchObject({ code: 1, err: expect.stringContaining("does not exist") });
  expect(none).toMatchObject({ code: 1, err: expect.stringContaining("cel is not configured") });
});

test.each([null, 7, {}, { ask: "backfill" }, { ask: "backfill", dry_run: false, linkedids: [] }])(
  "the daemon refuses a request that makes no sense: %j",
  (asked) => {
    expect(readBackfillRequest(asked)).toMatchObject({ ok: false });
  },
);
