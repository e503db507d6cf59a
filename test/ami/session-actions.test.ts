import { afterEach, expect, test } from "@jest/globals";
import { fieldOf } from "../../src/ami/message.ts";
import { until } from "./fake-clock.ts";
import { FULLY_BOOTED, sayList } from "./scripted-exchange.ts";
import type { Script } from "./scripted-exchange.ts";
import { startSession, stopAll } from "./session-harness.ts";

afterEach(stopAll);

const HANGUP = ["Event: Hangup", "Privilege: call,all", "Uniqueid: 1.1", "Linkedid: 1.1"];
const QUEUE = { Action: "QueueStatus" } as const;

test("many actions at once get each its own answer, whatever the order of the answers", async () => {
  const held: (() => void)[] = [];
  const answers: Script["answers"] = {
    Command: (action, say) => {
      const { ActionID: id = "", Command: text = "" } = action;
      held.push(() => say("Response: Success", `ActionID: ${id}`, `Output: ${text}`));
      if (held.length === 3) held.reverse().forEach((answer) => answer());
    },
  };
  const { session, connected } = await startSession({ answers });
  await connected();

  const replies = await Promise.all(
    ["one", "two", "three"].map((Command) => session.send({ Action: "Command", Command })),
  );

  const outputs = replies.map((reply) => reply.ok && fieldOf(reply.value.response, "Output"));
  expect(outputs).toEqual(["one", "two", "three"]);
});

test("an event in the middle of a list is told as an event, and the list is whole", async () => {
  const answers: Script["answers"] = {
    QueueStatus: ({ ActionID: id = "" }, say) => {
      say("Response: Success", `ActionID: ${id}`, "EventList: start");
      say("Event: QueueParams", "Queue: sales", `ActionID: ${id}`);
      say(...HANGUP);
      say("Event: QueueParams", "Queue: help", `ActionID: ${id}`);
      say("Event: QueueStatusComplete", `ActionID: ${id}`, "EventList: Complete");
    },
  };
  const { session, connected, told } = await startSession({ answers });
  await connected();

  const reply = await session.send(QUEUE);

  expect(reply.ok && reply.value.items).toHaveLength(2);
  expect(told.at(-1)).toBe("event Hangup");
  expect(told).not.toContain("event QueueParams");
});

test("an action without an answer fails after five seconds, and a late answer harms nobody", async () => {
  const ids: string[] = [];
  const answers: Script["answers"] = { QueueStatus: ({ ActionID: id = "" }) => void ids.push(id) };
  const { session, connected, clock, exchange } = await startSession({ answers });
  await connected();

  const sent = session.send(QUEUE);
  await until(() => ids.length === 1);
  await clock.advance(5_000);
  const reply = await sent;
  exchange.say("Response: Success", `ActionID: ${ids[0] ?? ""}`);
  const ping = await session.send({ Action: "Ping" });

  expect(reply).toMatchObject({
    ok: false,
    failure: { kind: "timed-out", action: "QueueStatus", retry: "later" },
  });
  expect(ping.ok).toBe(true);
});

test("a list without end fails ten seconds after it began", async () => {
  const answers: Script["answers"] = {
    QueueStatus: ({ ActionID: id = "" }, say) => {
      say("Response: Success", `ActionID: ${id}`, "EventList: start");
      say(...HANGUP);
    },
  };
  const { session, connected, clock, told } = await startSession({ answers });
  await connected();

  const sent = session.send(QUEUE);
  await until(() => told.includes("event Hangup"));
  await clock.advance(10_000);

  expect(await sent).toMatchObject({ ok: false, failure: { kind: "timed-out" } });
});

test.each([
  { items: 2, isKept: true },
  { items: 3, isKept: true },
  { items: 4, isKept: false },
])("where lists may have three items, one of $items is kept: $isKept", async (list) => {
  const answers: Script["answers"] = {
    QueueStatus: ({ ActionID: id = "" }, say) =>
      sayList(id, say, Array<string[]>(list.items).fill(["Event: QueueParams"])),
  };
  const { session, connected } = await startSession({ answers }, { limits: { maxListItems: 3 } });
  await connected();

  const reply = await session.send(QUEUE);

  expect(reply.ok ? reply.value.items.length : reply.failure.kind).toBe(
    list.isKept ? list.items : "too-long-list",
  );
});

