/**
 * The AMI user who dials: a second one with fewer rights where it is configured, else the one who
 * listens. What it may do Asterisk itself tells, after each login. Exports `createDiallingLines`: one for
 * each exchange.
 */
import type { AmiAddress } from "../../ami/ami-failure.ts";
import { createAmiSession, type AmiSession, type AmiState } from "../../ami/session.ts";
import type { Config } from "../../config/keys.ts";
import { exchangeIn } from "../../lib/exchange-names.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import type { ExchangeSide } from "../daemon/exchange-side.ts";

type DiallingLine = {
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

function createDiallingLine(deps: DiallingLineDeps): DiallingLine {
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

export type DiallingLines = {
  /** Of the exchange whose extension or call this is; undefined: there is none. */
  readonly of: (name: string) => DiallingLine | undefined;
  /** Whether one of them lets it run this action. */
  readonly may: DiallingLine["may"];
  /** @param exchange undefined: the only one */
  readonly connected: (exchange: string | undefined) => void;
  readonly start: (signal: AbortSignal) => void;
  readonly stop: () => Promise<void>;
};

export function createDiallingLines(
  sides: readonly Pick<ExchangeSide, "view" | "address" | "session">[],
  { clock, logger }: { readonly clock: Clock; readonly logger: Logger },
): DiallingLines {
  const lines = new Map(
    sides.map(({ view: { name, config }, address, session }) => {
      const log = name === undefined ? logger : logger.child({ exchange: name });
      return [name, createDiallingLine({ config, address, listening: session, clock, log })];
    }),
  );
  return {
    of: (name) => lines.get(exchangeIn(name)),
    may: (action) => [...lines.values()].some((line) => line.may(action)),
    connected: (exchange) => lines.get(exchange)?.connected(),
    start(signal) {
      for (const line of lines.values()) line.start(signal);
    },
    stop: async () => void (await Promise.all([...lines.values()].map((line) => line.stop()))),
  };
}
