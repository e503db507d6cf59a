import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { request } from "node:http";
import { healthRoutes } from "../../src/http/health.ts";
import { isLocal, localOnly } from "../../src/http/local-only.ts";
import { startHttp, type Http } from "../../src/http/start-http.ts";
import { statusRoute } from "../../src/http/status.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";

let http: Http | undefined;
let waitingFor: readonly string[] = [];

beforeAll(async () => {
  http = await startHttp({
    listeners: [
      {
        ...{ name: "http", host: "127.0.0.1", port: 0, guard: localOnly(["pbx.lan"]) },
        routes: [
          ...healthRoutes(() => ({ waitingFor })),
          statusRoute(() => Promise.resolve({ version: "1.2.3" })),
        ],
      },
    ],
    clock: systemClock,
    log: silentLogger,
  });
});

afterAll(async () => {
  await http?.stop();
});

type Answered = { readonly status: number; readonly body: string };

function ask(path: string, headers: Readonly<Record<string, string>> = {}): Promise<Answered> {
  const { hostname, port } = new URL(http?.address("http") ?? "");
  return new Promise((resolve, reject) => {
    request({ host: hostname, port, path, headers }, (answer) => {
      let body = "";
      answer.setEncoding("utf8").on("data", (part: string) => (body += part));
      answer.on("end", () => resolve({ status: answer.statusCode ?? 0, body }));
    })
      .on("error", reject)
      .end();
  });
}

test("a program on this host sees how the daemon is", async () => {
  waitingFor = [];

  expect(await ask("/healthz")).toEqual({
    status: 200,
    body: JSON.stringify({ live: true, ready: true, waiting_for: [] }),
  });
  expect((await ask("/healthz/ready")).status).toBe(200);
  expect(await ask("/v1/status")).toEqual({ status: 200, body: '{"version":"1.2.3"}' });
});

test("a daemon without its exchange lives, and is not ready", async () => {
  waitingFor = ["asterisk"];

  expect(JSON.parse((await ask("/healthz")).body)).toEqual({
    live: true,
    ready: false,
    waiting_for: ["asterisk"],
  });
  expect((await ask("/healthz/live")).status).toBe(200);
  expect((await ask("/healthz/ready")).status).toBe(503);
});

test.each([
  ["a proxy's Forwarded", { forwarded: "for=10.0.0.1" }],
  ["X-Forwarded-For", { "x-forwarded-for": "127.0.0.1" }],
  ["X-Forwarded-Host", { "x-forwarded-host": "localhost" }],
  ["an empty X-Forwarded-Proto", { "x-forwarded-proto": "" }],
  ["any other of that name", { "X-FORWARDED-anything": "x" }],
  ["X-Real-IP", { "x-real-ip": "127.0.0.1" }],
  ["F79: another name in Host (DNS rebinding)", { host: "evil.example" }],
  ["F79: a name that begins as ours", { host: "localhost.evil.example:8077" }],
  ["F79: another address in Host", { host: "10.0.0.1" }],
  ["F79: a user in Host", { host: "localhost@evil.example" }],
  ["F79: a page from elsewhere", { origin: "https://evil.example" }],
  ["F79: a page without an origin", { origin: "null" }],
  ["F79: an origin with a path", { origin: "http://localhost/evil" }],
])("%s is never taken for local", async (_what, headers) => {
  const answers = await Promise.all(
    ["/healthz", "/v1/status", "/nothing"].map((path) => ask(path, headers)),
  );

  expect(answers.map(({ status }) => status)).toEqual([403, 403, 403]);
});

test.each([
  ["localhost", "127.0.0.1"],
  ["localhost:8077", "127.0.0.1"],
  ["LOCALHOST", "127.0.0.1"],
  ["127.0.0.1:8077", "::ffff:127.0.0.1"],
  ["[::1]:8077", "::1"],
  ["10.0.0.5", "10.0.0.5"],
  ["PBX.lan:8077", "10.0.0.5"],
])("Host %s is our own at %s", (host, localAddress) => {
  expect(isLocal({ headers: { host }, localAddress }, ["pbx.lan"])).toBe(true);
});

test("F79: without a Host nobody is local", () => {
  expect(isLocal({ headers: {}, localAddress: "127.0.0.1" }, [])).toBe(false);
  expect(isLocal({ headers: { host: "" }, localAddress: "127.0.0.1" }, [])).toBe(false);
});

test("our own page may ask", async () => {
  expect((await ask("/healthz", { origin: "http://localhost:8077" })).status).toBe(200);
});
