/** GET /metrics: the daemon's figures for Prometheus, without a client's number in them. */
import type { RouteOptions } from "fastify";
import { METRICS_TYPE } from "../lib/metrics.ts";

export const metricsRoute = (text: () => Promise<string>): RouteOptions => ({
  method: "GET",
  url: "/metrics",
  handler: async (_request, reply) =>
    reply
      .header("cache-control", "no-store")
      .type(METRICS_TYPE)
      .send(await text()),
});
