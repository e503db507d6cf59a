import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { epochMs, type Clock } from "../../../src/lib/clock.ts";
import { createRewriter } from "../../../src/simulator/pbx/rewrite.ts";
import { startPbxSimulator, type PbxSimulator } from "../../../src/simulator/pbx/server.ts";
import {
  eventsNamed,
  fixture,
  liveText,
  LOGIN,
  messagesOf,
  openClient,
  openLoggedIn,
  type RawClient,
} from "./raw-client.ts";

const users = [
  { name: "asterisk-kommo", secret: "simulated", read: ["all"], write: ["all"] },
  { name: "calls", secret: "calls", read: ["call"], write: [] },
];
const fast = { speed: Infinity };

let pbx: PbxSimulator;
beforeEach(async () => {
  pbx = await startPbxSimulator({ users });
});
afterEach(() => pbx.stop());

/** What came after the client was ready, once all that was sent before has arrived. */
async function heard(client: RawClient): Promise<string> {
  client.send("Action: Ping\nActionID: heard\n\n");
  const stream = await client.until("ActionID: heard\n");
  const start = stream.indexOf("\r\n\r\n", stream.indexOf("ActionID: ready")) + 4;
  return stream.slice(start, stream.lastIndexOf("Response: Success"));
}

test("a client hears the recorded bytes, with other ids and nothing of the recorder's session", async () => {
  const trace = await fixture("in-answered-101");
  const client = await openLoggedIn(pbx.port);

  const play = pbx.play(trace, fast);
  await play.finished;

  expect(await heard(client)).toBe(createRewriter(play.mapping)(liveText(trace)));
  client.close();
});

test("the mapping tells under which ids the recorded call was played", async () => {
  const trace = await fixture("in-answered-101");
  const client = await openLoggedIn(pbx.port);

  const play = pbx.play(trace, { ...fast, phones: new Map([["79161234567", "79035550011"]]) });
  await play.finished;

  const [first] = eventsNamed(await heard(client), "Newchannel");
  expect(first).toMatchObject({
    Linkedid: play.mapping.uniqueids.get("1795261714.0"),
    Channel: play.mapping.channels.get("PJSIP/trunk-00000000"),
    CallerIDNum: "79035550011",
  });
  client.close();
});

test("several plays at once do not share a call, and each begins when it was told to", async () => {
  const trace = await fixture("in-answered-101");
  const client = await openLoggedIn(pbx.port);

  const plays = [0, 1, 2].map((i) => pbx.play(trace, { ...fast, afterMs: i }));
  await Promise.all(plays.map((play) => play.finished));

  const calls = eventsNamed(await heard(client), "Hangup").map((event) => event["Linkedid"]);
  expect(new Set(calls)).toEqual(
    new Set(plays.map((play) => play.mapping.uniqueids.get("1795261714.0"))),
  );
  expect(calls).toHaveLength(6);
  client.close();
});

test("a user who may read only calls gets nothing else", async () => {
  const client = await openLoggedIn(pbx.port, "Action: Login\nUsername: calls\nSecret: calls\n\n");

  await pbx.play(await fixture("in-answered-101"), fast).finished;

  const events = messagesOf(await heard(client));
  expect(new Set(events.map((event) => event.split("\r\n")[1]))).toEqual(
    new Set(["Privilege: call,all"]),
  );
  client.close();
});

test("what happens while nobody is connected is not told later", async () => {
  const trace = await fixture("in-answered-101");
  await pbx.play(trace, fast).finished;

  const client = await openLoggedIn(pbx.port);
  const play = pbx.play(trace, fast);
  await play.finished;

  expect(eventsNamed(await heard(client), "Newchannel").map((event) => event["Linkedid"])).toEqual([
    play.mapping.uniqueids.get("1795261714.0"),
    play.mapping.uniqueids.get("1795261714.0"),
  ]);
  client.close();
});

test("where events bear the exchange's time, it is the time of the play", async () => {
  const client = await openLoggedIn(pbx.port);
  const before = Date.now() / 1000;

  await pbx.play(await fixture("ami-timestampevents"), fast).finished;

  const times = eventsNamed(await heard(client), "Newchannel").map((event) =>
    Number(event["Timestamp"]),
  );
  expect(times.length).toBeGreaterThan(0);
  for (const time of times) expect(time).toBeGreaterThanOrEqual(Math.floor(before));
  client.close();
});

test("a stopped play leaves no channel behind", async () => {
  const play = pbx.play(await fixture("in-answered-101"), { speed: 0.001 });
  const client = await openLoggedIn(pbx.port);

  play.stop();

  expect(await play.finished).toBe("stopped");
  expect(pbx.live()).toEqual({ channels: [], bridges: [] });
  client.close();
});

test("where the recorder's connection was lost everybody's is, until the recording goes on", async () => {
  const trace = await fixture("ami-reconnect-in-talk");
  const client = await openLoggedIn(pbx.port);

  const play = pbx.play(trace, { speed: 1, maxPauseMs: 40 });
  const first = await client.ended();
  const away = await openClient(pbx.port);
  expect(await away.ended()).toBe("");
  await untilConnected();
  const again = await openLoggedIn(pbx.port, `${LOGIN}Action: CoreShowChannels\nActionID: who\n\n`);
  const talking = eventsNamed(await again.until("CoreShowChannelsComplete"), "CoreShowChannel");
  await play.finished;

  expect(eventsNamed(first, "Newchannel")).toHaveLength(2);
  expect(eventsNamed(first, "Hangup")).toHaveLength(0);
  expect(talking.map((channel) => channel["Channel"]).sort()).toEqual([
    play.mapping.channels.get("PJSIP/101-00000071"),
    play.mapping.channels.get("PJSIP/trunk-00000070"),
  ]);
  expect(new Set(talking.map((channel) => channel["BridgeId"]))).toEqual(
    new Set([play.mapping.bridges.get("4eefcb16-f1b8-4cf3-8386-c3793fca4297")]),
  );
  again.close();

  async function untilConnected(): Promise<void> {
    for (;;) {
      const probe = await openClient(pbx.port);
      const isTaken = await probe.until("Asterisk").then(
        () => true,
        () => false,
      );
      probe.close();
      if (isTaken) return;
    }
  }
});

test("time passes as recorded, divided by the speed; long pauses can be cut", async () => {
  const trace = await fixture("in-answered-101");
  const recordedMs = trace.endedAt - trace.startedAt;
  for (const [speed, expectedMs] of [
    [1, recordedMs],
    [10, recordedMs / 10],
  ] as const) {
    const clock = leapingClock();
    const slow = await startPbxSimulator({ clock, authTimeoutMs: 0 });
    await slow.play(trace, { speed }).finished;

    expect(clock.elapsedMs()).toBeCloseTo(expectedMs, 3);
    await slow.stop();
  }
});

/** Time that passes only while somebody sleeps, and then at once. */
function leapingClock(): Clock & { elapsedMs(): number } {
  let nowMs = 0;
  return {
    now: () => epochMs(1_900_000_000_000 + nowMs),
    monotonicMs: () => nowMs,
    sleep: (ms) => {
      nowMs += ms;
      return Promise.resolve();
    },
    elapsedMs: () => nowMs,
  };
}
