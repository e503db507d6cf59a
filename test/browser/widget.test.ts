// The widget in a real browser, on a page that stands in for Kommo's: what a salesperson sees and clicks.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import type { BrowserContext, Page } from "playwright-core";
import { openChromium, screenshot, until, type Chromium } from "./chromium.ts";
import { startKommoFrame, type KommoFrame } from "./kommo-frame.ts";
import {
  now,
  progress,
  ringing,
  startPlayedExchange,
  type PlayedExchange,
} from "./played-exchange.ts";
import {
  cardWith,
  clickPhone,
  errorsOf,
  MANAGERS,
  openWidget,
  packedWidget,
} from "./widget-page.ts";

const ANNA = 9_100_002;

let chromium: Chromium;
let context: BrowserContext;
let frame: KommoFrame;
let exchange: PlayedExchange;

beforeAll(async () => {
  chromium = await openChromium();
});
afterAll(async () => {
  await chromium.close();
});
beforeEach(async () => {
  let tokens = 0;
  frame = await startKommoFrame({
    ...{ archive: await packedWidget(), account: 31_990_001, managers: MANAGERS },
    oneTimeToken: (user) => `token-${user}-${(tokens += 1)}`,
  });
  exchange = await startPlayedExchange(frame.origin);
  frame.settings.backend_url = exchange.url;
  frame.settings.extensions = JSON.stringify({ [ANNA]: "101" });
  context = await chromium.context();
});
afterEach(async () => {
  await context.close();
  await exchange.stop();
  await frame.stop();
});

/** A page whose widget listens. */
async function open(options: Parameters<KommoFrame["page"]>[0] = { user: ANNA }): Promise<Page> {
  const page = await openWidget(context, frame, options);
  await page.locator(".panel", { hasText: "101" }).waitFor();
  return page;
}

test("a click on a number rings the own telephone, then the client's, and the card tells each step", async () => {
  const page = await open();

  await clickPhone(page, "+351 912 000 111");
  await cardWith(page, "Your telephone 101 is called").waitFor();
  const asked = exchange.asked.find(({ path }) => path === "/v1/originate");
  exchange.tell("dial", progress({ id: "dial-3", state: "telephone_rings" }));
  await cardWith(page, "Your telephone 101 rings: pick up").waitFor();
  exchange.tell("dial", progress({ id: "dial-3", state: "client_rings" }));
  await cardWith(page, "The client's telephone rings").waitFor();
  exchange.tell("dial", progress({ id: "dial-3", state: "talking", call: "c1" }));
  await cardWith(page, "Talking").waitFor();
  await screenshot(page, "dial-talking");
  exchange.tell(
    "dial",
    progress({ id: "dial-3", state: "ended", is_final: true, call: "c1", talk_seconds: 127 }),
  );
  await cardWith(page, "Call ended, 2:07 of talk").waitFor();

  expect(asked?.body).toEqual({
    phone: "+351 912 000 111",
    card: { type: "leads", id: 500_210 },
  });
  expect(asked?.key).toMatch(/^[\w-]{16,64}$/);
  expect(await page.locator(".card").count()).toBe(1);
  expect(await errorsOf(page)).toEqual([]);
});

test("each refusal stands on the page in words of its own", async () => {
  const page = await open();
  const rows = [
    ["telephone_not_connected", 409, "Your telephone is not connected."],
    ["phone_forbidden", 403, "The exchange does not allow this number."],
    ["no_extension", 409, "No extension stands for you."],
    ["too_many", 429, "Too many calls in a short time."],
    ["exchange_unavailable", 503, "The exchange is not connected."],
  ] as const;

  for (const [error, status, words] of rows) {
    exchange.refuse("/v1/originate", { error, reason: "…" }, status);
    await clickPhone(page, "+351");
    const card = cardWith(page, words);
    await card.waitFor();
    if (error === "telephone_not_connected") await screenshot(page, "dial-refused");
    await card.getByRole("button", { name: "Close" }).click();
    await card.waitFor({ state: "detached" });
  }

  expect(await errorsOf(page)).toEqual([]);
});

