// The panel of appointments on a lead card, in a real browser with the real daemon and both simulated
// accounts behind it: what stands there, tying, finding, booking, moving, cancelling, and each refusal.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import type { SimRecord } from "../../src/simulator/altegio/state.ts";
import {
  button,
  cardOf,
  DAY,
  HOUR,
  openHouse,
  panelOf,
  PHONE,
  type House,
} from "./appointments-page.ts";
import { openChromium, screenshot, until, type Chromium } from "./chromium.ts";
import { errorsOf } from "./widget-page.ts";

let chromium: Chromium;
let house: House;

beforeAll(async () => {
  chromium = await openChromium();
});
afterAll(async () => {
  await chromium.close();
});
beforeEach(async () => {
  house = await openHouse(chromium);
});
afterEach(async () => {
  await house.stop();
});

test("coming and past appointments of all locations stand there, and nothing of it where Altegio is off", async () => {
  const coming = house.book({ startsAt: Date.now() + 2 * DAY });
  const past = house.book({ startsAt: Date.now() - 3 * DAY, attendance: 1 });
  const elsewhere = house.book({ startsAt: Date.now() + DAY }, 4_565);
  await house.start();
  const page = await house.open();

  await cardOf(page, coming).waitFor();
  await page.getByText("Past (1)").click();
  await cardOf(page, past).getByText("came").waitFor();
  const text = await cardOf(page, elsewhere).innerText();
  const order = await page.evaluate(
    `[...document.querySelector("#beside .asterisk-kommo-widget:last-of-type").shadowRoot
      .querySelectorAll(".visit")].map(({ dataset }) => dataset.record)`,
  );
  await screenshot(page, "altegio-list");

  expect(text).toContain("Riverside");
  expect(order).toEqual([elsewhere, coming, past].map(({ id }) => String(id)));
  expect(await errorsOf(page)).toEqual([]);
});

test("without locations in the configuration there is no panel", async () => {
  await house.start({ altegio: {} });
  const page = await house.open();

  await page.locator(".panel", { hasText: "My telephone" }).waitFor();
  await page.locator(".panel", { hasText: "101" }).waitFor();

  expect(await panelOf(page).count()).toBe(0);
});

test("an appointment is tied to the lead in one click, and the lead shows it", async () => {
  const record = house.book();
  await house.start();
  const page = await house.open();

  await button(cardOf(page, record), "Tie to this lead").click();
  await page.getByText("Tied to this lead.").waitFor();
  await until(() => house.onLead() === String(record.id));
  await page.getByText("On this lead").waitFor();

  expect(await button(cardOf(page, record), "Tie to this lead").count()).toBe(0);
  expect(await errorsOf(page)).toEqual([]);
});

test("a record ID that is typed in is tied; letters and unknown ones are refused in words", async () => {
  const record = house.book({ client: { name: "Somebody", phone: "+79990001122" } }, 4_565);
  await house.start();
  const page = await house.open();

  await button(page, "Find or link").click();
  const id = page.getByLabel("Record ID in Altegio");
  await id.fill("abc");
  await id.press("Enter");
  await page.getByText("Enter the record ID: digits only.").waitFor();
  await id.fill("12345");
  await id.press("Enter");
  await page.getByText("Altegio has no such appointment").waitFor();
  await id.fill(` ${String(record.id)} `);
  await id.press("Enter");
  await page.getByText("Tied to this lead.").waitFor();
  await until(() => house.onLead() === String(record.id));

  expect(await errorsOf(page)).toEqual([]);
});

test("found by a telephone number, of several one is chosen", async () => {
  const vera = { name: "Vera <i>K</i>", phone: "+79990001122" };
  const [first, second] = [house.book({ client: vera }), house.book({ client: vera }, 4_565)];
  await house.start();
  const page = await house.open();

  await button(page, "Find or link").click();
  const phone = page.getByLabel("Client's telephone");
  await phone.fill("12");
  await phone.press("Enter");
  await page.getByText("Enter a telephone number.").waitFor();
  await phone.fill("+79990009999");
  await phone.press("Enter");
  await page.getByText("Nobody with this number has an appointment.").waitFor();
  await phone.fill("8 (999) 000-11-22");
  await phone.press("Enter");
  await cardOf(page, first).getByText("Vera <i>K</i>").waitFor();
  await screenshot(page, "altegio-found");
  await button(cardOf(page, second), "Tie to this lead").click();
  await until(() => house.onLead() === String(second.id));

  expect(await errorsOf(page)).toEqual([]);
});

