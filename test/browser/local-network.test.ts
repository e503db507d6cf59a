// An exchange in the local network: the browser asks whether the page may reach it. What the widget says
// before, and after a refusal. The permission is played; the requests are real.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { Page } from "playwright-core";
import { openChromium, screenshot, until, type Chromium } from "./chromium.ts";
import { startKommoFrame, type KommoFrame } from "./kommo-frame.ts";
import { startPlayedExchange, type PlayedExchange } from "./played-exchange.ts";
import { cardWith, clickPhone, errorsOf, MANAGERS, packedWidget } from "./widget-page.ts";

const ANNA = 9_100_002;
/** A page of the wide world, as the browser sees it; it leads to this machine. */
const ACCOUNT = "acmephones.kommo.test";

let chromium: Chromium;
let frame: KommoFrame;
let exchange: PlayedExchange;

beforeAll(async () => {
  chromium = await openChromium([`--host-resolver-rules=MAP ${ACCOUNT} 127.0.0.1`]);
});
afterAll(async () => {
  await chromium.close();
});
beforeEach(async () => {
  let tokens = 0;
  frame = await startKommoFrame({
    ...{ archive: await packedWidget(), account: 31_990_001, managers: MANAGERS },
    oneTimeToken: () => `token-${(tokens += 1)}`,
  });
  exchange = await startPlayedExchange(publicly(frame.origin));
  frame.settings.backend_url = exchange.url;
});
afterEach(async () => {
  await Promise.all([frame.stop(), exchange.stop()]);
});

const publicly = (address: string): string => address.replace("127.0.0.1", ACCOUNT);

async function open(permission: "prompt" | "denied" | "granted"): Promise<Page> {
  const context = await chromium.context();
  const page = await context.newPage();
  await page.addInitScript(
    `navigator.permissions.query = async () => ({ state: ${JSON.stringify(permission)} });`,
  );
  await page.goto(publicly(frame.page({ user: ANNA })));
  await page.waitForFunction("window.frame?.isReady === true");
  return page;
}

test("before the browser asks, the widget says what it is about, and waits until that is read", async () => {
  const page = await open("prompt");
  const notice = cardWith(page, "Your browser will now ask");
  await notice.waitFor();
  await screenshot(page, "network-before");
  const askedBefore = exchange.asked.length;

  await notice.getByRole("button", { name: "Go on" }).click();
  await until(() => exchange.streams() === 1);
  await notice.waitFor({ state: "detached" });

  expect(askedBefore).toBe(0);
  expect(await errorsOf(page)).toEqual([]);
});

test("who does not want it now is asked again at the next click", async () => {
  const page = await open("prompt");

  await cardWith(page, "Your browser will now ask")
    .getByRole("button", { name: "Not now" })
    .click();
  await page.locator(".card").waitFor({ state: "detached" });
  await clickPhone(page, "+351");
  await cardWith(page, "Your browser will now ask").getByRole("button", { name: "Go on" }).click();
  await cardWith(page, "Your telephone 101 is called").waitFor();

  expect(exchange.asked.filter(({ path }) => path === "/v1/originate")).toHaveLength(1);
});

test("after a refusal the widget says how to take it back, and asks for nothing", async () => {
  const page = await open("denied");

  await cardWith(page, "Your browser does not let this page reach the exchange").waitFor();
  await screenshot(page, "network-denied");

  expect(exchange.asked).toEqual([]);
  expect(await errorsOf(page)).toEqual([]);
});

test("who has allowed it is not bothered", async () => {
  const page = await open("granted");

  await until(() => exchange.streams() === 1);

  expect(await page.locator(".card").count()).toBe(0);
});
