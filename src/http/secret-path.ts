/**
 * Routes that only who knows the secret in their path finds: for senders that sign nothing. Exports
 * `onlyWithSecret`, for a route whose address holds `:secret`.
 */
import { createHash, timingSafeEqual } from "node:crypto";
import type { FastifyReply, FastifyRequest, RouteOptions } from "fastify";

/** Before the body is read: a stranger costs nothing, and finds nothing. */
export const onlyWithSecret = (secret: string): Pick<RouteOptions, "onRequest"> => ({
  onRequest: async (request: FastifyRequest, reply: FastifyReply) => {
    if (isSame(secretOf(request), secret)) return;
    await reply.code(404).send({ error: "not found" });
  },
});

function secretOf({ params }: FastifyRequest): string {
  const found: unknown = (params as Readonly<Record<string, unknown>>)["secret"];
  return typeof found === "string" ? found : "";
}

/** In a time that tells nothing of how much of it was right. */
function isSame(given: string, secret: string): boolean {
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  return timingSafeEqual(digest(given), digest(secret));
}
