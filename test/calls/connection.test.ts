import { expect, test } from "@jest/globals";
import type { RunningChannel } from "../../src/ami/event.ts";
import type { ChannelRef } from "../../src/ami/event.ts";
import { bridgeId, channelName, linkedId, uniqueId } from "../../src/ami/ids.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { conversationsOf, openScene } from "./scene.ts";
import type { Scene } from "./scene.ts";

const running = (channel: ChannelRef, given: Partial<RunningChannel> = {}): RunningChannel => ({
  ...channel,
  isUp: true,
  wasDialled: false,
  callerNumber: "",
  exten: "",
  context: "from-internal",
  bridge: bridgeId("talk"),
  seconds: 5,
  ...given,
});

const loseFor = (scene: Scene, seconds: number): void => {
  scene.input({ kind: "connection-lost", at: scene.now() });
  scene.wait(seconds);
  scene.input({ kind: "connected", at: scene.now() });
};

function talking(): { scene: Scene; client: ChannelRef; leg: ChannelRef } {
  const scene = openScene();
  const client = scene.calls("PJSIP/trunk");
  const leg = scene.dials(client, "PJSIP/101");
  scene.answers(leg);
  scene.enter("talk", leg, client);
  scene.wait(10);
  return { scene, client, leg };
}

const snapshot = (scene: Scene, channels: readonly RunningChannel[]): void =>
  scene.input({ kind: "snapshot", at: scene.now(), channels, isComplete: true });

test("a talk that outlasts a lost connection is one talk of its true length", () => {
  const { scene, client, leg } = talking();
  loseFor(scene, 30);
  snapshot(scene, [running(client), running(leg, { wasDialled: true })]);
  scene.wait(20);
  scene.hangup(client, leg);

  const [call] = scene.told();

  expect(call).toMatchObject({ isEndKnown: true });
  expect(conversationsOf(call)).toEqual(["101 answered 60 s"]);
});

for (const [gap, talk, what] of [
  [60, 70, "with the first message of the next connection"],
  [61, 10, "with the loss of the connection"],
] as const) {
  test(`a call that ended in a gap of ${gap} s is taken to have ended ${what}`, () => {
    const { scene } = talking();
    loseFor(scene, gap);
    snapshot(scene, []);

    const [call] = scene.told();

    expect(call).toMatchObject({ isEndKnown: false });
    expect(conversationsOf(call)).toEqual([`101 answered ${talk} s`]);
  });
}

test("a transfer while nobody listened: the old telephone left when the new one began to ring", () => {
  const { scene, client } = talking();
  loseFor(scene, 10);
  const heir: ChannelRef = {
    id: uniqueId("1795000012.9"),
    linked: client.linked,
    name: channelName("PJSIP/103-00000009"),
  };
  const talk = bridgeId("other");
  snapshot(scene, [
    running(client, { bridge: talk }),
    running(heir, { bridge: talk, wasDialled: true, seconds: 8 }),
  ]);
  scene.wait(6);
  scene.hangup(client, heir);

  const [call] = scene.told();

  expect(call).toMatchObject({ answeredBy: "103" });
  expect(conversationsOf(call)).toEqual(["101 answered 12 s", "103 answered 10 s"]);
});

test("calls that were under way before the daemon started are told from what runs", () => {
  const scene = openScene();
  const at = scene.now() / 1000;
  const ref = (name: string, serial: number): ChannelRef => ({
    id: uniqueId(`${at - 60}.${serial}`),
    linked: linkedId(`${at - 60}.1`),
    name: channelName(name),
  });
  const caller = ref("PJSIP/101-00000001", 1);
  const client = ref("PJSIP/trunk-00000002", 2);
  snapshot(scene, [
    running(client, { wasDialled: true, callerNumber: "79161234567", context: "from-trunk" }),
    running(caller, { callerNumber: "74951000100", exten: "79161234567", seconds: 60 }),
  ]);
  scene.wait(9);
  scene.hangup(client, caller);

  const [call] = scene.told();

  expect(call).toMatchObject({
    direction: "outbound",
    clientPhone: "79161234567",
    result: "answered",
    answeredBy: "101",
  });
});

