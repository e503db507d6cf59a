import { readFileSync } from "node:fs";
import { afterEach, expect, test } from "@jest/globals";
import { startExchange } from "./scripted-exchange.ts";
import { until } from "./fake-clock.ts";
import { startSession, stopAll } from "./session-harness.ts";

afterEach(stopAll);

const md5 = { username: "crm", secret: "s3cret", auth: "md5" } as const;

test("after a login the state of the exchange is told before its first events", async () => {
  const { told, connected, states } = await startSession();

  await connected();

  expect(told.slice(0, 4)).toEqual([
    "state connecting",
    "state connected",
    "event FullyBooted",
    "snapshot 0",
  ]);
  expect(states[1]).toMatchObject({ kind: "connected", version: "11.0.0" });
});

test("with MD5 the secret is never on the line", async () => {
  const { exchange, connected } = await startSession({}, { credentials: md5 });

  await connected();

  expect(exchange.actions.map(({ Action }) => Action).slice(0, 2)).toEqual(["Challenge", "Login"]);
  expect(JSON.stringify(exchange.actions)).not.toContain("s3cret");
});

test.each([
  ["plain", { username: "crm", secret: "wrong", auth: "plain" }],
  ["MD5", { ...md5, secret: "wrong" }],
] as const)("a wrong %s password is named as such, and tried again only slowly", async (_, bad) => {
  const { exchange, waiting, clock } = await startSession({}, { credentials: bad });

  const first = await waiting(1);
  await clock.advance(29_000);
  const connectionsSoFar = exchange.sockets.length;
  await clock.advance(first.retryInMs - 29_000);
  const second = await waiting(2);

  expect(first.failure).toMatchObject({ kind: "refused", retry: "after-operator" });
  expect(first.failure.hint).toContain("manager.conf");
  expect(first.failure.hint).not.toContain("wrong");
  expect(connectionsSoFar).toBe(1);
  expect([first.retryInMs, second.retryInMs]).toEqual([45_000, 90_000]);
});

test("an exchange that never says FullyBooted is read after five seconds", async () => {
  const Login = (action: { ActionID?: string }, say: (...lines: string[]) => void): void =>
    say("Response: Success", `ActionID: ${action.ActionID ?? ""}`);
  const { told, clock, connected, exchange } = await startSession({ answers: { Login } });

  await until(() => exchange.actions.some(({ Action }) => Action === "Events"));
  await clock.advance(4_999);
  const before = [...told];
  await clock.advance(1);
  await connected();

  expect(before).toEqual(["state connecting"]);
});

test("an exchange that says FullyBooted late is read once more", async () => {
  const Login = (action: { ActionID?: string }, say: (...lines: string[]) => void): void =>
    say("Response: Success", `ActionID: ${action.ActionID ?? ""}`);
  const { told, clock, connected, exchange } = await startSession({ answers: { Login } });
  await until(() => exchange.actions.some(({ Action }) => Action === "Events"));
  await clock.advance(5_000);
  await connected();

  exchange.say("Event: FullyBooted", "Privilege: system,all");
  await until(() => told.filter((entry) => entry === "snapshot 0").length === 2);

  expect(told.slice(-3)).toEqual(["snapshot 0", "event FullyBooted", "snapshot 0"]);
});

test("only the classes of events that calls need are asked for, and all where that fails", async () => {
  const Events = (action: { ActionID?: string }, say: (...lines: string[]) => void): void =>
    say("Response: Success", `ActionID: ${action.ActionID ?? ""}`, "Events: Off");
  const { exchange } = await startSession({ answers: { Events } });

  const masks = () => exchange.actions.filter(({ Action }) => Action === "Events");
  await until(() => masks().length === 2);

  expect(masks().map(({ EventMask }) => EventMask)).toEqual([
    "system,call,agent,dialplan,user",
    "on",
  ]);
});

