// The checkout of a visit from a lead card, in a real browser with the real daemon and both simulated
// accounts behind it: whatever is clicked, lost or done elsewhere meanwhile, a visit is paid once.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { SimRecord } from "../../src/simulator/altegio/state.ts";
import { button, cardOf, openHouse, type House } from "./appointments-page.ts";
import { openChromium, screenshot, type Chromium } from "./chromium.ts";
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

test("a visit is paid in full, and the panel tells each step", async () => {
  const record = house.book();
  await house.start();
  const page = await house.open();

  await button(cardOf(page, record), "Check out").click();
  await page.getByRole("row", { name: "Open $4,000" }).waitFor();
  await screenshot(page, "altegio-checkout");
  await button(page, "Pay $4,000").click();
  await page.getByText("Paid: 4000.").waitFor();
  await screenshot(page, "altegio-paid");
  await button(page, "Back").click();
  await cardOf(page, record).getByText("· paid").waitFor();

  expect(house.payments()).toMatchObject([{ amount: 4_000 }]);
  expect(record.attendance).toBe(1);
  expect(await errorsOf(page)).toEqual([]);
});

test("a part of the sum goes to the account that was chosen; sums that are none are refused at once", async () => {
  const record = house.book();
  await house.start();
  const page = await house.open();

  await button(cardOf(page, record), "Check out").click();
  const sum = page.getByLabel("Sum (empty: all that is open)");
  for (const wrong of ["0", "-5", "4000,01", "abc"]) {
    await sum.fill(wrong);
    await sum.press("Enter");
    await page.getByText("Enter a sum above 0 and not above $4,000.").waitFor();
  }
  await page.getByLabel("Cashless").check();
  await page.getByLabel("Account").selectOption("Cards");
  await sum.fill("1 500,50");
  await button(page, "Pay $1,500.5").click();
  await page.getByText("Paid: 1500.50.").waitFor();

  expect(house.payments()).toMatchObject([{ amount: 1_500.5, accountId: 456_462 }]);
  expect(await errorsOf(page)).toEqual([]);
});

test("two tabs pay at once: one payment, and the other tab is told", async () => {
  const record = house.book();
  await house.start();
  const [one, other] = [await house.open(), await house.open()];
  for (const page of [one, other]) {
    await button(cardOf(page, record), "Check out").click();
    await button(page, "Pay $4,000").waitFor();
  }

  await Promise.all([one, other].map((page) => button(page, "Pay $4,000").click()));
  for (const page of [one, other])
    await page.getByText(/^(Paid|It was paid already): 4000\.$/).waitFor();

  expect(house.payments()).toHaveLength(1);
  expect(await one.getByText("It was paid already").count()).toBe(
    1 - (await other.getByText("It was paid already").count()),
  );
});

test("somebody pays a part meanwhile: nothing is paid before the bill was looked at again", async () => {
  const record = house.book();
  await house.start();
  const [one, other] = [await house.open(), await house.open()];
  for (const page of [one, other]) {
    await button(cardOf(page, record), "Check out").click();
    await page.getByLabel("Sum (empty: all that is open)").fill("1000");
  }

  await button(one, "Pay $1,000").click();
  await one.getByText("Paid: 1000.").waitFor();
  await button(other, "Pay $1,000").click();
  await other.getByText("somebody else has paid meanwhile").waitFor();

  expect(house.payments()).toHaveLength(1);
});

test("a double click pays once", async () => {
  const record = house.book();
  await house.start();
  const page = await house.open();
  await button(cardOf(page, record), "Check out").click();

  await button(page, "Pay $4,000").dblclick();
  await page.getByText("Paid: 4000.").waitFor();

  expect(house.payments()).toHaveLength(1);
});

test("Altegio's answer to the payment is lost: looked up, and paid once", async () => {
  const record = house.book();
  await house.start();
  const page = await house.open();
  await button(cardOf(page, record), "Check out").click();
  house.altegio.fail({ kind: "reset", saved: "all", method: "PUT", path: "/api/v1/visits/" });

  await button(page, "Pay $4,000").click();
  await page.getByText("Paid: 4000.").waitFor();

  expect(house.payments()).toHaveLength(1);
});

test("the daemon's answers are lost: asked again under the same key, and paid once", async () => {
  const record = house.book();
  await house.start();
  const page = await house.open();
  await button(cardOf(page, record), "Check out").click();
  let lost = 0;
  await page.route("**/v1/widget/altegio/checkout", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    lost += 1;
    await route.fetch();
    await route.abort();
  });

  await button(page, "Pay $4,000").click();
  await page.getByText("The answer was lost.").waitFor();
  await screenshot(page, "altegio-lost");
  const afterLoss = lost;
  await page.unroute("**/v1/widget/altegio/checkout");
  await button(page, "Ask again").click();
  await page.getByText("Paid: 4000.").waitFor();

  expect(afterLoss).toBe(3);
  expect(house.payments()).toHaveLength(1);
});

test.each<[string, (record: SimRecord) => void, RegExp]>([
  [
    "the receipt is printed",
    (record) => {
      record.isBillPrinted = true;
    },
    /Not paid: Altegio refused: .*The receipt is printed/,
  ],
  [
    "the appointment is deleted meanwhile",
    (record) => house.altegio.reception.remove(record),
    /Not paid: the appointment is deleted/,
  ],
  [
    "the user has not the right",
    () => {
      house.altegio.switches.mayWrite = false;
    },
    /Not paid: Altegio refused: .*Access denied/,
  ],
  [
    "it was paid at the desk",
    (record) => house.altegio.reception.pay(record),
    /It was paid already: 4000/,
  ],
])("%s: the checkout says so", async (_, spoil, words) => {
  const record = house.book();
  await house.start();
  const page = await house.open();
  await button(cardOf(page, record), "Check out").click();
  await button(page, "Pay $4,000").waitFor();

  spoil(record);
  const before = house.payments().length;
  await button(page, "Pay $4,000").click();
  await page.getByText(words).waitFor();

  expect(house.payments()).toHaveLength(before);
});

test("everything is reached by the keyboard alone", async () => {
  const record = house.book();
  await house.start();
  const page = await house.open();

  await button(cardOf(page, record), "Check out").focus();
  await page.keyboard.press("Enter");
  await page.getByLabel("Cash", { exact: true }).waitFor();
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Tab");
  await page.keyboard.type("500");
  await page.keyboard.press("Enter");
  await page.getByText("Paid: 500.").waitFor();

  expect(house.payments()).toMatchObject([{ amount: 500, accountId: 456_462 }]);
});
