// A salesperson's day on a real Asterisk: the widget in a real browser, telephones that really ring, and
// the recording that MixMonitor wrote, played from the card.
import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { BrowserContext, Page } from "playwright-core";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { openChromium, screenshot, until, type Chromium } from "../browser/chromium.ts";
import { startKommoFrame, type KommoFrame } from "../browser/kommo-frame.ts";
import { playFrom, untilMp3 } from "../browser/listener.ts";
import {
  cardWith,
  clickPhone,
  errorsOf,
  openWidget,
  packedWidget,
} from "../browser/widget-page.ts";
import { startDaemonProcess, writeConfig, type DaemonProcess } from "../daemon/daemon-process.ts";
import { freePort } from "../http/free-port.ts";
import type { Seat } from "./exchange.ts";
import { startLab, type Lab } from "./lab.ts";
import type { Phone } from "./sip/phone.ts";

const [RITA, ANNA, BEN, VERA, CLARA] = [9_100_001, 9_100_002, 9_100_003, 9_100_004, 9_100_005];
/** Each user's telephone; nobody has registered 105. */
const TELEPHONES = new Map([
  [ANNA, "101"],
  [BEN, "102"],
  [VERA, "103"],
  [CLARA, "105"],
]);
const CLICKS_A_MINUTE = 6;
/** Line 08 of office 0: MixMonitor runs from the beginning. */
const RECORDED_LINE = "74951000008";

/** 8… is recorded and rings until somebody answers; 9… for two seconds. */
const DIALPLAN = `[from-kommo]
exten => _8XXXXXXXXXX,1,Gosub(record,s,1(out,\${EXTEN}))
 same => n,Dial(PJSIP/7\${EXTEN:1}@trunk,60)
 same => n,Hangup()
exten => _9XXXXXXXXXX,1,Dial(PJSIP/7\${EXTEN:1}@trunk,2)
 same => n,Hangup(19)
`;

let lab: Lab;
let kommo: KommoSimulator;
let frame: KommoFrame;
let daemon: DaemonProcess;
let chromium: Chromium;
let context: BrowserContext;
let folder: string;

beforeAll(async () => {
  lab = await startLab(process.env["LAB_ASTERISK"] === "16" ? "16" : "22");
  await writeFile(join(dirname(dirname(lab.recordings)), "etc/added.conf"), DIALPLAN);
  await lab.operate("Command", { Command: "dialplan reload" });
  folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-salesperson-"));
  const people = [RITA, ANNA, BEN, VERA, CLARA].map((id) => ({ id, name: `User ${id}` }));
  kommo = await startKommoSimulator({
    account: { users: people.map((one) => ({ ...one, isAdmin: one.id === RITA })), country: "RU" },
  });
  frame = await startKommoFrame({
    ...{ archive: await packedWidget(), account: kommo.account.id },
    managers: people.map(({ id, name }) => ({ id, title: name })),
    oneTimeToken: kommo.oneTimeToken,
    api: kommo,
  });
  const port = await freePort();
  frame.settings.backend_url = `http://127.0.0.1:${port}`;
  daemon = startDaemonProcess(await writeConfig(folder, configuration(port)));
  await daemon.said('"connected to the exchange"');
  chromium = await openChromium();
}, 300_000);

function configuration(port: number): object {
  const { host, port: amiPort, username, secret, dialler } = lab.ami;
  const { client_id, client_secret, redirect_uri } = kommo.integration;
  return {
    ami: { host, port: amiPort, username, secret, dialler },
    pbx: { extensions: lab.extensions, trunks: [lab.trunk] },
    kommo: {
      account_url: kommo.url,
      access_token: kommo.token,
      widget: { client_id, client_secret, audience: new URL(redirect_uri).origin },
    },
    users: Object.fromEntries([...TELEPHONES].map(([id, own]) => [own, id])),
    recordings: { path: lab.recordings, public_url: `http://127.0.0.1:${port}` },
    store: { path: join(folder, "store.db") },
    public_http: { port, origins: [frame.origin] },
    originate: {
      context: "from-kommo",
      ring_seconds: 12,
      per_user_a_minute: CLICKS_A_MINUTE,
      numbers: [
        { match: "^8916(\\d{7})$", replace: "9916$1" },
        { match: "^7916(\\d{7})$", replace: "8916$1" },
      ],
    },
  };
}

