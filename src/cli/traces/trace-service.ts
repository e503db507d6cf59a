/**
 * Keeps what was said with Kommo about each call, so that somebody can look at it when a booking is odd:
 * bounded by days and by size, and never in the way of a call. Exports `createTraceService`.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import type { Config } from "../../config/keys.ts";
import type { RequestTold } from "../../kommo/client.ts";
import type { Clock } from "../../lib/clock.ts";
import { toError } from "../../lib/failure.ts";
import type { Logger } from "../../lib/log.ts";
import { createRedactor } from "../../lib/redact.ts";
import { sql, type Row, type Statement, type Store } from "../../store/store.ts";
import { addExchange } from "./schema.ts";

export type TraceService = {
  /** What is asked of Kommo within `work` is about these calls. */
  readonly about: <T>(calls: readonly string[], work: () => Promise<T>) => Promise<T>;
  /** Of each request as it ended. */
  readonly heard: (told: RequestTold) => void;
  start(): void;
  stop(): Promise<void>;
};

export type TraceServiceDeps = {
  readonly config: Pick<Config, "archive">;
  readonly secrets: readonly string[];
  readonly glance: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly clock: Clock;
  readonly logger: Pick<Logger, "warn">;
};

/** Of a body; a batch of fifty calls has some 30 kB. */
export const LONGEST_BODY = 32_000;
/** While the store takes nothing, more are not kept: a trace is worth no memory. */
const MOST_UNWRITTEN = 200;
const SWEEP_EVERY_MS = 60_000;
const DAY_MS = 86_400_000;
const ROWS_AT_ONCE = 200;
const PAUSE_MS = 100;

export function createTraceService(deps: TraceServiceDeps): TraceService {
  const { clock, keep, glance, logger } = deps;
  const { trace_days: days, trace_megabytes: megabytes } = deps.config.archive;
  const redactor = createRedactor(deps.secrets);
  const current = new AsyncLocalStorage<readonly string[]>();
  const stopping = new AbortController();
  const { signal } = stopping;
  let unwritten = 0;
  let running: Promise<void> = Promise.resolve();

  const safe = (text: string): string =>
    redactor.text(text.length > LONGEST_BODY ? `${text.slice(0, LONGEST_BODY)}…` : text, "whole");

  async function write(statement: Statement): Promise<void> {
    unwritten += 1;
    try {
      await keep([statement]);
    } catch {
      // The store is broken, or the daemon stops: whoever writes calls says so.
    } finally {
      unwritten -= 1;
    }
  }

  async function sweepNowAndThen(): Promise<void> {
    while (!signal.aborted) {
      await clock.sleep(SWEEP_EVERY_MS, signal);
      if (signal.aborted) return;
      try {
        await sweep("kommo_exchange", "length(request) + length(answer) + length(path)");
        await sweep("past_event", "length(message)");
      } catch (thrown) {
        if (!signal.aborted)
          logger.warn({ err: toError(thrown) }, "old traces cannot be removed now");
      }
    }
  }

  /** Numbers of rows and their mean size tell how much there is without reading through it. */
  async function sweep(table: "kommo_exchange" | "past_event", size: string): Promise<void> {
    const [row] = await glance.read(
      sql(`SELECT (SELECT min(id) FROM ${table}) AS first, (SELECT max(id) FROM ${table}) AS last,
           (SELECT avg(${size}) FROM (SELECT * FROM ${table} ORDER BY id DESC LIMIT 200) AS newest)
             AS bytes`),
    );
    if (row === undefined || row["first"] === null) return;
    const most = Math.floor((megabytes * 1_000_000) / (Number(row["bytes"]) + 100));
    const upTo = Math.max(Number(row["last"]) - most, 0);
    const before = clock.now() - days * DAY_MS;
    while (!signal.aborted) {
      const gone = await keep([
        sql(
          `DELETE FROM ${table} WHERE id IN (SELECT id FROM ${table} ORDER BY id
             LIMIT ${ROWS_AT_ONCE}) AND (id <= ? OR at < ?) RETURNING id`,
          upTo,
          before,
        ),
      ]);
      if ((gone as readonly (readonly Row[])[]).flat().length < ROWS_AT_ONCE) return;
      await clock.sleep(PAUSE_MS, signal);
    }
  }

  return {
    about: (calls, work) => (days === 0 ? work() : current.run(calls, work)),
    heard({ method, path, status, ms, request, answer }) {
      const calls = current.getStore();
      if (calls === undefined || unwritten >= MOST_UNWRITTEN || signal.aborted) return;
      void write(
        addExchange(calls, {
          ...{ at: clock.now(), method, status: status ?? null, ms },
          path: safe(path),
          request: safe(request ?? ""),
          answer: safe(answer === undefined ? "" : decode(answer)),
        }),
      );
    },
    start() {
      running = sweepNowAndThen();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  };
}

/** A byte more than is kept, so that it shows that something was cut. */
const decode = (bytes: Uint8Array): string =>
  new TextDecoder("utf-8").decode(bytes.subarray(0, LONGEST_BODY + 1));