test("a lead with another appointment is given this one only when that is said", async () => {
  const [first, second] = [house.book(), house.book({ startsAt: Date.now() + 2 * DAY })];
  await house.start();
  const page = await house.open();
  await button(cardOf(page, first), "Tie to this lead").click();
  await page.getByText("On this lead").waitFor();
  await until(() => house.onLead() === String(first.id));

  await button(cardOf(page, second), "Tie to this lead").click();
  await page.getByText("Another appointment is on this lead.").waitFor();
  const before = house.onLead();
  await screenshot(page, "altegio-lead-taken");
  await button(page, "Tie this one instead").click();
  await until(() => house.onLead() === String(second.id));

  expect(before).toBe(String(first.id));
  expect(await errorsOf(page)).toEqual([]);
});

test("tied to another lead, it leaves that one: never two leads with one record ID", async () => {
  const record = house.book();
  const other = house.kommo.seed.lead({ name: "Other" });
  house.kommo.browser.changeLead(other.id, {
    custom_fields_values: [{ field_id: house.recordField, values: [{ value: String(record.id) }] }],
  });
  await house.start();
  const page = await house.open();

  await button(cardOf(page, record), "Tie to this lead").click();
  await until(() => house.onLead() === String(record.id) && house.onLead(other.id) === undefined);

  expect(await errorsOf(page)).toEqual([]);
});

async function bookFirstFree(page: Page): Promise<string> {
  await button(page, "Book").click();
  await page.getByLabel("Location").selectOption("Riverside");
  await page.getByText("Choose at least one service.").waitFor();
  await page.getByLabel(/Haircut/).check();
  const day = new Date(Date.now() + 3 * DAY).toISOString().slice(0, 10);
  await page.getByLabel("Day").fill(day);
  await page.getByLabel("10:30", { exact: true }).check();
  return day;
}

test("an appointment is booked at a free time, for the lead's client, and stands on the lead", async () => {
  await house.start();
  const page = await house.open();

  await page.getByText("No appointments are known of this client.").waitFor();
  const day = await bookFirstFree(page);
  await page.getByLabel("Comment").fill("by the window");
  await screenshot(page, "altegio-booking");
  await button(page, "Book the appointment").click();
  await page.getByText(/^Booked: /).waitFor();
  const [record] = house.altegio.altegio.locations.get(4_565)?.records.values() ?? [];
  await until(() => house.onLead() === String(record?.id));

  expect(new Date((record?.startsAt ?? 0) + 5 * HOUR).toISOString()).toContain(`${day}T10:30`);
  expect(record?.comment).toBe("by the window");
  expect(house.altegio.altegio.locations.get(4_565)?.clients.values().next().value?.phone).toBe(
    "+89161234567",
  );
  expect(await errorsOf(page)).toEqual([]);
});

test("a booking whose answer is lost is found, and made once", async () => {
  await house.start();
  const page = await house.open();
  await bookFirstFree(page);
  house.altegio.fail({ kind: "reset", saved: "all", method: "POST", path: "/api/v1/records/" });

  await button(page, "Book the appointment").click();
  await page.getByText(/^Booked: /).waitFor();

  expect(house.altegio.altegio.locations.get(4_565)?.records.size).toBe(1);
});

test("a time that is taken meanwhile is told, and the free ones are shown anew", async () => {
  await house.start();
  const page = await house.open();
  const day = await bookFirstFree(page);
  const startsAt = Date.parse(`${day}T10:30:00+05:00`);
  house.book({ client: { name: "Faster", phone: "+79990000001" }, startsAt }, 4_565);

  await button(page, "Book the appointment").click();
  await page.getByText("This time has been taken meanwhile.").waitFor();
  await page.getByLabel("11:00", { exact: true }).waitFor();

  expect(await page.getByLabel("10:30", { exact: true }).count()).toBe(0);
  expect(house.altegio.altegio.locations.get(4_565)?.records.size).toBe(1);
});

