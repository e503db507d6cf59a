// The admin page of a daemon that listens to two exchanges with equal extensions and equal ids: each row
// says of which exchange it is, and each list can be narrowed to one.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { EmployeesAnswer } from "../../src/http/admin/contract-pages.ts";
import type { Daemon } from "../../src/main.ts";
import type { Play } from "../../src/simulator/pbx/player.ts";
import { startConnected } from "../daemon/connected-daemon.ts";
import { endlessTalk } from "../daemon/endless-talk.ts";
import {
  openExchanges,
  RECORDED_CLIENT,
  until,
  type ExchangesOffice,
} from "../daemon/exchanges-office.ts";
import {
  accessibilityFaults,
  openAdmin,
  setPasswordIn,
  type AdminPage,
  type Cookies,
} from "./admin-page.ts";
import { openChromium, screenshot, type Chromium } from "./chromium.ts";

const PASSWORD = "of the administrator";
/** By site: who called and is gone, and who talks now. */
const CALLED = ["79160000001", "79160000002"] as const;
const TALKING = ["79160000003", "79160000004"] as const;
const TELEPHONE = { width: 390, height: 844 } as const;
const OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth";

let chromium: Chromium;
let office: ExchangesOffice;
let daemon: Daemon;
let cookies: Cookies | undefined;

const address = (): string => daemon.address("http") ?? "";

async function openPage(looks: Parameters<typeof openAdmin>[2] = {}): Promise<AdminPage> {
  const known = cookies === undefined ? {} : { cookies };
  const admin = await openAdmin(
    chromium,
    { address: address(), password: PASSWORD },
    { ...looks, ...known },
  );
  cookies ??= await admin.cookies();
  return admin;
}

/** What is written in the rows, when it is so many of them. */
async function rowsOf(
  { page }: AdminPage,
  what: string,
  count: number,
): Promise<readonly string[]> {
  const rows = page.locator(what);
  await rows.nth(count - 1).waitFor();
  await rows.nth(count).waitFor({ state: "detached" });
  return (await rows.allInnerTexts()).map((text) => text.replace(/\s+/g, " "));
}

const choose = async ({ page }: AdminPage, exchange: string, label = "Exchange"): Promise<void> =>
  page
    .getByRole("group", { name: label, exact: true })
    .getByRole("button", { name: exchange })
    .click();

const ended = async (plays: readonly Play[]): Promise<void> =>
  void (await Promise.all(plays.map(({ finished }) => finished)));

/** 101 answered at both and talks again; 103 of site-1 rang, and is nobody's. */
beforeAll(async () => {
  [chromium, office] = await Promise.all([openChromium(), openExchanges(2)]);
  for (const phone of [...CALLED, ...TALKING]) office.kommo.seed.contact({ phones: [phone] });
  await setPasswordIn(join(office.folder, "store.db"), PASSWORD);
  const exchanges = office.config.exchanges.map((entry, site) => {
    const { users } = entry as { readonly users: Readonly<Record<string, number>> };
    const { "103": _, ...others } = users;
    return site === 1 ? { ...entry, users: others } : entry;
  });
  const rules = [
    { when: { exchange: "site-1", client: "unknown" }, then: { unknown_client: "contact" } },
  ];
  daemon = await startConnected({ ...office.config, exchanges, rules });
  // One after another: a simulated exchange gives equal ids to what is played in one second.
  await ended(await office.play("in-answered-101", (site) => CALLED[site]));
  await ended(
    await office.play("in-queue-ringall-agent-hangs-up", (site) =>
      site === 1 ? CALLED[site] : undefined,
    ),
  );
  await until(
    () => CALLED.every((client, site) => office.bookedFor(client).length === site + 1),
    () => `booked: ${JSON.stringify(office.kommo.journal.calls())}`,
  );
  const trace = await endlessTalk();
  for (const [site, { pbx }] of office.sites.entries())
    pbx.play(trace, {
      phones: new Map([[RECORDED_CLIENT, TALKING[site] ?? ""]]),
      ...{ gaps: "ignore", speed: 5 },
    });
}, 240_000);

afterAll(async () => {
  await daemon?.stop();
  await chromium?.close();
  await office?.[Symbol.asyncDispose]();
});

