import { afterEach, expect, test } from "@jest/globals";
import type { Snapshot } from "../../src/ami/resync.ts";
import { until } from "./fake-clock.ts";
import { sayList } from "./scripted-exchange.ts";
import type { Script } from "./scripted-exchange.ts";
import { startSession, stopAll } from "./session-harness.ts";

afterEach(stopAll);

const HANGUP = ["Event: Hangup", "Privilege: call,all", "Uniqueid: 1.1", "Linkedid: 1.1"];

test("F22: a line that swallows everything is known to be dead 20 s after the last byte", async () => {
  const answers: Script["answers"] = { Ping: () => undefined };
  const { connected, clock, exchange, told, lostAfterSeconds, waiting } = await startSession({
    answers,
  });
  await connected();
  await clock.advance(3_000);
  exchange.say(...HANGUP);
  await until(() => told.includes("event Hangup"));

  await clock.advance(19_999);
  const before = told.at(-1);
  await clock.advance(1);
  const { failure } = await waiting();

  expect(before).toBe("event Hangup");
  expect(failure).toMatchObject({ kind: "lost", how: "silent", retry: "later" });
  expect(lostAfterSeconds).toEqual([3]);
  expect(exchange.actions.filter(({ Action }) => Action === "Ping").length).toBeGreaterThan(0);
});

test("a quiet exchange that answers pings is not dead", async () => {
  const { connected, clock, exchange, session, told } = await startSession();
  await connected();
  const pings = (): number => exchange.actions.filter(({ Action }) => Action === "Ping").length;

  for (let asked = 1; asked <= 12; asked++) {
    await clock.advance(10_000);
    await until(() => pings() === 2 * asked - 1);
    await session.send({ Action: "Ping" });
  }

  expect(told).not.toContain("lost");
});

test("events are life too: an exchange too busy to answer a ping is not dead", async () => {
  const answers: Script["answers"] = { Ping: () => undefined };
  const { connected, clock, exchange, told } = await startSession({ answers });
  await connected();
  const hangups = (): number => told.filter((entry) => entry === "event Hangup").length;

  for (let said = 1; said <= 10; said++) {
    await clock.advance(9_000);
    exchange.say(...HANGUP);
    await until(() => hangups() === said);
  }

  expect(told).not.toContain("lost");
});

test("half an event before a broken connection is never glued to the next login", async () => {
  const { connected, clock, exchange, told, waiting } = await startSession();
  await connected();
  const [socket] = exchange.sockets;

  socket?.write("Event: Hangup\r\nPrivilege: call,all\r\nUniq", () => socket.resetAndDestroy());
  const { failure, retryInMs } = await waiting();
  await clock.advance(retryInMs);
  await until(() => told.filter((entry) => entry === "snapshot 0").length === 2);

  expect(failure).toMatchObject({ kind: "lost", how: "reset" });
  expect(told).not.toContain("event Hangup");
  expect(told.slice(told.indexOf("lost"))).toEqual([
    "lost",
    "state waiting",
    "state connecting",
    "state connected",
    "event FullyBooted",
    "snapshot 0",
  ]);
});

test("F23: a shutdown is told as an event and is the reason of the loss", async () => {
  const { connected, exchange, told, waiting } = await startSession();
  await connected();

  exchange.say("Event: Shutdown", "Privilege: system,all", "Shutdown: Cleanly", "Restart: True");
  for (const socket of exchange.sockets) socket.end();
  const { failure } = await waiting();

  expect(failure).toMatchObject({ kind: "lost", how: "shutdown" });
  expect(told.slice(-3)).toEqual(["event Shutdown", "lost", "state waiting"]);
});

test("pauses grow while the exchange throws us out at once, and are short again after a good time", async () => {
  const hangUpsLeft = { count: 3 };
  const answers: Script["answers"] = {
    Events: (_, __, socket) => void (hangUpsLeft.count-- > 0 && socket.destroy()),
  };
  const { clock, exchange, waiting, connected } = await startSession({ answers });

  const pauses: number[] = [];
  for (let times = 1; times <= 3; times++) {
    const { retryInMs } = await waiting(times);
    pauses.push(retryInMs);
    await clock.advance(retryInMs);
  }
  await connected();
  await clock.advance(10_000);
  for (const socket of exchange.sockets) socket.destroy();
  pauses.push((await waiting(4)).retryInMs);

  expect(pauses).toEqual([1_500, 3_000, 6_000, 1_500]);
});

test("what happened while the state was read is told after it, in order", async () => {
  const answers: Script["answers"] = {
    CoreShowChannels: ({ ActionID: id = "" }, say) => {
      say("Event: Newchannel", "Privilege: call,all", "Uniqueid: 2.2");
      sayList(id, say, [["Event: CoreShowChannel", "Channel: PJSIP/101-1", "Uniqueid: 1.1"]]);
      say(...HANGUP);
    },
  };
  const { told } = await startSession({ answers });

  await until(() => told.includes("event Hangup"));

  expect(told).toEqual([
    "state connecting",
    "state connected",
    "event FullyBooted",
    "snapshot 1",
    "event Newchannel",
    "event Hangup",
  ]);
});

