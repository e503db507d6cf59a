// What Kommo and strangers may send to the public listener.
import { connect, createServer, type AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { afterEach, expect, test } from "@jest/globals";
import { kommoWebhookPath, kommoWebhookRoute } from "../../src/http/kommo-webhook.ts";
import { startHttp, type Http } from "../../src/http/start-http.ts";
import { systemClock } from "../../src/lib/clock.ts";
import type { FormTree } from "../../src/lib/form-text.ts";
import { createLog } from "../../src/lib/log.ts";

const SECRET = "of-the-webhooks-0123456789";
const FORM = { "Content-Type": "application/x-www-form-urlencoded" };

const open: Http[] = [];
afterEach(async () => {
  for (const http of open.splice(0)) await http.stop();
});

async function listen(port = 0) {
  const taken: FormTree[] = [];
  const output: string[] = [];
  const { logger } = createLog({
    level: "debug",
    secrets: [],
    isReadable: false,
    output: new Writable({
      write(chunk: Buffer, _encoding, done) {
        output.push(chunk.toString());
        done();
      },
    }),
  });
  const route = kommoWebhookRoute({
    secret: SECRET,
    take(form) {
      if (form["bug"] !== undefined) throw new Error("a bug");
      taken.push(form);
    },
  });
  const http = await startHttp({
    listeners: [{ name: "public_http", host: "127.0.0.1", port, routes: [route] }],
    clock: systemClock,
    log: logger,
    retryMs: 50,
  });
  open.push(http);
  const address = (): string => http.address("public_http") ?? "";
  return {
    http,
    taken,
    address,
    log: () => output.join(""),
    post: async (
      body: string,
      {
        secret = SECRET,
        headers = FORM,
      }: { secret?: string; headers?: Record<string, string> } = {},
    ) =>
      fetch(address() + kommoWebhookPath(secret), {
        method: "POST",
        headers,
        body,
      }),
  };
}

test("what Kommo sends is taken and answered, and the secret stands in no log", async () => {
  const { post, taken, log } = await listen();

  const answer = await post("leads%5Bupdate%5D%5B0%5D%5Bid%5D=5&account[id]=31990001");

  expect(answer.status).toBe(204);
  expect(JSON.parse(JSON.stringify(taken))).toEqual([
    { leads: { update: { 0: { id: "5" } } }, account: { id: "31990001" } },
  ]);
  expect(log()).toContain("/webhooks/kommo/:secret");
  expect(log()).not.toContain(SECRET);
});

test.each([
  "",
  "x",
  SECRET.slice(0, -1),
  `${SECRET}x`,
  SECRET.toUpperCase(),
  "%00",
  "a".repeat(500),
])("with another secret there is nothing: %s", async (secret) => {
  const { post, taken, log } = await listen();

  const answer = await post("a=1", { secret });

  expect(answer.status).toBe(404);
  expect(taken).toEqual([]);
  expect(log()).not.toContain(SECRET.slice(0, -1));
});

test("another method, another path, and no body at all harm nobody", async () => {
  const { address, post, taken } = await listen();
  const path = address() + kommoWebhookPath(SECRET);

  const statuses = [
    (await fetch(path)).status,
    (await fetch(`${address()}/`)).status,
    (await fetch(`${path}/more`, { method: "POST" })).status,
    (await post("")).status,
  ];

  expect(statuses).toEqual([404, 404, 404, 204]);
  expect(taken).toHaveLength(1);
});

const megabytes = (count: number): string => `a=${"x".repeat(count * 1_048_576)}`;
const keys = (count: number): string =>
  Array.from({ length: count }, (_, index) => `k${String(index)}=1`).join("&");

test.each([
  ["10 MB", megabytes(10), FORM, 413],
  ["100,000 fields", keys(100_000), FORM, 413],
  ["JSON", "{}", { "Content-Type": "application/json" }, 415],
  ["broken JSON", "{", { "Content-Type": "application/json" }, 400],
  ["JSON with __proto__", '{"__proto__":{"a":1}}', { "Content-Type": "application/json" }, 400],
  ["a file", "x", { "Content-Type": "multipart/form-data; boundary=x" }, 415],
])("%s is refused, and the daemon goes on", async (_, body, headers, status) => {
  const { post, taken } = await listen();

  // The answer may come before the whole body went out; the connection is closed then.
  const answer = await post(body, { headers }).catch(() => undefined);

  expect(answer?.status ?? status).toBe(status);
  expect(taken).toEqual([]);
  expect((await post("a=1")).status).toBe(204);
});

test("a bug in what is done with it is answered with 500, and told in the log", async () => {
  const { post, log } = await listen();

  const answer = await post("bug=1");

  expect(answer.status).toBe(500);
  expect(await answer.json()).toEqual({ error: "the daemon could not answer" });
  expect(log()).toContain("a bug");
  expect((await post("a=1")).status).toBe(204);
});

test("a request that is none, and headers without end, end with the connection", async () => {
  const { address, post } = await listen();
  const { port } = new URL(address());

  for (const text of ["NONSENSE\r\n\r\n", `GET / HTTP/1.1\r\nX: ${"x".repeat(100_000)}\r\n\r\n`]) {
    const socket = connect(Number(port), "127.0.0.1");
    socket.on("error", () => undefined);
    socket.resume();
    socket.write(text);
    await new Promise((resolve) => socket.once("close", resolve));
  }

  expect((await post("a=1")).status).toBe(204);
});

test("a port that is taken is an error in the log, and listened on as soon as it is free", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;

  const { address, log, post } = await listen(port);

  expect(address()).toBe("");
  expect(log()).toContain("EADDRINUSE");
  expect(log()).toContain("choose another port");

  await new Promise((resolve) => other.close(resolve));
  for (let tries = 0; address() === "" && tries < 1_200; tries++) await systemClock.sleep(25);

  expect((await post("a=1")).status).toBe(204);
});
