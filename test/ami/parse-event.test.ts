import { expect, test } from "@jest/globals";
import type { AmiText } from "../../src/ami/framer.ts";
import { createEventParser, parseEvent } from "../../src/ami/parse-event.ts";

const message = (...lines: string[]): AmiText => lines.join("\r\n") as AmiText;

const CHANNEL = [
  "Channel: PJSIP/101-00000001",
  "ChannelState: 6",
  "ChannelStateDesc: Up",
  "CallerIDNum: 101",
  "CallerIDName: Anna Orlova",
  "ConnectedLineNum: <unknown>",
  "ConnectedLineName: <unknown>",
  "Language: en",
  "AccountCode: ",
  "Context: from-internal",
  "Exten: ",
  "Priority: 1",
  "Uniqueid: 1795261714.1",
  "Linkedid: 1795261714.0",
];

const hangup = (...more: string[]): AmiText =>
  message("Event: Hangup", "Privilege: call,all", ...CHANNEL, "Cause: 16", ...more);

const varSet = (variable: string, value: string): AmiText =>
  message(
    "Event: VarSet",
    "Privilege: dialplan,all",
    ...CHANNEL,
    `Variable: ${variable}`,
    `Value: ${value}`,
  );

test("variables that were asked for are told by name, inherited or not, and no others", () => {
  const parse = createEventParser(["CAMPAIGN", "FROM_DID"]);
  const read = (text: AmiText) => parse(text, 0, text.length);

  expect(read(varSet("__CAMPAIGN", 'spring \\"sale\\"'))).toEqual({
    kind: "variable-set",
    id: "1795261714.1",
    variable: undefined,
    name: "CAMPAIGN",
    value: 'spring "sale"',
  });
  expect(read(varSet("CAMPAIGN_ID", "7"))).toBeUndefined();
  expect(read(varSet("campaign", "7"))).toBeUndefined();
  // Inherited from the client's channel: the call model does not take it for the line that was dialled.
  expect(read(varSet("FROM_DID", "74951000101"))).toMatchObject({
    variable: undefined,
    name: "FROM_DID",
  });
  expect(read(varSet("MIXMONITOR_FILENAME", "/rec/a.wav"))).toMatchObject({
    variable: "recording",
  });
  expect(
    read(message("Event: VarSet", ...CHANNEL, "Variable: CAMPAIGN", "Value: x")),
  ).toBeUndefined();
});

test("a hangup is read with its channel and cause", () => {
  const event = parseEvent(hangup("Cause-txt: Normal Clearing"));

  expect(event).toEqual({
    kind: "hangup",
    channel: { id: "1795261714.1", linked: "1795261714.0", name: "PJSIP/101-00000001" },
    cause: 16,
  });
});

test("fields may come in another order than usual", () => {
  const event = parseEvent(
    message(
      "Event: Hangup",
      "Privilege: call,all",
      "Cause: 17",
      "Linkedid: pbx1-1795261714.0",
      "Uniqueid: crm-1795.a",
      "Channel: SIP/101-1",
    ),
  );

  expect(event).toMatchObject({
    channel: { id: "crm-1795.a", linked: "pbx1-1795261714.0" },
    cause: 17,
  });
});

for (const [what, text] of [
  ["a response", message("Response: Success", "Message: Authentication accepted")],
  ["a hangup without privilege", message("Event: Hangup", ...CHANNEL, "Cause: 16")],
  ["a hangup without uniqueid", message("Event: Hangup", "Privilege: call,all", "Linkedid: 1.0")],
  ["a hangup that is cut short", message("Event: Hangup", "Privilege: call,all", "Channel: PJ")],
  ["what a line end in a variable left behind", message("four")],
  ["an event's name alone", "Event: Hangup" as AmiText],
  ["nothing", "" as AmiText],
  [
    "an event that tells nothing of calls",
    message("Event: DeviceStateChange", "Privilege: call,all"),
  ],
  ["a variable that nobody needs", varSet("MACRO_DEPTH", "1")],
  ["a variable whose name only begins like one", varSet("MIXMONITOR_FILENAMES", "x")],
  ["the DID that a leg has inherited", varSet("__FROM_DID", "74951000101")],
  ["a dial that was answered", varSet("DIALSTATUS", "ANSWER")],
  [
    "a step of the dialplan that dials nobody",
    message(
      "Event: Newexten",
      "Privilege: dialplan,all",
      ...CHANNEL,
      "Extension: s",
      "Application: Set",
      "AppData: X=Application: Dial",
    ),
  ],
] as const) {
  test(`${what} is left out`, () => {
    const event = parseEvent(text);

    expect(event).toBeUndefined();
  });
}

test("lines that a dialplan variable forges behind the exchange's own change nothing", () => {
  const event = parseEvent(
    message(
      "Event: Newexten",
      "Privilege: dialplan,all",
      ...CHANNEL,
      "Extension: r136",
      "Application: Dial",
      "AppData: PJSIP/101,10,tT",
      "Event: Hangup",
      "Uniqueid: 1.2",
    ),
  );

  expect(event).toEqual({
    kind: "dial-application",
    id: "1795261714.1",
    destinations: "PJSIP/101",
  });
});

