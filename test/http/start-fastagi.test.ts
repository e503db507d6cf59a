import { afterEach, expect, test } from "@jest/globals";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { AgiRequest } from "../../src/http/agi-request.ts";
import { startFastAgi, type FastAgi, type FastAgiDeps } from "../../src/http/start-fastagi.ts";
import { systemClock } from "../../src/lib/clock.ts";

const running: FastAgi[] = [];
const said: string[] = [];
const log = {
  debug: () => undefined,
  info: () => undefined,
  warn: (fields: object) => void said.push(JSON.stringify(fields)),
  error: (fields: object) => void said.push(JSON.stringify(fields)),
} as unknown as FastAgiDeps["log"];

afterEach(async () => {
  said.length = 0;
  await Promise.all(running.splice(0).map((server) => server.stop()));
});

async function serve(changes: Partial<FastAgiDeps> = {}): Promise<FastAgi> {
  const server = await startFastAgi({
    ...{ host: "127.0.0.1", port: 0, clock: systemClock, log },
    handle: (request: AgiRequest) =>
      Promise.resolve(
        request.script === "responsible"
          ? new Map([
              ["KOMMO_RESPONSIBLE", "101"],
              ["KOMMO_CLIENT_NAME", "Ivan"],
            ])
          : undefined,
      ),
    ...changes,
  });
  running.push(server);
  return server;
}

type Session = {
  readonly socket: Socket;
  readonly text: () => string;
  readonly ended: Promise<void>;
};

function call(server: FastAgi, bytes: string | Buffer = ""): Session {
  const socket = connect(server.port() ?? 0, "127.0.0.1");
  let text = "";
  socket.setEncoding("utf8").on("data", (part: string) => (text += part));
  socket.on("error", () => undefined);
  socket.write(bytes);
  const ended = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  return { socket, text: () => text, ended };
}

const REQUEST = "agi_network: yes\nagi_network_script: responsible\nagi_callerid: 79161234567\n\n";

async function until(isSo: () => boolean): Promise<void> {
  const end = performance.now() + 60_000;
  while (!isSo()) {
    if (performance.now() > end) throw new Error("it never came to that");
    await systemClock.sleep(10);
  }
}

test("Asterisk gets one variable after another, and the end", async () => {
  const session = call(await serve(), REQUEST);

  await until(() => session.text().includes("KOMMO_RESPONSIBLE"));
  expect(session.text()).toBe('SET VARIABLE KOMMO_RESPONSIBLE "101"\n');
  session.socket.write("200 result=1\n");
  await until(() => session.text().includes("KOMMO_CLIENT_NAME"));
  session.socket.write("200 result=1\n");
  await session.ended;

  expect(session.text()).toBe(
    'SET VARIABLE KOMMO_RESPONSIBLE "101"\nSET VARIABLE KOMMO_CLIENT_NAME "Ivan"\n',
  );
});

test.each([
  ["the caller has hung up", "HANGUP\n"],
  ["the channel is gone", "511 Command Not Permitted on a dead channel or intercept routine\n"],
  ["Asterisk does not know the command", "510 Invalid or unknown command\n"],
])("the session ends when %s", async (_what, answer) => {
  const session = call(await serve(), REQUEST);

  await until(() => session.text() !== "");
  session.socket.write(answer);

  await session.ended;
  expect(session.text()).not.toContain("KOMMO_CLIENT_NAME");
});

const NO_END = { limits: { requestMs: 600_000, sessionMs: 600_000 } };

test.each<[string, string | Buffer]>([
  ["a line without end", "x".repeat(1_048_576)],
  ["a megabyte of short lines", "agi_a: 1\n".repeat(120_000)],
  ["a megabyte in one field", `agi_callerid: ${"1".repeat(1_048_576)}\n\n`],
  ["bytes of any kind", Buffer.alloc(100_000, 0xff)],
  ["nothing but zeros", Buffer.alloc(100_000)],
  ["nothing but line ends", "\r\n".repeat(50_000)],
  ["HTTP", "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"],
  ["TLS", Buffer.from("16030100f5010000f103030a0a", "hex")],
  ["a script that there is not", "agi_network_script: ../../etc/passwd\n\n"],
  ["a request of another program", "agi_network: yes\nX: y\n\n"],
])("%s is refused at once, and others are served", async (_what, bytes) => {
  const server = await serve(NO_END);
  const hostile = call(server, bytes);
  const good = call(server, REQUEST);

  await hostile.ended;
  await until(() => good.text() !== "");

  expect(hostile.text()).toBe("");
  expect(good.text()).toContain("101");
});

test("F72: who sends a request byte by byte, or none, is sent away, and others are served", async () => {
  const server = await serve({ limits: { requestMs: 2_000, sessionMs: 600_000 } });
  const idle = call(server);
  const slow = call(server, "agi_net");
  const drip = setInterval(() => slow.socket.write("a"), 20);

  await Promise.all([idle.ended, slow.ended]);
  clearInterval(drip);
  const good = call(server, REQUEST);
  await until(() => good.text() !== "");

  expect(said.filter((line) => line.includes("did not end in time"))).toHaveLength(2);
});

test("F82: a channel that never answers does not keep its session", async () => {
  const session = call(await serve({ limits: { sessionMs: 3_000 } }), REQUEST);

  await session.ended;

  expect(session.text()).toBe('SET VARIABLE KOMMO_RESPONSIBLE "101"\n');
});

test("F82: a caller who leaves while the question is asked hurts nobody", async () => {
  const asked = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<ReadonlyMap<string, string>>();
  const server = await serve({
    handle: () => {
      asked.resolve();
      return answered.promise;
    },
  });
  const session = call(server, REQUEST);
  await asked.promise;

  session.socket.destroy();
  await session.ended;
  answered.resolve(new Map([["KOMMO_RESPONSIBLE", "101"]]));
  const next = call(server, REQUEST);
  await until(() => next.text() !== "");

  expect(next.text()).toContain("101");
});

test("a bug ends one session and stands in the log", async () => {
  const server = await serve({ handle: () => Promise.reject(new Error("a bug")) });
  const session = call(server, REQUEST);

  await session.ended;

  expect(session.text()).toBe("");
  expect(said).toHaveLength(1);
});

test("a port that is taken is an error in the log, and is taken later", async () => {
  const other = createServer();
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  const address = other.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;

  const server = await serve({ port, limits: { retryMs: 20 } });
  const before = server.port();
  other.close();
  await until(() => server.port() === port);

  expect(before).toBeUndefined();
  expect(said.join()).toContain("EADDRINUSE");
});

test("a stop ends who is still there", async () => {
  const server = await serve(NO_END);
  const session = call(server, "agi_net");
  await until(() => session.socket.readyState === "open");

  await server.stop();
  await session.ended;

  expect(session.text()).toBe("");
});
