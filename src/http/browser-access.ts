/**
 * Which pages may ask: an exact list of origins and of the names that this host is called by. Exports
 * `forBrowsers`, which puts the door before routes and gives each its answer to a preflight.
 * @source the Fetch standard, CORS; Private Network Access
 */
import type { FastifyReply, FastifyRequest, RouteOptions } from "fastify";
import type { Refusal } from "./widget-contract.ts";

export type BrowserAccess = {
  /** "https://acme.kommo.com", exact. */
  readonly origins: readonly string[];
  /** Host names without ports, beside localhost and addresses of this host. */
  readonly names: readonly string[];
};

const BODY_BYTES = 16 * 1_024;
const HEADERS = ["x-auth-token", "authorization", "content-type", "idempotency-key", "accept"];
const PREFLIGHT_SECONDS = "600";

export function forBrowsers(
  access: BrowserAccess,
  routes: readonly RouteOptions[],
): readonly RouteOptions[] {
  const urls = new Set(routes.map(({ url }) => url));
  const methodsOf = (url: string): string[] =>
    routes.flatMap((route) => (route.url === url ? [route.method].flat() : []));
  return [
    ...routes.map((route): RouteOptions => ({
      bodyLimit: BODY_BYTES,
      ...route,
      // One that is refused goes no further.
      onRequest: (request, reply, done) => {
        if (enter(request, reply, access)) done();
      },
      errorHandler: (error, _request, reply) => {
        const status = error.statusCode ?? 500;
        if (status >= 500) throw error;
        void refuse(reply, status, {
          error: "request_invalid",
          reason: "this is not a good request",
        });
      },
    })),
    ...[...urls].map((url) => preflight(url, methodsOf(url), access)),
  ];
}

export const refuse = (reply: FastifyReply, status: number, refusal: Refusal): FastifyReply => {
  if (refusal.retry_after_seconds !== undefined)
    void reply.header("retry-after", String(refusal.retry_after_seconds));
  return reply.code(status).header("cache-control", "no-store").send(refusal);
};

/** @returns false: it is answered already */
function enter(request: FastifyRequest, reply: FastifyReply, access: BrowserAccess): boolean {
  void reply.header("vary", "Origin");
  if (!isWelcome(request, access)) {
    void refuse(reply, 403, {
      error: "origin_refused",
      reason: "this page may not ask here: see public_http.origins and names",
    });
    return false;
  }
  const { origin } = request.headers;
  if (origin !== undefined)
    void reply.headers({
      "access-control-allow-origin": origin,
      "access-control-expose-headers": "retry-after",
    });
  return true;
}

/** A program without a page proves itself by a key alone. */
function isWelcome({ headers }: FastifyRequest, { origins, names }: BrowserAccess): boolean {
  if (!isOwnName(headers.host, names)) return false;
  const { origin, authorization } = headers;
  return origin === undefined ? authorization !== undefined : origins.includes(origin);
}

/** A name that an attacker's domain service points here (DNS rebinding) is not one of ours. */
export function isOwnName(host: string | undefined, names: readonly string[]): boolean {
  const [, bracketed, plain] =
    /^(?:\[([0-9a-f:.]{2,45})\]|([\w.-]{1,253}))(?::\d{1,5})?$/i.exec(host ?? "") ?? [];
  const name = (bracketed ?? plain)?.toLowerCase();
  if (name === undefined) return false;
  return names.includes(name) || OWN.test(name);
}

const OWN = /^(?:localhost|127(?:\.\d{1,3}){3}|::1)$/;

const preflight = (
  url: string,
  methods: readonly string[],
  access: BrowserAccess,
): RouteOptions => ({
  method: "OPTIONS",
  url,
  handler: (request, reply) => {
    const { headers } = request;
    const { origin = "" } = headers;
    const wantedMethod = headers["access-control-request-method"] ?? "";
    const wanted = (headers["access-control-request-headers"] ?? "")
      .split(",")
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== "");
    const isGood =
      isOwnName(headers.host, access.names) &&
      access.origins.includes(origin) &&
      methods.includes(wantedMethod) &&
      wanted.every((name) => HEADERS.includes(name));
    void reply.header("vary", "Origin");
    if (!isGood)
      return refuse(reply, 403, {
        error: "origin_refused",
        reason: "this page may not ask so",
      });
    if (headers["access-control-request-private-network"] === "true")
      void reply.header("access-control-allow-private-network", "true");
    return reply
      .code(204)
      .headers({
        "access-control-allow-origin": origin,
        "access-control-allow-methods": methods.join(", "),
        "access-control-allow-headers": HEADERS.join(", "),
        "access-control-max-age": PREFLIGHT_SECONDS,
      })
      .send();
  },
});
