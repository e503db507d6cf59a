// What is shipped for Prometheus and Grafana, against what a running daemon really says.
import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { endDaemons, startDaemonProcess, writeConfig } from "../daemon/daemon-process.ts";
import { freePort } from "../http/free-port.ts";

const ROOT = join(import.meta.dirname, "../..");
const RECORDINGS = join(ROOT, "src/simulator/recordings");
const RULES = join(ROOT, "monitoring/alerts.yml");
const RULE_TESTS = join(import.meta.dirname, "alerts.test.yml");
const DASHBOARD = join(ROOT, "monitoring/grafana-dashboard.json");
const SECRET = "of-the-listener";
/** Prometheus makes it itself. */
const NOT_OURS = new Set(["up"]);
const PATIENCE_MS = 60_000;

let folder: string;
let pbx: PbxSimulator;
let kommo: KommoSimulator;
let address: string;
/** As it is after one call. */
let told: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-monitoring-"));
  pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: SECRET }] });
  kommo = await startKommoSimulator();
  const port = await freePort();
  address = `http://127.0.0.1:${port}`;
  const config = {
    ami: { port: pbx.port, username: "asterisk-kommo", secret: SECRET },
    pbx: { extensions: ["_10X"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: { "101": 9100001 },
    store: { path: join(folder, "store.db") },
    customizations: { path: join(folder, "scripts") },
    fastagi: { port: 0 },
    public_http: { port: 0 },
  };
  const daemon = startDaemonProcess(await writeConfig(folder, config), {
    ASTERISK_KOMMO_HTTP_PORT: String(port),
  });
  await daemon.said('"connected to the exchange"');
  const trace = await readTrace(join(RECORDINGS, "in-answered-101"));
  if (!trace.ok) throw new Error(trace.failure.hint);
  await pbx.play(trace.value, { maxPauseMs: 400 }).finished;
  await until(async () => /steps_total\{outcome="done"\} [1-9]/.test(await read("/metrics")));
  told = await read("/metrics");
});

afterAll(async () => {
  await endDaemons();
  await Promise.all([pbx.stop(), kommo.close()]);
  await rm(folder, { recursive: true, force: true });
});

