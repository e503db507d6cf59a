/**
 * The AMI user who dials: a second one with fewer rights where it is configured, else the one who
 * listens. What it may do Asterisk itself tells, after each login. Exports `createDiallingLine`.
 */
import type { AmiAddress } from "../../ami/ami-failure.ts";
import { createAmiSession, type AmiSession, type AmiState } from "../../ami/session.ts";
import type { Config } from "../../config/keys.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";

export type DiallingLine = {
  readonly send: AmiSession["send"];
  /** Whether Asterisk lets it run this action; true where it did not say. */
  may(action: "Originate" | "Hangup" | "BlindTransfer"): boolean;
  /** The listening session is connected. */
  connected(): void;
  start(signal: AbortSignal): void;
  stop(): Promise<void>;
};

type DiallingLineDeps = {
  readonly config: Pick<Config, "ami">;
  readonly address: AmiAddress;
  readonly listening: Pick<AmiSession, "send">;
  readonly clock: Clock;
  readonly log: Pick<Logger, "info" | "warn">;
};

export function createDiallingLine(deps: DiallingLineDeps): DiallingLine {
  const { config, address, listening, clock, log } = deps;
  const { auth, dialler } = config.ami;
  let allowed: ReadonlySet<string> | undefined;
  const own =
    dialler.username === undefined || dialler.secret === undefined
      ? undefined
      : createAmiSession({
          address,
          credentials: { username: dialler.username, secret: dialler.secret, auth },
          clock,
          listens: false,
          onMessage: () => undefined,
          onState: told,
        });
  const send = own?.send ?? listening.send;

  function told(state: AmiState): void {
    if (state.kind === "connected") {
      log.info({ user: dialler.username }, "the dialling user is connected");
      void learn();
    }
    if (state.kind === "waiting")
      log.warn({ failure: state.failure.kind, hint: state.failure.hint }, "no dialling user");
  }

  async function learn(): Promise<void> {
    const answer = await send({ Action: "ListCommands" });
    allowed = answer.ok
      ? new Set(answer.value.response.fields.map(([name]) => name.toLowerCase()))
      : undefined;
  }

  return {
    send,
    may: (action) => allowed?.has(action.toLowerCase()) ?? true,
    connected() {
      if (own === undefined) void learn();
    },
    start: (signal) => own?.start(signal),
    stop: async () => {
      await own?.stop();
    },
  };
}
