/** The host's Chromium, headless. Exports `openChromium`. */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { chromium, type Browser, type BrowserContext, type Page } from "playwright-core";

export type Chromium = {
  readonly browser: Browser;
  /** A fresh profile: nothing is kept of others. */
  context(): Promise<BrowserContext>;
  close(): Promise<void>;
};

const PATHS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
/** Longer than anything takes on a busy machine. */
export const PATIENCE_MS = 60_000;

export async function openChromium(args: readonly string[] = []): Promise<Chromium> {
  const executablePath = process.env["CHROMIUM"] ?? PATHS.find((path) => existsSync(path));
  if (executablePath === undefined)
    throw new Error("there is no Chromium on this host: apt-get install chromium");
  const browser = await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      "--disable-dev-shm-usage",
      "--autoplay-policy=no-user-gesture-required",
      ...args,
    ],
    timeout: PATIENCE_MS,
  });
  return {
    browser,
    async context() {
      const context = await browser.newContext({ viewport: { width: 1180, height: 820 } });
      context.setDefaultTimeout(PATIENCE_MS);
      context.setDefaultNavigationTimeout(PATIENCE_MS);
      return context;
    },
    close: () => browser.close(),
  };
}

/** Kept where the variable SCREENSHOTS names a folder, for a person to look at. */
export async function screenshot(page: Page, name: string): Promise<void> {
  const folder = process.env["SCREENSHOTS"];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`), animations: "disabled" });
}

/** The same for the documents, small: `DOC_PICTURES=docs/pictures npm run test:browser` makes them anew. */
export async function picture(page: Page, name: string): Promise<void> {
  const folder = process.env["DOC_PICTURES"];
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.jpg`);
  await page.screenshot({ path, type: "jpeg", quality: 70, animations: "disabled" });
}

/** Resolves when it is so; rejects where it never is. */
export async function until(isSo: () => boolean): Promise<void> {
  for (let tries = 0; !isSo(); tries += 1) {
    if (tries > PATIENCE_MS / 50) throw new Error("it never came to be");
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
