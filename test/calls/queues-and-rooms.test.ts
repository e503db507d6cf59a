import { expect, test } from "@jest/globals";
import { meetmeRoom } from "../../src/ami/ids.ts";
import { conversationsOf, openScene } from "./scene.ts";

const ROOM = meetmeRoom("800");

test("a queue member behind two Local channels is one ring and one talk", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const [outerOne, outerTwo] = scene.local(client, "101@nest");
  scene.begins(client, outerOne);
  const [innerOne, innerTwo] = scene.local(outerTwo, "101@ext-local");
  scene.begins(outerTwo, innerOne);
  const phone = scene.dials(innerTwo, "PJSIP/101");
  scene.wait(2);
  scene.answers(phone);
  scene.enter("phone", phone, innerTwo);
  scene.enter("middle", innerOne, outerTwo);
  scene.enter("queue", outerOne, client);
  scene.wait(5);
  scene.hangup(client, outerOne, outerTwo, innerOne, innerTwo, phone);

  const [call] = scene.told();

  expect(conversationsOf(call)).toEqual(["101 answered 5 s"]);
});

test("a call picked up from a queue belongs to who picked it up", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const [one, two] = scene.local(client, "101@from-queue");
  scene.begins(client, one);
  const ringing = scene.dials(two, "PJSIP/101");
  scene.wait(2);
  const taker = scene.calls("PJSIP/104", {
    number: "104",
    exten: "**101",
    context: "from-internal",
  });
  scene.answers(taker);
  scene.hangupWith(26, ringing);
  scene.enter("leg", taker, two);
  scene.enter("queue", one, client);
  scene.wait(4);
  scene.hangup(client, taker, one, two);

  const [call] = scene.told();

  expect(call).toMatchObject({ answeredBy: "104" });
  expect(conversationsOf(call)).toEqual(["101 answered_elsewhere 0 s", "104 answered 4 s"]);
});

test("telephones that lost to a colleague who first heard an announcement were answered elsewhere", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const winner = scene.dials(client, "PJSIP/101");
  const loser = scene.dials(client, "PJSIP/102");
  scene.wait(2);
  scene.ends(loser, "cancel");
  scene.answers(winner);
  scene.hangup(loser);
  scene.wait(6);
  scene.enter("talk", winner, client);
  scene.wait(3);
  scene.hangup(client, winner);

  const [call] = scene.told();

  expect(conversationsOf(call)).toEqual(["101 answered 3 s", "102 answered_elsewhere 0 s"]);
});

test("a supervisor who listens in takes no part", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const leg = scene.dials(client, "PJSIP/101");
  scene.answers(leg);
  scene.enter("talk", leg, client);
  const spy = scene.calls("PJSIP/104", {
    number: "104",
    exten: "*55101",
    context: "from-internal",
  });
  scene.wait(3);
  scene.hangup(spy);
  scene.hangup(client, leg);

  const calls = scene.told();

  expect(calls).toHaveLength(1);
  expect(conversationsOf(calls[0])).toEqual(["101 answered 3 s"]);
});

test("two clients who wait in one parking lot stay two calls", () => {
  const scene = openScene();
  const first = scene.calls("PJSIP/trunk", { number: "79160000001" });
  const second = scene.calls("PJSIP/trunk", { number: "79160000002" });
  scene.park(first);
  scene.park(second);
  scene.wait(5);
  scene.hangup(first, second);

  const calls = scene.told();

  expect(calls.map(({ clientPhone }) => clientPhone)).toEqual(["79160000001", "79160000002"]);
});

