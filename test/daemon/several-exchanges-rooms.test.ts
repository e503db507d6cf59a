// Two exchanges with equal extensions and equal ids, as each room of a running daemon shows them: who
// dials, what is measured and listed, and what the doctor finds.
import { createHash } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { runCallsList } from "../../src/cli/calls/list.ts";
import { runCallsShow } from "../../src/cli/calls/show.ts";
import { runDoctor } from "../../src/cli/doctor.ts";
import type { Daemon } from "../../src/main.ts";
import { startConnected } from "./connected-daemon.ts";
import { writeConfig } from "./daemon-process.ts";
import { openExchanges, until, type ExchangesOffice } from "./exchanges-office.ts";

const CLIENTS = ["79160000001", "79160000002"] as const;
const KEY = "key-of-a-program";

let office: ExchangesOffice;
let daemon: Daemon;
let configFile: string;

const userAt = (site: number): number => office.sites[site]?.user("101") ?? 0;

beforeAll(async () => {
  office = await openExchanges(2);
  for (const phone of CLIENTS) office.kommo.seed.contact({ phones: [phone] });
  const sha256 = createHash("sha256").update(KEY).digest("hex");
  const config = {
    ...office.config,
    public_http: { port: 0 },
    originate: { api_keys: [{ name: "program", sha256, users: [userAt(0), userAt(1)] }] },
  };
  configFile = await writeConfig(office.folder, config);
  daemon = await startConnected(config);
  const plays = await office.play("in-answered-101", (site) => CLIENTS[site]);
  await Promise.all(plays.map(({ finished }) => finished));
  await until(
    () => CLIENTS.every((client) => office.bookedFor(client).length > 0),
    () => `booked: ${JSON.stringify(office.kommo.journal.calls())}`,
  );
}, 120_000);

afterAll(async () => {
  await daemon?.stop();
  await office?.[Symbol.asyncDispose]();
});

/** As on a terminal. */
async function run(
  command: typeof runCallsList,
  ...args: string[]
): Promise<{ code: number; out: string; err: string }> {
  let [out, err] = ["", ""];
  const code = await command([...args, "--config", configFile], {
    out: { write: (text: string) => (out += text) },
    err: { write: (text: string) => (err += text) },
  });
  return { code, out, err };
}

async function dial(user: number): Promise<Readonly<Record<string, unknown>>> {
  const answer = await fetch(`${daemon.address("public_http") ?? ""}/v1/originate`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}`, "content-type": "application/json" },
    body: JSON.stringify({ phone: CLIENTS[0], user_id: user }),
  });
  return (await answer.json()) as Readonly<Record<string, unknown>>;
}

test("a click rings the employee's telephone at his own exchange, not the one with the same number", async () => {
  const asked = (): number[] => office.sites.map(({ pbx }) => pbx.originates().length);
  const before = asked();

  const second = await dial(userAt(1));
  const afterSecond = asked();
  const first = await dial(userAt(0));
  const afterBoth = asked();

  expect([before, afterSecond, afterBoth]).toEqual([
    [0, 0],
    [0, 1],
    [1, 1],
  ]);
  expect([first["extension"], second["extension"]]).toEqual(["site-0/101", "site-1/101"]);
});

test("the line to Asterisk is measured at each exchange by its name", async () => {
  const answer = await fetch(`${daemon.address("http") ?? ""}/metrics`);

  const lines = (await answer.text())
    .split("\n")
    .filter((line) => /^\w+_ami_connected\{/.test(line));

  expect(lines).toEqual([
    'asterisk_kommo_ami_connected{exchange="site-0"} 1',
    'asterisk_kommo_ami_connected{exchange="site-1"} 1',
  ]);
});

test("calls of one exchange are listed alone, and an id that both gave names both", async () => {
  const list = await run(runCallsList, "--exchange", "site-1", "--phone", CLIENTS[1], "--json");
  const listed = list.out
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { readonly id: string }).id);
  const own = listed[0]?.split("/")[1] ?? "";

  const both = await run(runCallsShow, own);
  const one = await run(runCallsShow, `site-1/${own}`);

  expect(listed).toEqual([`site-1/${own}`]);
  expect(both.code).toBe(1);
  expect(both.err).toContain(`site-0/${own}`);
  expect(both.err).toContain(`site-1/${own}`);
  expect(one.code).toBe(0);
  expect(one.out).toContain("site-1/101");
});

test("the doctor names the exchange that does not answer, and finds the other well", async () => {
  office.sites[1]?.pbx.faults.refuse(true);
  let out = "";

  await runDoctor(["--config", configFile, "--json"], { write: (text: string) => (out += text) });
  office.sites[1]?.pbx.faults.refuse(false);

  const { checks } = JSON.parse(out) as {
    readonly checks: readonly { readonly name: string; readonly status: string }[];
  };
  const statusOf = (name: string) => checks.find((check) => check.name === name)?.status;
  expect(statusOf("AMI site-0")).toBe("ok");
  expect(statusOf("AMI site-1")).toBe("failed");
}, 60_000);
