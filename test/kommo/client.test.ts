import { createGzip, gzipSync } from "node:zlib";
import net from "node:net";
import tls from "node:tls";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "@jest/globals";
import type { KommoRequest } from "../../src/kommo/client.ts";
import {
  accountUrl,
  clientFor,
  never,
  reply,
  startScriptedServer,
  TOKEN,
  type Script,
  type ScriptedServer,
} from "./scripted-server.ts";
import { CERTIFICATE, KEY } from "./untrusted-certificate.ts";

const SHORT = { connectMs: 300, totalMs: 400, answerBytes: 5 * 1024 * 1024 };

const post: KommoRequest = {
  method: "POST",
  path: "/api/v4/calls",
  body: [{ phone: "+351912000111" }],
  purpose: "call",
  signal: never,
};
const get: KommoRequest = {
  method: "GET",
  path: "/api/v4/contacts",
  query: [["query", "912000111"]],
  purpose: "call",
  signal: never,
};

const open: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function serve(script: Script, limits?: typeof SHORT) {
  const server: ScriptedServer = await startScriptedServer(script);
  const client = clientFor(server.url, limits === undefined ? {} : { limits });
  open.push(
    () => client.close(),
    () => server.close(),
  );
  return { server, client };
}

/** A bare TCP server for what no HTTP server would do. */
async function serveTcp(onConnection: (socket: net.Socket) => void): Promise<number> {
  const sockets = new Set<net.Socket>();
  const server = net.createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    onConnection(socket);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return (server.address() as AddressInfo).port;
}

function clientAt(url: string) {
  const client = clientFor(accountUrl(url), { limits: SHORT });
  open.push(() => client.close());
  return client;
}

test("a request carries the token, our name and JSON, and its answer is given back parsed", async () => {
  const { server, client } = await serve((_, response) => reply(response, 200, { id: 7 }));

  const outcome = await client.request(post);

  expect(outcome).toEqual({ ok: true, value: { status: 200, body: { id: 7 } } });
  expect(server.asked[0]).toMatchObject({
    method: "POST",
    path: "/api/v4/calls",
    body: [{ phone: "+351912000111" }],
    headers: {
      authorization: `Bearer ${TOKEN}`,
      "user-agent": "asterisk-kommo/test",
      "content-type": "application/json",
    },
  });
});

test("nothing that is logged holds the token, a phone number or a query", async () => {
  const { client } = await serve((_, response, turn) =>
    turn === 1 ? reply(response, 200, {}) : response.destroy(),
  );

  await client.request(get);
  await client.request(post);

  expect(client.logged).toHaveLength(2);
  expect(client.logged.join()).not.toMatch(/secret|912000|query/);
});

test("one connection serves many requests", async () => {
  const ports = new Set<number | undefined>();
  const { client } = await serve((_, response) => {
    ports.add(response.socket?.remotePort);
    reply(response, 204);
  });

  for (let turn = 0; turn < 5; turn++) await client.request(get);

  expect(ports.size).toBe(1);
});

test("F45: a redirect is told and not followed, so that the token goes to no other host", async () => {
  const { server, client } = await serve((_, response) => {
    response.setHeader("Location", "https://new-name.kommo.com/api/v4/calls");
    reply(response, 301);
  });

  const outcome = await client.request(post);

  expect(outcome).toMatchObject({
    failure: { kind: "moved", detail: "status 301, moved to new-name.kommo.com" },
  });
  expect(server.asked).toHaveLength(1);
});

test("a proxy named in the environment is not used", async () => {
  const before = process.env["http_proxy"];
  process.env["http_proxy"] = "http://127.0.0.1:9";
  open.push(() => {
    if (before === undefined) delete process.env["http_proxy"];
    else process.env["http_proxy"] = before;
  });
  const { client } = await serve((_, response) => reply(response, 204));

  const outcome = await client.request(get);

  expect(outcome.ok).toBe(true);
});

test("a refused connection: plainly nothing was sent", async () => {
  const server = await startScriptedServer(() => undefined);
  await server.close();
  const client = clientAt(server.url);

  expect(await client.request(post)).toMatchObject({
    failure: { kind: "unreachable", retry: "later", detail: expect.stringMatching(/ECONNREFUSED/) },
  });
});

test("F42: a TLS handshake that never ends is given up: nothing was sent", async () => {
  const port = await serveTcp(() => undefined);
  const client = clientAt(`https://127.0.0.1:${String(port)}`);

  expect(await client.request(post)).toMatchObject({
    failure: { kind: "unreachable", detail: "ETIMEDOUT no connection within 300 ms" },
  });
});

test("a server without TLS gets nothing of the request", async () => {
  const received: Buffer[] = [];
  const port = await serveTcp((socket) => {
    socket.on("data", (chunk) => received.push(chunk));
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
  });
  const client = clientAt(`https://127.0.0.1:${String(port)}`);

  const outcome = await client.request(post);

  expect(outcome).toMatchObject({ failure: { kind: "unreachable" } });
  expect(Buffer.concat(received).toString("latin1")).not.toContain(TOKEN);
});

