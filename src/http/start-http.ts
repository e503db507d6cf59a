/**
 * The daemon's HTTP listeners: each an address with a list of routes, one file a route. A listener
 * whose port is taken is an error in the log and tried again; nobody else waits for it.
 */
import type { Server as TlsServer } from "node:https";
import type { FastifyInstance } from "fastify";
import type { Clock } from "../lib/clock.ts";
import { codeOf, toError } from "../lib/failure.ts";
import type { Logger } from "../lib/log.ts";
import { tellNoMoreFiles } from "../lib/no-more-files.ts";
import { createServer, type Listener } from "./create-server.ts";

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
  const noFiles = tellNoMoreFiles(toError(thrown));
  if (noFiles !== undefined) return noFiles.hint;
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
