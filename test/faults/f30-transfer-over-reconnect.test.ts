// F30: the line to the exchange breaks in the moment in which calls become one, a transfer is done or one
// channel takes another's place. Who spoke with the client in the end is what the telephones did.
import { expect, test as inTurn } from "@jest/globals";
import type { RunningChannel } from "../../src/ami/event.ts";
import { parseEvent } from "../../src/ami/parse-event.ts";
import { createAmiSession } from "../../src/ami/session.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { createCallTracker } from "../../src/calls/tracker.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { isSamePhone } from "../../src/lib/phone.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";
import { labSettings, traceFolder, truthOf } from "../calls/recorded-traces.ts";
import { until } from "./office-day.ts";

/** Each waits most of its time, and has all that it needs for itself: at once. */
const test = inTurn.concurrent;

/** Follows a recorded call; the line breaks with the first event of this kind. */
async function followBroken(folder: string, breaksAt: string): Promise<FinishedCall[]> {
  const trace = await readTrace(folder);
  if (!trace.ok) throw new Error(trace.failure.hint);
  const pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: "secret" }] });
  const calls: FinishedCall[] = [];
  const tracker = createCallTracker({
    ...{ clock: systemClock, settings: labSettings },
    ...{ onStage: () => undefined, onFinished: (call) => calls.push(call) },
  });
  let snapshots = 0;
  const session = createAmiSession({
    address: { host: "127.0.0.1", port: pbx.port },
    credentials: { username: "asterisk-kommo", secret: "secret", auth: "plain" },
    clock: systemClock,
    random: () => 0,
    onMessage(text, at) {
      const event = parseEvent(text);
      if (event !== undefined) tracker.event(event, at);
    },
    onSnapshot({ channels, bridges, isComplete, at }) {
      for (const event of bridges.map(parseEvent))
        if (event !== undefined) tracker.event(event, at);
      const running = channels
        .map(parseEvent)
        .flatMap((event): RunningChannel[] =>
          event?.kind === "running-channel" ? [event.channel] : [],
        );
      tracker.snapshot(running, { isComplete, at });
      snapshots += 1;
    },
    onLost: (at) => tracker.connectionLost(at),
    onState(state) {
      if (state.kind === "connected") tracker.connected(state.since);
    },
  });
  session.start(new AbortController().signal);
  await until(
    () => snapshots === 1,
    () => "it never logged in",
  );

  let breaks = 0;
  await pbx.play(trace.value, {
    edit(event) {
      if (breaks === 0 && event.startsWith(`Event: ${breaksAt}\r\n`)) {
        breaks += 1;
        pbx.faults.closeAll("reset");
      }
      return event;
    },
  }).finished;
  await until(
    () => snapshots > 1,
    () => `it never came back; the line broke ${breaks} times`,
  );
  // What ended while nobody listened is seen by what is no longer listed.
  for (let tries = 0; tries < 100 && tracker.live().calls > 0; tries++) {
    await session.resync();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  await tracker.settle();
  tracker.stop();
  await session.stop();
  await pbx.stop();
  return calls;
}

const BREAKS: readonly (readonly [trace: string, exchange: string, event: string])[] = [
  ["xfer-att-refer-completed", "ast22", "AttendedTransfer"],
  ["xfer-att-dtmf-early-hangup", "ast22", "AttendedTransfer"],
  ["xfer-att-dtmf-early-hangup", "ast22", "BridgeMerge"],
  ["xfer-blind-refer", "ast22", "BlindTransfer"],
  ["xfer-blind-from-queue", "ast22", "BlindTransfer"],
  ["xfer-blind-dtmf", "ast16", "BlindTransfer"],
  ["in-queue-local-optimized", "ast22", "LocalOptimizationEnd"],
  ["pickup-directed", "ast22", "Pickup"],
  ["park-retrieved", "ast22", "BlindTransfer"],
];

test.each(BREAKS)(
  "F30: %s (%s) with the line broken at %s is one call of the client, and of who spoke last",
  async (trace, exchange, event) => {
    const folder = traceFolder(trace, exchange);
    const truth = truthOf(folder);

    const calls = await followBroken(folder, event);

    const withClient = calls.filter(({ direction }) => direction !== "internal");
    expect(withClient).toHaveLength(1);
    expect(withClient[0]).toMatchObject({
      direction: truth.direction,
      result: truth.final_result,
      answeredBy: truth.last_talking_ext,
    });
    expect(isSamePhone(withClient[0]?.clientPhone ?? "", truth.client_phone ?? "")).toBe(true);
  },
);
