// Questions about the calls that are going on, held against what a real Asterisk answered to the recorder.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createRewriter } from "../../../src/simulator/pbx/rewrite.ts";
import { startPbxSimulator, type PbxSimulator } from "../../../src/simulator/pbx/server.ts";
import type { Trace } from "../../../src/simulator/pbx/trace.ts";
import {
  eventsNamed,
  fieldsOf,
  fixture,
  liveText,
  messagesOf,
  openLoggedIn,
  type RawClient,
} from "./raw-client.ts";

const users = [{ name: "asterisk-kommo", secret: "simulated", read: ["call"], write: ["all"] }];

let pbx: PbxSimulator;
let client: RawClient;
beforeEach(async () => {
  pbx = await startPbxSimulator({ users });
  client = await openLoggedIn(pbx.port);
});
afterEach(async () => {
  client.close();
  await pbx.stop();
});

let asked = 0;
async function ask(action: string): Promise<string[]> {
  const id = `ask-${++asked}`;
  client.send(`Action: ${action}\nActionID: ${id}\n\nAction: Ping\nActionID: end-${id}\n\n`);
  const stream = await client.until(`ActionID: end-${id}\n`);
  return messagesOf(stream).filter((message) => message.split("\r\n").includes(`ActionID: ${id}`));
}

/** The trace up to, not including, the first message that begins so. */
function cutBefore(trace: Trace, beginning: string): Trace {
  const messages = trace.parts[0]?.messages ?? [];
  const at = messages.findIndex((message) => message.text.startsWith(beginning));
  return { ...trace, parts: [{ messages: messages.slice(0, at) }] };
}

/** Plays `trace` to its end and stays there: the last event is far away. */
async function playAndHold(trace: Trace): Promise<ReturnType<PbxSimulator["play"]>> {
  const [part] = trace.parts;
  const last = part?.messages.at(-1);
  if (!part || !last) throw new Error("an empty trace");
  const end = { ...last, text: "Event: Never\r\n\r\n", live: true };
  const held = {
    ...trace,
    parts: [
      { messages: [...part.messages, { ...end, at: (end.at + 3_600_000) as typeof end.at }] },
    ],
  };
  const play = pbx.play(held, { speed: 1, maxPauseMs: 3_600_000 });
  return await Promise.resolve(play);
}

/** Makes all times of a trace one, so that it is played at once even at speed 1. */
const atOnce = (trace: Trace): Trace => ({
  ...trace,
  parts: trace.parts.map((part) => ({
    messages: part.messages.map((message) => ({ ...message, at: trace.startedAt })),
  })),
});

async function inTalk(): Promise<{ play: ReturnType<PbxSimulator["play"]>; recorded: string[] }> {
  const trace = await fixture("ami-reconnect-in-talk");
  const [before, after] = trace.parts;
  if (!before || !after) throw new Error("the fixture has two parts");
  const play = await playAndHold(atOnce({ ...trace, parts: [before] }));
  await client.until(`${play.mapping.bridges.get("4eefcb16-f1b8-4cf3-8386-c3793fca4297")}`);
  await client.until("BridgeNumChannels: 2");
  const rewrite = createRewriter(play.mapping);
  return {
    play,
    recorded: after.messages.filter((one) => !one.live).map((one) => rewrite(one.text)),
  };
}

const ofKind = (messages: readonly string[], beginning: string): Record<string, string>[] =>
  messages
    .filter((message) => message.startsWith(beginning))
    .map((message) => fieldsOf(message.trim()));

const byChannel = (items: Record<string, string>[]): Record<string, string>[] =>
  items.toSorted((one, other) => ((one["Channel"] ?? "") < (other["Channel"] ?? "") ? -1 : 1));

