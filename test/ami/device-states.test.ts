import { expect, test } from "@jest/globals";
import { createDeviceStates, type DeviceStates } from "../../src/ami/device-states.ts";
import type { AmiText } from "../../src/ami/framer.ts";
import { parseMessage } from "../../src/ami/message.ts";
import { notConnected } from "../../src/ami/ami-failure.ts";
import type { AmiSession } from "../../src/ami/session.ts";
import { failed, succeeded } from "../../src/lib/failure.ts";

type Lists = Readonly<Record<string, readonly string[]>>;

const lines = (...parts: readonly string[]): AmiText => parts.join("\r\n") as AmiText;
const device = (name: string, state: string, mark = "Privilege: call,all"): AmiText =>
  lines("Event: DeviceStateChange", mark, `Device: ${name}`, `State: ${state}`);
const hint = (
  exten: string,
  status: number,
  devices: string,
  mark = "Privilege: call,all",
): AmiText =>
  lines(
    "Event: ExtensionStatus",
    mark,
    `Exten: ${exten}`,
    "Context: ext-local",
    `Hint: ${devices}`,
    `Status: ${status}`,
  );
const peer = (name: string, address: string, status: string): AmiText =>
  lines(
    "Event: PeerEntry",
    LISTED,
    "Channeltype: SIP",
    `ObjectName: ${name}`,
    `IPaddress: ${address}`,
    `Status: ${status}`,
  );
const LISTED = "ActionID: 1";

/** @param lists what the exchange answers, by action; what is not named is refused */
function exchangeWith(lists: Lists, onAsked?: (states: DeviceStates) => void): DeviceStates {
  const send: AmiSession["send"] = ({ Action }) => {
    onAsked?.(states);
    const items = lists[Action] as readonly AmiText[] | undefined;
    const response = parseMessage(lines("Response: Success", LISTED));
    if (items === undefined || response === undefined) return Promise.resolve(failed(notConnected));
    return Promise.resolve(succeeded({ response, items }));
  };
  const states = createDeviceStates(send);
  return states;
}

test.each([
  ["NOT_INUSE", "idle"],
  ["RINGING", "ringing"],
  ["RINGINUSE", "ringing"],
  ["INUSE", "in-use"],
  ["ONHOLD", "in-use"],
  ["BUSY", "busy"],
  ["UNAVAILABLE", "unavailable"],
  ["INVALID", "unavailable"],
  ["UNKNOWN", undefined],
  ["of a later Asterisk", undefined],
])("a telephone that the exchange calls %s is %s", (state, told) => {
  const states = exchangeWith({});

  states.message(device("PJSIP/101", state));

  expect(states.stateOf("101")).toBe(told);
});

test.each([
  [0, "idle"],
  [1, "in-use"],
  [2, "busy"],
  [4, "unavailable"],
  [8, "ringing"],
  [9, "ringing"],
  [16, "in-use"],
  [17, "in-use"],
  [-1, undefined],
  [-2, undefined],
])("a hint of status %s means %s", (status, told) => {
  const states = exchangeWith({});

  states.message(hint("101", status, "PJSIP/101&Custom:DND101"));

  expect(states.stateOf("101")).toBe(told);
});

test("after the login all telephones are known, and what happens later too", async () => {
  const states = exchangeWith({
    DeviceStateList: [
      device("PJSIP/101", "NOT_INUSE", LISTED),
      device("PJSIP/105", "UNAVAILABLE", LISTED),
    ],
  });

  await states.refresh();
  const before = [states.stateOf("101"), states.stateOf("105"), states.stateOf("109")];
  states.message(device("PJSIP/101", "RINGING"));
  states.message(device("PJSIP/105", "NOT_INUSE"));

  expect(before).toEqual(["idle", "unavailable", undefined]);
  expect([states.stateOf("101"), states.stateOf("105")]).toEqual(["ringing", "idle"]);
  expect(states.isRead()).toBe(true);
});

test("what is told while the list is on its way is newer than the list", async () => {
  const states = exchangeWith(
    {
      DeviceStateList: [device("PJSIP/101", "NOT_INUSE", LISTED)],
      ExtensionStateList: [hint("102", 0, "PJSIP/102", LISTED)],
    },
    (asked) => {
      asked.message(device("PJSIP/101", "UNAVAILABLE"));
      asked.message(hint("102", 1, "PJSIP/102"));
    },
  );

  await states.refresh();

  expect([states.stateOf("101"), states.stateOf("102")]).toEqual(["unavailable", "in-use"]);
});

