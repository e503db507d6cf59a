/**
 * GET /webhooks/kommo/access-revoked: Kommo calls it when an administrator disables the integration.
 * It is signed; who cannot sign finds nothing here. What a genuine one says is checked, not believed,
 * since it never changes and can be repeated by whoever saw it once.
 * @source kommo-api, section 4.5
 */
import type { RouteOptions } from "fastify";

export type AccessRevokedDeps = {
  /** Checks the signature, and has the access tried. Must return at once. @returns whether it is Kommo's */
  hearRevoked(query: URLSearchParams): boolean;
};

export const ACCESS_REVOKED_PATH = "/webhooks/kommo/access-revoked";

export const accessRevokedRoute = (access: AccessRevokedDeps): RouteOptions => ({
  method: "GET",
  url: ACCESS_REVOKED_PATH,
  handler: (request, reply) => {
    const query = new URL(request.url, "http://localhost").searchParams;
    return access.hearRevoked(query)
      ? reply.code(204).send()
      : reply.code(404).send({ error: "not found" });
  },
});