afterAll(async () => {
  await chromium?.close();
  await daemon?.end("SIGTERM");
  await frame?.stop();
  await kommo?.close();
  await lab?.stop();
  await rm(folder, { recursive: true, force: true });
});

beforeEach(async () => {
  context = await chromium.context();
});
afterEach(async () => {
  await context.close();
  for (const seat of [1, 2, 3] as const) await telephone(seat).forget();
});

const telephone = (seat: Seat): Phone => lab.telephone(0, seat);

/** A card of Kommo with a number to click, before the eyes of a user whose telephone is known. */
async function openCard(user: number, card: { path?: string; phone?: string } = {}): Promise<Page> {
  const page = await openWidget(context, frame, { user, ...card });
  const state = user === CLARA ? "not connected" : "free";
  await page
    .locator(".panel", { hasText: TELEPHONES.get(user) ?? "" })
    .filter({ hasText: state })
    .waitFor();
  return page;
}

async function closeCard(page: Page, text: string): Promise<void> {
  const card = cardWith(page, text);
  await card.getByRole("button", { name: "Close" }).click();
  await card.waitFor({ state: "detached" });
}

test("a click rings both telephones, and the talk stands on the card with a recording to listen to", async () => {
  const client = lab.client();
  const contact = kommo.seed.contact({ phones: [client.number], name: "Ana Costa" });
  const lead = kommo.seed.lead({ name: "Kitchen for Ana", contactId: contact.id });
  kommo.seed.lead({ name: "Another", contactId: contact.id });
  const path = `/leads/detail/${lead.id}`;
  const page = await openCard(ANNA, { path, phone: client.number });

  await clickPhone(page, client.number);
  await cardWith(page, "Your telephone 101 rings: pick up").waitFor();
  await screenshot(page, "lab-1-own-telephone-rings");
  const call = await telephone(1).answer(0);
  await cardWith(page, "The client's telephone rings").waitFor();
  await screenshot(page, "lab-2-client-rings");
  await client.answer(0);
  await cardWith(page, "Talking").waitFor();
  await pause(6_000); // something to wind to
  await screenshot(page, "lab-3-talking");
  await call.hangUp();
  await cardWith(page, "Call ended").waitFor();
  await until(() => kommo.journal.calls().length > 0);
  await page.click("#open-feed");
  const player = page.locator("#feed audio");
  await player.waitFor();
  const link = (await player.getAttribute("src")) ?? "";
  await untilMp3(link);
  const heard = await playFrom(page, { link, seconds: 3 });
  await screenshot(page, "lab-4-recording-on-the-card");
  const tail = await fetch(link, { headers: { range: "bytes=-1000" } });

  const recorded = await secondsRecorded(client.number);
  expect(recorded).toBeGreaterThan(5);
  expect(Math.abs(heard.duration - recorded)).toBeLessThan(0.5);
  expect(heard.sought).toBe(3);
  expect(heard.played).toBeGreaterThan(3);
  expect(tail.status).toBe(206);
  expect(tail.headers.get("content-range")).toMatch(/^bytes \d+-\d+\/\d+$/);
  expect((await tail.arrayBuffer()).byteLength).toBe(1_000);
  expect(kommo.journal.calls()).toMatchObject([
    {
      ...{ card: { type: "leads", id: lead.id }, direction: "outbound", call_status: 4 },
      ...{ created_by: ANNA, responsible_user_id: ANNA, link },
    },
  ]);
  expect(await errorsOf(page)).toEqual([]);
});

