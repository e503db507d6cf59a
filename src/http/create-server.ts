/**
 * One HTTP server: routes with the limits, headers and answers that all of the daemon's have, without an
 * address yet. Exports `createServer`.
 */
import helmet, { type FastifyHelmetOptions } from "@fastify/helmet";
import fastify, { type FastifyInstance, type FastifyRequest, type RouteOptions } from "fastify";
import type { onRequestAsyncHookHandler } from "fastify";
import { toError } from "../lib/failure.ts";
import type { Logger } from "../lib/log.ts";
import type { Certificate, CertificatePair } from "./certificate.ts";

/** As fastify has it. A handler that throws answers 500, and the log says why. */
export type FastifyRoute = RouteOptions;

export type Listener = {
  /** As the configuration names it: "public_http". */
  readonly name: string;
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly routes: readonly FastifyRoute[];
  /** Looked at before any route and any body; refuses by answering. */
  readonly guard?: onRequestAsyncHookHandler;
  /** Answers strangers' browsers: with headers that let them make nothing of it but what it is for. */
  readonly isPublic?: true;
  /**
   * Servers that have no address of their own: what begins with "/name" goes to that one, without it,
   * before anything else is looked at.
   */
  readonly below?: (name: string) => Promise<FastifyInstance> | undefined;
  /** Speaks TLS by itself; absent: plain, for this host or behind a proxy. */
  readonly certificate?: Certificate | undefined;
};

/** Of a request, unless its route says otherwise. */
const BODY_BYTES = 64 * 1_024;
const HEADER_BYTES = 16 * 1_024;
const REQUEST_MS = 10_000;
const IDLE_MS = 30_000;
const MOST_CONNECTIONS = 500;

type Served = {
  readonly log: Pick<Logger, "debug" | "error">;
  readonly pair: CertificatePair | undefined;
};

/**
 * Answers of the public listener are sound and data, and no page. Whether all of the host is https is
 * for who holds its certificate to say.
 */
const HELMET: FastifyHelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: { defaultSrc: ["'none'"], frameAncestors: ["'none'"] },
  },
  crossOriginResourcePolicy: { policy: "cross-origin" },
  strictTransportSecurity: false,
};

/** How often Node looks for requests that take too long to come. */
const LOOK_FOR_SLOW_MS = 2_000;

/** Routes read their bodies themselves; so the compilers of JSON schemas need not be loaded. */
const NO_SCHEMAS = {
  compilersFactory: { buildValidator: refuseSchema, buildSerializer: refuseSchema },
};

function refuseSchema(): never {
  throw new Error("a route has a schema, and nothing here compiles it");
}

export function createServer(
  { name, routes, guard, isPublic, below }: Listener,
  { log, pair }: Served,
): FastifyInstance {
  const limits = {
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: REQUEST_MS,
    connectionsCheckingInterval: LOOK_FOR_SLOW_MS,
  };
  const options = {
    logger: false,
    trustProxy: false,
    bodyLimit: BODY_BYTES,
    connectionTimeout: IDLE_MS,
    requestTimeout: REQUEST_MS,
    keepAliveTimeout: IDLE_MS,
    forceCloseConnections: true,
    routerOptions: { maxParamLength: 512 },
    schemaController: NO_SCHEMAS,
  } as const;
  const app =
    pair === undefined
      ? fastify({ ...options, http: limits })
      : // The same but for its socket.
        (fastify({
          ...options,
          https: { ...limits, ...pair, minVersion: "TLSv1.2", handshakeTimeout: REQUEST_MS },
        }) as unknown as FastifyInstance);
  app.server.maxConnections = MOST_CONNECTIONS;
  app.addContentTypeParser(
    "application/x-www-form-urlencoded",
    { parseAs: "string" },
    (_request, body, done) => done(null, body),
  );
  app.setNotFoundHandler((_request, reply) => reply.code(404).send({ error: "not found" }));
  app.setErrorHandler((thrown, request, reply) => {
    const error = toError(thrown);
    const status = statusOf(thrown);
    if (status < 500) return reply.code(status).send({ error: "not a good request" });
    log.error({ listener: name, route: routeOf(request), err: error }, "http request failed");
    return reply.code(500).send({ error: "the daemon could not answer" });
  });
  // The route's pattern and never the address itself, which may hold a secret.
  app.addHook("onResponse", (request, reply, done) => {
    const { method } = request;
    const ms = Math.round(reply.elapsedTime);
    const status = reply.statusCode;
    log.debug({ listener: name, method, route: routeOf(request), status, ms }, "http request");
    done();
  });
  if (below !== undefined) app.addHook("onRequest", handOver(below));
  if (guard !== undefined) app.addHook("onRequest", guard);
  if (isPublic) void app.register(helmet, HELMET);
  for (const route of routes) app.route(route);
  return app;
}

const BELOW = /^\/([a-z0-9-]{1,32})(?=[/?]|$)/;

const handOver =
  (below: NonNullable<Listener["below"]>): onRequestAsyncHookHandler =>
  async ({ raw }, reply) => {
    const [prefix, name = ""] = BELOW.exec(raw.url ?? "") ?? [];
    const server = await below(name);
    if (prefix === undefined || server === undefined) return;
    const rest = (raw.url ?? "").slice(prefix.length);
    raw.url = rest.startsWith("/") ? rest : `/${rest}`;
    reply.hijack();
    server.routing(raw, reply.raw);
  };

const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? "none";

function statusOf(thrown: unknown): number {
  const status =
    typeof thrown === "object" && thrown !== null && "statusCode" in thrown
      ? thrown.statusCode
      : undefined;
  return typeof status === "number" && status >= 400 && status < 500 ? status : 500;
}
