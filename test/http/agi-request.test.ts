import { expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  agiAnswerCode,
  createAgiReader,
  parseAgiRequest,
  setVariable,
} from "../../src/http/agi-request.ts";

/** As Asterisk 22 says it. */
const REQUEST = [
  "agi_network: yes",
  "agi_network_script: responsible?did=74951000101",
  "agi_request: agi://127.0.0.1:4573/responsible?did=74951000101",
  "agi_channel: PJSIP/trunk-0000000a",
  "agi_language: en",
  "agi_uniqueid: 1795261714.0",
  "agi_callerid: 79161234567",
  "agi_calleridname: unknown",
  "agi_dnid: 74951000101",
  "agi_enhanced: 0.0",
  "agi_accountcode: ",
  "agi_arg_1: one",
];

test("what Asterisk asks is understood", () => {
  const request = parseAgiRequest(REQUEST);

  expect(request?.script).toBe("responsible");
  expect(request?.query.get("did")).toBe("74951000101");
  expect(request?.fields.get("callerid")).toBe("79161234567");
  expect(request?.fields.get("accountcode")).toBe("");
  expect(request?.fields.get("arg_1")).toBe("one");
});

test("what a caller's name adds with a line end does not take the place of Asterisk's own words", () => {
  const request = parseAgiRequest([...REQUEST, "agi_callerid: 666", "agi_network_script: evil"]);

  expect(request?.fields.get("callerid")).toBe("79161234567");
  expect(request?.script).toBe("responsible");
});

test.each([
  [["GET / HTTP/1.1", "Host: localhost"]],
  [["agi_network: yes"]],
  [["agi_network_script: responsible", "something else"]],
  [["\u0000\u0001\u0002"]],
  [[]],
])("what is not Asterisk's is no request: %j", (lines) => {
  expect(parseAgiRequest(lines)).toBeUndefined();
});

test.each([
  ["101", 'SET VARIABLE KOMMO_RESPONSIBLE "101"\n'],
  ["", 'SET VARIABLE KOMMO_RESPONSIBLE ""\n'],
  ['a"b\\c', 'SET VARIABLE KOMMO_RESPONSIBLE "a\\"b\\\\c"\n'],
  ["one\r\nHANGUP\n", 'SET VARIABLE KOMMO_RESPONSIBLE "oneHANGUP"\n'],
])("the value %j goes out as one command", (value, command) => {
  expect(setVariable("KOMMO_RESPONSIBLE", value)).toBe(command);
});

test.each([
  ["200 result=1", 200],
  ["510 Invalid or unknown command", 510],
  ["511 Command Not Permitted on a dead channel or intercept routine", 511],
  ["520-Invalid command syntax.  Proper usage follows:", 520],
  ["HANGUP", undefined],
  ["2000", undefined],
  ["", undefined],
])("of %j Asterisk's code is %s", (line, code) => {
  expect(agiAnswerCode(line)).toBe(code);
});

const limits = { lineBytes: 10, lines: 3, bytes: 25 };

test("lines are cut wherever the network cut them, with either line end", () => {
  fc.assert(
    fc.property(fc.array(fc.nat(12), { maxLength: 5 }), (cuts) => {
      const bytes = Buffer.from("agi_a: 1\nagi_b: 2\r\n\n");
      const reader = createAgiReader();
      const places = [0, ...cuts.toSorted((one, other) => one - other), bytes.length];
      const lines = places
        .slice(1)
        .flatMap((end, index) => reader.push(bytes.subarray(places[index], end)));

      expect(lines).toEqual(["agi_a: 1", "agi_b: 2", ""]);
    }),
  );
});

test.each([
  ["a line", ["x".repeat(9) + "\n"], false],
  ["a line", ["x".repeat(10) + "\n"], false],
  ["a line", ["x".repeat(11) + "\n"], true],
  ["an endless line", ["x".repeat(6), "x".repeat(6)], true],
  ["lines", ["\n\n"], false],
  ["lines", ["\n\n\n"], false],
  ["lines", ["\n\n\n\n"], true],
  ["bytes", ["x\n", "x".repeat(10) + "\n", "x".repeat(10)], false],
  ["bytes", ["xx\n", "x".repeat(10) + "\n", "x".repeat(10)], false],
  ["bytes", ["xxxx\n", "x".repeat(10) + "\n", "x".repeat(10)], true],
])("a limit on %s: %j", (_what, chunks, isTooMuch) => {
  const reader = createAgiReader(limits);

  const answers = chunks.map((chunk) => reader.push(Buffer.from(chunk)));

  expect(answers.includes("too-much")).toBe(isTooMuch);
});

test("any bytes lead to lines or to the end, never to an error", () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 20 }), (chunks) => {
      const reader = createAgiReader();
      const lines = chunks.map((chunk) => reader.push(Buffer.from(chunk)));
      parseAgiRequest(lines.flatMap((some) => (some === "too-much" ? [] : some)));
    }),
  );
});