test.each([
  ["CoreShowChannels", "CoreShowChannel", ["ActionID", "Duration"]],
  ["Status", "Status", ["ActionID", "Seconds", "Callgroup", "Pickupgroup"]],
])("%s says of two who talk what the real exchange said", async (action, item, unlike) => {
  const { recorded } = await inTalk();

  const answer = await ask(action);

  const [told, real] = [answer, recorded].map((messages) =>
    byChannel(ofKind(messages, `Event: ${item}\r\n`)),
  );
  expect(told).toHaveLength(2);
  for (const [i, channel] of (told ?? []).entries()) {
    expect(Object.keys(channel)).toEqual(Object.keys(real?.[i] ?? {}));
    const without = (fields: Record<string, string>): Record<string, string> =>
      Object.fromEntries(Object.entries(fields).filter(([name]) => !unlike.includes(name)));
    expect(without(channel)).toEqual(without(real?.[i] ?? {}));
  }
  expect(answer[0]).toMatch(
    /^Response: Success\r\nActionID: \S+\r\nEventList: start\r\nMessage: Channel/,
  );
  expect(answer.at(-1)).toMatch(/EventList: Complete\r\nListItems: 2/);
});

test("BridgeList and BridgeInfo name the bridge and who is in it", async () => {
  const { play, recorded } = await inTalk();
  const id = play.mapping.bridges.get("4eefcb16-f1b8-4cf3-8386-c3793fca4297") ?? "";

  const [list, bridge] = [await ask("BridgeList"), await ask(`BridgeInfo\nBridgeUniqueid: ${id}`)];

  const [told] = ofKind(list, "Event: BridgeListItem");
  const real = ofKind(recorded, "Event: BridgeListItem").find(
    (item) => item["BridgeUniqueid"] === id,
  );
  expect(Object.keys(told ?? {})).toEqual(Object.keys(real ?? {}));
  expect(told).toMatchObject({ BridgeUniqueid: id, BridgeNumChannels: "2", BridgeType: "basic" });
  const members = ofKind(bridge, "Event: BridgeInfoChannel");
  const realMembers = ofKind(recorded, "Event: BridgeInfoChannel");
  expect(byChannel(members).map((one) => ({ ...one, ActionID: "" }))).toEqual(
    byChannel(realMembers).map((one) => ({ ...one, ActionID: "" })),
  );
  expect(bridge.at(-1)).toContain("ListItems: 2\r\nBridgeUniqueid: ");
});

test("a bridge or channel that is not there is an error", async () => {
  expect(await ask("BridgeInfo\nBridgeUniqueid: none")).toEqual([
    expect.stringContaining("not found"),
  ]);
  expect(await ask("BridgeInfo")).toEqual([expect.stringContaining("must be provided")]);
  expect(await ask("Status\nChannel: PJSIP/101-00000000")).toEqual([
    expect.stringContaining("No such channel"),
  ]);
  expect(await ask("Hangup\nChannel: PJSIP/101-00000000")).toEqual([
    expect.stringContaining("Response: Error"),
  ]);
});

test("with no calls every list is empty and complete", async () => {
  for (const action of ["CoreShowChannels", "Status", "BridgeList", "QueueStatus"]) {
    const answer = await ask(action);

    expect(answer).toHaveLength(2);
    expect(answer[1]).toContain("ListItems: 0");
  }
});

test("a telephone in a call is in use, one not registered unavailable, the others free", async () => {
  await inTalk();

  const told = ofKind(await ask("DeviceStateList"), "Event: DeviceStateChange");
  const states = Object.fromEntries(
    told.map((item) => [item["Device"] ?? "", item["State"]] as const),
  );
  const endpoints = ofKind(await ask("PJSIPShowEndpoints"), "Event: EndpointList\r");

  expect(states).toMatchObject({
    "PJSIP/101": "INUSE",
    "PJSIP/102": "NOT_INUSE",
    "PJSIP/105": "UNAVAILABLE",
    "PJSIP/trunk": "INUSE",
  });
  expect(endpoints.find((item) => item["ObjectName"] === "101")).toMatchObject({
    DeviceState: "In use",
    ActiveChannels: "1",
  });
  expect(endpoints.find((item) => item["ObjectName"] === "105")).toMatchObject({
    DeviceState: "Unavailable",
    Contacts: "",
  });
});

