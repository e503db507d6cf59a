// Two exchanges with equal extensions and equal ids, as employees see them in Kommo: whose screen and
// whose popup shows which call, and what the call panel does to it.
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Daemon } from "../../src/main.ts";
import { startConnected } from "./connected-daemon.ts";
import {
  openStream,
  speak,
  until as eventually,
  type Said,
  type Stream,
} from "./dialling-office.ts";
import { endlessTalk } from "./endless-talk.ts";
import { openExchanges, RECORDED_CLIENT, until, type ExchangesOffice } from "./exchanges-office.ts";

const CLIENTS = ["79160000001", "79160000002"] as const;
const SITES = [0, 1] as const;
type SiteNumber = (typeof SITES)[number];
const HANG_UP = { kind: "hang_up" };

let office: ExchangesOffice;
let daemon: Daemon;
let screens: readonly Stream[];
/** By site, as the page of its employee has it. */
let calls: readonly string[];

const userAt = (site: SiteNumber): number => office.sites[site]?.user("101") ?? 0;
const channelsAt = (site: SiteNumber) => office.sites[site]?.pbx.live().channels ?? [];
const headersOf = (user: number): Readonly<Record<string, string>> => ({
  origin: new URL(office.kommo.url).origin,
  "x-auth-token": office.kommo.oneTimeToken(user),
});
const ask = (path: string, asking: Parameters<typeof speak>[1]): Promise<Said> =>
  speak((daemon.address("public_http") ?? "") + path, asking);

const act = (user: number, body: object): Promise<Said> =>
  ask("/v1/widget/call", { method: "POST", headers: headersOf(user), body });

async function listen(user: number): Promise<Stream> {
  const headers = headersOf(user);
  const { body } = await ask("/v1/widget/session", { method: "POST", headers, body: {} });
  return openStream(daemon.address("public_http") ?? "", {
    origin: headers["origin"] ?? "",
    ticket: String(body["ticket"]),
  });
}

/** Kommo's users are known then. */
const untilAccountIsRead = (): Promise<void> =>
  eventually(async () => {
    const { body } = await ask("/v1/widget/settings", { headers: headersOf(userAt(0)) });
    return (body["user"] as { is_admin?: boolean } | undefined)?.is_admin === true;
  });

/** 101 talks at both exchanges, each with a client of its own. */
beforeAll(async () => {
  office = await openExchanges(2);
  const { client_id, client_secret } = office.kommo.integration;
  daemon = await startConnected({
    ...office.config,
    kommo: {
      ...office.config["kommo"],
      widget: { client_id, client_secret, audience: "http://127.0.0.1" },
    },
    public_http: { port: 0 },
    originate: { call_panel: true },
  });
  await untilAccountIsRead();
  screens = await Promise.all(SITES.map((site) => listen(userAt(site))));
  const trace = await endlessTalk();
  let chosenUniqueids: ReadonlyMap<string, string> = new Map();
  for (const site of SITES) {
    const phones = new Map([[RECORDED_CLIENT, CLIENTS[site]]]);
    const options = { phones, chosenUniqueids, gaps: "ignore", speed: 2 } as const;
    chosenUniqueids = office.sites[site]?.pbx.play(trace, options).mapping.uniqueids ?? new Map();
  }
  const talks = await Promise.all(
    screens.map((screen) => screen.until("talk", ({ state }) => state === "talking")),
  );
  calls = talks.map(({ call }) => String(call));
}, 120_000);

afterAll(async () => {
  for (const screen of screens ?? []) screen.close();
  await daemon?.stop();
  await office?.[Symbol.asyncDispose]();
});

test("the two calls have one number at their exchanges, and one name each in Kommo", () => {
  const [first = "", second = ""] = calls;

  expect(first).toMatch(/^site-0\/\d+\.\d+$/);
  expect(second).toBe(first.replace("site-0", "site-1"));
});

test("each employee's screen shows the calls of his own telephone alone", () => {
  const shown = screens.map(({ events }) =>
    [
      ...new Set(
        events
          .filter(({ name }) => name === "ringing" || name === "talk")
          .map(({ name, data }) => `${name} ${String(data["phone"])} ${String(data["extension"])}`),
      ),
    ].toSorted(),
  );

  expect(shown).toEqual(
    SITES.map((site) => [
      `ringing ${CLIENTS[site]} site-${site}/101`,
      `talk ${CLIENTS[site]} site-${site}/101`,
    ]),
  );
});

test("the popup of a call goes to whom it rings at its own exchange", async () => {
  await until(
    () => office.kommo.journal.popups().length === SITES.length,
    () => JSON.stringify(office.kommo.journal.popups()),
  );

  const popups = office.kommo.journal
    .popups()
    .map(({ phone_number, users }) => ({ phone_number, users }));

  expect(popups.toSorted((one, other) => (one.phone_number < other.phone_number ? -1 : 1))).toEqual(
    SITES.map((site) => ({ phone_number: CLIENTS[site], users: [userAt(site)] })),
  );
});

test("the call of the other exchange is none of his, and its telephones are no goal of a transfer", async () => {
  const [first = "", second = ""] = calls;

  const answers = [
    await act(userAt(0), { call: second, action: HANG_UP }),
    await act(userAt(1), { call: first, action: { kind: "transfer", to: "102" } }),
    await act(userAt(0), { call: first, action: { kind: "transfer", to: "site-1/102" } }),
    // Of no exchange at all.
    await act(userAt(0), { call: first.replace("site-0/", ""), action: HANG_UP }),
  ];

  expect(answers.map(({ status, body }) => [status, body["error"]])).toEqual([
    [404, "not_found"],
    [404, "not_found"],
    [409, "extension_unknown"],
    [404, "not_found"],
  ]);
  expect(SITES.map((site) => channelsAt(site).length > 0)).toEqual([true, true]);
});

test("hanging up ends the call at the employee's own exchange, and the other goes on", async () => {
  const before = channelsAt(0).length;

  const answer = await act(userAt(1), { call: calls[1], action: HANG_UP });

  expect([answer.status, answer.body]).toEqual([200, { done: true }]);
  await screens[1]?.until("talk", ({ state }) => state === "ended");
  expect([channelsAt(0).length, channelsAt(1).length]).toEqual([before, 0]);
  expect(screens[0]?.events.filter(({ data }) => data["state"] === "ended")).toEqual([]);
});

test("a client is handed to the colleague of the same exchange", async () => {
  const answer = await act(userAt(0), {
    call: calls[0],
    action: { kind: "transfer", to: "site-0/102" },
  });

  expect([answer.status, answer.body]).toEqual([200, { done: true }]);
  await screens[0]?.until("talk", ({ state }) => state === "ended");
});
