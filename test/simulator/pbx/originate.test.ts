// Click-to-call: what a client that dials hears, held against the recorded click-* traces.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { startPbxSimulator, type PbxSimulator } from "../../../src/simulator/pbx/server.ts";
import { eventsNamed, fixture, messagesOf, openLoggedIn, type RawClient } from "./raw-client.ts";

let pbx: PbxSimulator;
let client: RawClient;
beforeEach(async () => {
  pbx = await startPbxSimulator({
    clickTraces: [await fixture("click-answered")],
    clickSpeed: Infinity,
  });
  client = await openLoggedIn(pbx.port);
});
afterEach(async () => {
  client.close();
  await pbx.stop();
});

const originate = (lines: string): void =>
  client.send(`Action: Originate\nContext: from-internal\nPriority: 1\n${lines}\n\n`);

const outcome = async (): Promise<Record<string, string>> => {
  await client.until("Event: OriginateResponse\n");
  client.send("Action: Ping\nActionID: after\n\n");
  const stream = await client.until("ActionID: after\n");
  return eventsNamed(stream, "OriginateResponse")[0] ?? {};
};

test("the call goes out to the asked number from the asked telephone, and its outcome bears the ActionID", async () => {
  originate("Channel: PJSIP/101\nExten: 79035550011\nAsync: true\nActionID: click-1");

  const told = await outcome();
  await client.until("Event: Hangup\n");

  const stream = client.text();
  const response = messagesOf(stream).find((message) => message.includes("ActionID: click-1"));
  expect(response).toBe(
    "Response: Success\r\nActionID: click-1\r\nMessage: Originate successfully queued",
  );
  expect(told).toMatchObject({
    ActionID: "click-1",
    Response: "Success",
    Reason: "4",
    Exten: "79035550011",
  });
  expect(Object.keys(told)).toEqual([
    "Event",
    "Privilege",
    "ActionID",
    "Response",
    "Channel",
    "Context",
    "Exten",
    "Reason",
    "Uniqueid",
    "CallerIDNum",
    "CallerIDName",
  ]);
  expect(told["Uniqueid"]).toBe(eventsNamed(stream, "Newchannel")[0]?.["Uniqueid"]);
  expect(stream).toContain("DialString: 79035550011@trunk");
  expect(stream).not.toContain("79161234567");
});

test("a client may choose the id of the channel, and then no other is used for it", async () => {
  originate("Channel: PJSIP/101\nExten: 79035550011\nAsync: true\nChannelId: crm-7.a\nActionID: 1");

  const told = await outcome();

  expect(told["Uniqueid"]).toBe("crm-7.a");
  expect(eventsNamed(client.text(), "Newchannel")[0]).toMatchObject({
    Uniqueid: "crm-7.a",
    Linkedid: "crm-7.a",
  });
});

test("a recording made with a chosen id can be used for any other", async () => {
  const other = await startPbxSimulator({
    clickTraces: [await fixture("click-channelid")],
    clickSpeed: Infinity,
  });
  const dialler = await openLoggedIn(other.port);

  const dial = (id: string): void =>
    dialler.send(
      `Action: Originate\nChannel: PJSIP/101\nContext: click\nExten: 79161234567\nPriority: 1\nAsync: true\nActionID: ${id}\n${id === "b" ? "ChannelId: mine.1\n" : ""}\n`,
    );
  dial("a");
  await dialler.until("ActionID: a\nResponse: Success");
  dial("b");
  await dialler.until("ActionID: b\nResponse: Success");

  const ids = eventsNamed(dialler.text(), "OriginateResponse").map((event) => event["Uniqueid"]);
  expect(ids).toEqual([expect.stringMatching(/^crm-1795261985\.a\.\d+$/), "mine.1"]);
  dialler.close();
  await other.stop();
});

test("another employee's telephone takes the place of the recorded one", async () => {
  originate("Channel: PJSIP/102\nExten: 79035550011\nAsync: true\nActionID: 1");

  const told = await outcome();

  expect(told["Channel"]).toMatch(/^PJSIP\/102-[0-9a-f]{8}$/);
  expect(client.text()).not.toContain("PJSIP/101");
});

test.each([
  ["a telephone that is not registered", "PJSIP/105"],
  ["a telephone that does not exist", "PJSIP/999"],
])("%s: the response is Success, the outcome a failure without a channel", async (_, channel) => {
  originate(
    `Channel: ${channel}\nExten: 79161234567\nAsync: true\nCallerID: "CRM 7916" <79161234567>\nActionID: 2`,
  );

  const told = await outcome();

  expect(told).toEqual({
    Event: "OriginateResponse",
    Privilege: "call,all",
    ActionID: "2",
    Response: "Failure",
    Channel: channel,
    Context: "from-internal",
    Exten: "79161234567",
    Reason: "0",
    Uniqueid: "<unknown>",
    CallerIDNum: "79161234567",
    CallerIDName: "CRM 7916",
  });
  expect(eventsNamed(client.text(), "Newchannel")).toEqual([]);
});

test("an id that a living channel has cannot be chosen again", async () => {
  const slow = await startPbxSimulator({ clickTraces: [await fixture("click-answered")] });
  const dialler = await openLoggedIn(slow.port);
  const dial = (id: string): void =>
    dialler.send(
      `Action: Originate\nChannel: PJSIP/101\nContext: c\nExten: 79161234567\nPriority: 1\nAsync: true\nChannelId: twice\nActionID: ${id}\n\n`,
    );

  dial("first");
  await dialler.until("Uniqueid: twice\n");
  dial("second");

  await dialler.until("ActionID: second\nResponse: Failure");
  dialler.close();
  await slow.stop();
});

test("without Async the response itself waits for the outcome, and no event tells it", async () => {
  originate("Channel: PJSIP/101\nExten: 79035550011\nActionID: yes");
  await client.until("ActionID: yes\n");
  originate("Channel: PJSIP/105\nExten: 79035550011\nActionID: no");
  const stream = await client.until("Message: Originate failed\n");

  const answer = (id: string): string | undefined =>
    messagesOf(stream).find((message) => message.includes(`ActionID: ${id}\r\n`));
  expect(answer("yes")).toContain("Response: Success");
  expect(answer("no")).toContain("Response: Error");
});

test.each([
  ["no channel", "Exten: 1", "Channel not specified"],
  ["no technology", "Channel: 101\nExten: 1", "Invalid channel"],
  [
    "no extension",
    "Channel: PJSIP/101",
    "Originate with 'Exten' requires 'Context' and 'Priority'",
  ],
  ["a word for the timeout", "Channel: PJSIP/101\nExten: 1\nTimeout: long", "Invalid timeout"],
])("%s is refused at once", async (_, lines, message) => {
  originate(`${lines}\nActionID: bad`);

  await client.until(`Response: Error\nActionID: bad\nMessage: ${message}\n`);
});
