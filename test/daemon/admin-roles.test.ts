// An observer's look at a real daemon: what is told of calls has no client's number in it, and none is found out.
import { rm } from "node:fs/promises";
import { dirname } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { CallAnswer, CallsAnswer, SessionAnswer } from "../../src/http/admin/contract.ts";
import { hashPassword } from "../../src/http/admin/password.ts";
import type { Role } from "../../src/http/admin/roles.ts";
import { setUser } from "../../src/http/admin/schema.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { startDaemon, type Daemon } from "../../src/main.ts";
import { answered, openCallArchive, part, type CallArchive } from "../cli/admin/call-archive.ts";
import { load, removeFolders } from "../config/written-config.ts";

const PASSWORD = "of everybody";
const NUMBER = "79165551234";
/** However it is written, the digits of a number stand in this order. */
const hasNumber = (text: string): boolean =>
  text.replace(/[^\d"]/g, "").includes(NUMBER.slice(1)) || text.includes(NUMBER.slice(-7, -2));

let archive: CallArchive;
let daemon: Daemon;
let url: string;
const cookies: Partial<Record<Role, string>> = {};
let callId: string;

beforeAll(async () => {
  archive = await openCallArchive();
  const recording = "/var/spool/asterisk/monitor/1.wav";
  const at = Date.UTC(2026, 10, 21, 12);
  const call = answered(0, "101", {
    clientPhone: NUMBER,
    conversations: [
      part("101", { from: at, accepted: at + 10_000, to: at + 60_000 }, { recording }),
    ],
  });
  callId = call.linkedId;
  await archive.add(call);
  const hash = await hashPassword(PASSWORD);
  await archive.store.write([
    { sql: "INSERT INTO directory_card VALUES (7, 'Ana (916) 555-12-34', NULL)", values: [] },
    { sql: `INSERT INTO directory_phone VALUES ('${NUMBER.slice(1)}', 7)`, values: [] },
    ...(["supervisor", "observer"] as const).flatMap((role) =>
      setUser({ who: role, role, hash, now: Date.now() }),
    ),
  ]);
  await archive.store.close();
  const loaded = load({
    ami: { port: 1, username: "nobody", secret: "nothing" },
    pbx: { extensions: ["_10X"] },
    kommo: { account_url: "http://127.0.0.1:1", access_token: "x".repeat(40) },
    store: { path: archive.path },
    ...{ http: { port: 0 }, public_http: { port: 0 }, fastagi: { port: 0 } },
  });
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.failure));
  const started = await startDaemon({
    ...{ config: loaded.value.config, logger: silentLogger, clock: systemClock },
    ...{ userAgent: "asterisk-kommo/test", onFatal: () => undefined },
  });
  if (!started.ok) throw new Error(started.failure.reason);
  daemon = started.value;
  url = `${daemon.address("http") ?? ""}/admin/api`;
  for (const role of ["supervisor", "observer"] as const) {
    const answer = await fetch(`${url}/login`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ name: role, password: PASSWORD }),
    });
    cookies[role] = answer.headers.get("set-cookie")?.split(";")[0] ?? "";
  }
}, 120_000);

afterAll(async () => {
  await daemon.stop();
  await rm(dirname(archive.path), { recursive: true });
  removeFolders();
});

const ask = (role: Role, path: string): Promise<Response> =>
  fetch(url + path, { headers: { cookie: cookies[role] ?? "" } });

test("the page is told who looks, so that it shows what he may see", async () => {
  const told = (await (await ask("observer", "/session")).json()) as SessionAnswer;

  expect(told.user).toEqual({ name: "observer", role: "observer" });
});

test.each([
  ["the list", "/calls"],
  ["the list of an extension", "/calls?q=101"],
  ["the list of a client by the words of the name", "/calls?q=ana"],
  ["the call", "/calls/CALL"],
  ["statistics", "/statistics?from=2026-11-21"],
  ["the file of statistics", "/statistics.csv?from=2026-11-21"],
])("an observer is told %s without the client's number", async (_what, path) => {
  const answer = await ask("observer", path.replace("CALL", callId));
  const text = await answer.text();

  expect(answer.status).toBe(200);
  expect(hasNumber(text)).toBe(false);
});

test("an observer sees the call with the last two digits, and nothing to play", async () => {
  const { calls } = (await (await ask("observer", "/calls")).json()) as CallsAnswer;
  const told = (await (await ask("observer", `/calls/${callId}`)).json()) as CallAnswer;

  expect(calls).toMatchObject([{ id: callId, phone: "•••34", client: "Ana •••34" }]);
  expect(told).toMatchObject({ call: { phone: "•••34", hasRecording: true }, recordings: [] });
});

test("a supervisor sees the number, and finds the call by it", async () => {
  const { calls } = (await (await ask("supervisor", `/calls?q=${NUMBER}`)).json()) as CallsAnswer;

  expect(calls).toMatchObject([{ id: callId, phone: NUMBER }]);
});

test.each(["79165551234", "+7", "55512", "(9", "ana 9", "ana (916", "Ana\t9", "91655 51234 anna"])(
  "an observer does not find out by %j whether there is such a number",
  async (typed) => {
    const answer = await ask("observer", `/calls?q=${encodeURIComponent(typed)}`);

    expect(answer.status).toBe(403);
  },
);

test.each(["/settings", "/audit", "/deliveries", "/recordings/1", "/rules"])(
  "an observer who types the address of %s is refused",
  async (path) => {
    expect((await ask("observer", path)).status).toBe(403);
  },
);
