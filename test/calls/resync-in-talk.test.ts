// The exchange is asked for its running channels now and then, also while nothing was lost. What it
// lists must change nothing of a call that is followed, and end what it no longer lists.
import { join } from "node:path";
import { expect, test as inTurn } from "@jest/globals";
import { parseEvent } from "../../src/ami/parse-event.ts";
import type { RunningChannel } from "../../src/ami/event.ts";
import type { AmiText } from "../../src/ami/framer.ts";
import { createAmiSession } from "../../src/ami/session.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { createCallTracker } from "../../src/calls/tracker.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPbxSimulator } from "../../src/simulator/pbx/server.ts";
import { readTrace } from "../../src/simulator/pbx/trace.ts";

/** Each waits most of its time, and has all that it needs for itself: at once. */
const test = inTurn.concurrent;

const RECORDINGS = join(import.meta.dirname, "../../src/simulator/recordings");

/** Follows one recorded call; asks for the running channels every `everyMs`. */
async function follow(
  recording: string,
  { everyMs, isLost = () => false }: { everyMs: number; isLost?: (text: AmiText) => boolean },
): Promise<FinishedCall[]> {
  const trace = await readTrace(join(RECORDINGS, recording));
  if (!trace.ok) throw new Error(trace.failure.hint);
  const pbx = await startPbxSimulator({ users: [{ ...DEFAULT_USER, secret: "secret" }] });
  const calls: FinishedCall[] = [];
  const tracker = createCallTracker({
    clock: systemClock,
    settings: { extensions: ["_10X"] },
    onStage: () => undefined,
    onFinished: (call) => calls.push(call),
  });
  const connected = Promise.withResolvers<void>();
  const session = createAmiSession({
    address: { host: "127.0.0.1", port: pbx.port },
    credentials: { username: "asterisk-kommo", secret: "secret", auth: "plain" },
    clock: systemClock,
    onMessage: (text, at) => {
      const event = parseEvent(text);
      if (event !== undefined && !isLost(text)) tracker.event(event, at);
    },
    onSnapshot: ({ channels, isComplete, at }) => {
      const running = channels
        .map(parseEvent)
        .flatMap((event): RunningChannel[] =>
          event?.kind === "running-channel" ? [event.channel] : [],
        );
      tracker.snapshot(running, { isComplete, at });
      connected.resolve();
    },
  });
  session.start(new AbortController().signal);
  await connected.promise;

  const asking = setInterval(() => void session.resync(), everyMs);
  await pbx.play(trace.value, {}).finished;
  // What the last event left behind is asked for once more, later than a list may lag behind.
  await new Promise((resolve) => setTimeout(resolve, 300));
  clearInterval(asking);
  // A channel that is no longer listed is believed gone 5 s after its last event at the earliest; how
  // long a busy machine takes to get there is not this test's matter.
  const giveUpAt = Date.now() + 60_000;
  while (calls.length === 0 && Date.now() < giveUpAt) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    await session.resync();
    await tracker.settle();
  }
  tracker.stop();
  await session.stop();
  await pbx.stop();
  return calls;
}

test.each(["in-answered-101", "in-queue-local-members", "xfer-blind-refer", "click-answered"])(
  "%s is told as ever, however often the exchange is asked meanwhile",
  async (recording) => {
    const [asked, left] = await Promise.all([
      follow(recording, { everyMs: 150 }),
      follow(recording, { everyMs: 600_000 }),
    ]);

    const told = (calls: readonly FinishedCall[]): unknown =>
      calls.map(({ direction, clientPhone, result, answeredBy, conversations }) => ({
        direction,
        clientPhone,
        result,
        answeredBy,
        conversations: conversations.map((part) => ({
          extension: part.extension,
          result: part.result,
          withClient: part.withClient,
          talkSeconds: Math.round(part.talkSeconds),
        })),
      }));
    expect(told(asked)).toEqual(told(left));
  },
  90_000,
);

test("a call whose hangups were lost is closed when the exchange no longer lists it", async () => {
  const calls = await follow("in-answered-101", {
    everyMs: 600_000,
    isLost: (text) => text.startsWith("Event: Hangup"),
  });

  expect(calls).toHaveLength(1);
  expect(calls[0]).toMatchObject({ result: "answered", answeredBy: "101", isEndKnown: false });
});
