// The admin page in Chromium while the demo plays its day: every page, and what it says against what
// the telephones really did.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { planDay, type RecordedCall } from "../../src/cli/demo/office-day.ts";
import type { CallAnswer, CallsAnswer } from "../../src/http/admin/contract.ts";
import type { StatisticsAnswer } from "../../src/http/admin/contract-pages.ts";
import { phoneKey } from "../../src/lib/phone.ts";
import {
  accessibilityFaults,
  openAdmin,
  type AdminPage,
  type Cookies,
  type Looks,
} from "./admin-page.ts";
import { openChromium, picture, screenshot, type Chromium } from "./chromium.ts";
import { startDemo, type Demo } from "./demo-process.ts";

/** Each page, with what is there once it is drawn. */
const PAGES = [
  ["now", ".empty, .liveRow"],
  ["calls", ".callRow"],
  ["statistics", ".figure"],
  ["deliveries", "tbody tr"],
  ["employees", "tbody tr"],
  ["rules", ".rules"],
  ["customizations", ".hook"],
  ["health", ".chart"],
  ["settings", ".settings li"],
] as const;

/** Those that the documents show. */
const PICTURES = new Map([
  ["statistics light 1280", "statistics"],
  ["calls dark 390", "calls-telephone"],
]);

const IS_IN_PANE = "document.activeElement.closest('.pane') !== null";
const OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

let demo: Demo;
let chromium: Chromium;
let open: AdminPage[] = [];
let liveSeen: string[] = [];
let cookies: Cookies | undefined;

/** Logged in once: the daemon lets nobody try a password more than five times a minute. */
const openPage = async (looks: Looks = {}): Promise<AdminPage> => {
  const admin = await openAdmin(chromium, demo, {
    ...looks,
    ...(cookies === undefined ? {} : { cookies }),
  });
  cookies ??= await admin.cookies();
  open.push(admin);
  return admin;
};

beforeAll(async () => {
  [demo, chromium] = await Promise.all([startDemo(), openChromium()]);
  const watching = await openPage();
  await watching.go("now", ".liveRow");
  await screenshot(watching.page, "admin-now-while-calls-go-on");
  await picture(watching.page, "now");
  liveSeen = await watching.page.locator(".liveRow").allInnerTexts();
  await demo.played();
  await watching.page.waitForSelector(".empty");
  expect(watching.complaints).toEqual([]);
}, 400_000);

afterAll(async () => {
  for (const admin of open) await admin.close();
  open = [];
  await chromium.close();
  await demo.stop();
});

/** As the page itself asks. */
const ask = <T>({ page }: AdminPage, path: string): Promise<T> =>
  page.evaluate<T>(`fetch(${JSON.stringify(`/admin/api${path}`)}).then((answer) => answer.json())`);

async function dayOfClients(): Promise<RecordedCall[]> {
  const { entries } = await planDay();
  return entries.flatMap(({ calls }) => calls);
}

test("while a call goes on, Now shows who calls and what the telephone does", () => {
  expect(liveSeen.length).toBeGreaterThan(0);
  expect(liveSeen.join(" ")).toMatch(/rings|talks|dials|menu|Waits/);
  expect(liveSeen.join(" ")).toMatch(/\+7 916 555-1\d-\d\d|withheld/);
});

test("the list of calls says of each call what really happened: direction, client, result, employee, talk", async () => {
  const admin = await openPage();
  await admin.go("calls", ".callRow");

  const { calls } = await ask<CallsAnswer>(admin, "/calls");
  const rows = await admin.page.locator(".callRow").allInnerTexts();
  const wanted = await dayOfClients();

  expect(rows).toHaveLength(calls.length);
  const rest = calls.filter(({ direction }) => direction !== "internal");
  const unlike: RecordedCall[] = [];
  for (const call of wanted) {
    const index = rest.findIndex((row) => isAlike(row, call));
    if (index < 0) unlike.push(call);
    else rest.splice(index, 1);
  }
  expect(unlike).toEqual([]);
  expect(rest).toEqual([]);
  // What stands in a row is what the answer says.
  for (const [index, call] of calls.entries()) {
    const text = rows[index]?.replace(/\D/g, "") ?? "";
    if (call.phone !== null) expect(text).toContain(phoneKey(call.phone).slice(-7));
  }
  expect(admin.complaints).toEqual([]);
});

