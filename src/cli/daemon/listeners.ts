/**
 * The daemon's two HTTP listeners: `http` for this host alone, `public_http` for what may be shown to the
 * world. Exports `openListeners`.
 */
import type { Config } from "../../config/keys.ts";
import { createCertificate } from "../../http/certificate.ts";
import { localOnly } from "../../http/local-only.ts";
import type { FastifyRoute, Listener } from "../../http/create-server.ts";
import { startHttp, type Http } from "../../http/start-http.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";

/** What is answered, by who may ask: programs of this host, or the world. */
export type OpenRoutes = {
  readonly local: readonly FastifyRoute[];
  readonly open: readonly FastifyRoute[];
};

export type ListenersDeps = OpenRoutes & {
  readonly config: Pick<Config, "http" | "public_http">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Servers of several accounts, by their names. */
  readonly below?: Readonly<Record<keyof OpenRoutes, NonNullable<Listener["below"]>>>;
};

export function openListeners({
  config,
  local,
  open,
  clock,
  logger,
  below,
}: ListenersDeps): Promise<Http> {
  const { http, public_http: toTheWorld } = config;
  const { certificate_file: certificateFile, key_file: keyFile } = toTheWorld;
  const certificate =
    certificateFile === undefined || keyFile === undefined
      ? undefined
      : createCertificate({ certificateFile, keyFile, clock, log: logger });
  const { host, port, names } = http;
  return startHttp({
    listeners: [
      {
        ...{ name: "http", host, port, routes: local, guard: localOnly([...names, host]) },
        ...(below && { below: below.local }),
      },
      {
        ...{ name: "public_http", host: toTheWorld.host, port: toTheWorld.port },
        ...{ routes: open, certificate, isPublic: true },
        ...(below && { below: below.open }),
      },
    ],
    clock,
    log: logger,
  });
}
