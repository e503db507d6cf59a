// What a client meets at the door, held against what a real Asterisk 22 said (recording ami-login-variants).
import { createHash } from "node:crypto";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { startPbxSimulator, type PbxSimulator } from "../../../src/simulator/pbx/server.ts";
import { fieldsOf, LOGIN, messagesOf, openClient, openLoggedIn } from "./raw-client.ts";

const everything = { name: "crm", secret: "crm-secret", read: ["all"], write: ["all"] };
const blind = { name: "blind", secret: "blind-secret", read: [], write: ["call"] };
const careful = {
  name: "asterisk-kommo",
  secret: "simulated",
  read: ["system", "call"],
  write: ["reporting"],
};

let pbx: PbxSimulator;
beforeEach(async () => {
  const users = [everything, blind, careful];
  pbx = await startPbxSimulator({ users, refusalDelayMs: 1 });
});
afterEach(() => pbx.stop());

const response = (stream: string, id: string): string | undefined =>
  messagesOf(stream).find(
    (message) => message.startsWith("Response") && message.includes(`\r\nActionID: ${id}`),
  );

test("the banner is one line, and after the login comes FullyBooted", async () => {
  const client = await openLoggedIn(pbx.port);

  expect(client.text().split("\r\n").slice(0, 7)).toEqual([
    "Asterisk Call Manager/11.0.0",
    "Response: Success",
    "ActionID: in",
    "Message: Authentication accepted",
    "",
    "Event: FullyBooted",
    "Privilege: system,all",
  ]);
  client.close();
});

test("an Asterisk 16 introduces itself as one", async () => {
  const old = await startPbxSimulator({ version: "16" });
  const client = await openClient(old.port);

  expect(await client.until("\n")).toBe("Asterisk Call Manager/5.0.4\r\n");
  client.close();
  await old.stop();
});

test.each([
  ["a wrong secret", "Username: crm\nSecret: no"],
  ["an unknown user", "Username: nobody\nSecret: crm-secret"],
  ["no secret", "Username: crm"],
  ["MD5 without a challenge", "Username: crm\nAuthType: MD5\nKey: 0"],
])("%s is refused in the same words, and the line is closed", async (_, credentials) => {
  const client = await openClient(pbx.port);

  client.send(`Action: Login\n${credentials}\nActionID: 1\n\n`);

  expect(messagesOf(await client.ended())).toEqual([
    "Response: Error\r\nActionID: 1\r\nMessage: Authentication failed",
  ]);
});

test("with MD5 the secret never goes over the line", async () => {
  const client = await openClient(pbx.port);

  client.send("Action: Challenge\nAuthType: MD5\nActionID: 1\n\n");
  const answer = fieldsOf(response(await client.until("Challenge: "), "1") ?? "");
  const key = createHash("md5").update(`${answer["Challenge"]}crm-secret`).digest("hex");
  client.send(`Action: Login\nAuthType: MD5\nUsername: crm\nKey: ${key}\nActionID: 2\n\n`);

  await client.until("Message: Authentication accepted\n");
  client.close();
});

test("before the login nothing is done, but the line stays", async () => {
  const client = await openClient(pbx.port);

  client.send("Action: CoreShowChannels\nActionID: 1\n\nAction: Ping\nActionID: 2\n\n" + LOGIN);

  const stream = await client.until("Authentication accepted\n");
  expect(response(stream, "1")).toBe(
    "Response: Error\r\nActionID: 1\r\nMessage: Permission denied",
  );
  expect(response(stream, "2")).toContain("Permission denied");
  client.close();
});

test("an action that the user may not do is denied; which is allowed follows from the write classes", async () => {
  const client = await openLoggedIn(pbx.port);
  const asked = {
    CoreShowChannels: "Success",
    DeviceStateList: "Success",
    QueueStatus: "Success",
    BridgeList: "Success",
    PJSIPShowEndpoints: "Error",
    Originate: "Error",
    Hangup: "Error",
    UserEvent: "Error",
  };

  for (const name of Object.keys(asked)) client.send(`Action: ${name}\nActionID: ${name}\n\n`);
  client.send("Action: Ping\nActionID: last\n\n");
  const stream = await client.until("ActionID: last\n");

  for (const [name, outcome] of Object.entries(asked)) {
    expect(response(stream, name)).toContain(`Response: ${outcome}`);
    if (outcome === "Error") expect(response(stream, name)).toContain("Permission denied");
  }
  client.close();
});

test("twenty actions in one packet are answered in their order", async () => {
  const client = await openLoggedIn(pbx.port);

  const ids = Array.from({ length: 20 }, (_, i) => `p${i}`);
  client.send(ids.map((id) => `Action: Ping\nActionID: ${id}\n\n`).join(""));

  const stream = await client.until("ActionID: p19\n");
  expect([...stream.matchAll(/ActionID: (p\d+)/g)].map((match) => match[1])).toEqual(ids);
  expect(response(await client.until("Timestamp"), "p0")).toMatch(
    /Ping: Pong\r\nTimestamp: \d+\.\d{6}$/,
  );
  client.close();
});

test("lines that end with LF alone are understood", async () => {
  const { connect } = await import("node:net");
  const socket = connect(pbx.port, "127.0.0.1");

  socket.write(LOGIN + "Action: Ping\nActionID: x\n\nAction: Logoff\n\n");
  let stream = "";
  for await (const bytes of socket) stream += String(bytes);

  expect(response(stream, "x")).toContain("Ping: Pong");
  expect(messagesOf(stream).at(-1)).toBe("Response: Goodbye\r\nMessage: Thanks for all the fish.");
});