test("who waits in a queue is listed with the members, until the caller gives up", async () => {
  const trace = await fixture("in-queue-abandoned");
  await playAndHold(atOnce(cutBefore(trace, "Event: QueueCallerAbandon")));
  await client.until("DialBegin");

  const waiting = await ask("QueueStatus\nQueue: q-ringall");

  expect(ofKind(waiting, "Event: QueueParams")).toMatchObject([{ Queue: "q-ringall", Calls: "1" }]);
  expect(ofKind(waiting, "Event: QueueEntry")).toMatchObject([
    { Position: "1", CallerIDNum: "79161234567" },
  ]);
  expect(
    ofKind(waiting, "Event: QueueMember\r")
      .map((item) => item["Name"])
      .sort(),
  ).toContain("Anna");
  expect(ofKind(await ask("QueueStatus\nQueue: none"), "Event: Queue")).toHaveLength(1);
});

test("after each of the recorded calls the exchange is empty again", async () => {
  for (const name of [
    "in-answered-101",
    "xfer-blind-refer",
    "in-queue-local-members",
    "click-answered",
  ]) {
    const trace = await fixture(name);
    const before = eventsNamed(client.text(), "Hangup").length;
    const hangups = eventsNamed(liveText(trace), "Hangup").length;
    const held = await playAndHold(atOnce(trace));
    const ended = (): number => eventsNamed(client.text(), "Hangup").length - before;
    while (ended() < hangups || pbx.live().bridges.length > 0) await ask("Ping");

    expect(hangups).toBeGreaterThan(0);
    expect(pbx.live()).toEqual({ channels: [], bridges: [] });
    held.stop();
  }
});

test("Hangup ends a call that is being played, and the rest of its recording is not told", async () => {
  const trace = await fixture("in-answered-101");
  const [part] = trace.parts;
  const messages = part?.messages ?? [];
  const talk = messages.findIndex((one) => one.text.startsWith("Event: BridgeLeave"));
  const held = {
    ...trace,
    parts: [
      {
        messages: messages.map((one, i) => ({
          ...one,
          // Long after the hangup was asked for, also on a slow machine.
          at: (trace.startedAt + (i < talk ? 0 : 10_000)) as typeof one.at,
        })),
      },
    ],
  };
  const play = pbx.play(held);
  await client.until("BridgeNumChannels: 2");
  const name = play.mapping.channels.get("PJSIP/trunk-00000000") ?? "";

  const answer = await ask(`Hangup\nChannel: ${name}\nCause: 16`);
  await play.finished;
  await ask("Ping");

  expect(answer).toEqual([expect.stringContaining("Message: Channel Hungup")]);
  const stream = client.text();
  expect(eventsNamed(stream, "BridgeLeave").map((event) => event["BridgeNumChannels"])).toEqual([
    "1",
    "0",
  ]);
  expect(eventsNamed(stream, "BridgeDestroy")).toHaveLength(1);
  expect(eventsNamed(stream, "SoftHangupRequest")).toMatchObject([{ Channel: name, Cause: "16" }]);
  expect(eventsNamed(stream, "Hangup")).toMatchObject([
    { Channel: name, Cause: "16", "Cause-txt": "Normal Clearing" },
    { Channel: play.mapping.channels.get("PJSIP/101-00000001") },
  ]);
});

test("settings, status and the list of commands say what this exchange is and can", async () => {
  await pbx.play(await fixture("in-answered-101"), { speed: Infinity }).finished;

  expect(fieldsOf((await ask("CoreSettings"))[0] ?? "")).toMatchObject({
    AMIversion: "11.0.0",
    SystemName: "",
  });
  expect(fieldsOf((await ask("CoreStatus"))[0] ?? "")).toMatchObject({
    CoreCurrentCalls: "0",
    CoreProcessedCalls: "1",
  });
  expect(fieldsOf((await ask("ListCommands"))[0] ?? "")).toMatchObject({
    Originate: "Originate a call.  (Priv: originate,all)",
    Ping: "Keepalive command.  (Priv: <none>)",
  });
});
