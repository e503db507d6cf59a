// How the panel of appointments looks: four languages, both themes, a narrow column, and what axe says.
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { createRequire } from "node:module";
import type { Page } from "playwright-core";
import { button, cardOf, DAY, openHouse, type House } from "./appointments-page.ts";
import { openChromium, screenshot, type Chromium } from "./chromium.ts";

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

const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What axe holds against the widget by WCAG; the order of headings is that of Kommo's own page. */
async function flawsOf(page: Page): Promise<unknown> {
  await page.addScriptTag({ path: AXE });
  return page.evaluate(`axe.run({ include: [["#beside"]] }, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }).then(
    ({ violations }) => violations.map(({ id, nodes }) => id + " " + nodes.map(({ html }) => html).join()))`);
}

const WORDS = {
  en: {
    title: "Appointments (Altegio)",
    checkout: "Check out",
    book: "Book",
    find: "Find or link",
  },
  es: { title: "Citas (Altegio)", checkout: "Cobrar", book: "Reservar", find: "Buscar o vincular" },
  pt: {
    title: "Agendamentos (Altegio)",
    checkout: "Cobrar",
    book: "Agendar",
    find: "Procurar ou ligar",
  },
  ru: {
    title: "Записи (Altegio)",
    checkout: "Оплатить",
    book: "Записать",
    find: "Найти или привязать",
  },
} as const;

test.each(["en", "es", "pt", "ru"] as const)(
  "the panel speaks %s in both themes, in a narrow column, and axe finds nothing",
  async (lang) => {
    const record = house.book({
      startsAt: Date.now() + DAY,
      comment: "A long comment that has to wrap",
    });
    house.book({ startsAt: Date.now() - DAY, attendance: -1 });
    house.altegio.reception.remove(house.book({ startsAt: Date.now() + 3 * DAY }));
    await house.start();
    const words = WORDS[lang];
    for (const theme of ["light", "dark"] as const) {
      const page = await house.open({ lang, theme });
      const shots: string[] = [];
      const look = async (name: string): Promise<void> => {
        await screenshot(page, `altegio-${lang}-${theme}-${name}`);
        shots.push(await page.locator(".panel").last().innerText());
        expect({ name, flaws: await flawsOf(page) }).toEqual({ name, flaws: [] });
      };

      await cardOf(page, record).waitFor();
      await page.locator("summary").click();
      await look("list");
      await button(cardOf(page, record), words.checkout).click();
      await page.locator("table").waitFor();
      await look("checkout");
      await page.locator(".button.link").last().click();
      await button(page, words.book).click();
      await page.locator("fieldset input[type=checkbox]").first().check();
      await page.locator("input[type=radio]").first().waitFor();
      await look("booking");
      await page.locator(".button.link").last().click();
      await button(page, words.find).click();
      await look("find");

      const isWide = await page.evaluate(
        "document.querySelector('#beside').scrollWidth > document.querySelector('#beside').clientWidth",
      );
      expect(isWide).toBe(false);
      expect(shots.join()).not.toMatch(/[{}]|undefined|NaN/);
      // axe leaves globals of its own.
      expect(await page.evaluate("window.frame.errors")).toEqual([]);
      await page.close();
    }
  },
);