test("the snapshot holds channels, bridges with their members, and the exchange's own words", async () => {
  const item = (name: string, ...rest: string[]): string[] => [`Event: ${name}`, ...rest];
  const asked: string[] = [];
  const answers: Script["answers"] = {
    CoreSettings: ({ ActionID: id = "" }, say) =>
      say("Response: Success", `ActionID: ${id}`, "AsteriskVersion: 22.10.1", "SystemName: pbx1"),
    CoreStatus: ({ ActionID: id = "" }, say) =>
      say(
        "Response: Success",
        `ActionID: ${id}`,
        "CoreStartupDate: 2026-11-21",
        "CoreStartupTime: 11:48:32",
      ),
    CoreShowChannels: ({ ActionID: id = "" }, say) =>
      sayList(id, say, [item("CoreShowChannel", "Uniqueid: 1.1"), item("CoreShowChannel")]),
    Status: ({ ActionID: id = "" }, say) =>
      say("Response: Error", `ActionID: ${id}`, "Message: Permission denied"),
    BridgeList: ({ ActionID: id = "" }, say) =>
      sayList(id, say, [
        item("BridgeListItem", "BridgeUniqueid: empty", "BridgeNumChannels: 0"),
        item("BridgeListItem", "BridgeUniqueid: talk", "BridgeNumChannels: 2"),
      ]),
    BridgeInfo: ({ ActionID: id = "", BridgeUniqueid: bridge = "" }, say) => {
      asked.push(bridge);
      sayList(id, say, [item("BridgeInfoChannel"), item("BridgeInfoChannel")]);
    },
  };
  const snapshots: Snapshot[] = [];

  await startSession({ answers }, { onSnapshot: (snapshot) => void snapshots.push(snapshot) });
  await until(() => snapshots.length === 1);

  const [snapshot] = snapshots;
  expect(snapshot).toMatchObject({
    isComplete: true,
    exchange: {
      asteriskVersion: "22.10.1",
      systemName: "pbx1",
      startedAt: "2026-11-21 11:48:32",
    },
    missing: [{ action: "Status", failure: { kind: "permission-denied" } }],
  });
  expect(snapshot?.channels).toHaveLength(2);
  expect(snapshot?.bridges).toHaveLength(2);
  expect(snapshot?.members).toMatchObject([{ bridge: "talk" }]);
  expect(snapshot?.members[0]?.channels).toHaveLength(2);
  expect(asked).toEqual(["talk"]);
});

test("a user without any right to ask still gets events, and the snapshot says that it is empty", async () => {
  const deny: NonNullable<Script["answers"]>[string] = ({ ActionID: id = "" }, say) =>
    say("Response: Error", `ActionID: ${id}`, "Message: Permission denied");
  const names = ["CoreSettings", "CoreStatus", "CoreShowChannels", "Status", "BridgeList"];
  const answers = Object.fromEntries(names.map((name) => [name, deny]));
  const snapshots: Snapshot[] = [];
  const onSnapshot = (snapshot: Snapshot): void => void snapshots.push(snapshot);

  const { told, exchange } = await startSession({ answers }, { onSnapshot });
  await until(() => snapshots.length === 1);
  exchange.say(...HANGUP);
  await until(() => told.includes("event Hangup"));

  expect(snapshots[0]).toMatchObject({ isComplete: false, channels: [] });
  expect(snapshots[0]?.missing.map(({ action }) => action)).toEqual(names);
});

test("a state whose reading is overrun by events is read anew, and no event is lost", async () => {
  const floods = { left: 1 };
  const answers: Script["answers"] = {
    CoreShowChannels: ({ ActionID: id = "" }, say) => {
      if (floods.left-- > 0) for (let i = 0; i < 20; i++) say(...HANGUP);
      sayList(id, say, []);
    },
  };
  const { told, exchange } = await startSession({ answers }, { limits: { maxHeldChars: 500 } });

  await until(() => told.includes("snapshot 0"));

  expect(told.filter((entry) => entry === "event Hangup")).toHaveLength(20);
  expect(told.filter((entry) => entry.startsWith("snapshot"))).toHaveLength(1);
  const lists = exchange.actions.filter(({ Action }) => Action === "CoreShowChannels");
  expect(lists).toHaveLength(2);
});

test("a connection lost while the state is read tells the events that came, and no snapshot", async () => {
  const answers: Script["answers"] = { BridgeList: (_, __, socket) => void socket.end() };
  const { told, waiting } = await startSession({ answers });

  await waiting();

  expect(told).toEqual([
    "state connecting",
    "state connected",
    "event FullyBooted",
    "lost",
    "state waiting",
  ]);
});

test("stop says goodbye and leaves neither socket nor timer behind", async () => {
  const { session, connected, exchange, told, clock } = await startSession();
  await connected();

  await session.stop();

  expect(exchange.actions.at(-1)).toMatchObject({ Action: "Logoff" });
  expect(told.slice(-2)).toEqual(["lost", "state stopped"]);
  expect(clock.sleeping()).toEqual([]);
  await until(() => exchange.sockets.every((socket) => socket.destroyed));
});

test("stop does not wait for an exchange that never says goodbye", async () => {
  const answers: Script["answers"] = { Logoff: () => undefined };
  const { session, connected, exchange, clock } = await startSession({ answers });
  await connected();

  const stopped = session.stop();
  await until(() => exchange.actions.at(-1)?.["Action"] === "Logoff");
  await clock.advance(1_000);
  await stopped;

  expect(clock.sleeping()).toEqual([]);
});

test("stop ends a pause between two tries at once", async () => {
  const { session, waiting, clock } = await startSession({ banner: "nobody\r\n" });
  await waiting();

  await session.stop();

  expect(session.state()).toEqual({ kind: "stopped" });
  expect(clock.sleeping()).toEqual([]);
});

test("F24: an exchange whose words come byte by byte is understood all the same", async () => {
  const { told, exchange, connected } = await startSession();
  await connected();

  for (const byte of `${HANGUP.join("\r\n")}\r\n\r\n`) {
    exchange.sockets[0]?.write(byte);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await until(() => told.includes("event Hangup"));

  expect(told.at(-1)).toBe("event Hangup");
});
