// The admin page of a real daemon between a played exchange and a simulated account: a recording plays,
// an extension finds its user, and a call can be given to somebody who helps.
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { CallAnswer, CallsAnswer } from "../../src/http/admin/contract.ts";
import type { AuditAnswer, EmployeesAnswer } from "../../src/http/admin/contract-pages.ts";
import type { Daemon } from "../../src/main.ts";
import { startConnected } from "../daemon/connected-daemon.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { removeFolders } from "../config/written-config.ts";
import { wavOf } from "../recordings/made-sound.ts";
import {
  accessibilityFaults,
  openAdmin,
  setPasswordIn,
  type AdminPage,
  type Cookies,
} from "./admin-page.ts";
import { openChromium, PATIENCE_MS, picture, screenshot, type Chromium } from "./chromium.ts";

/** 101 dials out, and is recorded. */
const TRACE = join(import.meta.dirname, "../fixtures/traces/ast22/out-recorded-prefix-8");
const FOLDER_OF_EXCHANGE = "/opt/asterisk-lab/spool/monitor";
const PASSWORD = "of the administrator";
const [RITA, ANNA, VERA] = [9_100_001, 9_100_002, 9_100_003];
const SECONDS = 120;

let chromium: Chromium;
let folder: string;
let pbx: PbxSimulator;
let kommo: KommoSimulator;
let daemon: Daemon;
let address: string;
let cookies: Cookies;
let callId: string;

const openPage = async (looks: Parameters<typeof openAdmin>[2] = {}): Promise<AdminPage> =>
  openAdmin(chromium, { address, password: PASSWORD }, { ...looks, cookies });

const ask = async <T>(admin: AdminPage, path: string): Promise<T> =>
  (await (await admin.page.request.get(`${address}/admin/api${path}`)).json()) as T;

async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
  const giveUpAt = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > giveUpAt) throw new Error("it never came to be");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** 101 is nobody's; Anna and Vera have no telephone. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-admin-"));
  await mkdir(join(folder, "monitor"));
  chromium = await openChromium();
  pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: "listener" }] });
  kommo = await startKommoSimulator({
    account: {
      users: [
        { id: RITA, name: "Rita", isAdmin: true },
        { id: ANNA, name: "Anna" },
        { id: VERA, name: "Vera" },
      ],
    },
  });
  kommo.seed.contact({ phones: ["+7 916 123-45-67"], name: "Ana Costa" });
  const store = join(folder, "store.db");
  await setPasswordIn(store, PASSWORD);
  daemon = await startConnected({
    ami: { port: pbx.port, username: "asterisk-kommo", secret: "listener" },
    pbx: { extensions: ["_10X"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: { "105": RITA },
    recordings: {
      path: join(folder, "monitor"),
      pbx_path: FOLDER_OF_EXCHANGE,
      public_url: "https://pbx.example",
    },
    store: { path: store },
    http: { port: 0 },
    fastagi: { port: 0 },
    public_http: { port: 0 },
  });
  address = daemon.address("http") ?? "";

  await writeFile(join(folder, "monitor", basename(await playCall())), wavOf(SECONDS));

  const first = await openAdmin(chromium, { address, password: PASSWORD });
  cookies = await first.cookies();
  callId = await eventually(async () => {
    const { calls } = await ask<CallsAnswer>(first, "/calls");
    const [found] = calls;
    if (found === undefined) return undefined;
    const story = await ask<CallAnswer>(first, `/calls/${found.id}`);
    return story.recordings.some(({ state }) => state === "ready") ? found.id : undefined;
  });
  await first.close();
}, 300_000);

afterAll(async () => {
  await daemon.stop();
  await chromium.close();
  await Promise.all([pbx.stop(), kommo.close()]);
  await rm(folder, { recursive: true, force: true });
  removeFolders();
});

/** @returns its recording, as the exchange named it */
async function playCall(): Promise<string> {
  let file = "";
  const edit = (event: string): string => {
    file = /^Variable: MIXMONITOR_FILENAME\r?\nValue: (.+?)\r?$/m.exec(event)?.[1] ?? file;
    return event;
  };
  const trace = await readTrace(TRACE);
  if (!trace.ok) throw new Error(trace.failure.hint);
  await pbx.play(trace.value, { maxPauseMs: 400, edit }).finished;
  return file;
}