test("two clients in one conference are two calls with ids of their own", () => {
  const scene = openScene();
  const employee = scene.calls("PJSIP/101", {
    number: "101",
    exten: "800",
    context: "from-internal",
  });
  scene.enter("conference", employee);
  scene.wait(10);
  const first = scene.calls("PJSIP/trunk", { number: "79160000001" });
  scene.enter("conference", first);
  scene.wait(3);
  const second = scene.calls("PJSIP/trunk", { number: "79160000002" });
  scene.enter("conference", second);
  scene.wait(4);
  scene.hangup(first, second, employee);

  const calls = scene.told();

  expect(calls.map((call) => [call.clientPhone, ...conversationsOf(call)])).toEqual([
    ["79160000001", "101 answered 7 s"],
    ["79160000002", "101 answered 4 s"],
  ]);
  expect(new Set(calls.map(({ linkedId }) => linkedId)).size).toBe(2);
});

test("a client who left a conference is told of while the conference goes on", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const one = scene.calls("PJSIP/101", { number: "101", exten: "800", context: "from-internal" });
  const two = scene.calls("PJSIP/102", { number: "102", exten: "800", context: "from-internal" });
  scene.enter("conference", client, one, two);
  scene.wait(5);
  scene.hangup(client);
  scene.wait(30);

  const early = scene.told().length;
  scene.hangup(one, two);
  const calls = scene.told();

  expect(early).toBe(1);
  expect(calls.filter(({ direction }) => direction === "inbound")).toHaveLength(1);
  expect(conversationsOf(calls[0])).toEqual(["101 answered 5 s", "102 answered 5 s"]);
});

test("a client who gives up in a menu was missed, with nobody to blame", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  scene.wait(6);
  scene.event({ kind: "hangup-request", id: client.id });
  scene.hangup(client);

  const [call] = scene.told();

  expect(call).toMatchObject({ result: "missed", reason: "cancelled", conversations: [] });
});

test("an employee who is rung again by a group while he still speaks has two conversations", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const first = scene.dials(client, "PJSIP/101");
  scene.answers(first);
  scene.enter("talk", first, client);
  scene.wait(3);
  scene.leave("talk", client);
  const again = scene.dials(client, "PJSIP/101");
  scene.wait(0.3);
  scene.hangup(first);
  scene.wait(2);
  scene.answers(again);
  scene.enter("more", again, client);
  scene.wait(4);
  scene.hangup(client, again);

  const [call] = scene.told();

  expect(conversationsOf(call)).toEqual(["101 answered 3 s", "101 answered 4 s"]);
});

test("a client and two employees in a room of MeetMe speak with each other", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  scene.enter(ROOM, client);
  const first = scene.calls("PJSIP/101", { number: "101", exten: "800" });
  scene.enter(ROOM, first);
  scene.wait(3);
  const second = scene.calls("PJSIP/102", { number: "102", exten: "800" });
  scene.enter(ROOM, second);
  scene.wait(2);
  scene.leave(ROOM, first);
  scene.hangup(first);
  scene.wait(1);
  scene.hangup(client, second);
  scene.event({ kind: "bridge-destroy", bridge: meetmeRoom("800") });

  const [call, ...others] = scene.told();

  expect(others).toEqual([]);
  expect(call).toMatchObject({ direction: "inbound", result: "answered", answeredBy: "102" });
  expect(conversationsOf(call)).toEqual(["101 answered 5 s", "102 answered 3 s"]);
  expect(scene.state.bridges.size).toBe(0);
});

test("a list of running channels, which knows no MeetMe, leaves its rooms as they are", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const employee = scene.calls("PJSIP/101", { number: "101", exten: "800" });
  scene.enter(ROOM, client, employee);
  scene.wait(10);
  const running = [client, employee].map((channel) => ({
    ...channel,
    isUp: true,
    wasDialled: false,
    callerNumber: "",
    context: "",
    exten: "800",
    bridge: undefined,
    seconds: 10,
  }));
  scene.input({ kind: "snapshot", channels: running, isComplete: true, at: scene.now() });
  scene.wait(5);
  scene.hangup(employee, client);

  const [call] = scene.told();

  expect(conversationsOf(call)).toEqual(["101 answered 15 s"]);
});