test.each([
  [1023, "Success"],
  [1024, "Success"],
  [1025, "too long"],
  [5000, "too long"],
])("a line of %d bytes with its end: %s", async (bytes, outcome) => {
  const client = await openLoggedIn(pbx.port);
  const id = "x".repeat(bytes - "ActionID: \r\n".length);

  client.send(`Action: Ping\nActionID: ${id}\n\nAction: Ping\nActionID: after\n\n`);
  const stream = await client.until("ActionID: after\n");

  const answers = messagesOf(stream).slice(
    messagesOf(stream).indexOf(response(stream, "ready") ?? "") + 1,
  );
  if (outcome === "Success") expect(answers[0]).toContain(`ActionID: ${id}`);
  else
    expect(answers[0]).toBe("Response: Error\r\nMessage: Failed to parse message: line too long");
  expect(answers[1]).toContain("ActionID: after");
  client.close();
});

test("garbage and every empty line too many are requests without an action; the line stays", async () => {
  const client = await openLoggedIn(pbx.port);

  client.send("Action\nNoColon\n\n\n\n\nAction: Ping\nActionID: ok\n\n");
  const stream = await client.until("ActionID: ok\n");

  const errors = messagesOf(stream).filter((message) => message.startsWith("Response: Error"));
  expect(errors).toEqual(Array(4).fill("Response: Error\r\nMessage: Missing action in request"));
  client.close();
});

test("an unknown action is named in the answer, and told to who watches over security", async () => {
  const client = await openLoggedIn(
    pbx.port,
    LOGIN.replace("asterisk-kommo", "crm").replace("simulated", "crm-secret"),
  );

  client.send("Action: NoSuchAction\nActionID: 26\n\nAction: Ping\nActionID: end\n\n");
  const stream = await client.until("ActionID: end\n");

  expect(response(stream, "26")).toBe(
    "Response: Error\r\nActionID: 26\r\nMessage: Invalid/unknown command: NoSuchAction. Use Action: ListCommands to show available commands.",
  );
  expect(stream).toContain("RequestType: Action: NoSuchAction");
  client.close();
});

test("an ActionID cannot smuggle a second message into the answer", async () => {
  const client = await openLoggedIn(pbx.port);

  client.send("Action: Ping\nActionID: a\rEvent: Hangup\n\nAction: Ping\nActionID: end\n\n");
  const stream = await client.until("ActionID: end\n");

  expect(messagesOf(stream).some((message) => message.startsWith("Event: Hangup"))).toBe(false);
  expect(response(stream, "a")).toContain("Ping: Pong");
  client.close();
});

test("a connection that never logs in is closed", async () => {
  const strict = await startPbxSimulator({ authTimeoutMs: 1 });
  const client = await openClient(strict.port);

  expect(await client.ended()).toContain("Asterisk Call Manager");
  await strict.stop();
});

test("each connection sees only the classes that its user may read and that it asked for", async () => {
  const crm = (events: string): string =>
    `Action: Login\nUsername: crm\nSecret: crm-secret\n${events}\n`;
  const all = await openLoggedIn(pbx.port, crm("Events: on\n"));
  const none = await openLoggedIn(pbx.port, crm("Events: off\n"));
  const calls = await openLoggedIn(pbx.port, crm("Events: call,system\n"));
  const user = await openLoggedIn(pbx.port, crm("Events: user\n"));
  const unseeing = await openLoggedIn(
    pbx.port,
    "Action: Login\nUsername: blind\nSecret: blind-secret\n\n",
  );

  calls.send(
    "Action: UserEvent\nUserEvent: Тест\nNote: привет: мир\nNote: second\nActionID: u\n\n",
  );
  await Promise.all([all, user].map((client) => client.until("Note: second\n")));
  const others = [none, calls, unseeing];
  for (const client of others) client.send("Action: Ping\nActionID: end\n\n");
  await Promise.all(others.map((client) => client.until("ActionID: end\n")));

  expect(Buffer.from(all.text(), "latin1").toString("utf8")).toContain(
    "Event: UserEvent\r\nPrivilege: user,all\r\nUserEvent: Тест\r\nNote: привет: мир\r\nNote: second\r\nActionID: u\r\n\r\n",
  );
  for (const client of others) expect(client.text()).not.toContain("Event: UserEvent");
  for (const client of [none, user, unseeing]) expect(client.text()).not.toContain("FullyBooted");
  expect(calls.text()).toContain("FullyBooted");
  for (const client of [all, user, ...others]) client.close();
});

test("the action Events changes what a connection gets from then on", async () => {
  const client = await openLoggedIn(
    pbx.port,
    "Action: Login\nUsername: crm\nSecret: crm-secret\n\n",
  );
  const say = (name: string): string => `Action: UserEvent\nUserEvent: ${name}\n\n`;

  client.send(`Action: Events\nEventMask: off\nActionID: off\n\n${say("unheard")}`);
  client.send(`Action: Events\nEventMask: user\nActionID: on\n\n${say("heard")}`);
  const stream = await client.until("UserEvent: heard\n");

  expect(response(stream, "off")).toContain("Events: Off");
  expect(response(stream, "on")).toContain("Events: On");
  expect(stream).not.toContain("UserEvent: unheard");
  client.close();
});