test("what is no number is not even asked for, and a double click is one call", async () => {
  const page = await open();

  await clickPhone(page, "call me");
  await cardWith(page, "There is no number to call.").waitFor();
  await page.locator("a.phone", { hasText: "+351" }).dblclick();
  await cardWith(page, "Your telephone 101 is called").waitFor();

  expect(exchange.asked.filter(({ path }) => path === "/v1/originate")).toHaveLength(1);
});

test("every request that acts bears a token of its own, and the ticket is in no address", async () => {
  const page = await open();

  await clickPhone(page, "+351");
  await cardWith(page, "Your telephone").waitFor();
  await clickPhone(page, "8 (916)");
  await cardWith(page, "8 916 123-45-67").waitFor();

  const tokens = exchange.asked.flatMap(({ token }) => token ?? []);
  expect(tokens.length).toBeGreaterThanOrEqual(3);
  expect(new Set(tokens).size).toBe(tokens.length);
  const events = exchange.asked.filter(({ path }) => path === "/v1/events");
  expect(events[0]?.bearer).toHaveLength(43);
  expect(events[0]?.token).toBeUndefined();
});

test("a client who calls is shown with leads and tasks, and the card opens in one click", async () => {
  const page = await open();

  exchange.tell("ringing", ringing());
  const card = cardWith(page, "Incoming call");
  await card.waitFor();
  await screenshot(page, "ringing");
  const text = await card.innerText();
  await card.getByRole("button", { name: "Kitchen for Ana" }).click();
  await page.waitForURL("**/leads/detail/500210");
  await card.getByRole("button", { name: "Open card" }).click();
  await page.waitForURL("**/contacts/detail/610033");

  for (const words of ["Ana Costa", "+351 912 000 111", "7 495 100-01-01", "queue sales"])
    expect(text).toContain(words);
  for (const words of ["Call back about the offer", "overdue since", "Send the drawing", "Vera"])
    expect(text).toContain(words);
  expect(await errorsOf(page)).toEqual([]);
});

test("when a colleague answers, the card closes for the others and says who it was", async () => {
  const page = await open();

  exchange.tell("ringing", ringing());
  await cardWith(page, "Incoming call").waitFor();
  exchange.tell("closed", {
    ...{ call: "pbx-1.0", because: "answered_by_other" },
    by: { user: { id: 9_100_003, name: "Vera" }, extension: "103" },
  });
  await cardWith(page, "Vera answered").waitFor();
  await page.locator(".card").waitFor({ state: "detached" });

  expect(await page.locator(".card").count()).toBe(0);
});

test("during a talk the caller is hung up on or given to a colleague, if the daemon allows it", async () => {
  const page = await open();

  exchange.tell("ringing", ringing());
  await cardWith(page, "Incoming call").waitFor();
  exchange.tell("closed", { call: "pbx-1.0", because: "answered_by_you", by: null });
  exchange.tell("talk", {
    ...{ call: "pbx-1.0", state: "talking", direction: "inbound", extension: "101" },
    ...{ phone: "+351912000111", client: null, at: now() - 65 },
  });
  const card = cardWith(page, "Talking");
  await card.getByRole("button", { name: "Transfer" }).click();
  await card.locator("select").selectOption("103");
  await screenshot(page, "transfer");
  await card.getByRole("button", { name: "Transfer", exact: true }).click();
  await cardWith(page, "Transferred to Vera (103)").waitFor();

  const calls = exchange.asked.filter(({ path }) => path === "/v1/widget/call");
  expect(calls.map(({ body }) => body)).toEqual([
    { call: "pbx-1.0", action: { kind: "transfer", to: "103" } },
  ]);
  expect(await card.locator("option").allTextContents()).toEqual([]);
  expect(await card.innerText()).toMatch(/1:\d\d/);
});