test("each call of the list says at which exchange it was, and the list is narrowed to one", async () => {
  const admin = await openPage();
  await admin.go("calls", ".callRow");

  const all = await rowsOf(admin, ".callRow", 3);
  await screenshot(admin.page, "admin-exchanges-calls");
  await choose(admin, "site-0");
  const one = await rowsOf(admin, ".callRow", 1);
  const asked = new URL(admin.page.url()).search;
  await admin.page.reload();
  const again = await rowsOf(admin, ".callRow", 1);
  await choose(admin, "site-0");
  const anew = await rowsOf(admin, ".callRow", 3);

  expect(all.filter((row) => row.includes("site-1"))).toHaveLength(2);
  expect(one).toEqual(all.filter((row) => row.includes("site-0")));
  expect(one[0]).toContain(`site-0 User ${office.sites[0]?.user("101")} 101`);
  expect(asked).toBe("?exchange=site-0");
  expect([again, anew]).toEqual([one, all]);
  expect(await accessibilityFaults(admin.page)).toEqual([]);
  expect(admin.complaints).toEqual([]);
  await admin.close();
});

test("an extension that is searched for is that of each exchange, or of the one before it", async () => {
  const admin = await openPage();

  await admin.go("calls?q=101", ".callRow");
  const ofAll = await rowsOf(admin, ".callRow", 3);
  await admin.go("calls?q=site-0%2F101", ".callRow");
  const ofOne = await rowsOf(admin, ".callRow", 1);

  expect(ofOne).toEqual(ofAll.filter((row) => row.includes("site-0")));
  await admin.close();
});

test("a call of one exchange has an address of its own, and its report is that call's", async () => {
  const admin = await openPage();
  await admin.go("calls?exchange=site-0", ".callRow");

  await admin.page.locator(".callRow").click();
  await admin.page.locator(".pane h2").waitFor();
  await admin.page.reload();
  const headline = await admin.page.locator(".pane h2").innerText();
  const downloading = admin.page.waitForEvent("download");
  await admin.page.click("text=Report for support");
  const report = await readFile(await (await downloading).path(), "utf8");
  await screenshot(admin.page, "admin-exchanges-call");

  expect(headline).toContain("+7 916 000-00-01");
  expect(headline).toContain(`User ${office.sites[0]?.user("101")}`);
  expect(JSON.parse(report)).toMatchObject({ id: expect.stringMatching(/^site-0\/\d+\.\d+$/) });
  expect(admin.complaints).toEqual([]);
  await admin.close();
});

test("calls that go on say at which exchange, and those of one are shown alone", async () => {
  const admin = await openPage();
  await admin.go("now", ".liveRow .part.talks");

  const all = await rowsOf(admin, ".liveRow", 2);
  await screenshot(admin.page, "admin-exchanges-now");
  await choose(admin, "site-1");
  const one = await rowsOf(admin, ".liveRow", 1);
  const head = await admin.page.locator(".pageHead").innerText();

  expect(all.map((row) => /site-\d/.exec(row)?.[0])).toEqual(
    expect.arrayContaining(["site-0", "site-1"]),
  );
  expect(one[0]).toContain("site-1");
  expect(one[0]).toContain("+7 916 000-00-04");
  expect(one[0]).toContain(`User ${office.sites[1]?.user("101")} 101`);
  expect(head).toContain("1 call");
  expect(await accessibilityFaults(admin.page)).toEqual([]);
  await admin.close();
});

test("an exchange at which nobody talks shows that no call fits", async () => {
  const admin = await openPage();

  await admin.go("now?exchange=site-9", ".empty");

  expect(await admin.page.locator(".empty").innerText()).toBe("No call fits.");
  await choose(admin, "site-9");
  expect(await rowsOf(admin, ".liveRow", 2)).toHaveLength(2);
  await admin.close();
});