async function read(path: string): Promise<string> {
  const answer = await fetch(address + path);
  return answer.text();
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (Date.now() > giveUpAt) throw new Error("it never came to be");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const promtool = (args: readonly string[], input = ""): string =>
  execFileSync("promtool", args, { input, encoding: "utf8", stdio: ["pipe", "pipe", "pipe"] });

/** "asterisk_kommo_calls_total{…} 1" → 1; undefined: there is no such line. */
function figure(line: string): number | undefined {
  const found = told.split("\n").find((one) => one.startsWith(`${line} `));
  return found === undefined ? undefined : Number(found.slice(line.length + 1));
}

test("Prometheus finds nothing to complain of in what a running daemon says", () => {
  expect(promtool(["check", "metrics"], told)).toBe("");
});

test("one answered call is one call, on its way through all rooms", () => {
  expect(figure('asterisk_kommo_calls_total{direction="inbound",result="answered"}')).toBe(1);
  expect(figure('asterisk_kommo_stages_total{stage="call_ended"}')).toBe(1);
  expect(figure("asterisk_kommo_booking_lag_seconds_count")).toBe(1);
  expect(figure('asterisk_kommo_outbox_steps{state="set-aside"}')).toBe(0);
  expect(figure("asterisk_kommo_ami_connected")).toBe(1);
  expect(figure("asterisk_kommo_ami_connections_total")).toBe(1);
  expect(figure("asterisk_kommo_kommo_halted")).toBe(0);
  expect(figure("asterisk_kommo_live_calls")).toBe(0);
  expect(figure("asterisk_kommo_calls_to_accept")).toBe(0);
  expect(figure('asterisk_kommo_ami_events_total{class="call"}')).toBeGreaterThan(10);
  expect(figure('asterisk_kommo_requests_total{method="POST",status="2xx"}')).toBeGreaterThan(0);
  expect(figure("asterisk_kommo_store_write_seconds_count")).toBeGreaterThan(0);
  expect(figure("asterisk_kommo_store_free_bytes")).toBeGreaterThan(0);
  expect(figure("process_open_fds")).toBeGreaterThan(5);
});

test("no client, employee or secret stands in the figures", () => {
  expect(told).not.toMatch(/9161234567|74951000101|9100001/);
  expect(told).not.toContain(kommo.token);
});

test("the status tells the same, for a program that reads JSON", async () => {
  const status = JSON.parse(await read("/v1/status")) as object;

  expect(status).toMatchObject({
    asterisk: { state: "connected", logins: 1, losses: 0 },
    live_calls: 0,
    calls_to_accept: 0,
    kommo: { halted: null, requests_waiting: expect.any(Number) },
    outbox: { set_aside: 0, oldest_seconds: expect.any(Number) },
    store: { is_well: true },
  });
  expect(JSON.parse(await read("/healthz"))).toEqual({ live: true, ready: true, waiting_for: [] });
});

test("the alert rules are sound, and each one rings when it should and not before", () => {
  expect(promtool(["check", "rules", RULES])).toContain("13 rules found");
  expect(promtool(["test", "rules", RULE_TESTS])).toContain("SUCCESS");
});

test("each alert has its own trial", async () => {
  const alerts = await alertNames();
  const trials = await readFile(RULE_TESTS, "utf8");

  expect(alerts.filter((name) => !trials.includes(`alertname: ${name}\n`))).toEqual([]);
});

test("the page on monitoring tells what to do about each alert", async () => {
  const page = await readFile(join(ROOT, "docs/monitoring.md"), "utf8");

  expect((await alertNames()).filter((name) => !page.includes(`| ${name} |`))).toEqual([]);
});

test("dashboard and rules ask only for figures that the daemon tells", async () => {
  const ours = new Set([...told.matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name));
  const asked = [...(await dashboardExpressions()), await readFile(RULES, "utf8")].flatMap((text) =>
    [...text.matchAll(/\b(?:asterisk_kommo|process|nodejs)_[a-z0-9_]+|\bup\b(?=\{)/g)].map(
      ([name]) => name,
    ),
  );

  const known = (name: string): boolean =>
    NOT_OURS.has(name) || ours.has(name) || ours.has(name.replace(/_(bucket|sum|count)$/, ""));
  expect(asked.length).toBeGreaterThan(50);
  expect(
    [...new Set(asked)].filter((name) => !known(name) && name !== "process_client_phone"),
  ).toEqual([]);
});

test("every family of the daemon's own is on the dashboard", async () => {
  const ours = [...told.matchAll(/^# TYPE (\S+)/gm)].map(([, name = ""]) => name);
  const text = (await dashboardExpressions()).join("\n");

  expect(ours.filter((name) => !text.includes(name))).toEqual([]);
});

test("each expression of the dashboard is one that Prometheus can read", async () => {
  const rules = (await dashboardExpressions()).map((expression, place) => ({
    record: `panel:${place}`,
    expr: expression.replaceAll("$__rate_interval", "5m").replaceAll("$instance", ".*"),
  }));
  const file = join(folder, "panels.yml");
  await writeFile(file, JSON.stringify({ groups: [{ name: "panels", rules }] }));

  expect(promtool(["check", "rules", file])).toContain(`${rules.length} rules found`);
});

type Panel = {
  readonly targets?: readonly { readonly expr: string }[];
  readonly gridPos: { readonly x: number; readonly w: number };
};

async function dashboardExpressions(): Promise<string[]> {
  const dashboard = JSON.parse(await readFile(DASHBOARD, "utf8")) as {
    readonly panels: readonly Panel[];
    readonly annotations: { readonly list: readonly { readonly expr: string }[] };
  };
  const { panels, annotations } = dashboard;
  return [
    ...panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
    ...annotations.list.map(({ expr }) => expr),
  ];
}

async function alertNames(): Promise<string[]> {
  const text = await readFile(RULES, "utf8");
  return [...text.matchAll(/- alert: (\S+)/g)].map(([, name = ""]) => name);
}
