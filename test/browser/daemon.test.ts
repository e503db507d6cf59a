// The widget in a real browser with the real daemon behind it, between a played exchange and a simulated
// account: a click dials, a caller is shown, and what an administrator saves counts.
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { BrowserContext, Page } from "playwright-core";
import type { Daemon } from "../../src/main.ts";
import { startConnected } from "../daemon/connected-daemon.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator, type PbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace, type Trace } from "../../src/simulator/pbx/trace.ts";
import { removeFolders } from "../config/written-config.ts";
import { freePort } from "../http/free-port.ts";
import { wavOf } from "../recordings/made-sound.ts";
import { openChromium, screenshot, until, type Chromium } from "./chromium.ts";
import { startKommoFrame, type KommoFrame } from "./kommo-frame.ts";
import { playFrom, untilMp3 } from "./listener.ts";
import { cardWith, clickPhone, errorsOf, openWidget, packedWidget } from "./widget-page.ts";

const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");
const TRACES = join(import.meta.dirname, "../fixtures/traces/ast22");
const FOLDER_OF_EXCHANGE = "/opt/asterisk-lab/spool/monitor";
const [RITA, ANNA, VERA, BORIS] = [9_100_001, 9_100_002, 9_100_003, 9_100_004];
const PEOPLE = [
  { id: RITA, name: "Rita", isAdmin: true },
  { id: ANNA, name: "Anna" },
  { id: VERA, name: "Vera" },
  { id: BORIS, name: "Boris" },
];
const USERS = { "101": ANNA, "102": VERA, "105": BORIS };

let chromium: Chromium;
let context: BrowserContext;
let folder: string;
let pbx: PbxSimulator;
let kommo: KommoSimulator;
let frame: KommoFrame;
let daemon: Daemon | undefined;
let port: number;

beforeAll(async () => {
  chromium = await openChromium();
});
afterAll(async () => {
  await chromium.close();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-browser-"));
  await mkdir(join(folder, "monitor"));
  pbx = await startPbxSimulator({
    users: [{ ...DEFAULT_USER, secret: "listener" }],
    clickTraces: [await recorded("click-answered")],
  });
  kommo = await startKommoSimulator({ account: { users: PEOPLE } });
  port = await freePort();
  frame = await startKommoFrame({
    ...{ archive: await packedWidget(), account: kommo.account.id },
    managers: PEOPLE.map(({ id, name }) => ({ id, title: name })),
    oneTimeToken: kommo.oneTimeToken,
    api: kommo,
  });
  frame.settings.backend_url = `http://127.0.0.1:${port}`;
  context = await chromium.context();
});
afterEach(async () => {
  await context.close();
  await daemon?.stop();
  daemon = undefined;
  await Promise.all([pbx.stop(), kommo.close(), frame.stop()]);
  await rm(folder, { recursive: true, force: true });
  removeFolders();
});

async function recorded(name: string, traces = RECORDINGS): Promise<Trace> {
  const trace = await readTrace(join(traces, name));
  if (!trace.ok) throw new Error(trace.failure.hint);
  return trace.value;
}

async function start(changes: object = {}): Promise<void> {
  const { client_id, client_secret, redirect_uri } = kommo.integration;
  daemon = await startConnected({
    ami: { port: pbx.port, username: "asterisk-kommo", secret: "listener" },
    pbx: { extensions: ["_10X"] },
    kommo: {
      account_url: kommo.url,
      access_token: kommo.token,
      widget: { client_id, client_secret, audience: new URL(redirect_uri).origin },
    },
    users: USERS,
    recordings: {
      path: join(folder, "monitor"),
      pbx_path: FOLDER_OF_EXCHANGE,
      public_url: `http://127.0.0.1:${port}`,
    },
    store: { path: join(folder, "store.db") },
    http: { port: 0 },
    fastagi: { port: 0 },
    public_http: { port, origins: [frame.origin] },
    originate: { context: "from-internal" },
    ...changes,
  });
  // Before Kommo has said which account it is, no proof of a page can be judged.
  await until(() => kommo.journal.entries().some(({ path }) => path === "/api/v4/account"));
}

async function open(user: number, telephone: string): Promise<Page> {
  const page = await openWidget(context, frame, { user });
  await page.locator(".panel", { hasText: telephone }).waitFor();
  return page;
}

test("a click rings the own telephone, then the client's, and the call stands on the card of the click", async () => {
  const contact = kommo.seed.contact({ phones: ["+7 916 123-45-67"], name: "Ana Costa" });
  const lead = kommo.seed.lead({ name: "Kitchen for Ana", contactId: contact.id });
  kommo.seed.lead({ name: "Another", contactId: contact.id });
  await start();
  const page = await openWidget(context, frame, { user: ANNA, path: `/leads/detail/${lead.id}` });
  await page.locator(".panel", { hasText: "101" }).waitFor();

  await clickPhone(page, "8 (916) 123-45-67");
  await cardWith(page, "Talking").waitFor();
  await screenshot(page, "daemon-talking");
  await cardWith(page, "Call ended").waitFor();
  await until(() => kommo.journal.calls().length > 0);

  expect(pbx.originates()).toMatchObject([{ context: "from-internal", exten: "89161234567" }]);
  expect(kommo.journal.calls()).toHaveLength(1);
  expect(await errorsOf(page)).toEqual([]);
});

