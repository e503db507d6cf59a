/** An AMI session under test: its exchange, its clock, and everything it told, in order. */
import type { AmiState } from "../../src/ami/session.ts";
import { createAmiSession } from "../../src/ami/session.ts";
import type { AmiSession, AmiSessionDeps } from "../../src/ami/session.ts";
import { secondsOf } from "../../src/lib/clock.ts";
import { createFakeClock, until } from "./fake-clock.ts";
import type { FakeClock } from "./fake-clock.ts";
import { startExchange } from "./scripted-exchange.ts";
import type { Exchange, Script } from "./scripted-exchange.ts";

export type Harness = {
  readonly exchange: Exchange;
  readonly clock: FakeClock;
  readonly session: AmiSession;
  readonly states: AmiState[];
  /** "state connected", "snapshot 2", "event Hangup", "lost" … */
  readonly told: string[];
  readonly lostAfterSeconds: number[];
  readonly connected: () => Promise<void>;
  readonly waiting: (times?: number) => Promise<Extract<AmiState, { kind: "waiting" }>>;
};

const running: { session: AmiSession; exchange: Exchange }[] = [];

/** To be called after each test. */
export async function stopAll(): Promise<void> {
  for (const { session, exchange } of running.splice(0)) {
    await exchange.close();
    await session.stop();
  }
}

export async function startSession(
  script: Script = {},
  over: Partial<AmiSessionDeps> = {},
): Promise<Harness> {
  const exchange = await startExchange(script);
  const clock = createFakeClock(0);
  const told: string[] = [];
  const states: AmiState[] = [];
  const lostAfterSeconds: number[] = [];
  const session = createAmiSession({
    address: { host: "127.0.0.1", port: exchange.port },
    credentials: { username: "crm", secret: "s3cret", auth: "plain" },
    clock,
    random: () => 0.5,
    onMessage: (text) => told.push(`event ${text.slice(7, text.indexOf("\r\n"))}`),
    onSnapshot: (snapshot) => told.push(`snapshot ${snapshot.channels.length}`),
    onLost: (at) => {
      told.push("lost");
      lostAfterSeconds.push(secondsOf(at));
    },
    onState: (state) => {
      told.push(`state ${state.kind}`);
      states.push(state);
    },
    ...over,
  });
  running.push({ session, exchange });
  session.start(new AbortController().signal);
  const count = (what: string): number => told.filter((entry) => entry === what).length;
  return {
    exchange,
    clock,
    session,
    states,
    told,
    lostAfterSeconds,
    connected: () => until(() => told.some((entry) => entry.startsWith("snapshot"))),
    waiting: async (times = 1) => {
      await until(() => count("state waiting") >= times);
      const waits = states.filter((state) => state.kind === "waiting");
      return waits[times - 1] as Extract<AmiState, { kind: "waiting" }>;
    },
  };
}
