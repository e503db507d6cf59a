// What a store that was found after a kill proves: the calls in it, and how far the daemon had come.
import { expect, test } from "@jest/globals";
import type { Row } from "./ask-store.ts";
import { clientKey, clientsIn, createKeptCalls } from "./kept-calls.ts";
import { createSentEvents } from "./sent-events.ts";

const event = (name: string, number: string): string =>
  `Event: ${name}\r\nCallerIDNum: ${number}\r\nUniqueid: 1.0\r\nLinkedid: 1.0`;
const message = (text: string): Row => ({ linked: "1.0", message: text });

test("all that was sent before the last event in the store had been heard", async () => {
  const sent = createSentEvents();
  sent.note(`${event("Newchannel", "79160000001")}\r\n\r\n`);
  const at = sent.note(`${event("Newstate", "79160000001")}\r\n\r\n`);
  sent.note(`${event("Hangup", "79160000001")}\r\n\r\n`);
  const kept = createKeptCalls(
    () =>
      Promise.resolve([
        [],
        [],
        [event("CoreShowChannel", "79160000001"), event("Newstate", "79160000001")].map(message),
      ]),
    sent,
  );

  expect(await kept.look()).toBe(at);
});

test("a store that cannot be read proves nothing", async () => {
  const kept = createKeptCalls(() => Promise.reject(new Error("damaged")), createSentEvents());

  expect(await kept.look()).toBe(-Infinity);
});

test("a call is kept when it was accepted, or by a channel that has the client's number", async () => {
  const rows: Row[][] = [
    [{ id: "2.0", client_key: "9160000002" }],
    [message(event("Newchannel", "+79160000001"))],
    [],
  ];
  const kept = createKeptCalls(() => Promise.resolve(rows), createSentEvents());

  await kept.look();

  const [one, other] = ["79160000001", "79160000002"];
  expect(kept.has(new Set(["1.0"]), clientKey("inbound", one))).toBe(true);
  expect(kept.has(new Set(["1.0"]), clientKey("outbound", one))).toBe(false);
  expect(kept.has(new Set(["2.0"]), clientKey("outbound", other))).toBe(true);
  expect(kept.has(new Set(["2.0"]), clientKey("inbound", one))).toBe(false);
});

const CLIENT = "79160000001";
const outbound = { key: clientKey("outbound", CLIENT), channel: "1.1" };
const inbound = { key: clientKey("inbound", CLIENT), channel: "1.0" };
const lines = (...fields: string[]): string => [...fields, "", ""].join("\r\n");

test.each([
  [
    "an Originate rings the employee with the client's number",
    lines("Event: DialBegin", "DestChannel: PJSIP/101-1", `DestCallerIDNum: ${CLIENT}`),
    [],
  ],
  [
    "a telephone dials the client",
    lines(
      ...["Event: DialBegin", "Channel: PJSIP/101-1", "Uniqueid: 1.0"],
      ...["DestChannel: PJSIP/trunk-2", `DestCallerIDNum: ${CLIENT}`, "DestUniqueid: 1.1"],
    ),
    [outbound],
  ],
  ["a client calls", event("Newchannel", CLIENT) + "\r\n", [inbound]],
  [
    "the client's channel is listed, whoever called",
    lines("Event: CoreShowChannel", "Channel: PJSIP/trunk-2", `CallerIDNum: ${CLIENT}`),
    [clientKey("inbound", CLIENT), clientKey("outbound", CLIENT)].map((key) => ({
      ...{ key, channel: "" },
    })),
  ],
  [
    "an employee's telephone is listed that shows the client's number",
    lines("Event: CoreShowChannel", "Channel: PJSIP/101-1", `CallerIDNum: ${CLIENT}`),
    [{ key: clientKey("inbound", CLIENT), channel: "" }],
  ],
])("whose channel it is: %s", (_, text, told) => {
  expect(clientsIn(text)).toEqual(told);
});

test("of two events that say the same the first counts", () => {
  const sent = createSentEvents();

  const at = sent.note(event("Newstate", "79160000001"));
  const again = sent.note(event("Newstate", "79160000001"));

  expect(again).toBeGreaterThan(at);
  expect(sent.sentAt(event("Newstate", "79160000001"))).toBe(at);
});