test("of several exchanges only the colleagues of the talk's own one are offered", async () => {
  exchange.answers.colleagues = exchange.answers.colleagues.map((one, at) => ({
    ...{ ...one, extension: at === 0 ? "berlin/103" : "hamburg/103" },
  }));
  const page = await open();

  exchange.tell("talk", {
    ...{ call: "berlin/1795261714.0", state: "talking", direction: "inbound" },
    ...{ extension: "berlin/101", phone: "+351912000111", client: null, at: now() },
  });
  const card = cardWith(page, "Talking");
  await card.getByRole("button", { name: "Transfer" }).click();
  await card.locator("select").waitFor();
  const offered = await card.locator("option[value*='/']").allTextContents();

  expect(offered).toEqual([expect.stringContaining("Vera (berlin/103)")]);
});

test("without the right there is no call panel, though the talk is shown", async () => {
  exchange.answers.features = {
    ...{ telephony: true, originate: true, call_panel: false, altegio: false },
  };
  const page = await open();

  exchange.tell("talk", {
    ...{ call: "pbx-1.0", state: "talking", direction: "inbound", extension: "101" },
    ...{ phone: "+351912000111", client: null, at: now() },
  });
  const card = cardWith(page, "Talking");
  await card.waitFor();

  expect(await card.getByRole("button", { name: "Hang up" }).count()).toBe(0);
});

test("where there is no exchange, nothing of telephones stands on a card", async () => {
  exchange.answers.features = {
    ...{ telephony: false, originate: false, call_panel: false, altegio: true },
  };
  const page = await openWidget(context, frame, { user: ANNA });
  await until(() => exchange.streams() > 0);

  exchange.tell("talk", {
    ...{ call: "pbx-1.0", state: "talking", direction: "inbound", extension: "101" },
    ...{ phone: "+351912000111", client: null, at: now() },
  });
  // What came later stands there, so the page knows.
  await cardWith(page, "Talking").waitFor();

  expect(await page.locator(".panel", { hasText: "My telephone" }).count()).toBe(0);
});

test("F87: names that are HTML stay text", async () => {
  const page = await open();
  const evil = '<img src=x onerror="window.broken = true">';

  exchange.tell(
    "ringing",
    ringing({
      ...{ did: evil, queue: evil, phone: "+351912000111" },
      client: { card: { type: "contacts", id: 1 }, name: evil, responsible: { id: 1, name: evil } },
      leads: [{ id: 2, name: evil, responsible: null }],
      tasks: [{ id: 3, text: evil, due_at: now(), card: null, responsible: null }],
      others: [{ user: { id: 4, name: evil }, extension: evil }],
    }),
  );
  exchange.tell("dial", progress({ phone: evil, extension: evil }));
  exchange.tell("telephones", { telephones: [{ extension: evil, state: "idle" }] });
  const card = cardWith(page, "Incoming call");
  await card.waitFor();
  await page.locator(".panel", { hasText: "onerror" }).waitFor();

  expect(await card.innerText()).toContain(evil);
  expect(await page.locator(".asterisk-kommo-widget img").count()).toBe(0);
  expect(await page.evaluate("window.broken")).toBeUndefined();
  expect(await errorsOf(page)).toEqual([]);
});

test("a stream that breaks is opened again by itself, with a new session where the ticket is over", async () => {
  const page = await open();
  exchange.tell("ringing", ringing());
  await cardWith(page, "Incoming call").waitFor();
  const sessions = (): number =>
    exchange.asked.filter(({ path }) => path === "/v1/widget/session").length;

  exchange.drop();
  // What the daemon does not tell again is over.
  await page.locator(".card").waitFor({ state: "detached" });
  await until(() => exchange.streams() === 1);
  const afterFirst = sessions();
  exchange.drop({ tickets: true });
  await until(() => sessions() === 2);
  await until(() => exchange.streams() === 1);
  exchange.tell("ringing", ringing());
  await cardWith(page, "Incoming call").waitFor();

  expect(afterFirst).toBe(1);
});

test("ten tabs hold one stream, and each shows who is calling", async () => {
  const pages: Page[] = [];
  for (let count = 0; count < 3; count += 1) pages.push(await open());

  exchange.tell("ringing", ringing());
  for (const page of pages) await cardWith(page, "Incoming call").waitFor();
  const streams = exchange.streams();
  await pages[0]?.close();
  await until(() => exchange.asked.filter(({ path }) => path === "/v1/events").length === 2);

  expect(streams).toBe(1);
});

