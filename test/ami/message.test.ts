import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { AmiText } from "../../src/ami/framer.ts";
import { createFramer } from "../../src/ami/framer.ts";
import {
  actionIdOf,
  fieldOf,
  fieldsOf,
  isGenuineEvent,
  parseMessage,
} from "../../src/ami/message.ts";

const text = (...lines: string[]): AmiText =>
  Buffer.from(lines.join("\r\n"), "utf8").toString("latin1") as AmiText;

test("every line of a command's output is kept, in order", () => {
  const message = parseMessage(
    text("Response: Success", "Message: Command output follows", "Output: one", "Output: a: b"),
  );

  expect(message).toMatchObject({ kind: "response", name: "Success" });
  expect(message && fieldsOf(message, "Output")).toEqual(["one", "a: b"]);
});

test("a field that stands twice has the value that the exchange wrote first", () => {
  const message = parseMessage(
    text("Event: Newexten", "Uniqueid: 1.1", "AppData: x", "Uniqueid: 9.9"),
  );

  expect(message && fieldOf(message, "Uniqueid")).toBe("1.1");
});

test("names are decoded from UTF-8, and one cut in its middle is no error", () => {
  const whole = parseMessage(text("Event: Newchannel", "CallerIDName: Анна"));
  const cut = parseMessage("Event: Newchannel\r\nCallerIDName: \xd0\x90\xd0" as AmiText);

  expect(whole && fieldOf(whole, "CallerIDName")).toBe("Анна");
  expect(cut && fieldOf(cut, "CallerIDName")).toBe("А\ufffd");
});

test.each([
  ["an empty value", "Exten: ", ""],
  ["no space behind the colon", "Exten:5", "5"],
  ["colons in the value", "Exten: a: b: c", "a: b: c"],
])("a line with %s is read", (_, line, value) => {
  const message = parseMessage(text("Event: Newexten", line));

  expect(message && fieldOf(message, "Exten")).toBe(value);
});

test("what is neither an event nor a response by its first line is no message", () => {
  expect(parseMessage(text("four", "Event: Hangup"))).toBeUndefined();
  expect(parseMessage(text(""))).toBeUndefined();
  expect(parseMessage(text("Privilege: call,all", "Event: Hangup"))).toBeUndefined();
});

test("an event forged through a variable's line ends is told from a real one", () => {
  const framer = createFramer();
  const value = "one\r\nEvent: Hangup\r\n\r\nEvent: Hangup\r\nUniqueid: 1.1\r\n\r\nfour";
  const stream = `Event: Newexten\r\nPrivilege: dialplan,all\r\nAppData: MULTI=${value}\r\n\r\n`;

  const texts = framer.push(Buffer.from(stream));

  expect(texts).toHaveLength(3);
  expect(texts.map(isGenuineEvent)).toEqual([true, false, false]);
});

test("an item of a list is genuine by its ActionID", () => {
  const item = text("Event: CoreShowChannel", "ActionID: lab-2", "Channel: PJSIP/101-00000071");

  expect(isGenuineEvent(item)).toBe(true);
  expect(actionIdOf(item)).toBe("lab-2");
  expect(actionIdOf(text("Event: Status", "Privilege: Call", "ActionID: last"))).toBe("last");
  expect(actionIdOf(text("Event: Hangup", "Privilege: call,all"))).toBeUndefined();
});

test("no text whatever makes the reading fail", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (any) => {
      parseMessage(`Event: ${any}` as AmiText);
      parseMessage(any as AmiText);
      isGenuineEvent(any as AmiText);
    }),
  );
});