test("employees with one number at two exchanges stand apart, and the one that is nobody's is given to its user", async () => {
  const admin = await openPage();
  const user = office.sites[1]?.user("103") ?? 0;
  await admin.go("employees", ".choice select");

  const all = await rowsOf(admin, "tbody tr", 10);
  const advice = await admin.page.locator(".notice code").allInnerTexts();
  await screenshot(admin.page, "admin-exchanges-employees");
  await choose(admin, "site-0");
  const ofFirst = await rowsOf(admin, "tbody tr", 5);
  await choose(admin, "site-1");
  const ofSecond = await rowsOf(admin, "tbody tr", 5);
  await admin.page.locator(".choice select").selectOption(String(user));
  await admin.page.getByRole("button", { name: "Give" }).click();
  await admin.page.getByRole("button", { name: "Take away site-1/103" }).waitFor();
  const answer = await admin.page.request.get(`${address()}/admin/api/employees`);
  const { employees } = (await answer.json()) as EmployeesAnswer;

  expect([...ofFirst, ...ofSecond].toSorted()).toEqual(all.toSorted());
  expect(ofFirst.every((row) => row.startsWith("site-0 10"))).toBe(true);
  expect(ofSecond.every((row) => row.startsWith("site-1 10"))).toBe(true);
  expect(advice).toEqual(['"name": "site-1", … "users": { "103": … }']);
  expect(
    employees
      .filter(({ extension }) => extension.endsWith("103"))
      .map(({ extension, users, from }) => [extension, users[0]?.id, from])
      .toSorted(),
  ).toEqual([
    ["site-0/103", office.sites[0]?.user("103"), "configuration"],
    ["site-1/103", user, "list"],
  ]);
  expect(await accessibilityFaults(admin.page)).toEqual([]);
  expect(admin.complaints).toEqual([]);
  await admin.close();
});

test("the number of an employee leads to the calls of that telephone alone", async () => {
  const admin = await openPage();
  await admin.go("employees?exchange=site-0", "tbody tr");

  await admin.page.getByRole("link", { name: "101", exact: true }).click();

  expect(await rowsOf(admin, ".callRow", 1)).toEqual([expect.stringContaining("site-0")]);
  await admin.close();
});

test("a call is tried on the rules as one of the exchange that is chosen", async () => {
  const admin = await openPage({ language: "ru" });
  await admin.go("rules", ".tryField");
  const rule = await admin.page.locator(".rules .sheet").first().innerText();
  const tryAt = async (exchange: string): Promise<string> => {
    await admin.page.getByLabel("АТС").selectOption(exchange);
    const answer = admin.page.waitForResponse(/\/rules\/try$/);
    await admin.page.locator(".tryField button.primary").click();
    await (await answer).finished();
    await admin.page.waitForSelector(`.rules .lit:nth-child(${exchange === "site-1" ? 1 : 2})`);
    return (await admin.page.locator(".rules .lit").allInnerTexts()).join(" ");
  };

  const [atFirst, atSecond] = [await tryAt("site-0"), await tryAt("site-1")];
  await screenshot(admin.page, "admin-exchanges-rules-ru");

  expect(rule).toContain("АТС site-1");
  expect(atFirst).not.toContain("АТС site-1");
  expect(atSecond).toContain("АТС site-1");
  expect(admin.complaints).toEqual([]);
  await admin.close();
});

test.each([
  ["es", "Centralita", "light"],
  ["pt", "Central", "dark"],
  ["ru", "АТС", "light"],
] as const)(
  "on a telephone, in %s, the choice and the exchange of each row are seen whole",
  async (language, label, theme) => {
    const admin = await openPage({ ...TELEPHONE, language, theme });
    for (const [path, row, count] of [
      ["calls", ".callRow", 3],
      ["now", ".liveRow", 2],
      ["employees", "tbody tr", 10],
    ] as const) {
      await admin.go(path, row);
      await rowsOf(admin, row, count);
      await screenshot(admin.page, `admin-exchanges-${path}-${language}-390`);
      const badges = await admin.page.locator(`${row} .exchange`).all();
      const cut = await admin.page.evaluate<string[]>(
        `[...document.querySelectorAll(".exchange")].filter((one) => {
          const { left, right } = one.getBoundingClientRect();
          return one.scrollWidth > one.clientWidth || left < 0 || right > innerWidth;
        }).map(({ outerHTML }) => outerHTML)`,
      );

      expect([path, badges.length, cut]).toEqual([path, count, []]);
      expect(await admin.page.evaluate<number>(OVERFLOW)).toBe(0);
      expect(await accessibilityFaults(admin.page)).toEqual([]);
      await choose(admin, "site-0", label);
      await rowsOf(admin, row, count === 10 ? 5 : 1);
    }
    expect(admin.complaints).toEqual([]);
    await admin.close();
  },
  120_000,
);
