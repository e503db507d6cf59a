// What each check of the doctor makes of what it sees: once well, once not.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "@jest/globals";
import { judgeExposure } from "../../src/cli/doctor/ami-exposure-check.ts";
import { judgeVersion } from "../../src/cli/doctor/asterisk-version-check.ts";
import { certificateCheck, judgeCertificate } from "../../src/cli/doctor/certificate-check.ts";
import type { DoctorContext, Verdict } from "../../src/cli/doctor/check.ts";
import { judgeClock } from "../../src/cli/doctor/clock-check.ts";
import { customizationsCheck } from "../../src/cli/doctor/customizations-check.ts";
import { judgeQueue, queueCheck } from "../../src/cli/doctor/queue-check.ts";
import { judgeScopes } from "../../src/cli/doctor/token-rights-check.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { load, GOOD, newFolder, removeFolders } from "../config/written-config.ts";

afterEach(removeFolders);

const contextFor = (changes: object): DoctorContext => {
  const loaded = load({ ...GOOD, ...changes });
  return { loaded, clock: systemClock, signal: new AbortController().signal } as never;
};

const ON_ALL = "  0: 00000000:13AE 00000000:0000 0A 00000000:00000000 00:00000000";
const ON_LOOPBACK = "  1: 0100007F:13AE 00000000:0000 0A 00000000:00000000 00:00000000";
const ON_ALL_V6 =
  "  2: 00000000000000000000000000000000:13AE 00000000000000000000000000000000:0000 0A";
const CONNECTED = "  3: 00000000:13AE 0100007F:9999 01 00000000:00000000";

test.each([
  ["for this host alone", "127.0.0.1", false, ON_LOOPBACK, "ok"],
  ["for all", "127.0.0.1", false, `${ON_LOOPBACK}\n${ON_ALL}`, "warning"],
  ["for all, by IPv6", "localhost", false, ON_ALL_V6, "warning"],
  ["by a tunnel, which is a connection", "127.0.0.1", false, CONNECTED, "ok"],
  ["on another machine, in the open", "192.0.2.1", false, "", "warning"],
  ["on another machine, over TLS", "192.0.2.1", true, "", "ok"],
])("AMI that listens %s is judged", (_what, host, enabled, sockets, status) => {
  const tls = { enabled, ca_file: undefined, servername: undefined };

  expect(judgeExposure({ host, port: 5038, tls }, sockets).status).toBe(status);
});

test.each([
  ["22.10.1+dfsg+~cs6.17", "ok", 0],
  ["22.8.2", "ok", 0],
  ["22.8.1", "warning", 1],
  ["20.9.2", "warning", 6],
  ["20.9.1", "warning", 7],
  ["23.1.0", "warning", 1],
  ["23.2.2", "ok", 0],
  ["24.0.0", "ok", 0],
  ["16.28.0", "warning", 7],
  ["certified/20.7-cert2", "skipped", 0],
  [undefined, "skipped", 0],
])("Asterisk %s is %s, with %d holes", (version, status, holes) => {
  const verdict = judgeVersion(version);

  expect(verdict.status).toBe(status);
  expect(verdict.details?.length ?? 0).toBe(holes);
});

test.each([
  [undefined, undefined, "skipped"],
  [200, -300, "ok"],
  [4_999, undefined, "ok"],
  [5_000, undefined, "warning"],
  [undefined, -59_999, "warning"],
  [-60_000, 0, "failed"],
])("a clock that is %p ms before Kommo's and %p before the exchange's is %s", (k, e, status) => {
  expect(judgeClock({ kommoAhead: k, exchangeAhead: e }).status).toBe(status);
});

const NOW = Date.UTC(2026, 10, 21);
const DAY = 86_400_000;
const certificate = (days: number, trouble?: string): Verdict =>
  judgeCertificate(
    { kind: "seen", validTo: new Date(NOW + days * DAY).toUTCString(), trouble },
    NOW,
  );

test("a certificate is good, ends soon, has ended, or is not trusted", async () => {
  expect(certificate(60).status).toBe("ok");
  expect(certificate(14).status).toBe("ok");
  expect(certificate(13).status).toBe("warning");
  expect(certificate(0, "CERT_HAS_EXPIRED")).toMatchObject({ status: "failed" });
  expect(certificate(60, "SELF_SIGNED_CERT_IN_CHAIN").sentence).toContain("do not trust");
  expect(judgeCertificate({ kind: "none", why: "ECONNREFUSED" }, NOW).status).toBe("warning");

  const none = await certificateCheck.run(contextFor({}));
  const plain = await certificateCheck.run(
    contextFor({ recordings: { public_url: "http://pbx.example" } }),
  );
  expect([none.status, plain.status]).toEqual(["skipped", "warning"]);
});

const jwt = (claims: object): string =>
  `x.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.y`;

test.each([
  [{ scopes: ["crm", "notifications"] }, "ok"],
  [{ scopes: ["crm"] }, "warning"],
  [{ scopes: ["notifications"] }, "failed"],
  [{}, "ok"],
])("a token with %j is judged by what it may", (claims, status) => {
  expect(judgeScopes(jwt(claims)).status).toBe(status);
});

const IDLE = { ready: 0, sending: 0, unknown: 0, setAside: 0, oldestReadyAt: undefined };
const MINUTE = 60_000;

test.each([
  ["nothing", IDLE, "ok"],
  ["a step of now", { ...IDLE, ready: 1, oldestReadyAt: NOW - 1_000 }, "ok"],
  ["10 minutes less 1 ms", { ...IDLE, ready: 1, oldestReadyAt: NOW - 10 * MINUTE + 1 }, "ok"],
  ["10 minutes", { ...IDLE, ready: 3, oldestReadyAt: NOW - 10 * MINUTE }, "warning"],
  ["a day", { ...IDLE, ready: 3, oldestReadyAt: NOW - DAY }, "failed"],
  ["set aside", { ...IDLE, setAside: 2 }, "warning"],
])("a queue with %s is judged", (_what, state, status) => {
  expect(judgeQueue(state, NOW).status).toBe(status);
});

test("a queue that no daemon has begun is skipped", async () => {
  const context = contextFor({ store: { path: join(newFolder(), "store.db") } });

  expect((await queueCheck.run(context)).status).toBe("skipped");
});

test("customizations that load are named, one that does not is told with the reason", async () => {
  const path = join(newFolder(), "scripts");
  mkdirSync(path, { mode: 0o755 });
  const script = join(path, "need_registration.js");
  writeFileSync(script, 'export default () => ({ state: "success", data: {} });\n', {
    mode: 0o644,
  });
  const context = contextFor({ customizations: { path } });

  const good = await customizationsCheck.run(context);
  writeFileSync(script, "export default (\n");
  const bad = await customizationsCheck.run(context);
  const none = await customizationsCheck.run(contextFor({ customizations: { path: "/nowhere" } }));

  expect(good).toMatchObject({ status: "ok", sentence: "loaded: need_registration" });
  expect(bad).toMatchObject({ status: "failed", remedy: expect.stringContaining("test NAME") });
  expect(none.status).toBe("ok");
});
