/**
 * What the local listener says of the daemon to programs that watch it: /healthz, /v1/status and
 * /metrics. Exports `createMetricsService`.
 */
import { statSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { dirname } from "node:path";
import { healthRoutes } from "../http/health.ts";
import { metricsRoute } from "../http/metrics.ts";
import { textOf, type Metrics } from "../lib/metrics.ts";
import type { FastifyRoute } from "../http/create-server.ts";
import { statusRoute } from "../http/status.ts";
import { StoreFailure } from "../store/store.ts";
import { readHealth, statusOf, type StatusSources, type StoreRoom } from "./daemon/status.ts";
import type { Figures } from "./metrics/figures.ts";
import { readGauges, type Gathered } from "./metrics/gauges.ts";

export type MetricsService = {
  readonly routes: readonly FastifyRoute[];
  /** All figures as they are now. */
  readonly gather: () => Promise<Metrics>;
  start(): void;
};

export type MetricsServiceDeps = Omit<StatusSources, "room" | "startedAt"> & {
  readonly figures: Pick<Figures, "metrics">;
  readonly storePath: string;
  /** Beside its own, what /metrics tells. */
  readonly ofProcess: Metrics | undefined;
};

export function createMetricsService(deps: MetricsServiceDeps): MetricsService {
  const { metrics } = deps.figures;
  let gathered: Gathered = { outbox: undefined, room: undefined };
  readGauges(metrics, { ...deps, gathered: () => gathered });
  let startedAt = deps.now();

  async function gather(): Promise<Metrics> {
    const [outbox, room] = await Promise.all([
      deps.outbox().catch(noneOfStore),
      roomOf(deps.storePath),
    ]);
    gathered = { outbox, room };
    return metrics;
  }

  return {
    gather,
    routes: [
      ...healthRoutes(() => readHealth(deps)),
      statusRoute(() =>
        statusOf({
          ...deps,
          startedAt,
          room: () => roomOf(deps.storePath),
        }),
      ),
      metricsRoute(async () =>
        textOf([await gather(), ...(deps.ofProcess === undefined ? [] : [deps.ofProcess])]),
      ),
    ],
    start() {
      startedAt = deps.now();
    },
  };
}

/** A store that does not answer has no figures; all others are told. */
function noneOfStore(thrown: unknown): undefined {
  if (!(thrown instanceof StoreFailure)) throw thrown;
}

/** Of the file with its log, and of the disk; undefined: it cannot be looked at. */
async function roomOf(path: string): Promise<StoreRoom | undefined> {
  try {
    const { bavail, bsize } = await statfs(dirname(path));
    const size = (name: string): number => statSync(name, { throwIfNoEntry: false })?.size ?? 0;
    return { bytes: size(path) + size(`${path}-wal`), freeBytes: bavail * bsize };
  } catch {
    return undefined;
  }
}