test.each([
  ["Permission denied", "permission-denied", 'add "originate" to its "write"'],
  ["Extension does not exist.", "rejected", "Extension does not exist."],
])('the answer "%s" to a call is the failure %s', async (text, kind, hint) => {
  const answers: Script["answers"] = {
    Originate: ({ ActionID: id = "" }, say) =>
      say("Response: Error", `ActionID: ${id}`, `Message: ${text}`),
  };
  const { session, connected } = await startSession({ answers });
  await connected();

  const reply = await session.send({
    Action: "Originate",
    Channel: "PJSIP/101",
    Context: "from-internal",
    Exten: "79161234567",
    Priority: 1,
    Async: "true",
  });

  expect(reply).toMatchObject({ ok: false, failure: { kind } });
  expect(reply.ok ? "" : reply.failure.hint).toContain(hint);
});

test("the outcome of a call ordered is told as an event with the id that the caller chose", async () => {
  const outcomes: string[] = [];
  const answers: Script["answers"] = {
    Originate: ({ ActionID: id = "" }, say) => {
      say("Response: Success", `ActionID: ${id}`, "Message: Originate successfully queued");
      say("Event: OriginateResponse", "Privilege: call,all", `ActionID: ${id}`, "Reason: 4");
    },
  };
  const { session, told } = await startSession(
    { answers },
    { onMessage: (text) => void (text.includes("ActionID: crm-7") && outcomes.push(text)) },
  );
  await until(() => told.includes("snapshot 0"));

  const reply = await session.send(
    {
      Action: "Originate",
      Channel: "PJSIP/101",
      Application: "Playback",
      Data: "hello-world",
      Async: "true",
    },
    { actionId: "crm-7" },
  );
  await until(() => outcomes.length > 0);

  expect(reply.ok).toBe(true);
  expect(outcomes).toHaveLength(1);
});

test("F33: a number with a second action in it never reaches the exchange", async () => {
  const { session, connected, exchange } = await startSession();
  await connected();

  const reply = await session.send({
    Action: "Hangup",
    Channel: "PJSIP/101\r\n\r\nAction: Command\r\nCommand: core stop now",
  });
  await session.send({ Action: "Ping" });

  expect(reply).toMatchObject({ ok: false, failure: { kind: "unencodable", field: "Channel" } });
  const names = exchange.actions.map(({ Action }) => Action);
  expect(names).not.toContain("Hangup");
  expect(names).not.toContain("Command");
});

test("without a connection an action fails at once", async () => {
  const { session, waiting } = await startSession({ banner: "nobody\r\n" });
  await waiting();

  const reply = await session.send({ Action: "Ping" });

  expect(reply).toMatchObject({ ok: false, failure: { kind: "not-connected", retry: "later" } });
});

test("actions under way fail when the connection breaks", async () => {
  const answers: Script["answers"] = {
    QueueStatus: (_, __, socket) => void socket.resetAndDestroy(),
  };
  const { session, connected } = await startSession({ answers });
  await connected();

  const replies = await Promise.all([session.send(QUEUE), session.send({ Action: "Ping" })]);

  for (const reply of replies) {
    expect(reply).toMatchObject({ ok: false, failure: { kind: "lost", how: "reset" } });
  }
});

test("an id of an action under way is not used a second time", async () => {
  const answers: Script["answers"] = { QueueStatus: () => undefined };
  const { session, connected } = await startSession({ answers });
  await connected();

  void session.send(QUEUE, { actionId: "crm-1" });

  await expect(session.send(QUEUE, { actionId: "crm-1" })).rejects.toThrow("used twice");
});

test("forged events and answers are left out and counted", async () => {
  const { session, connected, exchange, told, waiting } = await startSession();
  await connected();
  await session.send({ Action: "Ping" });

  exchange.say("Event: Hangup", "Uniqueid: 1.1");
  exchange.say("four", "Event: Hangup");
  exchange.say("Response: Success", "ActionID: 1");
  exchange.say(...HANGUP);
  await until(() => told.includes("event Hangup"));
  for (const socket of exchange.sockets) socket.end();
  await waiting();

  expect(told.filter((entry) => entry === "event Hangup")).toHaveLength(1);
  expect(session.counters()).toMatchObject({ forged: 2, unmatched: 1, oversize: 0, losses: 1 });
});

test("a message over the cap is left out and counted, and the next one is read", async () => {
  const { session, connected, exchange, told, waiting } = await startSession();
  await connected();

  exchange.say("Event: VarSet", "Privilege: dialplan,all", `Value: ${"v".repeat(300_000)}`);
  exchange.say(...FULLY_BOOTED);
  exchange.say(...HANGUP);
  await until(() => told.includes("event Hangup"));
  for (const socket of exchange.sockets) socket.end();
  await waiting();

  expect(told).not.toContain("event VarSet");
  expect(session.counters()).toMatchObject({ oversize: 1 });
});