test("the client of a call that speaks up before the exchange has listed it is the one that the list names", () => {
  const scene = openScene();
  const at = scene.now() / 1000;
  const ref = (name: string, serial: number): ChannelRef => ({
    id: uniqueId(`${at - 5}.${serial}`),
    linked: linkedId(`${at - 5}.1`),
    name: channelName(name),
  });
  const client = ref("PJSIP/trunk-00000001", 1);
  const leg = ref("PJSIP/101-00000002", 2);
  scene.input({ kind: "connected", at: scene.now() });
  scene.enter("talk", leg, client);
  snapshot(scene, [
    running(client, { callerNumber: "79161234567", exten: "74951000101", context: "from-trunk" }),
    running(leg, { wasDialled: true, callerNumber: "101" }),
  ]);
  scene.wait(9);
  scene.hangup(client, leg);

  const [call] = scene.told();

  expect(call).toMatchObject({
    direction: "inbound",
    clientPhone: "79161234567",
    did: "74951000101",
    result: "answered",
    answeredBy: "101",
  });
});

test("an employee's call that speaks up before the exchange has listed it goes to the client of the list", () => {
  const scene = openScene();
  const at = scene.now() / 1000;
  const ref = (name: string, serial: number): ChannelRef => ({
    id: uniqueId(`${at - 60}.${serial}`),
    linked: linkedId(`${at - 60}.1`),
    name: channelName(name),
  });
  const caller = ref("PJSIP/101-00000001", 1);
  const client = ref("PJSIP/trunk-00000002", 2);
  scene.input({ kind: "connected", at: scene.now() });
  scene.enter("talk", client, caller);
  snapshot(scene, [
    running(client, { wasDialled: true, callerNumber: "79161234567", context: "from-trunk" }),
    running(caller, { callerNumber: "74951000100", exten: "79161234567", seconds: 60 }),
  ]);
  scene.wait(9);
  scene.hangup(client, caller);

  const [call] = scene.told();

  expect(call).toMatchObject({
    direction: "outbound",
    clientPhone: "79161234567",
    result: "answered",
    answeredBy: "101",
  });
});

test("queue calls found running are joined over the names of their Local halves", () => {
  const scene = openScene();
  const ref = (name: string, serial: number): ChannelRef => ({
    id: uniqueId(`1794999000.${serial}`),
    linked: linkedId("1794999000.1"),
    name: channelName(name),
  });
  const client = ref("PJSIP/trunk-00000001", 1);
  const one = ref("Local/102@from-queue-00000001;1", 2);
  const two = ref("Local/102@from-queue-00000001;2", 3);
  const phone = ref("PJSIP/102-00000002", 4);
  const [queue, leg] = [bridgeId("queue"), bridgeId("leg")];
  snapshot(scene, [
    running(client, { bridge: queue, callerNumber: "79161234567", context: "from-trunk" }),
    running(one, { bridge: queue, wasDialled: true }),
    running(two, { bridge: leg }),
    running(phone, { bridge: leg, wasDialled: true }),
  ]);
  scene.wait(5);
  scene.hangup(client, one, two, phone);

  const [call] = scene.told();

  expect(call).toMatchObject({ direction: "inbound", answeredBy: "102" });
});

test("after Asterisk was killed, its channels are over although no hangup came", () => {
  const { scene } = talking();
  loseFor(scene, 20);
  scene.event({ kind: "booted", uptimeSeconds: 3 });

  const calls = scene.told();

  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatchObject({ isEndKnown: false });
});

test("a list of running channels does not end a call that began while it was read", () => {
  const scene = openScene();
  loseFor(scene, 5);
  const client = scene.calls("PJSIP/trunk");
  scene.event({ kind: "running-channels-complete" });
  scene.wait(5);
  scene.hangup(client);

  const calls = scene.told();

  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatchObject({ isEndKnown: true });
  expect(calls[0]?.endedAt).toBe(epochMs(scene.now() - 500));
});

for (const order of ["before", "after"]) {
  test(`clients found parked did not speak with each other (bridges listed ${order} channels)`, () => {
    const scene = openScene();
    const ref = (serial: number): ChannelRef => ({
      id: uniqueId(`1794999000.${serial}`),
      linked: linkedId(`1794999000.${serial}`),
      name: channelName(`PJSIP/trunk-0000000${serial}`),
    });
    const [first, second] = [ref(1), ref(2)];
    const lot = { kind: "running-bridge", bridge: bridgeId("lot"), isHolding: true } as const;
    if (order === "before") scene.event(lot);
    snapshot(
      scene,
      [first, second].map((channel) =>
        running(channel, {
          bridge: lot.bridge,
          context: "from-trunk",
          callerNumber: "79160000001",
        }),
      ),
    );
    if (order === "after") scene.event(lot);
    scene.wait(5);
    scene.hangup(first, second);

    const calls = scene.told();

    expect(calls.map(({ result }) => result)).toEqual(["missed", "missed"]);
  });
}