test("F47: a certificate that nobody vouches for is refused before anything is sent", async () => {
  const received: Buffer[] = [];
  const server = tls.createServer({ key: KEY, cert: CERTIFICATE }, (socket) => {
    socket.on("error", () => undefined).on("data", (chunk: Buffer) => received.push(chunk));
  });
  server.on("tlsClientError", () => undefined);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  open.push(() => new Promise((resolve) => server.close(resolve)));
  const client = clientAt(`https://127.0.0.1:${String((server.address() as AddressInfo).port)}`);

  const outcome = await client.request(post);

  expect(outcome).toMatchObject({
    failure: { kind: "unreachable", hint: expect.stringContaining("certificate") },
  });
  expect(received).toEqual([]);
});

test.each<[string, Script]>([
  ["the connection breaks without an answer", (_, response) => response.destroy()],
  [
    "the connection breaks within the answer",
    (_, response) => {
      response.writeHead(200, { "Content-Length": "1000" });
      response.write('{"id"', () => response.destroy());
    },
  ],
  ["Kommo stays silent", () => undefined],
  [
    "the answer drips for ever, a byte at a time",
    (_, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(" "), 20);
      response.on("close", () => clearInterval(drip));
    },
  ],
  [
    "the answer is larger than 5 MB",
    (_, response) => response.end(Buffer.alloc(50 * 2 ** 20, " ")),
  ],
  [
    "the answer unpacks to more than 5 MB",
    (_, response) => {
      response.writeHead(200, { "Content-Encoding": "gzip" });
      response.end(gzipSync(Buffer.alloc(50 * 2 ** 20, " ")));
    },
  ],
  [
    "the answer's compression is broken",
    (_, response) => {
      response.writeHead(200, { "Content-Encoding": "gzip" });
      response.end("this is no gzip");
    },
  ],
])("%s: perhaps it was done, so it is looked up", async (_, script) => {
  const { client } = await serve(script, SHORT);

  expect(await client.request(post)).toMatchObject({
    failure: { kind: "lost-answer", retry: "after-look-up" },
  });
});

test("F41: a compressed answer that is cut off is not taken for a whole one", async () => {
  const { client } = await serve((_, response) => {
    response.writeHead(200, { "Content-Encoding": "gzip" });
    const whole = gzipSync(JSON.stringify({ _embedded: { calls: [{ id: 1 }] } }));
    response.end(whole.subarray(0, whole.length - 12));
  });

  expect(await client.request(post)).toMatchObject({ failure: { retry: "after-look-up" } });
});

test("a compressed answer is unpacked", async () => {
  const { client } = await serve((_, response) => {
    response.writeHead(200, { "Content-Encoding": "gzip" });
    createGzip()
      .on("data", (chunk) => response.write(chunk))
      .on("end", () => response.end())
      .end("[1]");
  });

  expect(await client.request(get)).toEqual({ ok: true, value: { status: 200, body: [1] } });
});

test("F41: an answer of exactly the largest size is read, one byte more is not", async () => {
  const limits = { ...SHORT, answerBytes: 100 };
  const json = (length: number): string =>
    JSON.stringify("x".repeat(length - 4)).replace(/.*/, "[$&]");
  const { client } = await serve(
    (_, response, turn) => response.end(json(turn === 1 ? 100 : 101)),
    limits,
  );

  expect(await client.request(get)).toMatchObject({ ok: true });
  expect(await client.request(get)).toMatchObject({ failure: { kind: "lost-answer" } });
});

test.each([
  ["reading is repeated by itself", get, 3, { ok: true }],
  ["writing is not repeated", post, 2, { failure: { kind: "lost-answer" } }],
])("when a kept connection turns out to be closed, %s", async (_, request, requests, expected) => {
  // Kommo closes the connection at the moment when the second request arrives on it.
  const { server, client } = await serve((_asked, response, turn) =>
    turn === 2 ? response.socket?.resetAndDestroy() : reply(response, 200, {}),
  );
  await client.request(get);

  const outcome = await client.request(request);

  expect(outcome).toMatchObject(expected);
  expect(server.asked).toHaveLength(requests);
});

test("what is given up before its turn is not sent; what is given up later is perhaps done", async () => {
  const stop = new AbortController();
  const { server, client } = await serve(() => stop.abort());

  const underWay = await client.request({ ...post, signal: stop.signal });
  const tooLate = await client.request({ ...post, signal: stop.signal });

  expect(underWay).toMatchObject({ failure: { kind: "lost-answer", retry: "after-look-up" } });
  expect(tooLate).toMatchObject({ failure: { kind: "given-up", retry: "later" } });
  expect(server.asked).toHaveLength(1);
});
