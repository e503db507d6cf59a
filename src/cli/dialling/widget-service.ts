/**
 * Dialling from Kommo, and what browsers are told: joins the rooms `originate` and `http` with the
 * exchange, the directory and Kommo. Exports `openWidgetService`.
 */
import { parseDialRinging } from "../../ami/dial-ringing.ts";
import type { AmiText } from "../../ami/framer.ts";
import { parseEvent } from "../../ami/parse-event.ts";
import type { LiveStage } from "../../calls/fact.ts";
import type { FinishedCall } from "../../calls/finished-call.ts";
import type { Config } from "../../config/keys.ts";
import type { Customizations } from "../../customization/customizations.ts";
import type { Exchanges } from "../daemon/exchanges.ts";
import type { DirectoryService } from "../directory-service.ts";
import { forBrowsers, type BrowserAccess } from "../../http/browser-access.ts";
import type { CallerDeps } from "../../http/callers.ts";
import { progressOf } from "../../http/dial-words.ts";
import { createEventHub } from "../../http/event-hub.ts";
import { audiencesOf, readOneTimeToken } from "../../http/one-time-token.ts";
import { originateRoutes } from "../../http/originate.ts";
import type { FastifyRoute } from "../../http/create-server.ts";
import { widgetCallRoute } from "../../http/widget-call.ts";
import type { Features } from "../../http/widget-contract.ts";
import { widgetEventsRoute } from "../../http/widget-events.ts";
import { widgetSessionRoutes } from "../../http/widget-session.ts";
import type { KommoClient } from "../../kommo/client.ts";
import { readOpenTasks } from "../../kommo/open-tasks.ts";
import type { Card } from "../../kommo/step.ts";
import type { Clock } from "../../lib/clock.ts";
import { failed } from "../../lib/failure.ts";
import type { Logger } from "../../lib/log.ts";
import { createDialLimits } from "../../originate/dial-limits.ts";
import { createDials, type Dials } from "../../originate/dials.ts";
import { callingCodeOf } from "../../originate/home-country.ts";
import { createNumberPolicy } from "../../originate/number-policy.ts";
import { createOriginatePlan } from "../../originate/originate-plan.ts";
import { closeOpenDials, forgetOver } from "../../originate/schema.ts";
import { createTickets } from "../../originate/tickets.ts";
import { createTokenMemory } from "../../originate/token-memory.ts";
import { rewriteNumber } from "../../registration/number-rules.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";
import type { Statement, Store } from "../../store/store.ts";
import { version } from "../version.ts";
import { hasExchange } from "../without-exchange.ts";
import { createCallPanel } from "./call-panel.ts";
import { createDialledCards } from "./dialled-cards.ts";
import type { DiallingLine } from "./dialling-line.ts";
import {
  openExtensionService,
  type ExtensionService,
  type UsersByExtension,
} from "./extension-service.ts";
import { createKeepSoon } from "./keep-soon.ts";
import { createScreenService } from "./screen-service.ts";
import { createRevokeAnswer } from "./revoke-answer.ts";
import { createTelephoneBook } from "./telephone-book.ts";

export type WidgetService = {
  readonly routes: readonly FastifyRoute[];
  /** The card that a call was dialled from; undefined: it was not, or from none. */
  readonly dialledFrom: (
    call: Pick<FinishedCall, "linkedId" | "mergedLinkedIds">,
  ) => Card | undefined;
  /** What `widget revoke` asks of the daemon. */
  readonly answer: (asked: unknown) => Promise<unknown>;
  readonly callers: CallerDeps;
  readonly access: BrowserAccess;
  readonly extensions: Pick<ExtensionService, "give" | "isGiven">;
  stage(stage: LiveStage): void;
  message(text: AmiText): void;
  lost(exchange: string | undefined): void;
  stop(): Promise<void>;
};

export type WidgetServiceDeps = {
  readonly config: Pick<
    Config,
    | "altegio"
    | "ami"
    | "exchanges"
    | "employees"
    | "kommo"
    | "originate"
    | "public_http"
    | "recordings"
    | "users"
  >;
  readonly settings: RegistrationSettings;
  /** Those of the settings: the widget's list is filled in. */
  readonly users: UsersByExtension;
  readonly exchanges: Pick<Exchanges, "all" | "sideOf" | "telephones" | "isTelephone">;
  readonly directory: Pick<DirectoryService, "directory" | "facts">;
  readonly customizations: Pick<Customizations, "has" | "run">;
  readonly client: KommoClient;
  readonly store: Pick<Store, "read">;
  readonly keep: (
    statements: readonly Statement[],
  ) => Promise<readonly (readonly Readonly<Record<string, unknown>>[])[]>;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly signal: AbortSignal;
};

