/**
 * Figures for the charts: one row a minute of calls, lag, errors and requests, kept for eight days.
 * Exports `createMinutes`. What is counted is told by whoever does it; counting never waits.
 */
import type { ChartsAnswer, ChartSpan } from "../../http/admin/contract-pages.ts";
import { sql, type Row, type Statement, type Store } from "../../store/store.ts";

export type Minutes = {
  /** A call was accepted; it ended then. */
  readonly call: (id: string, endedAt: number) => void;
  /** A step of this call is done at Kommo. */
  readonly booked: (id: string) => void;
  readonly error: () => void;
  readonly request: () => void;
  readonly charts: (store: Pick<Store, "read">, span: ChartSpan) => Promise<ChartsAnswer>;
  readonly start: () => void;
  readonly stop: () => Promise<void>;
};

export type MinutesDeps = {
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly now: () => number;
  readonly requestsPerSecond: number;
  /** Kommo took the first step of a call, so long after its end. */
  readonly onBooked?: (lagMs: number) => void;
};

const MINUTE_MS = 60_000;
const KEEP_MINUTES = 8 * 24 * 60;
const MOST_UNBOOKED = 5_000;

/** Minutes in one step of the chart, and how many steps. */
const SPANS: Readonly<Record<ChartSpan, { readonly step: number; readonly count: number }>> = {
  hour: { step: 1, count: 60 },
  day: { step: 15, count: 96 },
  week: { step: 120, count: 84 },
};

const nothing = () => ({
  calls: 0,
  errors: 0,
  requests: 0,
  lagMs: undefined as number | undefined,
});

export function createMinutes({ keep, now, requestsPerSecond, onBooked }: MinutesDeps): Minutes {
  const minuteNow = (): number => Math.floor(now() / MINUTE_MS);
  /** When calls ended that Kommo does not have yet. */
  const endedAt = new Map<string, number>();
  let minute = minuteNow();
  let counted = nothing();
  let timer: NodeJS.Timeout | undefined;

  async function write(): Promise<void> {
    const row = counted;
    const at = minute;
    counted = nothing();
    minute = minuteNow();
    await keep([
      sql(
        `INSERT INTO admin_minute (minute, calls, lag_ms, errors, requests) VALUES (?, ?, ?, ?, ?)
         ON CONFLICT (minute) DO UPDATE SET calls = admin_minute.calls + excluded.calls,
           lag_ms = CASE WHEN excluded.lag_ms > coalesce(admin_minute.lag_ms, 0)
                    THEN excluded.lag_ms ELSE admin_minute.lag_ms END,
           errors = admin_minute.errors + excluded.errors,
           requests = admin_minute.requests + excluded.requests`,
        at,
        row.calls,
        row.lagMs === undefined ? null : Math.round(row.lagMs),
        row.errors,
        row.requests,
      ),
      sql("DELETE FROM admin_minute WHERE minute < ?", at - KEEP_MINUTES),
    ]);
  }

  return {
    call(id, at) {
      counted.calls += 1;
      endedAt.set(id, at);
      const oldest = endedAt.size > MOST_UNBOOKED ? endedAt.keys().next().value : undefined;
      if (oldest !== undefined) endedAt.delete(oldest);
    },
    booked(id) {
      const at = endedAt.get(id);
      if (at === undefined) return;
      endedAt.delete(id);
      const lagMs = now() - at;
      counted.lagMs = Math.max(counted.lagMs ?? 0, lagMs);
      onBooked?.(lagMs);
    },
    error: () => void (counted.errors += 1),
    request: () => void (counted.requests += 1),
    async charts(store, span) {
      const { step, count } = SPANS[span];
      const last = Math.floor(minuteNow() / step);
      const first = last - count + 1;
      const rows = await store.read(
        sql(
          `SELECT minute / ${step} AS step, sum(calls) AS calls, max(lag_ms) AS lag_ms,
                  sum(errors) AS errors, sum(requests) AS requests
           FROM admin_minute WHERE minute >= ? GROUP BY step`,
          first * step,
        ),
      );
      const bySteps = new Map(rows.map((row) => [Number(row["step"]), row]));
      const each = (name: string, scale = 1): (number | null)[] =>
        Array.from({ length: count }, (_, index) => {
          const here = bySteps.get(first + index);
          const running = first + index === last ? runningValue(name) : undefined;
          return valueOf(here, { name, scale, running });
        });
      return {
        span,
        from: first * step * MINUTE_MS,
        stepMs: step * MINUTE_MS,
        requestBudget: Math.round(requestsPerSecond * step * 60),
        calls: each("calls"),
        lagSeconds: each("lag_ms", 1_000),
        errors: each("errors"),
        requests: each("requests"),
      };
    },
    start() {
      timer = setInterval(() => {
        if (minuteNow() !== minute) void write().catch(() => undefined);
      }, 5_000);
      timer.unref();
    },
    async stop() {
      clearInterval(timer);
      await write().catch(() => undefined);
    },
  };

  /** Of the minute that is not over yet. */
  function runningValue(name: string): number | undefined {
    switch (name) {
      case "lag_ms":
        return counted.lagMs;
      case "calls":
        return counted.calls;
      case "errors":
        return counted.errors;
      default:
        return counted.requests;
    }
  }
}

function valueOf(
  row: Row | undefined,
  { name, scale, running }: { name: string; scale: number; running: number | undefined },
): number | null {
  const kept = row?.[name];
  if (typeof kept !== "number" && running === undefined) return null;
  const before = typeof kept === "number" ? kept : 0;
  const all = name === "lag_ms" ? Math.max(before, running ?? 0) : before + (running ?? 0);
  return Math.round((all / scale) * 10) / 10;
}
