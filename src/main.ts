/**
 * Joins the rooms: the one place where a call's way can be read from end to end. Exports
 * `startDaemon`, which `run` and `demo` use.
 *
 * Asterisk → ami → calls (tracker) → registration → store (the call is accepted) → outbox → kommo.
 */
import type { AmiState } from "./ami/session.ts";
import type { LiveStage } from "./calls/fact.ts";
import type { FinishedCall } from "./calls/finished-call.ts";
import { createAcceptance } from "./cli/acceptance.ts";
import { amiAddress } from "./cli/ami-address.ts";
import { createCelService } from "./cli/calls/cel-service.ts";
import { createResendAnswer } from "./cli/calls/resend-run.ts";
import { serveCommands } from "./cli/command-requests.ts";
import { createScriptService } from "./cli/customizations/script-service.ts";
import { outboxReports, tellCall, tellDamage, unknownExtensionTeller } from "./cli/daemon-log.ts";
import { createExchangeSide } from "./cli/daemon/exchange-side.ts";
import { openKommoSide } from "./cli/daemon/kommo-side.ts";
import { openStores } from "./cli/daemon/open-stores.ts";
import { openDirectoryService } from "./cli/directory-service.ts";
import { createPopupService } from "./cli/popup-service.ts";
import { openRecordingService } from "./cli/recordings/recording-service.ts";
import { registrationSettings } from "./cli/registration-settings.ts";
import type { Config } from "./config/keys.ts";
import { accessRevokedRoute } from "./http/access-revoked.ts";
import { startHttp } from "./http/start-http.ts";
import { createKommoFarSide } from "./kommo/far-side.ts";
import type { KommoResult, KommoStep } from "./kommo/step.ts";
import type { Clock } from "./lib/clock.ts";
import { failed, succeeded, type Result } from "./lib/failure.ts";
import type { Logger } from "./lib/log.ts";
import { doubtAll } from "./outbox/changes.ts";
import { createOutbox, type Outbox } from "./outbox/outbox.ts";
import type { Answer } from "./outbox/settle.ts";
import type { QueuedStep } from "./outbox/step-row.ts";
import { clientNumber } from "./registration/call-fields.ts";
import { createCourse } from "./registration/course.ts";
import type { Plan } from "./registration/plan.ts";
import { createPopupGatherer } from "./registration/popups.ts";
import type { Learnt } from "./registration/settings.ts";

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

const SCRIPTS_STOP_AFTER_MS = 1_500;

/** Why the daemon does not start: one sentence each. */
export type StartFailure = { readonly reason: string; readonly hint: string };

export async function startDaemon(options: DaemonOptions): Promise<Result<Daemon, StartFailure>> {
  const { config, logger, clock, userAgent, observer = {}, onFatal } = options;
  const address = amiAddress(config.ami);
  if (!address.ok) return failed({ reason: "the exchange cannot be reached", ...address.failure });
  const stopping = new AbortController();
  const { signal } = stopping;
  const inHouse = { config, clock, logger, signal, onFatal };

  const opened = await openStores({ ...inHouse, path: config.store.path });
  if (!opened.ok) return opened;
  const stores = opened.value;
  const { store, reader, keep } = stores;
  const opening = await openKommoSide({
    ...{ ...inHouse, stores, userAgent },
    onRenewed: () => outbox.resume(),
  });
  if (!opening.ok) {
    await stores.close();
    return opening;
  }
  const kommo = opening.value;
  const { client, notifier, patience } = kommo;

  const learnt: { -readonly [Name in keyof Learnt]: Learnt[Name] } = {};
  const settings = registrationSettings(config, learnt);
  const directory = await openDirectoryService({
    ...{ ...inHouse, found: learnt, client, patience, store, reader, keep },
    endWaiting: (key) => outbox.endWaiting(key),
  });
  const recordings = await openRecordingService({ ...inHouse, store, reader, keep });
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
      if (config.popups) popups.stage(stage);
      observer.onStage?.(stage);
    },
  });
  const outbox = createOutbox<KommoStep, KommoResult>({
    ...{ store, clock, preparation: scripts.preparation, course: createCourse(settings) },
    farSide: createKommoFarSide({
      ...{ client, clock, log: logger, knowCard: directory.knowCard },
      onUnknownUser: () => directory.facts.refreshSoon(),
    }),
    believeAbsenceAfterMs: config.outbox.believe_absence_after_seconds * 1_000,
    secondLookAfterMs: config.outbox.believe_absence_after_seconds * 250,
    ...outboxReports({
      ...{ logger, observer, onFatal, heed: directory.heed, afterwards: scripts.afterwards },
      undurable: [patience, notifier],
    }),
  });

  const tellExtension = unknownExtensionTeller(logger);
  const acceptance = createAcceptance({
    ...{ settings, store, keep, now: () => clock.now() },
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
  const cel = createCelService({ ...inHouse, store, keep, acceptance });
  const exchange = createExchangeSide({
    ...{ ...inHouse, address: address.value, learnt, stores, onStage: scripts.stage },
    onAmi: observer.onAmi,
    onConnected: (at) => cel.connected(at),
    onLost: (at) => cel.lost(at),
    accept: async (call) => {
      const known = call.isEndKnown ? call : await cel.complete(call);
      // The daemon stops before CEL has answered: the next start tells this call again.
      if (known === undefined) return "left";
      await directory.directory.prepare(clientNumber(known, settings).number);
      await acceptance.accept(known);
      return "accepted";
    },
  });

  await scripts.start();
  await exchange.restore();
  if (stores.damage !== undefined) {
    tellDamage(logger, stores.damage);
    await keep([doubtAll()]);
  }
  await outbox.start(signal);
  await cel.start();
  kommo.access.start();
  directory.start();
  await recordings.start();
  const routes = [...directory.routes, ...recordings.routes, accessRevokedRoute(kommo.access)];
  const http = await startHttp({
    listeners: [{ name: "public_http", ...config.public_http, routes }],
    clock,
    log: logger,
  });
  const commands = serveCommands({
    ...{ storePath: config.store.path, clock, logger },
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
  exchange.start(signal);

  const end = async (): Promise<void> => {
    await commands.stop();
    // Short scripts may still answer; a call that waits for a long one is told again by the next start.
    const patienceOver = setTimeout(() => void scripts.stop(), SCRIPTS_STOP_AFTER_MS);
    await Promise.all([
      exchange.stop(),
      cel.stop(),
      outbox.stop(),
      http.stop().then(() => Promise.all([directory.stop(), recordings.stop()])),
    ]);
    clearTimeout(patienceOver);
    await scripts.stop();
    stopping.abort();
    await kommo.close();
    await stores.close();
  };
  let ended: Promise<void> | undefined;
  return succeeded({ outbox, amiState: exchange.session.state, stop: () => (ended ??= end()) });
}
