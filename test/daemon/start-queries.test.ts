// A daemon starts as fast on a large store as on an empty one: nothing that grows is read through.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { startKommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator } from "../../src/simulator/pbx/server.ts";
import { endDaemons, startDaemonProcess, writeConfig } from "./daemon-process.ts";
import type { QueryPlan } from "./query-plans.ts";

/** All other tables hold a few rows whatever the store has seen: what runs now, settings, sessions. */
const GROWING = /^SCAN (call|step|earlier|memory|recording|directory_(?!kept)\w+|dial)\b/;
/** Indexes that hold only what is still to be done. */
const OPEN_ONLY =
  /USING (COVERING )?INDEX (step_(queue|key|due|set_aside)|recording_due|dial_open)\b/;
/** A scan along an index that ends with its first row. */
const FIRST_OF_INDEX = /ORDER BY \w+ DESC LIMIT 1\)/;

const readsThrough = ({ sql, plan }: QueryPlan): boolean =>
  !FIRST_OF_INDEX.test(sql) && plan.some((line) => GROWING.test(line) && !OPEN_ONLY.test(line));

let ending: (() => unknown)[] = [];

afterEach(async () => {
  await endDaemons();
  for (const end of ending.splice(0)) await end();
});

test("no statement of a starting daemon reads through a table that grows with the calls", async () => {
  const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-plans-"));
  const pbx = await startPbxSimulator({ users: [DEFAULT_USER] });
  const kommo = await startKommoSimulator();
  ending = [() => pbx.stop(), () => kommo.close(), () => rmSync(folder, { recursive: true })];
  const file = await writeConfig(folder, {
    ami: { port: pbx.port, username: DEFAULT_USER.name, secret: DEFAULT_USER.secret },
    pbx: { extensions: ["_10X"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    recordings: { path: folder, public_url: "https://pbx.example", keep_days: 30 },
    store: { path: join(folder, "store.db") },
    ...{ http: { port: 0 }, public_http: { port: 0 }, fastagi: { port: 0 } },
  });
  const plans = join(folder, "plans");
  const preload = join(import.meta.dirname, "query-plans.ts");

  const daemon = startDaemonProcess(file, {
    NODE_OPTIONS: `--import=${preload}`,
    QUERY_PLANS: plans,
  });
  await daemon.said('"connected to the exchange"');
  await daemon.end("SIGTERM");

  const told = readFileSync(plans, "utf8").trim().split("\n");
  const all = told.map((line) => JSON.parse(line) as QueryPlan);
  expect(all.length).toBeGreaterThan(20);
  expect(all.some(({ sql }) => sql.includes("FROM step"))).toBe(true);
  expect(all.filter(readsThrough)).toEqual([]);
});
