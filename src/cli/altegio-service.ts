/** Joins appointments with Kommo, the outbox, the store and the webhooks. Exports `openAltegioService`. */
import { randomBytes } from "node:crypto";
import { createAltegioClient, REQUESTS_PER_SECOND } from "../altegio/api/client.ts";
import { tellAltegioFailure } from "../altegio/api/failure.ts";
import { subscribeHooks } from "../altegio/api/places.ts";
import { createEngine, type Engine } from "../altegio/engine.ts";
import { keepValue, readKept } from "../altegio/rows.ts";
import type { Config } from "../config/keys.ts";
import { altegioPanelRoutes } from "../http/altegio-panel.ts";
import { altegioWebhookPath, altegioWebhookRoute } from "../http/altegio-webhook.ts";
import { forBrowsers, type BrowserAccess } from "../http/browser-access.ts";
import type { CallerDeps } from "../http/callers.ts";
import type { FastifyRoute } from "../http/create-server.ts";
import { createCardReader } from "../kommo/card-reader.ts";
import type { KommoClient } from "../kommo/client.ts";
import { createExchanger, EXCHANGE_LIMITS } from "../kommo/exchange.ts";
import { createLimiter } from "../kommo/limiter.ts";
import type { KommoStep } from "../kommo/step.ts";
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import type { Outbox } from "../outbox/outbox.ts";
import { parseToldStep, stepsOf } from "../outbox/story.ts";
import type { Row, Statement, Store } from "../store/store.ts";
import { altegioSettings } from "./altegio/altegio-settings.ts";
import { createAltegioDesk } from "./altegio/panel-desk.ts";
import { createAltegioAnswer } from "./altegio/daemon-answer.ts";

export type AltegioService = {
  readonly engine: Engine;
  /** What the public listener is to serve. */
  readonly routes: readonly FastifyRoute[];
  /** Those of the panel on a lead card. */
  panelRoutes(widget: {
    readonly callers: CallerDeps;
    readonly access: BrowserAccess;
  }): readonly FastifyRoute[];
  /** The outbox has ended a step, of whomever. */
  readonly stepEnded: (origin: string) => void;
  /** Something happened to these leads in Kommo. */
  readonly heedLeads: (leadIds: Iterable<number>) => Promise<void>;
  /** What `altegio …` commands ask of the daemon. */
  readonly answer: (asked: unknown) => Promise<unknown>;
  /** The configuration has changed in place: what is read for each appointment is read anew. */
  reloaded(): void;
  start(): Promise<void>;
  stop(): Promise<void>;
};

export type AltegioServiceDeps = {
  readonly config: Config;
  readonly client: KommoClient;
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<readonly (readonly Row[])[]>;
  readonly outbox: Pick<Outbox<KommoStep>, "statementsFor" | "wake">;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly userAgent: string;
  readonly onFatal: (error: Error) => void;
  /** For tests, which need no real account's pace. */
  readonly requestsPerSecond?: number;
};

const SUBSCRIBE_EVERY_MS = 3_600_000;
const SUBSCRIBE_AGAIN_MS = 60_000;

/** For an installation with locations. Rejects with StoreFailure. */
export async function openAltegioService(deps: AltegioServiceDeps): Promise<AltegioService> {
  const { config, store, keep, clock, logger } = deps;
  const { altegio: configured } = config;
  const exchanger = createExchanger(configured.api_url, EXCHANGE_LIMITS);
  const limiter = createLimiter({
    requestsPerSecond: deps.requestsPerSecond ?? REQUESTS_PER_SECOND,
    clock,
  });
  const altegio = createAltegioClient({
    ...{ exchanger, limiter, clock, userAgent: deps.userAgent, log: logger },
    apiUrl: configured.api_url,
    partnerToken: configured.partner_token ?? "",
    userToken: () => configured.user_token ?? "",
  });
  const crm = createCardReader(deps.client);
  const settings = altegioSettings(config);
  const engine = createEngine({
    ...{ crm, altegio, keep, clock, log: logger, onFatal: deps.onFatal },
    settings,
    store,
    outbox: {
      statementsFor: (origin, key, steps) => deps.outbox.statementsFor(origin, key, steps),
      wake: () => deps.outbox.wake(),
      stepsOf: async (origin) => (await store.read(stepsOf(origin))).map(parseToldStep),
    },
    believeAfterMs: config.outbox.believe_absence_after_seconds * 1_000,
  });
  const secret = await webhookSecret(deps);
  const stopping = new AbortController();
  let subscribing: Promise<void> | undefined;

  /** Webhooks of each location, where this host can be reached; the polling finds what they miss. */
  async function subscribe(): Promise<void> {
    const publicUrl = config.recordings.public_url;
    if (publicUrl === undefined) return;
    const url = publicUrl.replace(/\/+$/, "") + altegioWebhookPath(secret);
    let told: string | undefined;
    while (!stopping.signal.aborted) {
      let isWell = true;
      for (const locationId of configured.locations) {
        const made = await subscribeHooks(
          altegio,
          { locationId, url },
          { urgency: "background", signal: stopping.signal },
        );
        if (stopping.signal.aborted) return;
        if (made.ok) {
          if (made.value === "made")
            logger.info({ location: locationId }, "altegio sends its webhooks here");
          continue;
        }
        isWell = false;
        const reason = tellAltegioFailure(made.failure);
        if (reason !== told)
          logger.warn(
            { location: locationId, reason, hint: made.failure.hint },
            "no webhooks of altegio: changes are polled",
          );
        told = reason;
      }
      await clock.sleep(isWell ? SUBSCRIBE_EVERY_MS : SUBSCRIBE_AGAIN_MS, stopping.signal);
    }
  }

  return {
    engine,
    routes: [altegioWebhookRoute({ secret, take: (body) => engine.hear(body) })],
    panelRoutes({ callers, access }) {
      const { locations } = configured;
      const { signal } = stopping;
      const booking = () => settings.booking;
      const desk = createAltegioDesk({
        ...{ engine, crm, altegio, locations, booking, store, clock, signal },
      });
      return forBrowsers(access, altegioPanelRoutes(callers, desk));
    },
    stepEnded: (origin) => engine.stepEnded(origin),
    heedLeads: (leadIds) => engine.heedLeads(leadIds),
    answer: createAltegioAnswer({ engine, crm, store, keep, clock, outbox: deps.outbox, config }),
    reloaded() {
      Object.assign(settings, altegioSettings(config));
      engine.pollNow();
    },
    async start() {
      await engine.start();
      subscribing = subscribe();
    },
    async stop() {
      stopping.abort();
      await engine.stop();
      limiter.close();
      exchanger.close();
      await subscribing;
    },
  };
}

/** The configured one, else the one that was made at the first start. */
async function webhookSecret({
  config,
  store,
  keep,
}: Pick<AltegioServiceDeps, "config" | "store" | "keep">): Promise<string> {
  const { webhook_secret: configured } = config.altegio;
  if (configured !== undefined) return configured;
  const kept = await readKept(store, "webhook-secret");
  if (typeof kept === "string" && kept !== "") return kept;
  const made = randomBytes(32).toString("base64url");
  await keep([keepValue("webhook-secret", made)]);
  return made;
}
