/**
 * What a daemon of several accounts says of itself as a whole, on the local listener: /healthz,
 * /metrics, /v1/status, and where each account's own admin page is. Exports
 * `hostRoutes` and `isWell`.
 */
import { healthRoutes } from "../../http/health.ts";
import { metricsRoute } from "../../http/metrics.ts";
import { statusRoute } from "../../http/status.ts";
import type { Clock } from "../../lib/clock.ts";
import { textOf } from "../../lib/metrics.ts";
import type { OpenRoutes } from "../daemon/listeners.ts";
import type { ProcessFigures } from "../metrics/process-figures.ts";
import { version } from "../version.ts";
import type { AccountRunner } from "./account-runner.ts";
import type { Standby } from "./standby.ts";

export type HostRoutesDeps = {
  /** Of all accounts. */
  readonly names: () => readonly string[];
  /** Those that this host serves. */
  readonly accounts: () => readonly AccountRunner[];
  /** Listening for those that another host serves. */
  readonly standbyOf: (name: string) => Pick<Standby, "isWell"> | undefined;
  readonly figures: Pick<ProcessFigures, "metrics">;
  readonly clock: Pick<Clock, "now">;
};

export function hostRoutes(deps: HostRoutesDeps): OpenRoutes {
  const { names, accounts, figures, clock } = deps;
  const startedAt = clock.now();
  return {
    open: [],
    local: [
      metricsRoute(async () => {
        const running = accounts().flatMap((one) => one.daemon() ?? []);
        const all = await Promise.all(running.map((daemon) => daemon.metrics()));
        return textOf([figures.metrics, ...all]);
      }),
      ...healthRoutes(() => ({
        waitingFor: accounts()
          .filter((one) => !isWell(one))
          .map(({ name }) => name),
      })),
      statusRoute(() =>
        Promise.resolve({
          version: version(),
          node: process.versions.node,
          started_at: Math.floor(startedAt / 1_000),
          uptime_seconds: Math.floor((clock.now() - startedAt) / 1_000),
          resident_bytes: process.memoryUsage.rss(),
          accounts: names().map((name) =>
            tellAccount(
              name,
              accounts().find((one) => one.name === name),
              deps.standbyOf(name),
            ),
          ),
        }),
      ),
    ],
  };
}

function tellAccount(
  name: string,
  one: AccountRunner | undefined,
  standby: Pick<Standby, "isWell"> | undefined,
): object {
  if (one === undefined)
    return {
      ...{ name, state: "on another host" },
      ...(standby === undefined ? {} : { is_listening: standby.isWell() }),
    };
  const reason = one.trouble();
  return {
    ...{ name, state: stateOf(one) },
    ...(reason === undefined ? {} : { reason }),
    ...{ status: `/${name}/v1/status`, admin: `/${name}/admin/` },
  };
}

const stateOf = (one: AccountRunner): "runs" | "waits for Asterisk" | "is down" => {
  const daemon = one.daemon();
  if (daemon === undefined) return "is down";
  return isWell(one) ? "runs" : "waits for Asterisk";
};

/** Connected to its exchange, or has none. */
export function isWell(one: AccountRunner): boolean {
  const state = one.daemon()?.amiState().kind;
  return state === "connected" || state === "idle";
}