test("the recording of a call plays on its page, is as long as the talk, and can be wound", async () => {
  const admin = await openPage();
  await admin.go(`calls/${callId}`, ".player audio");

  const heard = await admin.page.evaluate<{
    duration: number;
    at: number;
    failed: boolean;
  }>(`(async () => {
    const audio = document.querySelector(".player audio");
    const once = (name) => new Promise((resolve) => audio.addEventListener(name, resolve, { once: true }));
    const canPlay = once("playing");
    audio.muted = true;
    await audio.play();
    await canPlay;
    const seeked = once("seeked");
    audio.currentTime = 90;
    await seeked;
    const from = audio.currentTime;
    while (audio.currentTime <= from) await new Promise((resolve) => setTimeout(resolve, 50));
    return { duration: audio.duration, at: audio.currentTime, failed: audio.error !== null };
  })()`);
  await screenshot(admin.page, "admin-call-playing");
  const { rows } = await ask<AuditAnswer>(admin, "/audit");

  expect(Math.abs(heard.duration - SECONDS)).toBeLessThan(1);
  expect(heard.at).toBeGreaterThan(90);
  expect(heard.failed).toBe(false);
  expect(rows.some(({ did }) => did === "played-recording")).toBe(true);
  expect(await accessibilityFaults(admin.page)).toEqual([]);
  expect(admin.complaints).toEqual([]);
  await admin.close();
});

test("the report of a call tells what happened, and no number of the client", async () => {
  const admin = await openPage();
  await admin.go(`calls/${callId}`, ".decisions");
  const downloading = admin.page.waitForEvent("download");
  await admin.page.click("text=Report for support");

  const text = await readFile(await (await downloading).path(), "utf8");

  const told = JSON.parse(text) as { readonly call: object; readonly steps: readonly object[] };
  expect(told.call).toMatchObject({ direction: "outbound", result: "answered" });
  expect(told.steps.length).toBeGreaterThan(0);
  expect(text).not.toContain("9161234567");
  expect(text).not.toContain("Ana Costa");
  expect(text).not.toContain(kommo.token);
  await admin.close();
});

const extensionOf = async (admin: AdminPage, wanted: string) =>
  (await ask<EmployeesAnswer>(admin, "/employees")).employees.find(
    ({ extension }) => extension === wanted,
  );

test("an extension that is nobody's is dragged onto its user, and taken away again", async () => {
  const admin = await openPage();
  await admin.go("employees", ".place");
  await screenshot(admin.page, "admin-employees-gap");
  await picture(admin.page, "employees");
  expect(await accessibilityFaults(admin.page)).toEqual([]);
  expect(await admin.page.locator(".notice code").allInnerTexts()).toEqual([
    '"users": { "101": … }',
  ]);
  // There is one exchange, and nothing to choose from.
  expect(await admin.page.locator(".chip, .exchange").count()).toBe(0);

  await admin.page.dragAndDrop("a.draggable", ".place:has-text('Anna')");
  const take = admin.page.getByRole("button", { name: "Take away 101" });
  await take.waitFor();
  const given = await extensionOf(admin, "101");
  await screenshot(admin.page, "admin-employees-given");
  await take.click();
  await admin.page.waitForSelector("a.draggable");
  const taken = await extensionOf(admin, "101");

  expect(given).toMatchObject({ users: [{ id: ANNA }], from: "list" });
  expect(taken).toMatchObject({ users: [], from: "nobody" });
  expect(admin.complaints).toEqual([]);
  await admin.close();
});

test("by the keyboard it is given as well, and the next call is that employee's", async () => {
  const admin = await openPage({ width: 390, height: 844, theme: "dark", language: "es" });
  await admin.go("employees", ".choice select");
  await screenshot(admin.page, "admin-employees-gap-dark-es-390");

  await admin.page.locator(".choice select").first().focus();
  await admin.page.keyboard.type("Vera");
  await admin.page.keyboard.press("Tab");
  await admin.page.keyboard.press("Enter");
  await admin.page.getByRole("button", { name: "Quitar 101" }).waitFor();
  const { rows } = await ask<AuditAnswer>(admin, "/audit");
  const before = kommo.journal.calls().length;
  await playCall();
  await eventually(() => Promise.resolve(kommo.journal.calls().length > before ? true : undefined));

  expect(rows.some(({ did, what }) => did === "gave-extension" && what === "101")).toBe(true);
  expect(kommo.journal.calls().at(-1)).toMatchObject({ call_responsible: VERA });
  await admin.close();
});

test("the daemon refuses what the configuration forbids, and says why", async () => {
  const admin = await openPage();
  await admin.go("employees", "tbody tr");
  const session = await ask<{ csrf: string }>(admin, "/session");
  const give = (extension: string, user: unknown) =>
    admin.page.request.post(`${address}/admin/api/employees/${extension}/give`, {
      headers: { "x-csrf-token": session.csrf, "content-type": "application/json" },
      data: { user },
    });

  const answers = await Promise.all([
    give("103", RITA),
    give("999", ANNA),
    give("103", 77),
    give("103", "9100002"),
  ]);

  expect(answers.map((answer) => answer.status())).toEqual([409, 409, 409, 400]);
  expect(JSON.stringify(await answers[0]?.json())).toContain("gives this user another extension");
  await admin.close();
});