test("what was recorded in two files, the second after a transfer, plays as one from the card", async () => {
  const client = lab.client();
  const contact = kommo.seed.contact({ phones: [client.number], name: "Rui Alves" });
  kommo.seed.lead({ name: "Stairs for Rui", contactId: contact.id });

  const call = await client.call(RECORDED_LINE);
  const talk = await telephone(1).answer(0);
  await pause(1_000);
  await talk.transfer("102");
  await telephone(2).answer(0);
  await pause(2_000);
  const Channel = await lab.channelOf(client.number);
  await lab.operate("StopMixMonitor", { Channel });
  await lab.operate("MixMonitor", { Channel, File: `second-${client.number}.wav`, options: "b" });
  await pause(3_000);
  await call.hangUp();
  const booked = () => kommo.journal.calls().find(({ direction }) => direction === "inbound");
  await until(() => booked() !== undefined);
  const link = booked()?.link ?? "";
  await untilMp3(link);
  const page = await openCard(BEN, { phone: client.number });
  const played = await playFrom(page, { link, seconds: 3 });

  const files = (await readdir(lab.recordings)).filter((name) =>
    name.includes(client.number.slice(1)),
  );
  const seconds = await Promise.all(files.map(secondsOf));
  const whole = seconds.reduce((sum, one) => sum + one, 0);
  expect(files).toHaveLength(2);
  expect(Math.min(...seconds)).toBeGreaterThan(2);
  expect(Math.abs(played.duration - whole)).toBeLessThan(0.5);
  expect(played.sought).toBe(3);
  expect(played.played).toBeGreaterThan(3);
  expect(booked()).toMatchObject({ direction: "inbound", responsible_user_id: BEN });
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

async function secondsRecorded(number: string): Promise<number> {
  const name = (await readdir(lab.recordings)).find((file) => file.includes(number.slice(1)));
  return secondsOf(name ?? "");
}

/** How long a file is that Asterisk wrote: 16-bit samples, 8,000 a second. */
async function secondsOf(name: string): Promise<number> {
  const { size } = await stat(join(lab.recordings, name));
  return (size - 44) / 16_000;
}

test("the page says why nothing comes of a call: the client's side", async () => {
  const client = lab.client();
  const page = await openCard(BEN, { phone: client.number });
  const outcomes = [
    ["The line is busy", 486],
    ["No free line to dial with", 503],
    ["The number does not exist", 404],
    ["The line refused the call", 603],
  ] as const;

  for (const [words, status] of outcomes) {
    await clickPhone(page, client.number);
    const call = await telephone(2).answer(0);
    const asked = await client.rings();
    await page.locator(".panel", { hasText: "in a call" }).waitFor();
    asked.refuse(status);
    await cardWith(page, words).waitFor();
    await call.whenOver();
    await screenshot(page, `lab-client-${status}`);
    await closeCard(page, words);
    await page.locator(".panel", { hasText: "free" }).waitFor();
  }

  expect(await errorsOf(page)).toEqual([]);
});

test("the page says so when the client does not answer", async () => {
  const client = lab.client();
  const page = await openCard(ANNA, { phone: `8 ${client.number.slice(1)}` });

  await clickPhone(page, "8 916");
  await telephone(1).answer(0);
  await cardWith(page, "Nobody answered").waitFor();
  await screenshot(page, "lab-client-does-not-answer");

  expect(await errorsOf(page)).toEqual([]);
});

test("the page says why nothing comes of a call: the employee's side", async () => {
  const client = lab.client();
  const page = await openCard(VERA, { phone: client.number });

  await clickPhone(page, client.number);
  await cardWith(page, "Your telephone 103 rings: pick up").waitFor();
  await cardWith(page, "You did not pick up").waitFor();
  await screenshot(page, "lab-employee-does-not-pick-up");
  await closeCard(page, "You did not pick up");
  const own = await telephone(3).call("101");
  await telephone(1).answer(0);
  await page.locator(".panel", { hasText: "in a call" }).waitFor();
  await clickPhone(page, client.number);
  await cardWith(page, "You are in a call already.").waitFor();
  await screenshot(page, "lab-employee-busy");
  await own.hangUp();

  expect(client.legs).toEqual([]);
  expect(await errorsOf(page)).toEqual([]);
});

test("the page says what may not be dialled, which telephone is away, and when it is too much", async () => {
  const page = await openCard(CLARA, { phone: "+1 900 555 12 34" });
  const refused = "The exchange does not allow this number.";

  await clickPhone(page, "+1 900");
  await cardWith(page, refused).waitFor();
  await screenshot(page, "lab-number-forbidden");
  await closeCard(page, refused);
  await clickPhone(page, "8 (916)");
  await cardWith(page, "Your telephone is not connected.").waitFor();
  await screenshot(page, "lab-telephone-not-connected");
  await closeCard(page, "Your telephone is not connected.");
  const tooMany = cardWith(page, "Too many calls in a short time.");
  // Two of the minute are gone; a slow machine may need more than a minute for the others.
  for (let clicks = 0; clicks < 10 * CLICKS_A_MINUTE && (await tooMany.count()) === 0; clicks++) {
    await clickPhone(page, "+1 900");
    await cardWith(page, /does not allow|Too many/).waitFor();
    if ((await tooMany.count()) === 0) await closeCard(page, refused);
  }
  await tooMany.waitFor();
  await screenshot(page, "lab-too-many");

  expect(await errorsOf(page)).toEqual([]);
});