test.each([
  ["a web server", "HTTP/1.1 400 Bad Request\r\n\r\n"],
  ["an ssh server", "SSH-2.0-OpenSSH_9.2\r\n"],
  ["a banner without end", `Asterisk Call Manager/${"1".repeat(500)}`],
  ["binary rubbish", "\0\0\0\0\0\0"],
])("%s is not taken for a manager interface", async (_, banner) => {
  const { waiting } = await startSession({ banner });

  const { failure } = await waiting();

  expect(failure).toMatchObject({ kind: "not-ami", retry: "after-operator" });
});

test("F34: who accepts the connection and says nothing is given up after five seconds", async () => {
  const { waiting, clock, exchange } = await startSession({ banner: "" });
  await until(() => exchange.sockets.length === 1 && clock.sleeping()[0] === 5_000);

  await clock.advance(5_000);

  expect((await waiting()).failure).toMatchObject({ kind: "not-ami" });
});

test("F34: who says a banner and then nothing is given up after five seconds", async () => {
  const answers = { Login: () => undefined };
  const { waiting, clock, exchange } = await startSession({ answers });
  await until(() => exchange.actions.length === 1);

  await clock.advance(5_000);

  expect((await waiting()).failure).toMatchObject({ kind: "timed-out", action: "Login" });
});

test("a port where nobody listens is unreachable, and tried again after growing pauses", async () => {
  const nobody = await startExchange();
  await nobody.close();
  const address = { host: "127.0.0.1", port: nobody.port };
  const { waiting, clock } = await startSession({}, { address });

  const pauses: number[] = [];
  for (let times = 1; times <= 8; times++) {
    const { failure, retryInMs } = await waiting(times);
    expect(failure).toMatchObject({ kind: "unreachable", code: "ECONNREFUSED", retry: "later" });
    pauses.push(retryInMs);
    await clock.advance(retryInMs);
  }

  expect(pauses).toEqual([1_500, 3_000, 6_000, 12_000, 24_000, 45_000, 45_000, 45_000]);
});

test("a dialler asks for no events and reads no state", async () => {
  const { exchange, told, session } = await startSession({}, { listens: false });
  await until(() => told.includes("state connected"));

  const pong = await session.send({ Action: "Ping" });

  expect(pong.ok).toBe(true);
  expect(exchange.actions.map(({ Action }) => Action)).toEqual(["Login", "Ping"]);
  expect(exchange.actions[0]).toMatchObject({ Events: "off" });
});

test("TLS is used where it is configured, and an unknown certificate is not trusted", async () => {
  const folder = new URL("../fixtures/ami-tls/", import.meta.url);
  const tls = {
    key: readFileSync(new URL("key.pem", folder), "utf8"),
    cert: readFileSync(new URL("cert.pem", folder), "utf8"),
  };
  const exchange = await startExchange({ tls });
  const address = { host: "127.0.0.1", port: exchange.port };

  const servername = "pbx.example";
  const trusting = await startSession(
    {},
    { address: { ...address, tls: { ca: tls.cert, servername } } },
  );
  await trusting.connected();
  const wary = await startSession({}, { address: { ...address, tls: {} } });
  const wrongName = await startSession({}, { address: { ...address, tls: { ca: tls.cert } } });

  expect((await wary.waiting()).failure).toMatchObject({
    kind: "tls-failed",
    code: "DEPTH_ZERO_SELF_SIGNED_CERT",
    retry: "after-operator",
  });
  expect((await wrongName.waiting()).failure).toMatchObject({
    kind: "tls-failed",
    code: "ERR_TLS_CERT_ALTNAME_INVALID",
  });
  await exchange.close();
});

test("a connection that takes longer than ten seconds to open is given up", async () => {
  // Nothing accepts TLS here: the TCP connection stands, the handshake never comes to its end.
  const silent = await startExchange({ banner: "" });
  const address = { host: "127.0.0.1", port: silent.port, tls: {} };
  const { waiting, clock } = await startSession({}, { address });
  await until(() => silent.sockets.length === 1);

  await clock.advance(10_000);

  expect((await waiting()).failure).toMatchObject({ kind: "unreachable", code: "ETIMEDOUT" });
  await silent.close();
});