function isAlike(row: CallsAnswer["calls"][number], call: RecordedCall): boolean {
  const [atLeast, atMost] = call.talkSeconds;
  return (
    row.direction === call.direction &&
    row.result === call.result &&
    phoneKey(row.phone ?? "") === phoneKey(call.client ?? "") &&
    (call.employee === null ||
      row.employees.some(({ extension }) => extension === call.employee)) &&
    (call.result !== "answered" ||
      (row.talkSeconds >= Math.floor(atLeast) - 1 && row.talkSeconds <= atMost * 3 + 2))
  );
}

test("a call has its headline, its lanes, its decisions and Kommo's answers; Escape goes back to the list", async () => {
  const admin = await openPage();
  const { calls } = await ask<CallsAnswer>(admin, "/calls?direction=inbound&result=answered");
  const stories = await Promise.all(
    calls.map(({ id }) => ask<CallAnswer>(admin, `/calls/${encodeURIComponent(id)}`)),
  );
  const story = stories.find(({ transfers }) => transfers.length > 0);
  const [transfer] = story?.transfers ?? [];
  expect(story).toBeDefined();

  await admin.go("calls", ".callRow");
  await admin.page.click(`a[href^="/admin/calls/${story?.call.id}"]`);
  await admin.page.waitForSelector(".lanes svg");
  const headline = await admin.page.locator(".pane h2").innerText();
  const bars = await admin.page.locator(".laneDrawing .talkBar").count();
  const arrows = await admin.page.locator(".laneDrawing .transfer").count();
  const decisions = await admin.page.locator(".decisions li").count();
  await screenshot(admin.page, "admin-call");
  await picture(admin.page, "call");
  const faults = await accessibilityFaults(admin.page);
  await admin.page.click("text=As a table");
  const table = await admin.page.locator(".lanes table").innerText();
  await admin.page.keyboard.press("Escape");
  await admin.page.waitForSelector(".pane", { state: "detached" });

  expect(headline).toMatch(/^Inbound from .+ answered by .+ of talk\.$/);
  expect(headline).toContain(`transferred to Extension ${transfer?.to}`);
  expect([bars >= 3, arrows, decisions >= 2]).toEqual([true, story?.transfers.length, true]);
  expect(table).toContain("Telephone rings");
  expect(faults).toEqual([]);
  expect(new URL(admin.page.url()).pathname).toBe("/admin/calls");
  expect(admin.complaints).toEqual([]);
});

test("a number typed in any format finds the client's calls, and stays in the address", async () => {
  const admin = await openPage();
  const [first] = (await dayOfClients()).filter(({ client }) => client !== null);
  const digits = first?.client ?? "";
  const typed = `+${digits.slice(0, 1)} (${digits.slice(1, 4)}) ${digits.slice(4, 7)}-${digits.slice(7)}`;

  await admin.go("calls", ".callRow");
  await admin.page.fill("#search", typed);
  const giveUpAt = Date.now() + 60_000;
  const areFound = async (): Promise<boolean> => {
    const rows = await admin.page.locator(".callRow").allInnerTexts();
    const isHis = (row: string): boolean => row.replace(/\D/g, "").includes(phoneKey(digits));
    return rows.length > 0 && rows.every(isHis);
  };
  while (!(await areFound()) && Date.now() < giveUpAt) await admin.page.waitForTimeout(50);
  const found = await areFound();

  expect(found).toBe(true);
  expect(new URL(admin.page.url()).searchParams.get("q")).toBe(typed);
});

test("the statistics are those of the day", async () => {
  const admin = await openPage();
  const wanted = await dayOfClients();
  const count = (fits: (call: RecordedCall) => boolean): number => wanted.filter(fits).length;

  await admin.go("statistics?period=week", ".figure");
  const { now } = await ask<StatisticsAnswer>(admin, "/statistics");
  const shown = await admin.page.locator(".figureValue").allInnerTexts();

  expect(now).toMatchObject({
    calls: wanted.length,
    inbound: count(({ direction }) => direction === "inbound"),
    outbound: count(({ direction }) => direction === "outbound"),
    answered: count(({ result }) => result === "answered"),
    missed: count(({ result }) => result === "missed"),
  });
  expect(shown.slice(0, 2)).toEqual([String(now.calls), String(now.missed)]);
});