test("an appointment is moved to a free time, and cancelled after a question", async () => {
  const record = house.book({ startsAt: Date.now() + 2 * DAY });
  await house.start();
  const page = await house.open();

  await button(cardOf(page, record), "Move").click();
  await page.getByLabel("Day").fill(new Date(Date.now() + 5 * DAY).toISOString().slice(0, 10));
  await page.getByLabel("12:00", { exact: true }).check();
  await screenshot(page, "altegio-move");
  await button(page, "Move the appointment").click();
  await page.getByText(/^Moved to .*12:00/).waitFor();
  const moved = record.startsAt;
  await button(cardOf(page, record), "Cancel").click();
  await screenshot(page, "altegio-cancel");
  await button(page, "Cancel the appointment").click();
  await page.getByText("The appointment is cancelled.").waitFor();

  expect(new Date(moved + 5 * HOUR).toISOString()).toContain("T12:00");
  expect(record.deleted).toBe(true);
  expect(await errorsOf(page)).toEqual([]);
});

test.each<[string, string, (record: SimRecord) => void, RegExp]>([
  [
    "a blocked appointment",
    "Move the appointment",
    (record) => {
      record.isUpdateBlocked = true;
    },
    /Altegio refused: .*blocked for editing/,
  ],
  [
    "one that waits for its payment",
    "Move the appointment",
    (record) => {
      record.awaitsPayment = true;
    },
    /Altegio refused: .*waits for its online payment/,
  ],
  [
    "one that is deleted meanwhile",
    "Move the appointment",
    (record) => house.altegio.reception.remove(record),
    /Altegio has no such appointment/,
  ],
  [
    "an Altegio that is away",
    "Move the appointment",
    () => house.altegio.fail({ kind: "status", status: 502, html: true, times: 9 }),
    /Altegio does not answer at the moment/,
  ],
])("%s is not moved, and the reason stands there", async (_, title, spoil, words) => {
  const record = house.book({ startsAt: Date.now() + 2 * DAY });
  await house.start();
  const page = await house.open();
  await button(cardOf(page, record), "Move").click();
  // On its own day it may take up noon itself.
  await page.getByLabel("Day").fill(new Date(Date.now() + 5 * DAY).toISOString().slice(0, 10));
  await page.getByLabel("12:00", { exact: true }).check();
  const before = record.startsAt;

  spoil(record);
  await button(page, title).click();
  await page.getByText(words).waitFor();

  expect(record.startsAt).toBe(before);
});

test("a place in a group event can be paid and cancelled, and not moved", async () => {
  const record = house.book({ startsAt: Date.now() + 2 * DAY, activityId: 77 });
  await house.start();
  const page = await house.open();

  await cardOf(page, record).getByText("group event").waitFor();

  expect(await button(cardOf(page, record), "Move").count()).toBe(0);
  expect(await button(cardOf(page, record), "Check out").count()).toBe(1);
});

test("names and comments that are HTML stay text", async () => {
  const evil = '<img src=x onerror="window.broken = true">';
  const record = house.book({ comment: evil, client: { name: evil, phone: PHONE } });
  const location = house.altegio.altegio.locations.get(4_564);
  for (const service of location?.services.values() ?? []) service.title = evil;
  for (const one of location?.staff.values() ?? []) one.name = evil;
  await house.start();
  const page = await house.open();

  await cardOf(page, record).getByText(evil).first().waitFor();
  await button(page, "Book").click();
  await page.getByLabel("With").waitFor();

  expect(await page.locator(".asterisk-kommo-widget img").count()).toBe(0);
  expect(await page.evaluate("window.broken")).toBeUndefined();
  expect(await errorsOf(page)).toEqual([]);
});

test("switched off, the widget leaves nothing of the panel and asks no more", async () => {
  const record = house.book();
  await house.start();
  const page = await house.open();
  await button(cardOf(page, record), "Check out").click();
  await button(page, "Pay $4,000").waitFor();

  await page.click("#switch-off");
  await page.waitForFunction("window.frame.isOff");
  const before = house.altegio.journal.entries().length;

  expect(await page.locator(".asterisk-kommo-widget").count()).toBe(0);
  expect(house.altegio.journal.entries()).toHaveLength(before);
  expect(await errorsOf(page)).toEqual([]);
});
