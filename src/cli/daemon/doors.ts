/**
 * How a daemon is reached and watched: its listeners, and the figures of its process. Of several accounts
 * in one process each has a part of the same ones. Exports `openOwnDoors`, for a daemon that is alone.
 */
import type { Config } from "../../config/keys.ts";
import { startFastAgi, type AgiHandler, type FastAgi } from "../../http/start-fastagi.ts";
import type { Http } from "../../http/start-http.ts";
import type { Limiter } from "../../kommo/limiter.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Logger } from "../../lib/log.ts";
import type { Metrics } from "../../lib/metrics.ts";
import { createProcessFigures, type LoopDelay } from "../metrics/process-figures.ts";
import { openListeners, type OpenRoutes } from "./listeners.ts";

export type Doors = {
  /** Its name, where there are several: what its addresses begin with. */
  readonly account: string | undefined;
  readonly loopDelay: () => LoopDelay;
  /** What its /metrics tells beside its own; undefined: that is told elsewhere. */
  readonly ofProcess: Metrics | undefined;
  /** Of requests to Kommo, beside the account's own. */
  readonly limiter: Pick<Limiter, "slot"> | undefined;
  openHttp(routes: OpenRoutes): Promise<Http>;
  openAgi(handle: AgiHandler): Promise<Pick<FastAgi, "stop">>;
  /** After its listeners. */
  close(): void;
};

export type OwnDoorsDeps = {
  readonly config: Pick<Config, "http" | "public_http" | "fastagi">;
  readonly clock: Clock;
  readonly logger: Logger;
};

export function openOwnDoors({ config, clock, logger }: OwnDoorsDeps): Doors {
  const figures = createProcessFigures();
  figures.start();
  return {
    account: undefined,
    loopDelay: figures.loopDelay,
    ...{ ofProcess: figures.metrics, limiter: undefined },
    openHttp: (routes) => openListeners({ config, clock, logger, ...routes }),
    openAgi: (handle) => startFastAgi({ ...config.fastagi, clock, log: logger, handle }),
    close: () => figures.stop(),
  };
}