test("whose telephone is not connected is told so, and nothing is dialled", async () => {
  await start();
  const page = await open(BORIS, "105");
  await page.locator(".panel", { hasText: "not connected" }).waitFor();

  await clickPhone(page, "8 (916)");
  await cardWith(page, "Your telephone is not connected.").waitFor();
  await screenshot(page, "daemon-not-connected");

  expect(pbx.originates()).toEqual([]);
});

test("a number abroad is refused with its reason, where only those of the country may be dialled", async () => {
  await start({ originate: { context: "from-internal", country_code: "7", international: false } });
  const page = await open(ANNA, "101");

  await clickPhone(page, "+351 912 000 111");
  await cardWith(page, "The exchange does not allow this number.").waitFor();

  expect(pbx.originates()).toEqual([]);
});

test("a client calls a group: all see who it is, and the card closes for those who did not answer", async () => {
  const contact = kommo.seed.contact({ phones: ["+7 916 123-45-67"], name: "Ana <b>Costa</b>" });
  kommo.seed.lead({ name: "Kitchen for Ana", contactId: contact.id });
  await start({ directory: { fill: "on" } });
  const anna = await open(ANNA, "101");
  const vera = await open(VERA, "102");

  void pbx.play(await recorded("in-group-answered-by-one"), { maxPauseMs: 3_000 });
  await cardWith(anna, "Incoming call").waitFor();
  await cardWith(vera, "Incoming call").waitFor();
  await screenshot(anna, "daemon-ringing");
  await cardWith(anna, "Vera answered").waitFor();
  await cardWith(vera, "Talking").waitFor();
  await screenshot(vera, "daemon-answered");
  await vera.locator(".card").waitFor({ state: "detached" });

  expect(await errorsOf(anna)).toEqual([]);
  expect(await errorsOf(vera)).toEqual([]);
});

test("what an administrator saves fills gaps, is used at once, and never goes before the configuration", async () => {
  await start();
  const page = await openWidget(context, frame, { user: RITA });

  await page.click("#open-settings");
  await page.getByRole("button", { name: "Test the connection" }).click();
  await page.getByText("Asterisk is connected.").waitFor();
  await screenshot(page, "daemon-settings");
  await page.fill(`input[name="user ${RITA}"]`, "103");
  await page.fill(`input[name="user ${ANNA}"]`, "104");
  await page.click("#save");
  await cardWith(page, "104 (Anna): the configuration file").waitFor();
  await clickPhone(page, "8 (916)");
  await until(() => pbx.originates().length > 0);
  await page.reload();
  await page.locator(".panel", { hasText: "103" }).waitFor();

  expect(pbx.originates()[0]?.channel).toContain("103");
  expect(await errorsOf(page)).toEqual([]);
});

test("an extension that is somebody else's, or of no telephone, and a list of a salesperson are refused", async () => {
  await start();
  const page = await openWidget(context, frame, { user: RITA });
  await page.click("#open-settings");
  await page.fill(`input[name="user ${RITA}"]`, "101");
  await page.click("#save");
  await cardWith(page, "101 (Rita): somebody else has this extension").waitFor();
  await page.locator(".card").getByRole("button", { name: "Close" }).click();
  await page.click("#open-settings");
  await page.fill(`input[name="user ${RITA}"]`, "999");
  await page.click("#save");
  await cardWith(page, "999 (Rita): the exchange has no such extension").waitFor();

  const other = await openWidget(context, frame, { user: ANNA });
  await other.click("#open-settings");
  await other.fill(`input[name="user ${ANNA}"]`, "102");
  await other.click("#save");
  await cardWith(other, "Only an administrator of the account may do this.").waitFor();

  expect(await errorsOf(page)).toEqual([]);
});

test("an unknown caller becomes a lead in one click, made with the user's own rights", async () => {
  await start();
  const page = await open(ANNA, "101");

  void pbx.play(await recorded("in-answered-101"), { maxPauseMs: 3_000 });
  const card = cardWith(page, "Unknown client");
  await card.getByRole("button", { name: "Create lead" }).click();
  // The page it stands on has an address of the same form.
  await page.waitForFunction("window.frame.navigated.length > 0");

  expect(await page.evaluate("window.frame.navigated.at(-1)")).toMatch(/^\/leads\/detail\/\d+$/);
});

test("the recording on the card plays, is as long as the talk, and can be wound to any place", async () => {
  kommo.seed.contact({ phones: ["+7 916 123-45-67"] });
  await start();
  const files = new Set<string>();
  const edit = (event: string): string => {
    const file = /^Variable: MIXMONITOR_FILENAME\r?\nValue: (.+?)\r?$/m.exec(event)?.[1];
    if (file !== undefined) files.add(file);
    return event;
  };

  const trace = await recorded("out-recorded-prefix-8", TRACES);
  await pbx.play(trace, { maxPauseMs: 400, edit }).finished;
  await until(() => kommo.journal.calls().length > 0);
  const [file = ""] = files;
  await writeFile(join(folder, "monitor", basename(file)), wavOf(120));
  const link = kommo.journal.calls()[0]?.link ?? "";
  await untilMp3(link);
  const page = await context.newPage();
  await page.goto(frame.page({ user: ANNA }));
  const heard = await playFrom(page, { link, seconds: 100 });

  const { sought, duration, played } = heard;
  expect(sought).toBe(100);
  expect(Math.abs(duration - 120)).toBeLessThan(1);
  expect(played).toBeGreaterThanOrEqual(100);
  expect(played).toBeLessThan(120);
});
