/** GET /v1/status: what the daemon is doing, in JSON, without a client's number in it. */
import type { RouteOptions } from "fastify";

export const statusRoute = (status: () => Promise<object>): RouteOptions => ({
  method: "GET",
  url: "/v1/status",
  handler: async (_request, reply) =>
    reply.header("cache-control", "no-store").send(await status()),
});
