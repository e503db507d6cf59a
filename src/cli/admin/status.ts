/** The line at the top of the page, as facts: the two connections, what goes on, what waits. */
import { fieldOf } from "../../ami/message.ts";
import type { AmiSession } from "../../ami/session.ts";
import type { Config } from "../../config/keys.ts";
import type { ExchangeLine, StatusAnswer } from "../../http/admin/contract.ts";
import { madeOnce } from "../../lib/made-once.ts";
import type { OutboxState } from "../../outbox/queries.ts";
import { version } from "../version.ts";
import type { Halted } from "./halted.ts";

type Session = Pick<AmiSession, "send" | "state">;

export type StatusDeps = {
  readonly config: Pick<Config, "kommo">;
  /** Those that there are now. */
  readonly exchanges: readonly {
    /** undefined: the only one. */
    readonly name: string | undefined;
    readonly session: Session;
  }[];
  /** How many calls go on now. */
  readonly running: () => number;
  readonly outbox: { state(): Promise<OutboxState> };
  readonly halted: Pick<Halted, "current">;
  readonly timeZone: () => string;
};

export function createStatus(deps: StatusDeps): () => Promise<StatusAnswer> {
  const accountUrl = deps.config.kommo.account_url.replace(/\/$/, "");
  const tellerOf = madeOnce(exchangeTeller);

  return async () => {
    const { ready, sending, unknown, setAside, oldestReadyAt } = await deps.outbox.state();
    return {
      version: version(),
      account: new URL(accountUrl).host,
      accountUrl,
      timeZone: deps.timeZone(),
      exchanges: await Promise.all(
        deps.exchanges.map(async ({ name, session }) => ({
          name: name ?? null,
          ...(await tellerOf(session)()),
        })),
      ),
      liveCalls: deps.running(),
      waiting: ready + sending,
      ...{ unknown, setAside },
      oldestWaitingAt: oldestReadyAt ?? null,
      halt: deps.halted.current(),
    };
  };
}

function exchangeTeller(session: Session): () => Promise<ExchangeLine> {
  /** Of the connection that stands: asked once. */
  let asked: { readonly since: number; version: string } | undefined;

  async function asteriskVersion(since: number, manager: string): Promise<string> {
    if (asked?.since === since) return asked.version;
    const mine = (asked = { since, version: `(manager ${manager})` });
    const answer = await session.send({ Action: "CoreSettings" });
    const told = answer.ok ? fieldOf(answer.value.response, "AsteriskVersion") : undefined;
    // "22.10.1+dfsg+~cs6" of a distribution is 22.10.1 to everybody else.
    mine.version = told?.replace(/[+~].*$/, "") ?? mine.version;
    return mine.version;
  }

  return async () => {
    const state = session.state();
    switch (state.kind) {
      case "connected": {
        const { since } = state;
        return { is: "connected", since, version: await asteriskVersion(since, state.version) };
      }
      case "waiting":
        return { is: "lost", hint: state.failure.hint };
      case "idle":
      case "connecting":
      case "stopped":
        return { is: "connecting" };
    }
  };
}
