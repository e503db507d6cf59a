import { expect, test } from "@jest/globals";
import { encodeAction, MAX_LINE_BYTES } from "../../src/ami/action.ts";
import type { AmiAction } from "../../src/ami/action.ts";

const originate = {
  Action: "Originate",
  Channel: "PJSIP/101",
  Context: "from-internal",
  Exten: "79161234567",
  Priority: 1,
  Async: "true",
} as const;

test("an action is written as Asterisk reads it, each variable on a line of its own", () => {
  const encoded = encodeAction(
    { ...originate, Timeout: 30_000, Variable: { __CRM: "a b", "CALLERID(name)": "Анна" } },
    "x-1",
  );

  expect(encoded).toEqual({
    ok: true,
    value:
      "Action: Originate\r\nActionID: x-1\r\nChannel: PJSIP/101\r\nContext: from-internal\r\n" +
      "Exten: 79161234567\r\nPriority: 1\r\nAsync: true\r\nTimeout: 30000\r\n" +
      "Variable: __CRM=a b\r\nVariable: CALLERID(name)=Анна\r\n\r\n",
  });
});

test.each([
  ["a line break and a second action", "101\r\nAction: Command\r\nCommand: core stop now"],
  ["a lone line feed", "101\n"],
  ["a lone carriage return", "101\r"],
  ["a NUL", "101\0"],
  ["an escape character", "\x1b[2J"],
  ["a delete character", "10\x7f1"],
  ["a C1 control character", "10\x851"],
  ["a Unicode line separator", "10\u20281"],
  ["half a character", "10\ud800"],
])("a number with %s is refused, and nothing is sent", (_, Exten) => {
  const encoded = encodeAction({ ...originate, Exten }, "x-1");

  expect(encoded).toMatchObject({
    ok: false,
    failure: { kind: "unencodable", retry: "never", action: "Originate", field: "Exten" },
  });
});

test("a hostile variable, its name, an action's own id and a hostile key are refused too", () => {
  const hostile = "1\r\nAction: Logoff";
  const actions: AmiAction[] = [
    { ...originate, Variable: { NAME: hostile } },
    { ...originate, Variable: { [hostile]: "1" } },
    { ...originate, Variable: { "A=1,B": "1" } },
    { ...originate, ...{ [hostile]: "1" } },
  ];

  for (const action of actions) {
    const encoded = encodeAction(action, "x-1");
    expect(encoded.ok).toBe(false);
    expect(JSON.stringify(encoded)).not.toContain("Logoff");
  }
  expect(encodeAction({ Action: "Ping" }, hostile).ok).toBe(false);
});

test("a comma in a variable's value does not begin a second variable", () => {
  const encoded = encodeAction({ ...originate, Variable: { NAME: 'Иванов, "A"=1\\' } }, "x-1");

  expect(encoded.ok && encoded.value).toContain('Variable: NAME=Иванов\\, \\"A\\"=1\\\\\r\n');
});

test.each([
  { bytes: MAX_LINE_BYTES - 1, isSent: true },
  { bytes: MAX_LINE_BYTES, isSent: true },
  { bytes: MAX_LINE_BYTES + 1, isSent: false },
])("a line of $bytes bytes with its end: sent $isSent", ({ bytes, isSent }) => {
  const around = "Command: \r\n".length;
  const latin = encodeAction({ Action: "Command", Command: "c".repeat(bytes - around) }, "x-1");
  const odd = (bytes - around) % 2;
  const cyrillic = "я".repeat((bytes - around - odd) / 2) + "c".repeat(odd);

  expect(latin.ok).toBe(isSent);
  expect(encodeAction({ Action: "Command", Command: cyrillic }, "x-1").ok).toBe(isSent);
});

test.each([
  { count: 119, isSent: true },
  { count: 120, isSent: true },
  { count: 121, isSent: false },
])("an action of $count variables and 8 other lines: sent $isSent", ({ count, isSent }) => {
  const names = Array.from({ length: count }, (_, i) => [`V${i}`, "1"]);
  const Variable = Object.fromEntries(names) as Record<string, string>;

  const encoded = encodeAction({ ...originate, CallerID: "1", Variable }, "x-1");

  expect(encoded.ok).toBe(isSent);
});
