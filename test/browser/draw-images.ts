/**
 * Draws the images of the widget's archive anew: logos from logo.svg, and for each language a picture of
 * the widget at work. Run after `npm run build`, when the looks have changed:
 * node test/browser/draw-images.ts
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { LOGO_SIZES } from "../../src/widget/archive/check-archive.ts";
import { LOCALES, tourImage } from "../../src/widget/archive/manifest.ts";
import { openChromium } from "./chromium.ts";
import { startKommoFrame } from "./kommo-frame.ts";
import { now, ringing, startPlayedExchange } from "./played-exchange.ts";
import { MANAGERS, openWidget, packedWidget } from "./widget-page.ts";

const ASSETS = join(import.meta.dirname, "../../src/widget/assets");
const ANNA = 9_100_002;

async function drawLogos(page: Page): Promise<void> {
  const svg = await readFile(join(ASSETS, "images/logo.svg"), "utf8");
  for (const [name, { width, height }] of LOGO_SIZES) {
    const mark = Math.round(Math.min(width, height) * 0.84);
    await page.setViewportSize({ width, height });
    await page.setContent(
      `<style>body{margin:0;height:100vh;display:grid;place-items:center;background:#fff}
       svg{width:${mark}px;height:${mark}px}</style>${svg}`,
    );
    await page.screenshot({ path: join(ASSETS, "images", name) });
  }
}

const chromium = await openChromium();
const context = await chromium.context();
await drawLogos(await context.newPage());

const frame = await startKommoFrame({
  ...{ archive: await packedWidget(), account: 1, managers: MANAGERS },
  oneTimeToken: () => `token-${Math.random()}`,
});
const exchange = await startPlayedExchange(frame.origin);
frame.settings.backend_url = exchange.url;
for (const lang of LOCALES) {
  const page = await openWidget(context, frame, { user: ANNA, lang });
  await page.setViewportSize({ width: 900, height: 720 });
  await page.locator(".panel", { hasText: "101" }).waitFor();
  exchange.tell("ringing", ringing({ queue: null, others: [] }));
  exchange.tell("talk", {
    ...{ call: "pbx-2.0", state: "talking", direction: "inbound", extension: "101" },
    ...{ phone: "+351912000112", at: now() - 12 },
    client: { card: { type: "contacts", id: 1 }, name: "Boris Ivanov" },
  });
  await page.locator(".card").nth(1).waitFor();
  await page.evaluate("document.querySelectorAll('main p').forEach((line) => line.remove())");
  await page.screenshot({ path: join(ASSETS, tourImage(lang)), animations: "disabled" });
  await page.close();
}
await exchange.stop();
await frame.stop();
await chromium.close();
