/**
 * Joins the rooms: the one place where a call's way can be read from end to end. Exports
 * `startDaemon`, which `run` and `demo` use.
 *
 * Asterisk → ami → calls (tracker) → registration → store (the call is accepted) → outbox → kommo.
 */
import type { AmiState } from "./ami/session.ts";
import { createAmiSession } from "./ami/session.ts";
import { createEventTime } from "./ami/event-time.ts";
import { parseEvent } from "./ami/parse-event.ts";
import { callSchema } from "./calls/archive.ts";
import { heardSchema } from "./calls/cel/heard.ts";
import type { LiveStage } from "./calls/fact.ts";
import type { FinishedCall } from "./calls/finished-call.ts";
import { liveLogSchema } from "./calls/live-log.ts";
import { createCallKeeper } from "./calls/keeper.ts";
import { createAcceptance } from "./cli/acceptance.ts";
import { openRecordingService } from "./cli/recordings/recording-service.ts";
import { registrationSettings } from "./cli/registration-settings.ts";
import { amiAddress } from "./cli/ami-address.ts";
import { createCelService } from "./cli/calls/cel-service.ts";
import { createScriptService } from "./cli/customizations/script-service.ts";
import { createPopupService } from "./cli/popup-service.ts";
import { learnOfExchange } from "./cli/exchange-facts.ts";
import { createResendAnswer } from "./cli/calls/resend-run.ts";
import { serveCommands } from "./cli/command-requests.ts";
import {
  outboxReports,
  tellAmi,
  tellCall,
  tellDamage,
  tellStore,
  unknownExtensionTeller,
} from "./cli/daemon-log.ts";
import { openDirectoryService } from "./cli/directory-service.ts";
import type { Config } from "./config/keys.ts";
import { customizationMigrations } from "./customization/schema.ts";
import { createPatience } from "./directory/patience.ts";
import { directoryMigrations } from "./directory/schema.ts";
import { accessRevokedRoute } from "./http/access-revoked.ts";
import { startHttp } from "./http/start-http.ts";
import { openAccess } from "./kommo/access.ts";
import { settingsFrom } from "./calls/settings.ts";
import { parseAccountUrl } from "./kommo/account-url.ts";
import { createKommoClient } from "./kommo/client.ts";
import { createKommoFarSide } from "./kommo/far-side.ts";
import { EXCHANGE_LIMITS } from "./kommo/exchange.ts";
import { createLimiter } from "./kommo/limiter.ts";
import { createNotifier } from "./kommo/notify.ts";
import { kommoMigrations } from "./kommo/oauth/token-rows.ts";
import type { KommoResult, KommoStep } from "./kommo/step.ts";
import { createSteadyClock, type Clock } from "./lib/clock.ts";
import { failed, succeeded, type Result } from "./lib/failure.ts";
import type { Logger } from "./lib/log.ts";
import { createOutbox, type Outbox } from "./outbox/outbox.ts";
import { doubtAll } from "./outbox/changes.ts";
import { outboxMigrations } from "./outbox/schema.ts";
import type { Answer } from "./outbox/settle.ts";
import type { QueuedStep } from "./outbox/step-row.ts";
import { clientNumber } from "./registration/call-fields.ts";
import { createCourse } from "./registration/course.ts";
import type { Plan } from "./registration/plan.ts";
import { createPopupGatherer } from "./registration/popups.ts";
import type { Learnt } from "./registration/settings.ts";
import { recordingMigrations } from "./recordings/schema.ts";
import type { Damage } from "./store/sqlite-salvage.ts";
import { openSqliteStore } from "./store/sqlite-store.ts";
import type { Migration, Row, Statement } from "./store/store.ts";
import { writeUntilKept } from "./store/write-until-kept.ts";

/** Told what happens, after it is on the disk. Must not throw. */
export type DaemonObserver = {
  readonly onStage?: (stage: LiveStage) => void;
  readonly onAccepted?: (call: FinishedCall, plan: Plan) => void;
  readonly onStep?: (step: QueuedStep<KommoStep>, answer: Answer<KommoResult>) => void;
  readonly onAmi?: (state: AmiState) => void;
};

export type DaemonOptions = {
  readonly config: Config;
  readonly logger: Logger;
  readonly clock: Clock;
  /** "asterisk-kommo/1.2.3" */
  readonly userAgent: string;
  readonly observer?: DaemonObserver;
  /** The daemon cannot go on (a broken disk, a bug) and has to be started again. */
  readonly onFatal: (error: Error) => void;
};

export type Daemon = {
  readonly outbox: Pick<Outbox<KommoStep>, "state" | "drained" | "resume">;
  amiState(): AmiState;
  /** Resolves within 5 s, with nothing in flight lost. */
  stop(): Promise<void>;
};

