// The faults that other rooms' tests switch on.
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { startPbxSimulator, type PbxSimulator } from "../../../src/simulator/pbx/server.ts";
import { eventsNamed, fixture, openClient, openLoggedIn } from "./raw-client.ts";

let pbx: PbxSimulator;
beforeEach(async () => {
  pbx = await startPbxSimulator();
});
afterEach(() => pbx.stop());

test.each(["end", "reset"] as const)(
  "all connections are cut at once (%s), and new ones are taken",
  async (how) => {
    const clients = [await openLoggedIn(pbx.port), await openClient(pbx.port)];

    pbx.faults.closeAll(how);

    await Promise.all(clients.map((client) => client.ended()));
    (await openLoggedIn(pbx.port)).close();
  },
);

test("who is connected, and as whom, can be asked", async () => {
  const known = await openLoggedIn(pbx.port);
  const stranger = await openClient(pbx.port);
  await stranger.until("Asterisk");

  expect(pbx.clients().map((client) => client.user)).toEqual(["asterisk-kommo", undefined]);
  known.close();
  stranger.close();
});

test("a black hole takes connections and says nothing, until it is switched off", async () => {
  pbx.faults.blackHole(true);
  const lost = await openClient(pbx.port);
  lost.send("Action: Ping\n\n");
  pbx.faults.blackHole(false);
  const served = await openLoggedIn(pbx.port);

  expect(lost.text()).toBe("");
  lost.close();
  served.close();
});

test("a silent line stays open and tells nothing; what happened meanwhile is lost", async () => {
  const client = await openLoggedIn(pbx.port);

  pbx.faults.silence(true);
  await pbx.play(await fixture("in-answered-101"), { speed: Infinity }).finished;
  pbx.faults.silence(false);
  client.send("Action: Ping\nActionID: back\n\n");
  const stream = await client.until("ActionID: back\n");

  expect(eventsNamed(stream, "Newchannel")).toEqual([]);
  client.close();
});

test("in pieces of one byte the same is said", async () => {
  pbx.faults.chunkBytes(1);
  const client = await openLoggedIn(pbx.port);

  await pbx.play(await fixture("in-answered-101"), { speed: Infinity }).finished;
  client.send("Action: Ping\nActionID: end\n\n");

  expect(eventsNamed(await client.until("ActionID: end\n"), "Hangup")).toHaveLength(2);
  client.close();
});

test("a connection can be cut in the middle of an event", async () => {
  const client = await openLoggedIn(pbx.port);

  pbx.faults.dropMidEvent();
  const play = pbx.play(await fixture("in-answered-101"));
  const stream = await client.ended();
  play.stop();

  expect(stream.endsWith("\r\n\r\n")).toBe(false);
  expect(stream).toContain("Event: ");
});

test("an exchange that is away closes at once, until it is back", async () => {
  pbx.faults.refuse(true);
  const away = await openClient(pbx.port);
  expect(await away.ended()).toBe("");
  pbx.faults.refuse(false);

  (await openLoggedIn(pbx.port)).close();
});

test("a clean restart hangs up, says Shutdown, closes, and comes back with new ids and no calls", async () => {
  const trace = await fixture("in-answered-101");
  const client = await openLoggedIn(pbx.port);
  const play = pbx.play(trace, { speed: 1, maxPauseMs: 20 });
  await client.until("BridgeNumChannels: 2\n");

  await pbx.faults.restart();
  const stream = await client.ended();
  const again = await openLoggedIn(pbx.port);

  expect(eventsNamed(stream, "Hangup")).toMatchObject([{ Cause: "16" }, { Cause: "16" }]);
  expect(
    stream.endsWith(
      "Event: Shutdown\r\nPrivilege: system,all\r\nShutdown: Cleanly\r\nRestart: True\r\n\r\n",
    ),
  ).toBe(true);
  expect(await play.finished).toBe("stopped");
  expect(pbx.live().channels).toEqual([]);
  const anew = pbx.play(trace, { speed: Infinity });
  await anew.finished;
  expect(anew.mapping.uniqueids.get("1795261714.0")).toMatch(/\.0$/);
  expect(anew.mapping.channels.get("PJSIP/trunk-00000000")).toBe("PJSIP/trunk-00000000");
  again.close();
});

test("a killed exchange says nothing of its calls' end", async () => {
  const client = await openLoggedIn(pbx.port);
  const trace = await fixture("in-answered-101");
  const messages = trace.parts.flatMap((part) => part.messages);
  const talk = messages.findIndex(({ text }) => text.startsWith("Event: BridgeLeave"));
  // What comes after the talk is an hour away.
  const held = messages.map((one, i) => ({
    ...one,
    at: (trace.startedAt + (i < talk ? 0 : 3_600_000)) as typeof one.at,
  }));
  pbx.play({ ...trace, parts: [{ messages: held }] });
  await client.until("BridgeNumChannels: 2\n");

  await pbx.faults.restart({ clean: false });
  const stream = await client.ended();

  expect(eventsNamed(stream, "Hangup")).toEqual([]);
  expect(stream).not.toContain("Shutdown");
  expect(pbx.live().channels).toEqual([]);
});
