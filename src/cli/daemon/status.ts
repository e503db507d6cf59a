/** What the daemon says of itself on the local listener: counts and states, without a client's number. */
import type { AmiSession, AmiState } from "../../ami/session.ts";
import type { MirrorState } from "../../directory/mirror-state.ts";
import { isFilled } from "../../directory/mirror-state.ts";
import type { DeliveriesAnswer } from "../../http/admin/contract-pages.ts";
import type { Health } from "../../http/health.ts";
import type { OutboxState } from "../../outbox/queries.ts";
import { version } from "../version.ts";
import type { DistributionCounts } from "../distribution/distribution-service.ts";
import type { LoopDelay } from "../metrics/process-figures.ts";
import type { ExchangeLine } from "./exchanges.ts";
import type { KommoPace } from "./kommo-side.ts";

export type StoreRoom = { readonly bytes: number; readonly freeBytes: number };

export type ExchangeSource = Pick<ExchangeLine, "name" | "running"> & {
  readonly session: Pick<AmiSession, "state" | "counters">;
};

export type StatusSources = {
  /** Unix milliseconds. */
  readonly startedAt: number;
  readonly now: () => number;
  /** That it listens to; none: only appointments are its business. */
  readonly exchanges: readonly ExchangeSource[];
  /** Calls that are over and not accepted yet. */
  readonly toAccept: () => number;
  readonly outbox: () => Promise<OutboxState>;
  /** Kommo takes nothing, and why. */
  readonly halt: () => DeliveriesAnswer["halt"];
  readonly kommo: () => KommoPace;
  /** false: the last write was not taken. */
  readonly isStoreWell: () => boolean;
  readonly room: () => Promise<StoreRoom | undefined>;
  readonly mirror: () => MirrorState | undefined;
  readonly distribution: () => DistributionCounts;
  readonly loopDelay: () => LoopDelay;
};

export async function statusOf(sources: StatusSources): Promise<object> {
  const { startedAt, now } = sources;
  const { perSecond, waiting } = sources.kommo();
  const halt = sources.halt();
  const room = await sources.room();
  const { ready, sending, unknown, setAside, oldestReadyAt } = await sources.outbox();
  const { p50, p99, most } = sources.loopDelay();
  return {
    version: version(),
    node: process.versions.node,
    started_at: Math.floor(startedAt / 1_000),
    uptime_seconds: Math.floor((now() - startedAt) / 1_000),
    ...tellExchanges(sources.exchanges),
    live_calls: sources.exchanges.reduce((sum, { running }) => sum + running(), 0),
    calls_to_accept: sources.toAccept(),
    kommo: {
      requests_per_second: perSecond,
      requests_waiting: waiting,
      halted: halt === null ? null : { ...halt, since: Math.floor(halt.since / 1_000) },
    },
    outbox: {
      ...{ ready, sending, unknown, set_aside: setAside },
      oldest_seconds:
        oldestReadyAt === undefined ? 0 : Math.max(0, Math.floor((now() - oldestReadyAt) / 1_000)),
    },
    store: {
      is_well: sources.isStoreWell(),
      ...(room === undefined ? {} : { bytes: room.bytes, free_bytes: room.freeBytes }),
    },
    directory: tellMirror(sources.mirror()),
    distribution: sources.distribution(),
    event_loop_delay_ms: { median: rounded(p50), p99: rounded(p99), max: rounded(most) },
    resident_bytes: process.memoryUsage.rss(),
  };
}

const rounded = (ms: number): number => Math.round(ms * 10) / 10;

/** What is missing until the daemon does its work. Kommo is not: calls are kept while it is away. */
export const readHealth = ({
  exchanges,
  isStoreWell,
}: Pick<StatusSources, "exchanges" | "isStoreWell">): Health => ({
  waitingFor: [
    ...exchanges
      .filter(({ session }) => session.state().kind !== "connected")
      .map(({ name }) => (name === undefined ? "asterisk" : `asterisk ${name}`)),
    ...(isStoreWell() ? [] : ["store"]),
  ],
});

/** One without a name as it is, several by their names. */
function tellExchanges(exchanges: readonly ExchangeSource[]): object {
  const told = exchanges.map(({ name, session, running }) => ({
    name,
    line: { ...tellAmi(session.state()), ...session.counters() },
    running: running(),
  }));
  const [only] = told;
  if (only === undefined) return { asterisk: { state: "idle" } };
  if (only.name === undefined) return { asterisk: only.line };
  return {
    exchanges: told.map(({ name, line, running }) => ({ name, ...line, live_calls: running })),
  };
}

function tellAmi(state: AmiState): object {
  switch (state.kind) {
    case "connected":
      return { state: "connected", since: Math.floor(state.since / 1_000) };
    case "waiting": {
      const { failure, retryInMs } = state;
      const retry = Math.ceil(retryInMs / 1_000);
      return {
        state: "waiting",
        failure: failure.kind,
        hint: failure.hint,
        retry_in_seconds: retry,
      };
    }
    case "idle":
    case "connecting":
    case "stopped":
      return { state: state.kind };
  }
}

const tellMirror = (mirror: MirrorState | undefined): object => ({
  state: mirror === undefined ? "unknown" : isFilled(mirror) ? "filled" : mirror.fill,
  ...(mirror === undefined
    ? {}
    : {
        read: Object.fromEntries(
          Object.entries(mirror.lists).map(([name, { read }]) => [name, read]),
        ),
      }),
});
