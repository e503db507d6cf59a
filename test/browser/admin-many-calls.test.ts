// A thousand live calls on the admin page: few rows are drawn, and every one can be reached.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { extension, linkedId } from "../../src/ami/ids.ts";
import type { LiveView } from "../../src/calls/live-view.ts";
import { createLiveFeed, type LiveFeed } from "../../src/cli/admin/live-feed.ts";
import type { StatusAnswer } from "../../src/http/admin/contract.ts";
import { createGuarded } from "../../src/http/admin/guarded.ts";
import { liveRoute } from "../../src/http/admin/live-route.ts";
import { pageRoutes } from "../../src/http/admin/page-files.ts";
import { createLoginTries } from "../../src/http/admin/login-tries.ts";
import { sessionRoutes } from "../../src/http/admin/session-routes.ts";
import type { Session } from "../../src/http/admin/schema.ts";
import type { Sessions } from "../../src/http/admin/sessions.ts";
import { startHttp, type Http } from "../../src/http/start-http.ts";
import { epochMs, systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { openAdmin, type AdminPage } from "./admin-page.ts";
import { openChromium, type Chromium } from "./chromium.ts";

const COUNT = 1_000;
const session: Session = {
  tokenHash: "",
  who: "admin",
  role: "administrator",
  beganAt: 0,
  endsAt: Infinity,
};
const sessions: Sessions = {
  users: () => Promise.resolve([{ who: "admin", role: "administrator" }]),
  logIn: () => Promise.resolve({ token: "x".repeat(43), session }),
  find: (token) => Promise.resolve(token === "" ? undefined : session),
  logOut: () => Promise.resolve(),
};
const status: StatusAnswer = {
  ...{ version: "0.1.0", account: "acme.kommo.com", accountUrl: "https://acme.kommo.com" },
  ...{ timeZone: "Europe/Lisbon", liveCalls: COUNT, waiting: 0, unknown: 0, setAside: 0 },
  exchanges: [{ name: null, is: "connected", version: "22.10.1", since: 0 }],
  ...{ oldestWaitingAt: null, halt: null },
};

let chromium: Chromium;
let http: Http;
let feed: LiveFeed;
let admin: AdminPage;
let looks = 0;

/** A hundred of them change at every look. */
function views(): LiveView[] {
  looks += 1;
  return Array.from({ length: COUNT }, (_, number) => ({
    linkedId: linkedId(`${number}.0`),
    direction: "inbound",
    startedAt: epochMs(1_795_261_714_000 + number * 1_000),
    clientPhone: `7916555${String(number).padStart(4, "0")}`,
    ...{ did: "74951000101", trunk: "PJSIP/trunk", queue: undefined },
    parts: [
      {
        extension: extension("101"),
        is: number % 10 === looks % 10 ? "talks" : "rings",
        since: epochMs(1_795_261_714_000),
      },
    ],
  }));
}

beforeAll(async () => {
  feed = createLiveFeed({
    ...{ view: views, find: () => Promise.resolve(undefined), nameOf: () => null },
    unknownClient: () => "unsorted",
  });
  const audit = (): Promise<void> => Promise.resolve();
  const guarded = createGuarded({ sessions, audit });
  const live = liveRoute({
    ...{ guarded, watch: feed.watch, status: () => Promise.resolve(status) },
    isStillIn: () => Promise.resolve(true),
  });
  const tries = createLoginTries(() => 0);
  http = await startHttp({
    listeners: [
      {
        ...{ name: "http", host: "127.0.0.1", port: 0 },
        routes: [
          ...pageRoutes(),
          ...sessionRoutes({ sessions, audit, tries, language: "en" }),
          live.route,
        ],
      },
    ],
    ...{ clock: systemClock, log: silentLogger },
  });
  chromium = await openChromium();
  admin = await openAdmin(chromium, { address: http.address("http") ?? "", password: "any" });
  await admin.go("now", ".liveRow");
});

afterAll(async () => {
  await admin.close();
  await chromium.close();
  feed.stop();
  await http.stop();
});

test("of a thousand calls only those that can be seen are drawn", async () => {
  await admin.page.locator(".pageHead", { hasText: "1,000 calls" }).waitFor();

  expect(await admin.page.locator(".liveRow").count()).toBeLessThan(80);
});

test("the last one is reached by scrolling", async () => {
  await admin.page.evaluate("scrollTo(0, document.body.scrollHeight)");

  await admin.page.getByText("+7 916 555-09-99").waitFor();

  expect(await admin.page.locator(".liveRow").count()).toBeLessThan(80);
});

test("while a hundred change a second, a click leads to another page", async () => {
  await admin.page.click('nav a[href="/admin/rules"]');

  await admin.page.getByRole("heading", { name: "Rules" }).waitFor();

  expect(admin.page.url()).toMatch(/\/admin\/rules$/);
});
