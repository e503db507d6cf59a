/**
 * Joins the rooms: the one place where a call's way can be read from end to end. Exports
 * `startDaemon`, which `run` and `demo` use.
 *
 * Asterisk → ami → calls (tracker) → registration → store (the call is accepted) → outbox → kommo.
 */
import type { AmiState } from "./ami/session.ts";
import { createAcceptance } from "./cli/acceptance.ts";
import { createLookout } from "./cli/admin/lookout.ts";
import { adminPasswordAnswer, adminRemovalAnswer } from "./cli/admin/password-answer.ts";
import type { ConfigOrigin } from "./cli/admin/settings-in-force.ts";
import { createAdminService } from "./cli/admin-service.ts";
import { createArchiveService } from "./cli/archive/archive-service.ts";
import { createResendAnswer } from "./cli/calls/resend-run.ts";
import { serveCommands } from "./cli/command-requests.ts";
import { createScriptService } from "./cli/customizations/script-service.ts";
import { outboxReports, tellCall, tellDamage, unknownExtensionTeller } from "./cli/daemon-log.ts";
import type { DaemonObserver } from "./cli/daemon/observer.ts";
import { readDoubt } from "./cli/daemon/doubt.ts";
import { createExchanges, exchangePlaces, type Ears } from "./cli/daemon/exchanges.ts";
import { openKommoSide } from "./cli/daemon/kommo-side.ts";
import type { Duty } from "./cli/host/duties.ts";
import { openOwnDoors, type Doors } from "./cli/daemon/doors.ts";
import { openStores } from "./cli/daemon/open-stores.ts";
import { createReload, type ReloadDeps, type ReloadReport } from "./cli/daemon/reload.ts";
import { createWellness } from "./cli/daemon/wellness.ts";
import { openDirectoryService } from "./cli/directory-service.ts";
import { createAskKommo } from "./cli/distribution/ask-kommo.ts";
import { createDistributionService } from "./cli/distribution/distribution-service.ts";
import { openWidgetService } from "./cli/dialling/widget-service.ts";
import { createFigures } from "./cli/metrics/figures.ts";
import { createMetricsService } from "./cli/metrics-service.ts";
import { createPopupService } from "./cli/popup-service.ts";
import { createForgetAnswer } from "./cli/forget/forget-answer.ts";
import { openRecordingService, recordingPlaces } from "./cli/recordings/recording-service.ts";
import { createTraceService } from "./cli/traces/trace-service.ts";
import { registrationSettings } from "./cli/registration-settings.ts";
import { hasExchange } from "./cli/without-exchange.ts";
import { version } from "./cli/version.ts";
import type { Config } from "./config/keys.ts";
import { accessRevokedRoute } from "./http/access-revoked.ts";
import { docsRoutes } from "./http/openapi/docs-routes.ts";
import { createKommoFarSide } from "./kommo/far-side.ts";
import type { KommoResult, KommoStep } from "./kommo/step.ts";
import type { Clock } from "./lib/clock.ts";
import { failed, succeeded, type Result } from "./lib/failure.ts";
import type { Logger } from "./lib/log.ts";
import type { Metrics } from "./lib/metrics.ts";
import { doubtAll } from "./outbox/changes.ts";
import { createOutbox, type Outbox } from "./outbox/outbox.ts";
import { createMp3Folder } from "./recordings/mp3-folder.ts";
import { clientNumber } from "./registration/call-fields.ts";
import { createCourse } from "./registration/course.ts";
import { createPopupGatherer } from "./registration/popups.ts";
import type { Learnt } from "./registration/settings.ts";

export type DaemonOptions = {
  readonly config: Config;
  /** Whence it came, for whoever wants to see it. */
  readonly origin?: ConfigOrigin;
  /** Reads the configuration anew for `reload`; absent: there is nothing to read. */
  readonly reread?: ReloadDeps["reread"];
  /** Values that must not be shown, wherever they turn up. */
  readonly secrets?: readonly string[];
  readonly logger: Logger;
  readonly clock: Clock;
  /** "asterisk-kommo/1.2.3" */
  readonly userAgent: string;
  readonly observer?: DaemonObserver;
  /** The daemon cannot go on (a broken disk, a bug) and has to be started again. */
  readonly onFatal: (error: Error) => void;
  /** Where several hosts could serve the account, that this one does. */
  readonly duty?: Duty;
  /** Of exchanges that were listened to while another host served the account. */
  readonly ears?: Ears | undefined;
  /** Where its addresses are shared with other accounts of this process; default: its own. */
  readonly doors?: Doors;
};