test("a made-up call lights up what would be done for it", async () => {
  const admin = await openPage();

  await admin.go("rules", ".tryField");
  await admin.page.click("text=What would be done?");
  await admin.page.waitForSelector(".besides [role=status]");
  const verdict = await admin.page.locator(".besides [role=status]").innerText();

  expect(verdict).toContain("register the call by its number");
  expect(verdict).toContain("POST /api/v4/leads/unsorted/sip");
  expect(await accessibilityFaults(admin.page)).toEqual([]);
});

test("an examination ends with verdicts", async () => {
  const admin = await openPage();

  await admin.go("health", ".chart");
  await admin.page.click("text=Examine now");
  await admin.page.waitForSelector(".checks li");
  await screenshot(admin.page, "admin-health-examined");
  const verdicts = await admin.page.locator(".checks").innerText();

  expect(verdicts).toContain("AMI Asterisk");
  expect(verdicts).toContain("Kommo");
  expect(verdicts).not.toContain("simulator-token");
});

test("secrets are on no page, and who looked at what stands in the settings", async () => {
  const admin = await openPage();

  await admin.go("settings", ".settings li");
  await admin.page.waitForSelector("table tbody tr");
  const text = await admin.page.locator("main").innerText();

  expect(text).toContain("kommo.access_token");
  expect(text).not.toContain("simulator-token");
  expect(text).toContain("looked at the call");
  expect(text).toContain("logged in");
});

test("the page is used by the keyboard alone: from page to page, into a call and out of it", async () => {
  const admin = await openPage();
  const { page } = admin;
  await admin.go("now", "main");

  await page.keyboard.press("Tab");
  const skip = await page.evaluate("document.activeElement.textContent");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await page.waitForSelector(".callRow");
  await page.locator(".callRow").first().focus();
  await page.keyboard.press("Enter");
  await page.waitForSelector(".pane .lanes");
  const isInside = await page.evaluate(IS_IN_PANE);
  await page.keyboard.press("Shift+Tab");
  const staysInside = await page.evaluate(IS_IN_PANE);
  await page.keyboard.press("Escape");
  await page.waitForSelector(".pane", { state: "detached" });

  expect(skip).toBe("To the content");
  expect([isInside, staysInside]).toEqual([true, true]);
});

test.each([
  ["light", "en", 1_280],
  ["dark", "ru", 1_280],
  ["light", "pt", 390],
  ["dark", "es", 390],
] as const)(
  "in %s colours, in %s, %i px wide: every page is drawn, nothing is cut, axe finds nothing serious",
  async (theme, language, width) => {
    const admin = await openPage({ theme, language, width, height: width < 500 ? 844 : 900 });
    const faults: string[] = [];

    for (const [path, ready] of PAGES) {
      await admin.go(path, ready);
      await screenshot(admin.page, `admin-${path}-${theme}-${language}-${width}`);
      const shown = PICTURES.get(`${path} ${theme} ${width}`);
      if (shown !== undefined) await picture(admin.page, shown);
      const overflow = await admin.page.evaluate<number>(OVERFLOW);
      if (overflow > 0) faults.push(`${path} is ${overflow} px too wide`);
      faults.push(...(await accessibilityFaults(admin.page)).map((fault) => `${path} ${fault}`));
    }

    expect(faults).toEqual([]);
    expect(await admin.page.evaluate("document.documentElement.lang")).toBe(language);
    expect(admin.complaints).toEqual([]);
  },
);

test("who logs out is at the door again", async () => {
  const admin = await openPage();
  await admin.go("now", "nav");

  await admin.page.click("text=Log out");
  await admin.page.waitForSelector("#password");

  expect(await admin.page.locator("nav").count()).toBe(0);
  expect(await accessibilityFaults(admin.page)).toEqual([]);
});
