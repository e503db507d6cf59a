import { expect, test } from "@jest/globals";
import { conversationsOf, openScene } from "./scene.ts";

test("a chain of blind transfers stays one call, and the last who spoke answers for it", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  for (const [index, extension] of ["101", "102", "103"].entries()) {
    const leg = scene.dials(client, `PJSIP/${extension}`);
    scene.wait(1);
    scene.answers(leg);
    scene.enter(`talk-${index}`, leg, client);
    scene.wait(5);
    scene.leave(`talk-${index}`, client, leg);
    scene.hangup(leg);
  }
  scene.hangup(client);

  const calls = scene.told();

  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatchObject({ result: "answered", answeredBy: "103" });
  expect(conversationsOf(calls[0])).toEqual([
    "101 answered 5 s",
    "102 answered 5 s",
    "103 answered 5 s",
  ]);
});

test("three in one conversation: each has a talk of its own length", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const first = scene.dials(client, "PJSIP/101");
  scene.answers(first);
  scene.enter("talk", first, client);
  scene.wait(2);
  const [one, two] = scene.local(first, "103@from-internal");
  scene.leave("talk", first);
  scene.enter("consultation", first, one);
  const second = scene.dials(two, "PJSIP/103");
  scene.wait(1);
  scene.answers(second);
  scene.enter("leg", second, two);
  scene.wait(3);
  scene.leave("consultation", first, one);
  scene.enter("talk", first, one);
  scene.wait(4);
  scene.hangup(client, first, second, one, two);

  const [call] = scene.told();

  expect(conversationsOf(call)).toEqual(["101 answered 6 s", "103 answered 4 s"]);
});

test("an internal call that fetches a client becomes an outbound call", () => {
  const scene = openScene();
  const caller = scene.calls("PJSIP/101", {
    number: "101",
    exten: "102",
    context: "from-internal",
  });
  const colleague = scene.dials(caller, "PJSIP/102");
  scene.answers(colleague);
  scene.enter("talk", colleague, caller);
  scene.wait(3);
  scene.leave("talk", caller, colleague);
  scene.hangup(colleague);
  const client = scene.dials(caller, "PJSIP/trunk", { string: "79161234567@trunk" });
  scene.wait(2);
  scene.answers(client);
  scene.enter("outside", client, caller);
  scene.wait(7);
  scene.hangup(client, caller);

  const calls = scene.told();

  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatchObject({
    direction: "outbound",
    clientPhone: "79161234567",
    result: "answered",
    answeredBy: "101",
  });
  expect(conversationsOf(calls[0])).toContain("101 answered 7 s");
});

test("a number outside that an employee consults and gives up is a call of its own", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const leg = scene.dials(client, "PJSIP/101");
  scene.answers(leg);
  scene.enter("talk", leg, client);
  const line = scene.calls("PJSIP/101", {
    number: "101",
    exten: "79037778899",
    context: "from-internal",
  });
  const other = scene.dials(line, "PJSIP/trunk", { string: "79037778899@trunk" });
  scene.answers(other);
  scene.enter("consultation", other, line);
  scene.wait(4);
  scene.hangup(other, line);
  scene.wait(2);
  scene.hangup(client, leg);

  const calls = scene.told();

  expect(calls.map(({ direction, clientPhone }) => `${direction} ${clientPhone}`)).toEqual([
    "outbound 79037778899",
    "inbound 79161234567",
  ]);
  expect(conversationsOf(calls[1])).toEqual(["101 answered 6 s"]);
});

test("a call that another AMI client redirects goes on as the same call", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const first = scene.dials(client, "PJSIP/101");
  scene.answers(first);
  scene.enter("talk", first, client);
  scene.wait(2);
  scene.leave("talk", client, first);
  scene.hangup(first);
  const second = scene.dials(client, "PJSIP/103");
  scene.wait(1);
  scene.answers(second);
  scene.enter("again", second, client);
  scene.wait(3);
  scene.hangup(client, second);

  const [call] = scene.told();

  expect(conversationsOf(call)).toEqual(["101 answered 2 s", "103 answered 3 s"]);
});

test("whoever is sent on by his telephone has forwarded, and the colleague has answered", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const first = scene.dials(client, "PJSIP/101");
  scene.ends(first, "cancel", "103");
  scene.hangup(first);
  const [one, two] = scene.local(client, "103@from-internal");
  scene.begins(client, one);
  const second = scene.dials(two, "PJSIP/103");
  scene.wait(2);
  scene.answers(second);
  scene.enter("leg", second, two);
  scene.enter("talk", one, client);
  scene.wait(3);
  scene.hangup(client, one, two, second);

  const [call] = scene.told();

  expect(conversationsOf(call)).toEqual(["101 forwarded 0 s", "103 answered 3 s"]);
});

test("a mobile that answers and declines the follow-me has not spoken with the client", () => {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const [one, two] = scene.local(client, "FMGL-79161112233#@from-internal");
  scene.begins(client, one);
  const mobile = scene.dials(two, "PJSIP/trunk", { string: "79161112233@trunk" });
  const desk = scene.dials(client, "PJSIP/104");
  scene.wait(3);
  scene.answers(mobile);
  scene.enter("confirmation", mobile, two);
  scene.wait(3);
  scene.leave("confirmation", mobile, two);
  scene.ends(mobile, "other");
  scene.hangup(mobile, two, one);
  scene.wait(1);
  scene.ends(desk, "no-answer");
  scene.hangup(desk, client);

  const [call] = scene.told();

  expect(call).toMatchObject({ result: "missed", clientPhone: "79161234567" });
  expect(conversationsOf(call)).toEqual(["104 no_answer 0 s"]);
});
