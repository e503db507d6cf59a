/** The admin page in a browser: logged in, in a language and in colours. Exports `openAdmin` and `setPasswordIn`. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import type { BrowserContext, Page } from "playwright-core";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { hashPassword } from "../../src/http/admin/password.ts";
import { setPassword } from "../../src/http/admin/schema.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import type { Chromium } from "./chromium.ts";

export type Looks = {
  readonly theme?: "light" | "dark";
  readonly language?: "en" | "es" | "pt" | "ru";
  readonly width?: number;
  readonly height?: number;
  /** Of a page that is logged in; absent: the password is typed. */
  readonly cookies?: Cookies;
};

export type Cookies = Awaited<ReturnType<BrowserContext["cookies"]>>;

export type AdminPage = {
  readonly page: Page;
  /** What the browser complained of: a script that was refused, a fault of the page. */
  readonly complaints: readonly string[];
  /** @param path below /admin/; resolves when the page is drawn */
  go(path: string, ready: string): Promise<void>;
  cookies(): Promise<Cookies>;
  close(): Promise<void>;
};

/** A busy machine takes its time. */
const PATIENCE_MS = 60_000;

export async function openAdmin(
  chromium: Chromium,
  { address, password }: { readonly address: string; readonly password: string },
  looks: Looks = {},
): Promise<AdminPage> {
  const { theme = "light", language = "en", width = 1_280, height = 900 } = looks;
  const context: BrowserContext = await chromium.browser.newContext({
    viewport: { width, height },
    colorScheme: theme,
    locale: language,
    reducedMotion: "reduce",
  });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(message.text());
  });
  if (looks.cookies !== undefined) await context.addCookies(looks.cookies);
  await page.goto(`${address}/admin/`);
  if (looks.cookies === undefined) {
    await page.fill("#password", password);
    await page.click("button[type=submit]");
  }
  await page.waitForSelector("nav");
  return {
    ...{ page, complaints },
    async go(path, ready) {
      await page.goto(`${address}/admin/${path}`);
      await page.waitForSelector(ready);
    },
    cookies: () => context.cookies(),
    close: () => context.close(),
  };
}

/** Before the daemon is started on it. */
export async function setPasswordIn(path: string, password: string): Promise<void> {
  const opened = await openSqliteStore({ path, migrations: storeMigrations });
  if (!opened.ok) throw new Error(opened.failure.reason);
  await opened.value.write(setPassword(await hashPassword(password), Date.now()));
  await opened.value.close();
}

const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** @returns the serious findings of axe, each with the element it is about; empty: none */
export async function accessibilityFaults(page: Page): Promise<string[]> {
  // By the debugger and not as an element: the page's policy lets no other script in.
  await page.evaluate(AXE);
  // As texts: these files know nothing of a browser's window.
  const found = await page.evaluate(`axe.run(document, { runOnly: [${RULES}] })`);
  return (found as { readonly violations: readonly Violation[] }).violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) =>
      nodes.slice(0, 3).map(({ html, failureSummary }) => `${id}: ${html} ${failureSummary}`),
    );
}

type Violation = {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
};

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
  .map((name) => JSON.stringify(name))
  .join(", ");
