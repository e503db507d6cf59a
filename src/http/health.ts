/**
 * GET /healthz: whether the daemon lives, and whether it does its work. /healthz/live and /healthz/ready
 * say one of the two, by their status: 200, or 503.
 */
import type { RouteOptions } from "fastify";

export type Health = {
  /** What is missing until the daemon does its work, as "asterisk"; empty: it does. */
  readonly waitingFor: readonly string[];
};

export function healthRoutes(health: () => Health): readonly RouteOptions[] {
  const told = (): object => {
    const { waitingFor } = health();
    return { live: true, ready: waitingFor.length === 0, waiting_for: waitingFor };
  };
  return [
    {
      method: "GET",
      url: "/healthz",
      handler: (_request, reply) => reply.header("cache-control", "no-store").send(told()),
    },
    {
      method: "GET",
      url: "/healthz/live",
      handler: (_request, reply) => reply.header("cache-control", "no-store").send(told()),
    },
    {
      method: "GET",
      url: "/healthz/ready",
      handler: (_request, reply) =>
        reply
          .code(health().waitingFor.length === 0 ? 200 : 503)
          .header("cache-control", "no-store")
          .send(told()),
    },
  ];
}
