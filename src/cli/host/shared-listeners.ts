/**
 * The two HTTP listeners of a daemon with several accounts: what one of them answers is found below its
 * name, "/acme/v1/originate". A server for it is made when somebody first asks: most accounts of a large
 * host are not asked for hours. Exports `openSharedListeners`.
 */
import type { FastifyInstance } from "fastify";
import type { Config } from "../../config/keys.ts";
import { createServer } from "../../http/create-server.ts";
import { localOnly } from "../../http/local-only.ts";
import type { Http } from "../../http/start-http.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import { openListeners, type OpenRoutes } from "../daemon/listeners.ts";

export type SharedListeners = {
  /** What the account `name` answers from now on; `stop` of what is returned takes it back. */
  add(name: string, routes: OpenRoutes): Http;
  stop(): Promise<void>;
};

export type SharedListenersDeps = {
  readonly config: Pick<Config, "http" | "public_http">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Of the daemon as a whole. */
  readonly routes: OpenRoutes;
};

type Server = () => Promise<FastifyInstance>;

export async function openSharedListeners(deps: SharedListenersDeps): Promise<SharedListeners> {
  const { config, clock, logger, routes: own } = deps;
  const { http } = config;
  const accounts = new Map<string, Readonly<Record<keyof OpenRoutes, Server>>>();
  const listening = await openListeners({
    ...{ config, clock, logger, ...own },
    below: {
      local: (name) => accounts.get(name)?.local(),
      open: (name) => accounts.get(name)?.open(),
    },
  });

  /** @returns the server, made by the first who asks for it */
  function lazily(make: () => FastifyInstance, made: FastifyInstance[]): Server {
    let ready: Promise<FastifyInstance> | undefined;
    return () =>
      (ready ??= (async () => {
        const server = make();
        made.push(server);
        await server.ready();
        return server;
      })());
  }

  return {
    add(name, { local, open }) {
      const made: FastifyInstance[] = [];
      const served = { log: logger, pair: undefined };
      const nowhere = { host: "", port: 0 };
      const guard = localOnly([...http.names, http.host]);
      accounts.set(name, {
        local: lazily(
          () => createServer({ ...nowhere, name: "http", routes: local, guard }, served),
          made,
        ),
        open: lazily(
          () =>
            createServer({ ...nowhere, name: "public_http", routes: open, isPublic: true }, served),
          made,
        ),
      });
      return {
        address(listener) {
          const address = listening.address(listener);
          return address && `${address}/${name}`;
        },
        async stop() {
          accounts.delete(name);
          await Promise.all(made.map((server) => server.close()));
        },
      };
    },
    stop: () => listening.stop(),
  };
}