test("do not disturb of FreePBX makes a registered telephone busy", () => {
  const states = exchangeWith({});

  states.message(device("PJSIP/101", "NOT_INUSE"));
  states.message(hint("101", 2, "PJSIP/101&Custom:DND101"));

  expect(states.stateOf("101")).toBe("busy");
});

test("an extension with a desk telephone and a browser is there as long as one of them is", () => {
  const states = exchangeWith({});
  states.message(device("PJSIP/101", "UNAVAILABLE"));
  states.message(device("PJSIP/90101", "NOT_INUSE"));

  states.message(hint("101", 0, "PJSIP/101&PJSIP/90101"));

  expect(states.stateOf("101")).toBe("idle");
  expect(states.devicesOf("101")).toEqual(["PJSIP/90101", "PJSIP/101"]);
});

test("a stale hint of the old SIP driver does not hide a registered telephone", () => {
  const states = exchangeWith({});

  states.message(hint("101", 4, "SIP/101"));
  states.message(device("PJSIP/101", "NOT_INUSE"));

  expect(states.stateOf("101")).toBe("idle");
});

test("an analogue telephone is known by the hint of its extension", () => {
  const states = exchangeWith({});

  states.message(hint("120", 1, "DAHDI/3"));

  expect(states.stateOf("120")).toBe("in-use");
  expect(states.devicesOf("120")).toEqual(["DAHDI/3"]);
});

test("chan_sip telephones that never registered are told by the list of peers", async () => {
  const states = exchangeWith({
    DeviceStateList: [device("SIP/103", "INUSE", LISTED)],
    SIPpeers: [
      peer("101", "-none-", "UNKNOWN"),
      peer("102", "10.0.0.2", "OK (12 ms)"),
      peer("103", "10.0.0.3", "Unmonitored"),
      peer("104", "10.0.0.4", "UNREACHABLE"),
    ],
  });

  await states.refresh();

  expect(["101", "102", "103", "104"].map(states.stateOf)).toEqual([
    "unavailable",
    "idle",
    "in-use",
    "unavailable",
  ]);
});

test.each([
  "Local/101@from-queue",
  "Queue:sales_pause_PJSIP/101",
  "Custom:DND101",
  "MWI:101@default",
  "CBAnn/101",
  "101",
  "",
])("%s is no telephone", (name) => {
  const states = exchangeWith({});

  states.message(device(name, "INUSE"));

  expect(states.stateOf("101")).toBeUndefined();
});

test("a lamp for something else says nothing about a telephone of that number", () => {
  const states = exchangeWith({});

  states.message(hint("71", 1, "park:71@parkedcalls"));

  expect(states.stateOf("71")).toBeUndefined();
});

test("without a connection nothing is known, and a list that comes late is not believed", async () => {
  const states = exchangeWith({ DeviceStateList: [device("PJSIP/101", "NOT_INUSE", LISTED)] });
  states.message(device("PJSIP/102", "NOT_INUSE"));

  const reading = states.refresh();
  states.lost();
  await reading;

  expect([states.stateOf("101"), states.stateOf("102")]).toEqual([undefined, undefined]);
  expect(states.isRead()).toBe(false);
});

test("a telephone that the exchange no longer lists is forgotten; where it may not be asked, nothing is", async () => {
  const may = exchangeWith({ DeviceStateList: [], ExtensionStateList: [] });
  const mayNot = exchangeWith({});
  for (const states of [may, mayNot]) {
    states.message(device("PJSIP/101", "NOT_INUSE"));
    states.message(hint("102", 0, "PJSIP/102"));
  }

  await Promise.all([may.refresh(), mayNot.refresh()]);

  expect([may.stateOf("101"), may.stateOf("102"), may.isRead()]).toEqual([
    undefined,
    undefined,
    true,
  ]);
  expect([mayNot.stateOf("101"), mayNot.stateOf("102"), mayNot.isRead()]).toEqual([
    "idle",
    "idle",
    false,
  ]);
});

test.each([
  lines("Event: DeviceStateChange", "Device: PJSIP/101", "State: INUSE"), // no Privilege: forged
  lines("Event: DeviceStateChange"),
  lines("Event: ExtensionStatus", "Privilege: call,all"),
  lines(
    "Event: ExtensionStatus",
    "Privilege: call,all",
    "Exten: 101",
    "Hint: PJSIP/101",
    "Status: many",
  ),
  lines("Event: DeviceStateChange", "Privilege: call,all", "Device: PJSIP/101", "State: __proto__"),
  "Event: DeviceStateChange\u0000" as AmiText,
])("broken messages tell nothing", (text) => {
  const states = exchangeWith({});

  states.message(text);

  expect(states.stateOf("101")).toBeUndefined();
});
