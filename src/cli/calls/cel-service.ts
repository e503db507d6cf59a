/**
 * What the daemon does with CEL: completes calls whose end nobody saw, finds those of a gap, and does
 * the backfills that commands ask for. Exports `createCelService`; without `cel` in the configuration
 * it passes everything through.
 */
import { createCatchUp } from "../../calls/cel/catch-up.ts";
import { heardUntil, noteHeard, readHeard } from "../../calls/cel/heard.ts";
import { openCelSource } from "../../calls/cel/open-source.ts";
import type { FinishedCall } from "../../calls/finished-call.ts";
import { settingsFrom } from "../../calls/settings.ts";
import type { Config } from "../../config/keys.ts";
import type { Clock, EpochMs } from "../../lib/clock.ts";
import { toError } from "../../lib/failure.ts";
import type { Logger } from "../../lib/log.ts";
import type { Statement, Store } from "../../store/store.ts";
import { acceptanceAt, type Acceptance } from "../acceptance.ts";
import { backfill } from "./backfill-run.ts";
import { readBackfillRequest } from "./backfill-request.ts";

export type CelService = {
  /** See CatchUp. */
  complete(call: FinishedCall): Promise<FinishedCall | undefined>;
  /** A backfill that a command asks for. */
  readonly answer: (asked: unknown) => Promise<unknown>;
  start(): Promise<void>;
  connected(at: EpochMs): void;
  lost(at: EpochMs): void;
  stop(): Promise<void>;
};

export type CelServiceDeps = {
  readonly config: Pick<Config, "cel" | "pbx" | "users" | "employees" | "recordings" | "store">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  /** Whose CEL it is, where there are several exchanges. */
  readonly exchange?: string | undefined;
  readonly acceptance: Acceptance;
  readonly onFatal: (error: Error) => void;
};

/** So that a piece is read and told between two live events without being felt. */
const ROWS_AT_ONCE = 10_000;

export function createCelService(deps: CelServiceDeps): CelService {
  const { config, clock, logger, exchange } = deps;
  const acceptance = acceptanceAt(exchange, deps.acceptance);
  const stopping = new AbortController();
  const source = openCelSource(config.cel, { maxRows: ROWS_AT_ONCE });
  const reading = {
    settings: settingsFrom(config),
    recordingsPath: config.recordings.path,
  };
  const catchUp =
    source &&
    createCatchUp({
      source,
      reading,
      clock,
      accept: (call) => acceptance.accept(call),
      heard: {
        read: async () => readHeard((await deps.store.read(heardUntil(exchange)))[0]),
        write: (at) => deps.keep([noteHeard(exchange, at)]),
      },
      onTrouble: ({ reason, hint }) =>
        logger.warn({ reason, hint }, "cel cannot be read, calls stay as they were seen"),
      onCaughtUp: ({ calls, from, to }) =>
        logger.info(
          { calls, gap_s: Math.round((to - from) / 1_000) },
          "calls of a gap read from cel",
        ),
      onCrash: (thrown) => deps.onFatal(toError(thrown)),
    });

  async function answer(asked: unknown): Promise<unknown> {
    const request = readBackfillRequest(asked);
    if (!request.ok) return request;
    if (source === undefined) return { ok: false, failure: NO_CEL };
    return backfill(request.value, {
      source,
      reading,
      now: () => clock.now(),
      signal: stopping.signal,
      ...acceptance,
    });
  }

  return {
    answer,
    complete: (call) => catchUp?.complete(call) ?? Promise.resolve(call),
    start: async () => catchUp?.start(),
    connected: (at) => catchUp?.connected(at),
    lost: (at) => catchUp?.lost(at),
    async stop() {
      stopping.abort();
      await catchUp?.stop();
    },
  };
}

export const NO_CEL = {
  reason: "cel is not configured",
  hint: 'give "cel" in the configuration: where Asterisk writes its channel events (docs/cel.md)',
};
