// Telephones that several employees share: who of them sits there now.
import { expect, test } from "@jest/globals";
import type { AmiFailure } from "../../src/ami/ami-failure.ts";
import type { AmiText } from "../../src/ami/framer.ts";
import type { AmiReply } from "../../src/ami/pending-actions.ts";
import { agentUserAt, createQueueAgents, type QueueAgents } from "../../src/cli/queue-agents.ts";
import { failed, succeeded, type Result } from "../../src/lib/failure.ts";
import { planCall } from "../../src/registration/plan.ts";
import { answeredCall, settings } from "../registration/made-up-call.ts";

const ANNA = 9100002;
const BORIS = 9100003;
const EMPLOYEES = [
  { user: ANNA, agents: ["Anna", "1001"] },
  { user: BORIS, agents: ["boris"] },
  { user: 9100004 },
];

let items: AmiText[] = [];
const send = ({ Action }: { Action: string }): Promise<Result<AmiReply, AmiFailure>> =>
  Promise.resolve(
    Action === "QueueStatus"
      ? succeeded({ response: { kind: "response", name: "Success", fields: [] }, items })
      : failed({ kind: "permission-denied", action: Action, retry: "after-operator", hint: "" }),
  );

const text = (name: string, fields: Readonly<Record<string, string | number>>): AmiText =>
  [
    `Event: ${name}`,
    "Privilege: agent,all",
    ...Object.entries(fields).map(([key, value]) => `${key}: ${value}`),
  ].join("\r\n") as AmiText;

const added = (name: string, device: string, changes: object = {}): AmiText =>
  text("QueueMemberAdded", {
    Queue: "400",
    MemberName: name,
    Interface: device,
    StateInterface: "hint:101@ext-local",
    LoginTime: 1_795_262_070,
    ...changes,
  });

function hearing(...messages: readonly AmiText[]): QueueAgents {
  const agents = createQueueAgents(send);
  messages.forEach(agents.message);
  return agents;
}

const FREEPBX = "Local/101@from-queue/n";

test.each([
  ["a member of FreePBX", added("Anna", FREEPBX)],
  ["a member by its device", added("Anna", "PJSIP/101")],
  ["a member whose telephone the state names", added("Anna", "Agent:7")],
  ["an agent of the pool", text("AgentLogin", { Agent: "1001", Channel: "PJSIP/101-0000003f" })],
])("%s is found at the telephone", (_, message) => {
  const agents = hearing(message);

  expect(agentUserAt(agents, EMPLOYEES)("101")).toBe(ANNA);
  expect(agentUserAt(agents, EMPLOYEES)("102")).toBeUndefined();
});

test("after a change of shift it is who logged in last", () => {
  const agents = hearing(
    added("Boris", FREEPBX, { LoginTime: 1_795_262_100, Queue: "401" }),
    added("Anna", FREEPBX),
    text("QueueMemberStatus", {
      Queue: "400",
      MemberName: "Anna",
      Interface: FREEPBX,
      LoginTime: 1_795_262_070,
    }),
  );
  const before = agentUserAt(agents, EMPLOYEES)("101");

  agents.message(
    text("QueueMemberRemoved", { Queue: "401", MemberName: "Boris", Interface: FREEPBX }),
  );

  expect(before).toBe(BORIS);
  expect(agentUserAt(agents, EMPLOYEES)("101")).toBe(ANNA);
});

test("who has logged off is not there any more", () => {
  const agents = hearing(
    text("AgentLogin", { Agent: "1001", Channel: "SIP/101-0000003f" }),
    text("AgentLogoff", { Agent: "1001", Logintime: 12 }),
  );

  expect(agents.at("101")).toEqual([]);
});

test("a new connection reads who is there, and forgets who left meanwhile", async () => {
  const agents = hearing(added("Boris", FREEPBX));
  items = [
    "Event: QueueParams\r\nQueue: 400\r\nActionID: 7" as AmiText,
    `Event: QueueMember\r\nQueue: 400\r\nName: Anna\r\nLocation: ${FREEPBX}\r\nActionID: 7` as AmiText,
  ];

  await agents.refresh();

  expect(agents.at("101")).toEqual(["Anna"]);
});

test("what only looks like an agent's event is not believed", () => {
  const agents = hearing(
    "Event: QueueMemberAdded\r\nMemberName: Anna\r\nInterface: PJSIP/101" as AmiText,
    text("QueueMemberAdded", { Queue: "400" }),
    text("AgentLogin", { Agent: "1001" }),
    text("AgentCalled", { Agent: "1001", Channel: "PJSIP/101-1", MemberName: "Anna" }),
  );

  expect(agents.at("101")).toEqual([]);
});

test("the call of a shared telephone is its agent's, and with nobody logged in its first user's", () => {
  const agents = hearing(added("Anna", FREEPBX));
  const users = new Map([["101", [9100001, ANNA]]]);
  const agentAt = agentUserAt(agents, EMPLOYEES);

  const during = planCall(answeredCall(), { ...settings, users, learnt: { agentAt } });
  const after = planCall(answeredCall(), { ...settings, users, learnt: {} });

  expect(during.decisions[0]).toEqual({
    decided: `user ${ANNA} is responsible`,
    because: "extension 101, of 2 users its agent talked with the client last",
  });
  expect(after.decisions[0]).toMatchObject({ decided: "user 9100001 is responsible" });
});
