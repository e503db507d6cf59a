/**
 * POST /webhooks/altegio/{secret}: Altegio tells that something happened. Altegio signs nothing, so the
 * secret in the path is the only proof; without it there is nothing here. Answered at once: who is slow is
 * told again. @source altegio, section 1.6
 */
import type { RouteOptions } from "fastify";
import { onlyWithSecret } from "./secret-path.ts";

export type AltegioWebhookDeps = {
  readonly secret: string;
  /** JSON of any shape. Must return at once. */
  readonly take: (body: unknown) => void;
};

/** A whole appointment stands in each; a list may hold many. */
const BODY_BYTES = 4 * 1_024 * 1_024;

export const altegioWebhookPath = (secret: string): string => `/webhooks/altegio/${secret}`;

export function altegioWebhookRoute({ secret, take }: AltegioWebhookDeps): RouteOptions {
  return {
    method: "POST",
    url: altegioWebhookPath(":secret"),
    bodyLimit: BODY_BYTES,
    ...onlyWithSecret(secret),
    handler: async (request, reply) => {
      const body = bodyOf(request.body);
      if (body === undefined) return reply.code(415).send({ error: "JSON is expected" });
      take(body);
      return reply.code(200).send({ ok: true });
    },
  };
}

/** Some send JSON under the name of a form. */
function bodyOf(body: unknown): unknown {
  if (typeof body === "object" && body !== null) return body;
  if (typeof body !== "string") return undefined;
  try {
    const parsed: unknown = JSON.parse(body);
    return typeof parsed === "object" && parsed !== null ? parsed : undefined;
  } catch {
    return undefined;
  }
}
