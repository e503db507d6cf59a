/**
 * The daemon's HTTP listeners: each an address with a list of routes, one file a route. A listener
 * whose port is taken is an error in the log and tried again; nobody else waits for it.
 */
import type { Server as TlsServer } from "node:https";
import helmet, { type FastifyHelmetOptions } from "@fastify/helmet";
import fastify, { type FastifyInstance, type FastifyRequest, type RouteOptions } from "fastify";
import type { onRequestAsyncHookHandler } from "fastify";
import type { Clock } from "../lib/clock.ts";
import { codeOf, toError } from "../lib/failure.ts";
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
  /** Speaks TLS by itself; absent: plain, for this host or behind a proxy. */
  readonly certificate?: Certificate | undefined;
};

export type HttpDeps = {
  readonly listeners: readonly Listener[];
  readonly clock: Clock;
  readonly log: Pick<Logger, "debug" | "info" | "warn" | "error">;
  /** Default 30,000. */
  readonly retryMs?: number;
};

export type Http = {
  /** Where a listener is reached: "http://127.0.0.1:8078"; undefined while it is not. */
  readonly address: (name: string) => string | undefined;
  /** Takes nothing more; resolves when what is under way is answered, soon at the latest. */
  stop(): Promise<void>;
};

/** Of a request, unless its route says otherwise. */
const BODY_BYTES = 64 * 1_024;
const HEADER_BYTES = 16 * 1_024;
const REQUEST_MS = 10_000;
const IDLE_MS = 30_000;
const MOST_CONNECTIONS = 500;
const RETRY_MS = 30_000;

/** Resolves when each listener was tried once. */
export async function startHttp(deps: HttpDeps): Promise<Http> {
  const stopping = new AbortController();
  const servers = new Map<string, FastifyInstance>();
  const attempts: Promise<void>[] = [];
  await Promise.all(deps.listeners.map((listener) => open(listener, true)));

  async function open(listener: Listener, isFirst: boolean): Promise<void> {
    const { name, host, port, certificate } = listener;
    await certificate?.look();
    const pair = certificate?.current();
    // Never in clear what was to be encrypted; why there is none stands in the log.
    if (certificate !== undefined && pair === undefined)
      return void attempts.push(openLater(listener));
    const app = createServer(listener, { log: deps.log, pair });
    try {
      await app.listen({ host, port });
      servers.set(name, app);
      certificate?.onRenewed((renewed) => (app.server as TlsServer).setSecureContext(renewed));
      void certificate?.run(stopping.signal);
      if (stopping.signal.aborted) await app.close();
      deps.log.info({ listener: name, host, port: portOf(app) }, "http listener open");
    } catch (thrown) {
      await app.close();
      if (codeOf(thrown) === undefined) throw thrown;
      const fields = { listener: name, host, port, code: codeOf(thrown), hint: hintFor(thrown) };
      if (isFirst) deps.log.error(fields, "http listener not open, it is tried again");
      attempts.push(openLater(listener));
    }
  }

  async function openLater(listener: Listener): Promise<void> {
    await deps.clock.sleep(deps.retryMs ?? RETRY_MS, stopping.signal);
    if (!stopping.signal.aborted) await open(listener, false);
  }

  const isTls = (name: string): boolean =>
    deps.listeners.some((listener) => listener.name === name && listener.certificate !== undefined);

  return {
    address(name) {
      const app = servers.get(name);
      const host = deps.listeners.find((listener) => listener.name === name)?.host ?? "";
      const scheme = isTls(name) ? "https" : "http";
      return app && `${scheme}://${host.includes(":") ? `[${host}]` : host}:${String(portOf(app))}`;
    },
    async stop() {
      stopping.abort();
      await Promise.all(attempts);
      await Promise.all([...servers.values()].map((app) => app.close()));
    },
  };
}

function portOf(app: FastifyInstance): number {
  const address = app.server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function hintFor(thrown: unknown): string {
  switch (codeOf(thrown)) {
    case "EADDRINUSE":
      return "another program listens there: end it, or choose another port in the configuration";
    case "EACCES":
      return "ports below 1024 are not for the daemon's user: choose a higher one";
    case "EADDRNOTAVAIL":
    case "ENOTFOUND":
      return "this host has no such address: correct the host in the configuration";
    default:
      return "look at the address in the configuration";
  }
}

type Served = { readonly log: HttpDeps["log"]; readonly pair: CertificatePair | undefined };

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

function createServer(
  { name, routes, guard, isPublic }: Listener,
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
  if (guard !== undefined) app.addHook("onRequest", guard);
  if (isPublic) void app.register(helmet, HELMET);
  for (const route of routes) app.route(route);
  return app;
}

const routeOf = (request: FastifyRequest): string => request.routeOptions.url ?? "none";

function statusOf(thrown: unknown): number {
  const status =
    typeof thrown === "object" && thrown !== null && "statusCode" in thrown
      ? thrown.statusCode
      : undefined;
  return typeof status === "number" && status >= 400 && status < 500 ? status : 500;
}