/** So long an answer waits for the disk; a full one must not keep anybody from calling. */
const DISK_PATIENCE_MS = 500;
const STOP_PATIENCE_MS = 1_000;
const DAY_MS = 86_400_000;

/** Rejects with StoreFailure. */
export async function openWidgetService(deps: WidgetServiceDeps): Promise<WidgetService> {
  const { config, settings, clock, logger, customizations, store } = deps;
  const { all, sideOf, telephones, isTelephone } = deps.exchanges;
  const { originate, kommo, public_http: publicHttp, recordings } = config;
  const now = (): number => clock.now();
  const soon = createKeepSoon({ keep: deps.keep, clock });
  const keepSoon = (statements: readonly Statement[]): void => soon.keep(statements);
  const { facts } = deps.directory;
  const telephoneBook = createTelephoneBook({
    ...{ settings, isExtension: isTelephone, telephones, facts },
  });
  const sendTo: Parameters<typeof createDials>[0]["send"] = async (name, ...sent) =>
    (await sideOf(name)?.dialling.send(...sent)) ?? failed(NO_SUCH_EXCHANGE);
  const may: DiallingLine["may"] = (action) => all.some(({ dialling }) => dialling.may(action));

  const memory = createTokenMemory({ store, keepSoon, now });
  const tickets = createTickets({ store, keepSoon, now });
  const cards = createDialledCards({ store, now });
  await deps.keep([...forgetOver(now()), closeOpenDials(now())]);
  await Promise.all([memory.restore(), tickets.restore(), cards.restore(DAY_MS)]);

  const hub = createEventHub({ clock });
  const plan = createOriginatePlan({
    context: originate.context,
    otherContexts: originate.other_contexts,
    channel: originate.channel,
    callerId: originate.caller_id,
    ringMs: originate.ring_seconds * 1_000,
  });
  const dials: Dials = createDials({
    ...{ plan, telephones, clock, keepSoon, log: logger, send: sendTo },
    policy: createNumberPolicy({
      rewrite: (number) => rewriteNumber(number, originate.numbers).number,
      allow: originate.allow,
      refuse: originate.refuse,
      countryCode: () => originate.country_code ?? callingCodeOf(facts.country()),
      international: originate.international,
      premium: originate.premium,
    }),
    limits: createDialLimits({
      perUser: originate.per_user_a_minute,
      total: originate.total_a_minute,
      monotonicMs: () => clock.monotonicMs(),
    }),
    extensionsOf: telephoneBook.extensionsOf,
    customize: (wanted, request) =>
      customizations.has("process_originate_params")
        ? customizations
            .run("process_originate_params", plan.inputOf(wanted, request))
            .then((result) => plan.customized(wanted, result))
        : undefined,
    onProgress: (dial) => hub.tell(dial.user, "dial", progressOf(dial)),
  });

  const secret = kommo.widget.client_secret ?? kommo.oauth.client_secret;
  const clientId = kommo.widget.client_id ?? kommo.oauth.client_id;
  const issuer = new URL(kommo.account_url).origin;
  const audiences = audiencesOf(
    ...[kommo.widget.audience, kommo.oauth.redirect_uri, recordings.public_url],
  );
  let isReuseTold = false;
  const callers: CallerDeps = {
    readToken: (text) =>
      secret === undefined
        ? undefined
        : readOneTimeToken(text, {
            ...{ secret, clientId, issuer, audiences, accountId: facts.accountId() },
            now: Math.floor(now() / 1_000),
          }),
    isAccountKnown: () => facts.accountId() !== undefined,
    useToken(token) {
      if (memory.use(token.jti, token.endsAt * 1_000) || kommo.token_reuse === "lifetime")
        return true;
      const hint = 'where Kommo\'s page sends one twice, set kommo.token_reuse to "lifetime"';
      if (!isReuseTold) logger.warn({ user: token.userId, hint }, "a one-time token came twice");
      isReuseTold = true;
      return false;
    },
    findTicket: tickets.find,
    apiKeys: originate.api_keys,
    isActive: (user) => settings.learnt?.activeUsers?.has(user) ?? true,
  };

  const extensions = await openExtensionService({
    ...{ config, isTelephone, users: deps.users, callers, facts, client: deps.client, store },
    ...{ keep: deps.keep, now, log: logger, signal: deps.signal },
    onSaved: () => tellTelephones(),
  });
  const tellTelephones = (): void => {
    for (const user of hub.listeners()) {
      const changed = telephoneBook.changed(user);
      if (changed !== undefined) hub.tell(user, "telephones", { telephones: changed });
    }
  };
  const screens = createScreenService({
    ...{ settings, hub, clock, signal: deps.signal, user: telephoneBook.user },
    directory: deps.directory.directory,
    openTasks: async (cardsOf) => {
      const found = await readOpenTasks({ client: deps.client, signal: deps.signal }, cardsOf);
      return found.ok ? found.value : undefined;
    },
  });
  const isOn = (): boolean => secret !== undefined || originate.api_keys.length > 0;
  const features = (): Features => ({
    telephony: hasExchange(config),
    originate: isOn() && may("Originate"),
    call_panel: isPanelOn(),
    altegio: config.altegio.locations.length > 0,
  });
  const isPanelOn = (): boolean => originate.call_panel && may("Hangup") && may("BlindTransfer");

  const access: BrowserAccess = {
    origins: [issuer, ...publicHttp.origins],
    names: [
      ...namesIn(recordings.public_url, kommo.widget.audience, kommo.oauth.redirect_uri),
      ...publicHttp.names,
      publicHttp.host,
    ].map((name) => name.toLowerCase()),
  };

  return {
    callers,
    access,
    extensions,
    dialledFrom: cards.of,
    answer: createRevokeAnswer({
      keep: deps.keep,
      now,
      drop(user) {
        tickets.drop(user);
        hub.endWhere(({ isGood }) => !isGood());
      },
    }),
    routes: forBrowsers(access, [
      ...originateRoutes({
        ...{ callers, isOn, memory, now, refuseDial: dials.refuse, findDial: dials.get },
        async dial(wish) {
          const dialled = await dials.dial(wish);
          if (dialled.ok) cards.remember(dialled.value);
          await soon.settled(DISK_PATIENCE_MS);
          return dialled;
        },
      }),
      ...widgetSessionRoutes({
        ...{ callers, features, version: version(), giveTicket: tickets.give },
        user: telephoneBook.user,
        isAdmin: telephoneBook.isAdmin,
        telephones: telephoneBook.telephonesOf,
        colleagues: telephoneBook.colleagues,
        exchange: () =>
          all.some(({ session }) => session.state().kind === "connected")
            ? "connected"
            : "not_connected",
      }),
      extensions.route,
      widgetEventsRoute({
        callers,
        hub,
        now: (user, endsAt) => [
          {
            name: "hello",
            data: {
              ticket_expires_at: Math.floor(endsAt / 1_000),
              features: features(),
              telephones: telephoneBook.telephonesOf(user),
            },
          },
          ...screens.now(user),
          ...dials.of(user).map((dial) => ({ name: "dial", data: progressOf(dial) }) as const),
        ],
      }),
      widgetCallRoute(
        callers,
        createCallPanel({
          ...{ isExtension: isTelephone, isOn: isPanelOn, send: sendTo, log: logger },
          talkOf: screens.talk,
          context: originate.context,
        }),
      ),
    ]),
    stage(stage) {
      screens.stage(stage);
    },
    message(text) {
      dials.message(text, () => parseEvent(text) ?? parseDialRinging(text));
      if (text.startsWith("Event: DeviceState") || text.startsWith("Event: ExtensionStatus"))
        tellTelephones();
    },
    lost(exchange) {
      dials.lost(exchange);
      screens.lost(exchange);
    },
    async stop() {
      hub.stop();
      dials.stop();
      await soon.settled(STOP_PATIENCE_MS);
    },
  };
}

/** An extension of a time when the configuration had another exchange. */
const NO_SUCH_EXCHANGE = {
  kind: "stopped",
  retry: "never",
  hint: "the exchange of this extension is no longer in the configuration",
} as const;

const namesIn = (...addresses: readonly (string | undefined)[]): string[] =>
  addresses.flatMap((address) => {
    const url = address === undefined ? null : URL.parse(address);
    return url === null ? [] : [url.hostname.replace(/^\[|\]$/g, "")];
  });