test("the settings are tested before they are saved, and the extensions come to the exchange", async () => {
  exchange.answers.extensions = {
    entries: [
      { user_id: ANNA, extension: "101", outcome: "kept" },
      { user_id: 9_100_003, extension: "101", outcome: "extension_taken" },
    ],
  };
  frame.settings = Object.assign(frame.settings, { backend_url: "", extensions: "{}" });
  const page = await openWidget(context, frame, { user: 9_100_001 });

  await page.click("#open-settings");
  const test = page.getByRole("button", { name: "Test the connection" });
  await test.click();
  await page.getByText("Enter the address of the exchange first.").waitFor();
  await page.fill('input[name="backend_url"]', "http://pbx.example.com");
  await test.click();
  await page.getByText("The address must begin with https://").waitFor();
  await page.fill('input[name="backend_url"]', exchange.url);
  await test.click();
  await page.getByText("The exchange answers (asterisk-kommo 0.1.0).").waitFor();
  await screenshot(page, "settings");
  await page.fill(`input[name="user ${ANNA}"]`, "101");
  await page.fill('input[name="user 9100003"]', " 101 ");
  await page.click("#save");
  await cardWith(page, "101 (Vera): somebody else has this extension").waitFor();
  await screenshot(page, "settings-problem");

  const saved = exchange.asked.find(({ path }) => path === "/v1/widget/extensions");
  expect(saved?.body).toEqual({
    extensions: { "9100001": "", "9100002": "101", "9100003": "101", "9100004": "" },
  });
  expect(await errorsOf(page)).toEqual([]);
});

test("switched off, the widget leaves nothing in the page and asks no more", async () => {
  const page = await open();
  exchange.tell("ringing", ringing());
  await cardWith(page, "Incoming call").waitFor();

  await page.click("#switch-off");
  await page.waitForFunction("window.frame.isOff");
  await until(() => exchange.streams() === 0);
  const before = exchange.asked.length;
  await clickPhone(page, "+351");

  expect(await page.locator(".asterisk-kommo-widget").count()).toBe(0);
  expect(exchange.asked).toHaveLength(before);
  expect(await page.evaluate("navigator.locks.query().then(({ held }) => held.length)")).toBe(0);
  expect(await errorsOf(page)).toEqual([]);
});

test("of several telephones the user chooses with which to dial, and the choice is kept", async () => {
  exchange.answers.telephones = [
    { extension: "101", state: "idle" },
    { extension: "181", state: "not_connected" },
  ];
  const page = await open();
  await screenshot(page, "two-telephones");

  await page.locator(".panel select").selectOption("181");
  await page.reload();
  await page.locator(".panel select").waitFor();
  await page.locator(".panel", { hasText: "181" }).waitFor();
  await clickPhone(page, "+351");
  await cardWith(page, "Your telephone").waitFor();

  const asked = exchange.asked.find(({ path }) => path === "/v1/originate");
  expect(asked?.body).toMatchObject({ extension: "181" });
});

test.each(["en", "es", "pt", "ru"] as const)(
  "the widget speaks %s in both themes",
  async (lang) => {
    for (const theme of ["light", "dark"] as const) {
      const page = await openWidget(context, frame, { user: ANNA, lang, theme });
      await page.locator(".panel", { hasText: "101" }).waitFor();
      exchange.tell("ringing", ringing());
      exchange.tell("dial", progress({ state: "telephone_rings" }));
      exchange.tell("talk", {
        ...{ call: "pbx-2.0", state: "talking", direction: "inbound", extension: "101" },
        ...{ phone: "+351912000112", at: now() - 12 },
        client: { card: { type: "contacts", id: 1 }, name: "Boris Ivanov" },
      });
      await page.locator(".card").nth(2).waitFor();
      await screenshot(page, `${lang}-${theme}`);

      const host = page.locator("body > .asterisk-kommo-widget");
      expect(await host.getAttribute("data-theme")).toBe(theme);
      expect(await page.locator(".stack").innerText()).not.toMatch(/[{}]|undefined/);
      await page.close();
    }
  },
);
