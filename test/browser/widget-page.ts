/** A page with the widget for a test: the frame, the exchange, and what the widget shows on it. */
import { join } from "node:path";
import type { BrowserContext, Locator, Page } from "playwright-core";
import { packWidget } from "../../src/widget/archive/pack-widget.ts";
import type { PageOptions } from "./kommo-frame.ts";
import type { KommoFrame } from "./kommo-frame.ts";

const BUILT = join(import.meta.dirname, "../../dist/widget");

/** The archive as `widget pack` writes it; `npm run build` made its parts. */
export const packedWidget = (): Promise<Uint8Array> =>
  packWidget(
    { script: join(BUILT, "script.js"), assets: join(BUILT, "assets") },
    { version: "1.0.0", support: { link: "https://pbx.example/", email: "a@pbx.example" } },
  );

export const MANAGERS = [
  { id: 9_100_001, title: "Rita" },
  { id: 9_100_002, title: "Anna" },
  { id: 9_100_003, title: "Vera" },
  { id: 9_100_004, title: "Boris" },
];

/** Resolves when the widget has begun. */
export async function openWidget(
  context: BrowserContext,
  frame: KommoFrame,
  options: PageOptions,
): Promise<Page> {
  const page = await context.newPage();
  await page.goto(frame.page(options));
  await page.waitForFunction("window.frame?.isReady === true || window.frame?.errors.length > 0");
  return page;
}

/** What the frame holds against the widget: nothing, if all is well. */
export const errorsOf = (page: Page): Promise<unknown> =>
  page.evaluate("[...window.frame.errors, ...window.frame.newGlobals()]");

/** Cards at the edge of the page that say something. */
export const cardWith = (page: Page, text: string | RegExp): Locator =>
  page.locator(".card", { hasText: text });

export const clickPhone = (page: Page, text: string): Promise<void> =>
  page.locator("a.phone", { hasText: text }).click();