export type Daemon = {
  readonly outbox: Pick<Outbox<KommoStep>, "state" | "drained" | "resume">;
  amiState(): AmiState;
  /** Of "http" or "public_http"; undefined while it is not open. */
  address(listener: string): string | undefined;
  /** Takes over what it can of a changed configuration, while calls go on. */
  reload(): ReloadReport;
  /** All its figures as they are now. */
  metrics(): Promise<Metrics>;
  /** Why it had better be started again, in sentences; empty: it is well. */
  whatIsWrong(): Promise<readonly string[]>;
  /** Resolves within 5 s, with nothing in flight lost. */
  stop(): Promise<void>;
};

const SCRIPTS_STOP_AFTER_MS = 1_500;
const WRITES_STOP_AFTER_MS = 4_000;

/** Why the daemon does not start: one sentence each. */
export type StartFailure = { readonly reason: string; readonly hint: string };

/** Rejects for a bug, and with StoreFailure where another host has taken over; neighbours live on then. */
export async function startDaemon(options: DaemonOptions): Promise<Result<Daemon, StartFailure>> {
  const stopping = new AbortController();
  const opened: (() => Promise<unknown>)[] = [];
  try {
    return await startWith(options, stopping, opened);
  } catch (thrown) {
    if (options.doors === undefined) throw thrown; // the process ends of it
    stopping.abort();
    for (const close of opened.toReversed()) await close().catch(() => undefined);
    throw thrown;
  }
}