test("the path of a recording is given as it is on the disk", () => {
  const event = parseEvent(varSet("MIXMONITOR_FILENAME", "/var/spool/a\\\\b \\xd0\\x90.wav"));
  const decoded = parseEvent(
    varSet("MIXMONITOR_FILENAME", "/var/\xd0\x90\xd0\xbd\xd0\xbd\xd0\xb0.wav"),
  );

  expect(event).toMatchObject({ variable: "recording", value: expect.stringContaining("a\\b") });
  expect(decoded).toMatchObject({ value: "/var/Анна.wav" });
});

test("F29: a lone line feed stays inside its value, and control characters are taken out", () => {
  const event = parseEvent(
    message(
      "Event: QueueCallerJoin",
      "Privilege: agent,all",
      ...CHANNEL,
      "Queue: sa\x07les\nEvent: Hangup",
    ),
  );

  expect(event).toMatchObject({ kind: "queue-joined", queue: "salesEvent: Hangup" });
});

test("a name that is cut inside a letter is read with a replacement for it", () => {
  const event = parseEvent(
    message("Event: QueueCallerJoin", "Privilege: agent,all", ...CHANNEL, "Queue: \xd0\x90\xd0"),
  );

  expect(event).toMatchObject({ queue: "А\ufffd" });
});

test("F29: a name of 10 kB is cut", () => {
  const event = parseEvent(
    message(
      "Event: QueueCallerJoin",
      "Privilege: agent,all",
      ...CHANNEL,
      `Queue: ${"x".repeat(10_240)}`,
    ),
  );

  expect(event).toMatchObject({ queue: "x".repeat(4096) });
});

test("a dial without a dialling channel is an Originate", () => {
  const event = parseEvent(
    message(
      "Event: DialBegin",
      "Privilege: call,all",
      ...CHANNEL.map((line) => `Dest${line}`),
      "DialString: 101",
    ),
  );

  expect(event).toMatchObject({ kind: "dial-begin", from: undefined, dialString: "101" });
});

test("an unknown end of a dial is neither an answer nor an error", () => {
  const event = parseEvent(
    message(
      "Event: DialEnd",
      "Privilege: call,all",
      ...CHANNEL.map((line) => `Dest${line}`),
      "DialStatus: CONTINUE",
    ),
  );

  expect(event).toMatchObject({ kind: "dial-end", status: "other", forward: "" });
});

test("a parking lot is a bridge in which nobody hears the other", () => {
  const enter = (type: string, technology: string): AmiText =>
    message(
      "Event: BridgeEnter",
      "Privilege: call,all",
      "BridgeUniqueid: b-1",
      `BridgeType: ${type}`,
      `BridgeTechnology: ${technology}`,
      ...CHANNEL,
    );

  expect(parseEvent(enter("parking", "holding_bridge"))).toMatchObject({ isHolding: true });
  expect(parseEvent(enter("basic", "simple_bridge"))).toMatchObject({ isHolding: false });
});

test("items of a list of running channels bear an action id in place of a privilege", () => {
  const event = parseEvent(
    message(
      "Event: CoreShowChannel",
      "ActionID: 7",
      ...CHANNEL,
      "Application: AppDial",
      "ApplicationData: (Outgoing Line)",
      "Duration: 01:02:05",
      "BridgeId: b-1",
    ),
  );

  expect(event).toMatchObject({
    kind: "running-channel",
    channel: { wasDialled: true, isUp: true, seconds: 3725, bridge: "b-1" },
  });
});

test("the rooms of MeetMe are read as bridges", () => {
  const room = (name: string): AmiText =>
    message(`Event: ${name}`, "Privilege: call,all", "Meetme: 800", "User: 1", ...CHANNEL);
  const channel = { id: "1795261714.1", linked: "1795261714.0", name: "PJSIP/101-00000001" };

  const [joins, leaves] = ["MeetmeJoin", "MeetmeLeave"].map((name) => parseEvent(room(name)));
  const ends = parseEvent(message("Event: MeetmeEnd", "Privilege: call,all", "Meetme: 800"));
  const nameless = parseEvent(message("Event: MeetmeJoin", "Privilege: call,all", ...CHANNEL));

  const bridge = "meetme 800";
  expect(joins).toEqual({ kind: "bridge-enter", bridge, channel, isHolding: false });
  expect(leaves).toEqual({ kind: "bridge-leave", bridge, channel });
  expect(ends).toEqual({ kind: "bridge-destroy", bridge });
  expect(nameless).toBeUndefined();
});

test.each(["RecordingFile", "recordingfile"])("a CDR names the recording: %s", (key) => {
  const cdr = (...more: string[]): AmiText =>
    message(
      "Event: Cdr",
      "Privilege: cdr,all",
      "Source: 79161234567",
      "UniqueID: 1795261961.14",
      "UserField: ",
      ...more,
    );

  expect(parseEvent(cdr(`${key}: in-101.wav`))).toEqual({
    kind: "recording-named",
    id: "1795261961.14",
    file: "in-101.wav",
  });
  expect(parseEvent(cdr(`${key}: `))).toBeUndefined();
  expect(parseEvent(cdr())).toBeUndefined();
});
