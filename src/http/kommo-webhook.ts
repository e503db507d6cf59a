/**
 * POST /webhooks/kommo/{secret}: Kommo tells what happened to cards. Kommo signs nothing, so the secret
 * in the path is the only proof; without it there is nothing here. Answered at once, worked off later.
 * @source kommo-api, section 17: an answer within 2 s, else it is repeated and at last switched off
 */
import type { RouteOptions } from "fastify";
import { parseForm, type FormTree } from "../lib/form-text.ts";
import { onlyWithSecret } from "./secret-path.ts";

export type KommoWebhookDeps = {
  readonly secret: string;
  /** Must return at once. */
  readonly take: (form: FormTree) => void;
};

const BODY_BYTES = 1_024 * 1_024;

export const kommoWebhookPath = (secret: string): string => `/webhooks/kommo/${secret}`;

export function kommoWebhookRoute({ secret, take }: KommoWebhookDeps): RouteOptions {
  return {
    method: "POST",
    url: kommoWebhookPath(":secret"),
    bodyLimit: BODY_BYTES,
    ...onlyWithSecret(secret),
    handler: async (request, reply) => {
      const { body } = request;
      if (typeof body !== "string") return reply.code(415).send({ error: "a form is expected" });
      const form = parseForm(body);
      if (form === undefined) return reply.code(413).send({ error: "too many fields" });
      take(form);
      return reply.code(204).send();
    },
  };
}
