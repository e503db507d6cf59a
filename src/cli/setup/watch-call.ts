/** A call from any telephone, watched as it happens: proof that the exchange is heard and understood. */
import { createEventTime } from "../../ami/event-time.ts";
import { parseEvent } from "../../ami/parse-event.ts";
import type { AmiAddress } from "../../ami/ami-failure.ts";
import { createAmiSession } from "../../ami/session.ts";
import type { LiveStage } from "../../calls/fact.ts";
import type { FinishedCall } from "../../calls/finished-call.ts";
import type { CallSettings } from "../../calls/settings.ts";
import { createCallTracker } from "../../calls/tracker.ts";
import type { Clock } from "../../lib/clock.ts";
import { maskPhone } from "../../lib/phone.ts";

export type WatchedCall = "seen" | "nothing" | "no-connection";

/** Resolves after the first call that ended, or after `seconds`. */
export async function watchCall(given: {
  readonly address: AmiAddress;
  readonly credentials: { readonly username: string; readonly secret: string };
  readonly settings: CallSettings;
  readonly clock: Clock;
  readonly seconds: number;
  readonly say: (text: string) => void;
  readonly onListening?: () => void;
}): Promise<WatchedCall> {
  const { clock, say } = given;
  const done = Promise.withResolvers<WatchedCall>();
  const over = new AbortController();
  const tracker = createCallTracker({
    clock,
    settings: given.settings,
    onStage: (stage) => say(`  ${tellStage(stage)}\n`),
    onFinished: (call) => {
      say(`  ${tellCall(call)}\n`);
      done.resolve("seen");
    },
  });
  let eventTime = createEventTime();
  const session = createAmiSession({
    address: given.address,
    credentials: { ...given.credentials, auth: "plain" },
    clock,
    onMessage: (text, at) => {
      const event = parseEvent(text);
      if (event !== undefined) tracker.event(event, eventTime(text, at));
    },
    onState: (state) => {
      if (state.kind === "connected") {
        eventTime = createEventTime();
        tracker.connected(state.since);
        given.onListening?.();
      }
      if (state.kind === "waiting") done.resolve("no-connection");
    },
  });
  session.start(over.signal);
  void clock.sleep(given.seconds * 1_000, over.signal).then(() => done.resolve("nothing"));
  try {
    return await done.promise;
  } finally {
    over.abort();
    tracker.stop();
    await session.stop();
  }
}

const STAGES: Readonly<Record<LiveStage["stage"], string>> = {
  conversation_requested: "rings",
  conversation_accepted: "has answered",
  conversation_ended: "is out of the call",
  call_ended: "the call is over",
};

function tellStage({ stage, direction, extension, clientPhone }: LiveStage): string {
  if (stage === "call_ended") return STAGES[stage];
  const client = clientPhone === undefined ? "" : `, client ${maskPhone(clientPhone)}`;
  return `${direction} call: ${extension ?? "?"} ${STAGES[stage]}${client}`;
}

function tellCall({ direction, result, answeredBy, startedAt, endedAt }: FinishedCall): string {
  const seconds = Math.round((endedAt - startedAt) / 1_000);
  const who = answeredBy === undefined ? "" : ` by ${answeredBy}`;
  return `understood: ${direction}, ${result}${who}, ${seconds} s in all`;
}
