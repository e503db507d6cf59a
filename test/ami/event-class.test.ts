// By which right of an AMI user an event is heard.
import { expect, test } from "@jest/globals";
import { eventClassOf } from "../../src/ami/event-class.ts";
import type { AmiText } from "../../src/ami/framer.ts";

test.each([
  ["Event: Newchannel\r\nPrivilege: call,all\r\nChannel: PJSIP/101-1", "call"],
  ["Event: VarSet\r\nPrivilege: dialplan,all\r\n", "dialplan"],
  ["Event: QueueMember\r\nActionID: 7\r\n", "other"],
  ["Event: Odd\r\nPrivilege: made-up,all\r\n", "other"],
  ["Event: Odd\r\nPrivilege: " + "x".repeat(10_000), "other"],
  ["Event: Odd", "other"],
  ["", "other"],
])("%#: the class is Asterisk's own, or other", (text, wanted) => {
  expect(eventClassOf(text as AmiText)).toBe(wanted);
});