const RESYNC_EVERY_MS = 10 * 60_000;
const FOLLOW_CLOCK_EVERY_MS = 1_000;
const SCRIPTS_STOP_AFTER_MS = 1_500;

/** Why the daemon does not start: one sentence each. */
export type StartFailure = { readonly reason: string; readonly hint: string };

/** Those of all rooms, in order; whoever looks into a store needs them too. */
export const storeMigrations: readonly Migration[] = [
  callSchema,
  liveLogSchema,
  heardSchema,
  ...outboxMigrations,
  ...kommoMigrations,
  ...directoryMigrations,
  ...customizationMigrations,
  ...recordingMigrations,
];

export async function startDaemon(options: DaemonOptions): Promise<Result<Daemon, StartFailure>> {
  const { config, logger, clock, observer = {}, onFatal } = options;
  const address = amiAddress(config.ami);
  if (!address.ok) return failed({ reason: "the exchange cannot be reached", ...address.failure });
  const accountUrl = parseAccountUrl(config.kommo.account_url);
  if (!accountUrl.ok)
    return failed({ reason: "kommo.account_url is wrong", ...accountUrl.failure });
  const storeFile = { path: config.store.path, migrations: storeMigrations };
  let damage: Damage | undefined;
  const opened = await openSqliteStore({
    ...storeFile,
    onBroken: onFatal,
    onDamage: (found) => (damage = found),
  });
  if (!opened.ok) return opened;
  const store = opened.value;
  // A thread of its own, whose look-ups do not wait behind commits.
  const looking = await openSqliteStore({ ...storeFile, access: "look" });
  const reader = looking.ok ? looking.value : store;

  const limiter = createLimiter({
    requestsPerSecond: config.kommo.requests_per_second,
    clock,
  });
  const stopping = new AbortController();
  const patience = createPatience(clock);
  const keep = (statements: readonly Statement[]): Promise<readonly (readonly Row[])[]> =>
    writeUntilKept(
      { store, clock, signal: stopping.signal, onWait: (failure) => tellStore(logger, failure) },
      statements,
    );
  const toKommo = {
    accountUrl: accountUrl.value,
    limiter,
    clock,
    log: logger,
    userAgent: options.userAgent,
    limits: {
      ...EXCHANGE_LIMITS,
      connectMs: config.kommo.connect_timeout_ms,
      totalMs: config.kommo.timeout_ms,
    },
  };
  const opening = await openAccess({
    ...toKommo,
    config,
    store,
    keep,
    onRenewed: () => {
      patience.release();
      notifier.release();
      outbox.resume();
    },
    onFatal,
  });
  if (!opening.ok) {
    limiter.close();
    if (reader !== store) await reader.close();
    await store.close();
    return opening;
  }
  const access = opening.value;
  const client = createKommoClient({ ...toKommo, ...access.forClient });
  const learnt: { -readonly [Name in keyof Learnt]: Learnt[Name] } = {};
  const settings = registrationSettings(config, learnt);
  const directory = await openDirectoryService({
    config,
    found: learnt,
    client,
    patience,
    store,
    reader,
    keep,
    endWaiting: (key) => outbox.endWaiting(key),
    clock,
    logger,
    onFatal,
  });
  const recordings = await openRecordingService({
    ...{ config, store, reader, keep, clock, logger, onFatal },
  });
  learnt.recordingLink = recordings.links.linkFor;
  const userOf = (user: number) => directory.facts.users().find(({ id }) => id === user);
  learnt.userName = (user) => userOf(user)?.name;
  learnt.userEmail = (user) => userOf(user)?.email;
  learnt.cardResponsible = (key) => directory.directory.preparedOwner(key);
  const notifier = createNotifier({ client, clock, log: logger, signal: stopping.signal });
  const popups = createPopupService({
    gatherer: createPopupGatherer(settings),
    notifier,
    clock,
    signal: stopping.signal,
  });
  const scripts = createScriptService({
    ...{ config, settings, client, store, keep, clock, logger, signal: stopping.signal },
    onStage: (stage) => {
      if (config.popups) popups.stage(stage);
      observer.onStage?.(stage);
    },
  });
  const outbox = createOutbox<KommoStep, KommoResult>({
    store,
    clock,
    preparation: scripts.preparation,
    farSide: createKommoFarSide({
      client,
      clock,
      log: logger,
      onUnknownUser: () => directory.facts.refreshSoon(),
      knowCard: directory.knowCard,
    }),
    course: createCourse(settings),
    believeAbsenceAfterMs: config.outbox.believe_absence_after_seconds * 1_000,
    secondLookAfterMs: config.outbox.believe_absence_after_seconds * 250,
    ...outboxReports({
      logger,
      observer,
      onFatal,
      undurable: [patience, notifier],
      heed: directory.heed,
      afterwards: scripts.afterwards,
    }),
  });

  const acceptance = createAcceptance({
    settings,
    store,
    keep,
    now: () => clock.now(),
    statementsFor: (origin, key, steps) => outbox.statementsFor(origin, key, steps),
    customize: scripts.customize,
    recordings: recordings.links.statementsFor,
    afterwards: scripts.afterwards.statements,
    onAccepted: (call, plan) => {
      outbox.wake();
      recordings.wake();
      scripts.afterwards.accepted(plan.id);
      tellCall(logger, call, plan.id);
      tellExtension(plan.unknownExtension);
      observer.onAccepted?.(call, plan);
    },
  });
  const tellExtension = unknownExtensionTeller(logger);
  const cel = createCelService({ config, clock, logger, store, keep, acceptance, onFatal });
  const accept = async (call: FinishedCall): Promise<"accepted" | "left"> => {
    const known = call.isEndKnown ? call : await cel.complete(call);
    // The daemon stops before CEL has answered: the next start tells this call again.
    if (known === undefined) return "left";
    await directory.directory.prepare(clientNumber(known, settings).number);
    await acceptance.accept(known);
    return "accepted";
  };

  // Lengths of calls are right also when the host's clock is set meanwhile.
  const callClock = createSteadyClock(clock);
  const keeper = createCallKeeper({
    settings: settingsFrom(config),
    clock: callClock,
    store,
    parse: parseEvent,
    keep,
    accept,
    onStage: scripts.stage,
    onFatal,
  });
  await scripts.start();
  await keeper.restore();
  let eventTime = createEventTime();
  const session = createAmiSession({
    address: address.value,
    credentials: {
      username: config.ami.username,
      secret: config.ami.secret,
      auth: config.ami.auth,
    },
    clock: callClock,
    onMessage: (text, at) => {
      exchangeFacts.message(text);
      keeper.message(text, eventTime(text, at));
    },
    onSnapshot: (snapshot) => keeper.snapshot(snapshot),
    onLost: (at) => {
      keeper.lost(at);
      cel.lost(at);
    },
    onState: (state) => {
      if (state.kind === "connected") {
        eventTime = createEventTime();
        keeper.connected(state.since);
        cel.connected(state.since);
        exchangeFacts.connected();
      }
      tellAmi(logger, state);
      observer.onAmi?.(state);
    },
  });
  const exchangeFacts = learnOfExchange(learnt, { config, send: session.send, clock, log: logger });
  exchangeFacts.start(stopping.signal);
  if (damage !== undefined) {
    tellDamage(logger, damage);
    await keep([doubtAll()]);
  }
  await outbox.start(stopping.signal);
  await cel.start();
  access.start();
  directory.start();
  await recordings.start();
  const routes = [...directory.routes, ...recordings.routes, accessRevokedRoute(access)];
  const http = await startHttp({
    listeners: [{ name: "public_http", ...config.public_http, routes }],
    clock,
    log: logger,
  });
  const commands = serveCommands({
    storePath: config.store.path,
    clock,
    logger,
    handlers: {
      backfill: cel.answer,
      recordings: recordings.answer,
      resend: createResendAnswer({
        ...{ store, keep, outbox, plan: acceptance.plan, clock },
        recordings: recordings.links.statementsFor,
        afterwards: scripts.afterwards,
      }),
    },
  });
  session.start(stopping.signal);
  // A call whose hangup was lost would stay open for hours: the exchange is asked now and then.
  const asking = setInterval(() => void session.resync(), RESYNC_EVERY_MS);
  const following = setInterval(() => {
    if (keeper.running() === 0) callClock.follow();
  }, FOLLOW_CLOCK_EVERY_MS);

  const end = async (): Promise<void> => {
    clearInterval(asking);
    clearInterval(following);
    await commands.stop();
    // Short scripts may still answer; a call that waits for a long one is told again by the next start.
    const patienceOver = setTimeout(() => void scripts.stop(), SCRIPTS_STOP_AFTER_MS);
    await Promise.all([
      session.stop().then(() => keeper.stop()),
      cel.stop(),
      outbox.stop(),
      http.stop().then(() => Promise.all([directory.stop(), recordings.stop()])),
    ]);
    clearTimeout(patienceOver);
    await scripts.stop();
    stopping.abort();
    limiter.close();
    await access.stop();
    client.close();
    if (reader !== store) await reader.close();
    await store.close();
  };
  let ended: Promise<void> | undefined;
  return succeeded({ outbox, amiState: session.state, stop: () => (ended ??= end()) });
}