/** @param toClose is given what has to be closed when the start comes to nothing, in the order of opening */
async function startWith(
  options: DaemonOptions,
  stopping: AbortController,
  toClose: (() => Promise<unknown>)[],
): Promise<Result<Daemon, StartFailure>> {
  const { config, logger, clock, userAgent, observer = {}, onFatal } = options;
  const places = exchangePlaces(config);
  if (!places.ok) return places;
  const doors = options.doors ?? openOwnDoors(options);
  const { signal } = stopping;
  const inHouse = { config, clock, logger, signal, onFatal };

  const figures = createFigures(doors.account);
  const opened = await openStores({
    ...{ ...inHouse, place: config.store, guard: options.duty?.guard },
    reserveBytes: config.store.reserve_megabytes * 1024 * 1024,
    onWrite: figures.wrote,
  });
  if (!opened.ok) return opened;
  const stores = opened.value;
  toClose.push(() => stores.close());
  const { store, reader, glance, keep } = stores;
  const lookout = createLookout({
    ...{ keep, figures, now: () => clock.now() },
    requestsPerSecond: config.kommo.requests_per_second,
  });
  const traces = createTraceService({
    ...{ config, glance, keep, clock, logger, secrets: options.secrets ?? [] },
  });
  const opening = await openKommoSide({
    ...{ ...inHouse, stores, userAgent, mayAsk: options.duty?.isSure, common: doors.limiter },
    onRequest: lookout.request,
    onAnswered: (told) => {
      figures.asked(told);
      traces.heard(told);
    },
    onRenewed: () => outbox.resume(),
  });
  if (!opening.ok) {
    await stores.close();
    return opening;
  }
  const kommo = opening.value;
  toClose.push(() => kommo.close());
  const { client, notifier, patience } = kommo;

  const learnt: { -readonly [Name in keyof Learnt]: Learnt[Name] } = {};
  // The widget's list fills its gaps.
  const users = new Map(config.users);
  const settings = registrationSettings({ ...config, users }, learnt);
  const reload = createReload({
    ...{ config, settings, users, logger },
    reread: options.reread ?? (() => failed([])),
    follow(changed) {
      const then = exchangePlaces(changed);
      if (!then.ok) return then;
      scripts.follow(changed);
      return succeeded(exchanges.follow(then.value));
    },
    onTaken: () => altegio?.reloaded(),
  });
  const directory = await openDirectoryService({
    ...{ ...inHouse, found: learnt, client, patience, store, glance, keep },
    endWaiting: (key) => outbox.endWaiting(key),
    heedLeads: async (leadIds) => altegio?.heedLeads(leadIds),
  });
  const recordings = await openRecordingService({ ...inHouse, store, reader, glance, keep });
  learnt.recordingLink = recordings.links.linkFor;
  const userOf = (user: number) => directory.facts.users().find(({ id }) => id === user);
  learnt.userName = (user) => userOf(user)?.name;
  learnt.userEmail = (user) => userOf(user)?.email;
  learnt.cardResponsible = (key) => directory.directory.preparedOwner(key);
  const popups = createPopupService({
    ...{ gatherer: createPopupGatherer(settings), notifier, clock, signal },
  });
  const scripts = createScriptService({
    ...{ ...inHouse, settings, client, store, keep },
    onStage: (stage) => {
      figures.stage(stage);
      if (config.popups) popups.stage(stage);
      widget.stage(stage);
      observer.onStage?.(stage);
    },
    onRun: lookout.ran,
  });
  const outbox = createOutbox<KommoStep, KommoResult>({
    ...{ store, clock, preparation: scripts.preparation, course: createCourse(settings) },
    about: traces.about,
    farSide: createKommoFarSide({
      ...{ client, clock, log: logger, knowCard: directory.knowCard },
      onUnknownUser: () => directory.facts.refreshSoon(),
    }),
    believeAbsenceAfterMs: config.outbox.believe_absence_after_seconds * 1_000,
    secondLookAfterMs: config.outbox.believe_absence_after_seconds * 250,
    ...outboxReports({
      ...{ logger, observer, onFatal, heed: directory.heed, afterwards: scripts.afterwards },
      stepEnded: (origin) => altegio?.stepEnded(origin),
      undurable: [patience, notifier],
      lookout,
    }),
  });

  const altegio =
    config.altegio.locations.length === 0
      ? undefined
      : await (
          await import("./cli/altegio-service.ts")
        ).openAltegioService({
          ...{ ...inHouse, client, store, keep, outbox, userAgent },
        });

  const tellExtension = unknownExtensionTeller(logger);
  const doubt = await readDoubt(store, clock.now());
  const acceptance = createAcceptance({
    ...{ settings, store, keep, now: () => clock.now() },
    statementsFor: (origin, key, steps) => outbox.statementsFor(origin, key, steps),
    customize: scripts.customize,
    recordings: recordings.links.statementsFor,
    afterwards: scripts.afterwards.statements,
    isInDoubt: (call) => doubt.of(call),
    onAccepted: (call, plan) => {
      outbox.wake();
      recordings.wake();
      scripts.afterwards.accepted(plan.id);
      tellCall(logger, call, plan.id);
      tellExtension(plan.unknownExtension);
      lookout.accepted(plan.id, call);
      observer.onAccepted?.(call, plan);
    },
  });
  const archive = createArchiveService({ config, reader, glance, keep, clock, logger });
  const exchanges = createExchanges({
    ...{ ...inHouse, places: places.value, ears: options.ears, learnt, stores, acceptance },
    onStage: scripts.stage,
    onAmi: observer.onAmi,
    onText: (text) => {
      figures.event(text);
      widget.message(text);
    },
    onLost: (exchange) => widget.lost(exchange),
    accept: async (call) => {
      await directory.directory.prepare(clientNumber(call, settings).number);
      await acceptance.accept(call);
    },
  });
  const { telephones, isTelephone } = exchanges;
  const distribution = createDistributionService({
    ...{ config, settings, clock, logger, glance, telephones, isTelephone },
    openAgi: (handle) => doors.openAgi(handle),
    ...{ directory: directory.directory, customizations: scripts.customizations },
    exchanges: () => exchanges.all.map(({ name, address: { host } }) => ({ name, host })),
    isDirectoryWhole: () => directory.isWhole(),
    askKommo: createAskKommo({
      ...{ client, patience, keep, clock, signal, directory: directory.directory },
    }),
  });

  const widget = await openWidgetService({
    ...{ config, settings, users, exchanges, directory, client, store, keep },
    ...{ clock, logger, signal, customizations: scripts.customizations },
  });
  learnt.dialledFrom = widget.dialledFrom;

  const lines = hasExchange(config) ? exchanges.all : [];
  const resend = createResendAnswer({
    ...{ store, keep, outbox, plan: acceptance.plan, clock },
    recordings: recordings.links.statementsFor,
    afterwards: scripts.afterwards,
  });
  const admin = createAdminService({
    ...{ lookout, path: doors.account === undefined ? "" : `/${doors.account}` },
    ...{ config, origin: options.origin, secrets: options.secrets ?? [], settings },
    ...{ store, reader, keep, outbox, client, clock, logger, resend, telephones },
    ...{ exchanges: lines, live: exchanges.live, running: exchanges.running },
    ...{ directory: directory.directory, users: () => directory.facts.users() },
    ...{ customizations: scripts.customizations, listenTo: recordings.listenTo },
    extensions: widget.extensions,
  });

  const metrics = createMetricsService({
    ...{ figures, storePath: config.store.path, exchanges: lines, now: () => clock.now() },
    ...{ kommo: kommo.pace, isStoreWell: stores.isWell, toAccept: exchanges.toAccept },
    ...{ halt: lookout.halted.current, mirror: () => directory.mirror.state() },
    ...{ outbox: () => outbox.state(), distribution: () => distribution.counts() },
    ...{ ofProcess: doors.ofProcess, loopDelay: doors.loopDelay },
  });

  await scripts.start();
  await exchanges.restore();
  if (stores.damage !== undefined) tellDamage(logger, stores.damage);
  if (stores.damage !== undefined || doubt.isOld) await keep([doubtAll()]);
  await outbox.start(signal);
  kommo.access.start();
  directory.start();
  await recordings.start();
  archive.start();
  traces.start();
  await admin.start();
  metrics.start();
  const http = await doors.openHttp({
    open: [
      ...directory.routes,
      ...recordings.routes,
      ...widget.routes,
      ...(altegio?.routes ?? []),
      ...(altegio?.panelRoutes(widget) ?? []),
      accessRevokedRoute(kommo.access),
    ],
    local: [...metrics.routes, ...docsRoutes(version()), ...distribution.routes, ...admin.routes],
  });
  await distribution.start();
  const commands = serveCommands({
    ...{ storePath: config.store.path, clock, logger },
    handlers: {
      backfill: exchanges.backfill,
      recordings: recordings.answer,
      ...(altegio === undefined ? {} : { altegio: altegio.answer }),
      widget: widget.answer,
      reload: () => Promise.resolve(succeeded(reload())),
      forget: createForgetAnswer({
        ...{ store, place: config.store, now: () => clock.now() },
        folder: createMp3Folder(recordingPlaces(config).mp3Path),
      }),
      resend,
      "admin-password": adminPasswordAnswer({ keep, now: () => clock.now() }),
      "admin-removal": adminRemovalAnswer({ keep, now: () => clock.now() }),
    },
  });
  await altegio?.start();
  await exchanges.start(signal);

  const end = async (): Promise<void> => {
    await commands.stop();
    // Short scripts may still answer; a call that waits for a long one is told again by the next start.
    const patienceOver = setTimeout(() => void scripts.stop(), SCRIPTS_STOP_AFTER_MS);
    // With a store that takes no writes, what waits for it cannot be waited for.
    const writesOver = setTimeout(() => stopping.abort(), WRITES_STOP_AFTER_MS);
    await Promise.all([
      exchanges.stop(),
      altegio?.stop(),
      outbox.stop(),
      distribution.stop(),
      archive.stop(),
      traces.stop(),
      widget.stop(),
      admin.stop(),
      http.stop().then(() => Promise.all([directory.stop(), recordings.stop()])),
    ]);
    clearTimeout(patienceOver);
    clearTimeout(writesOver);
    await scripts.stop();
    stopping.abort();
    await kommo.close();
    await stores.close();
    doors.close();
  };
  let ended: Promise<void> | undefined;
  return succeeded({
    ...{ outbox, amiState: exchanges.state, address: http.address, reload },
    metrics: metrics.gather,
    whatIsWrong: createWellness({
      ...{ store, clock, lines: () => lines.map(({ session }) => session.state) },
    }),
    stop: () => (ended ??= end()),
  });
}
