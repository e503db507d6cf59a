// What each role may ask of the admin page: one row a route, and what comes masked.
import { expect, test } from "@jest/globals";
import type { RouteOptions } from "fastify";
import { adminRoutes } from "../../../src/http/admin/admin-routes.ts";
import type { LiveBatch } from "../../../src/http/admin/contract.ts";
import type { AdminAnswers } from "../../../src/http/admin/data-routes.ts";
import { createGuarded } from "../../../src/http/admin/guarded.ts";
import { liveRoute } from "../../../src/http/admin/live-route.ts";
import { maskLive } from "../../../src/http/admin/masking.ts";
import { ROLES, type Role } from "../../../src/http/admin/roles.ts";
import { csrfOf } from "../../../src/http/admin/sessions.ts";
import { startHttp } from "../../../src/http/start-http.ts";
import { systemClock } from "../../../src/lib/clock.ts";
import { silentLogger } from "../../../src/lib/log.ts";
import { maskNumbersIn } from "../../../src/lib/phone.ts";

/** For administrators, supervisors, observers: + answered, - refused. */
const MAY: Readonly<Record<string, string>> = {
  "GET /live": "+++",
  "GET /calls": "+++",
  "GET /calls/:id": "+++",
  "GET /statistics": "+++",
  "GET /statistics.csv": "+++",
  "GET /recordings/:id": "++-",
  "GET /calls/:id/report": "+--",
  "GET /calls/:id/trace": "+--",
  "POST /calls/:id/resend": "+--",
  "GET /deliveries": "+--",
  "POST /deliveries/retry": "+--",
  "GET /employees": "+--",
  "POST /employees/:extension/give": "+--",
  "POST /employees/:extension/take": "+--",
  "GET /rules": "+--",
  "POST /rules/try": "+--",
  "GET /customizations": "+--",
  "POST /customizations/:name/try": "+--",
  "GET /health": "+--",
  "POST /health/examine": "+--",
  "GET /charts": "+--",
  "GET /settings": "+--",
  "GET /audit": "+--",
};
/** Answered to whoever comes: the door itself, and the page's files, in which nothing is told. */
const OPEN = [
  ...["GET /admin", "GET /admin/", "GET /admin/*", "GET /admin/files/:name"],
  ...["GET /admin/api/session", "POST /admin/api/login", "POST /admin/api/logout"],
];

const answers = {
  ...{
    calls: () => Promise.resolve({ calls: [], before: null }),
    call: () => Promise.resolve(undefined),
  },
  callReport: () => Promise.resolve({ name: "call.json", told: {} }),
  callTrace: () => Promise.resolve({ name: "call.json", told: {} }),
  listen: () => Promise.resolve({ kind: "none" }),
  statisticsCsv: () => Promise.resolve({ name: "calls.csv", text: "" }),
  ...{ rules: () => ({}), customizations: () => ({}), health: () => ({}), settings: () => ({}) },
  ...Object.fromEntries(
    `giveExtension takeExtension resend deliveries retryAll employees tryRules tryHook examine charts
     statistics audit`
      .split(/\s+/)
      .map((name) => [name, () => Promise.resolve({})]),
  ),
} as unknown as AdminAnswers;

function routesOf(): Disposable & { readonly routes: readonly RouteOptions[] } {
  const find = (token: string) =>
    Promise.resolve(
      ROLES.includes(token as Role)
        ? { tokenHash: "", who: token, role: token as Role, beganAt: 0, endsAt: Infinity }
        : undefined,
    );
  const audit = () => Promise.resolve();
  const guarded = createGuarded({ sessions: { find }, audit });
  const live = liveRoute({
    guarded,
    watch: () => () => undefined,
    status: () => Promise.resolve({} as never),
    isStillIn: () => Promise.resolve(true),
  });
  const sessions = {
    find,
    users: () => Promise.resolve([]),
    logIn: () => Promise.resolve(undefined),
    logOut: () => Promise.resolve(),
  };
  const routes = adminRoutes({
    ...{ guarded, answers, live: live.route, sessions, audit },
    ...{ path: "", language: "en" },
    tries: { take: () => 0 },
  });
  return { routes, [Symbol.dispose]: () => live.stop() };
}

async function listen(routes: readonly RouteOptions[]): Promise<AsyncDisposable & { url: string }> {
  const http = await startHttp({
    listeners: [{ name: "http", host: "127.0.0.1", port: 0, routes }],
    clock: systemClock,
    log: silentLogger,
  });
  return { url: http.address("http") ?? "", [Symbol.asyncDispose]: () => http.stop() };
}

const nameOf = ({ method, url }: RouteOptions): string => `${String(method)} ${url}`;
const inApi = (name: string): string => name.replace(" ", " /admin/api");

test("each route of the page stands in the table of roles, or is open to all", () => {
  using live = routesOf();

  const names = [...new Set(live.routes.map(nameOf))].toSorted();

  expect(names).toEqual([...OPEN, ...Object.keys(MAY).map(inApi)].toSorted());
});

test.each(ROLES.map((role, at) => [role, at] as const))(
  "%s is answered and refused as the table says",
  async (role, at) => {
    using live = routesOf();
    await using listening = await listen(live.routes);
    const found: Record<string, string> = {};

    for (const name of Object.keys(MAY)) {
      const [method = "", path = ""] = name.split(" ");
      const answer = await fetch(`${listening.url}/admin/api${path.replace(/:\w+/, "1")}`, {
        method,
        headers: {
          cookie: `asterisk_kommo_admin=${role}`,
          "x-csrf-token": csrfOf(role),
          "content-type": "application/json",
        },
        ...(method === "GET" ? {} : { body: "{}" }),
      });
      void answer.body?.cancel();
      found[name] = answer.status === 403 ? "-" : "+";
      expect([200, 403, 404]).toContain(answer.status);
    }

    expect(found).toEqual(
      Object.fromEntries(Object.entries(MAY).map(([name, marks]) => [name, marks[at]])),
    );
  },
);

test("live calls come to an observer without numbers, though a card be named by one", () => {
  const batch: LiveBatch = {
    isWhole: true,
    gone: [],
    changed: [
      {
        ...{
          id: "1795261714.0",
          exchange: null,
          direction: "inbound",
          startedAt: 1,
          did: "74951000101",
        },
        ...{ phone: "79165551234", client: "+7 (916) 555-12-34", trunk: null, queue: null },
        parts: [],
        booking: { on: "lead", id: 500_210, name: "Deal with 79165551234" },
      },
    ],
  };

  const masked = maskLive(batch);

  expect(masked.changed[0]).toMatchObject({
    ...{ id: "1795261714.0", phone: "•••34", client: "•••34", did: "74951000101" },
    booking: { on: "lead", id: 500_210, name: "Deal with •••34" },
  });
});

test.each([
  ["Ana 8 916 555-12-34 home", "Ana •••34 home"],
  ["(916) 555 12 34", "•••34"],
  ["916.555.1234", "•••34"],
  ["tel:+351-21-555", "tel:•••55"],
  ["room 1234", "room 1234"],
  ["12345", "•••45"],
  ["Ana Costa", "Ana Costa"],
])("of %j whoever sees no numbers is told %j", (text, told) => {
  expect(maskNumbersIn(text)).toBe(told);
});
