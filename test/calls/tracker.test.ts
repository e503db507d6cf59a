import { expect, test } from "@jest/globals";
import { linkedId, channelName, uniqueId } from "../../src/ami/ids.ts";
import type { LiveStage } from "../../src/calls/fact.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { createCallTracker } from "../../src/calls/tracker.ts";
import { epochMs } from "../../src/lib/clock.ts";
import type { Clock } from "../../src/lib/clock.ts";

/** Time that passes only when the test says so. */
function handClock(): Clock & { pass(ms: number, earlyMs?: number): Promise<void> } {
  let now = 1_795_000_000_000;
  let sleepers: { until: number; wake: () => void }[] = [];
  return {
    now: () => epochMs(now),
    monotonicMs: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        sleepers.push({ until: now + ms, wake: resolve });
        signal?.addEventListener("abort", () => resolve(), { once: true });
      }),
    /** @param earlyMs so much too soon its timers end */
    async pass(ms, earlyMs = 0) {
      now += ms;
      const due = sleepers.filter(({ until }) => until <= now + earlyMs);
      sleepers = sleepers.filter(({ until }) => until > now + earlyMs);
      for (const { wake } of due) wake();
      for (let i = 0; i < 5; i++) await Promise.resolve();
    },
  };
}

const client = {
  id: uniqueId("1795000000.1"),
  linked: linkedId("1795000000.1"),
  name: channelName("PJSIP/trunk-00000001"),
};
const phone = {
  id: uniqueId("1795000000.2"),
  linked: client.linked,
  name: channelName("PJSIP/101-00000002"),
};

function openTracker() {
  const clock = handClock();
  const stages: LiveStage[] = [];
  const finished: FinishedCall[] = [];
  const tracker = createCallTracker({
    clock,
    settings: { extensions: ["_1XX"], trunks: ["PJSIP/trunk"] },
    onStage: (stage) => stages.push(stage),
    onFinished: (call) => finished.push(call),
  });
  tracker.connected();
  tracker.event({
    kind: "new-channel",
    channel: client,
    stateName: "Ring",
    callerNumber: "79161234567",
    context: "from-trunk",
    exten: "74951000101",
  });
  return { clock, tracker, stages, finished };
}

test("a call is told within 250 ms of its last hangup, although nothing more happens", async () => {
  const { clock, tracker, finished } = openTracker();

  tracker.event({ kind: "hangup", channel: client, cause: 16 });
  const atOnce = finished.length;
  await clock.pass(200);

  expect(atOnce).toBe(0);
  expect(finished).toHaveLength(1);
});

test("a stage is told at once, with the client's number for the popup", () => {
  const { tracker, stages } = openTracker();

  tracker.event({
    kind: "dial-begin",
    from: client,
    to: phone,
    toCallerNumber: "101",
    dialString: "101",
  });

  expect(stages).toMatchObject([
    {
      stage: "conversation_requested",
      extension: "101",
      clientPhone: "79161234567",
      did: "74951000101",
      direction: "inbound",
    },
  ]);
});

test("a call that is over is told before the tracker stops, also where a timer ends too soon", async () => {
  const { clock, tracker, finished } = openTracker();
  tracker.event({ kind: "hangup", channel: client, cause: 16 });

  const settled = tracker.settle().then(() => tracker.stop());
  await clock.pass(99, 1);
  await clock.pass(1);
  await settled;

  expect(finished).toHaveLength(1);
});

test("what goes on can be counted, and a stopped tracker tells no more", async () => {
  const { clock, tracker, finished } = openTracker();

  const live = tracker.live();
  tracker.event({ kind: "hangup", channel: client, cause: 16 });
  tracker.stop();
  await clock.pass(10_000);

  expect(live).toEqual({ calls: 1, channels: 1 });
  expect(finished).toHaveLength(0);
});
