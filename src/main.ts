/**
 * Joins the rooms: the one place where a call's way can be read from end to end. Exports
 * `startDaemon`, which `run` and `demo` use.
 *
 * Asterisk → ami → calls (tracker) → registration → store (the call is accepted) → outbox → kommo.
 */
import type { AmiState } from "./ami/session.ts";
import { createAmiSession } from "./ami/session.ts";
import { parseEvent } from "./ami/parse-event.ts";
import { callSchema } from "./calls/archive.ts";
import { heardSchema } from "./calls/cel/heard.ts";
import type { LiveStage } from "./calls/fact.ts";
import type { FinishedCall } from "./calls/finished-call.ts";
import { liveLogSchema } from "./calls/live-log.ts";
import { createCallKeeper } from "./calls/keeper.ts";
import { createAcceptance } from "./cli/acceptance.ts";
import { registrationSettings } from "./cli/registration-settings.ts";
import { amiAddress } from "./cli/ami-address.ts";
import { createCelService } from "./cli/calls/cel-service.ts";
import type { Config } from "./config/keys.ts";
import { openAccess } from "./kommo/access.ts";
import { settingsFrom } from "./calls/settings.ts";
import { parseAccountUrl } from "./kommo/account-url.ts";
import { createKommoClient } from "./kommo/client.ts";
import { createKommoFarSide } from "./kommo/far-side.ts";
import { EXCHANGE_LIMITS } from "./kommo/exchange.ts";
import { createLimiter } from "./kommo/limiter.ts";
import { kommoMigrations } from "./kommo/oauth/token-rows.ts";
import type { KommoResult, KommoStep } from "./kommo/step.ts";
import type { Clock } from "./lib/clock.ts";
import { failed, succeeded, type Result } from "./lib/failure.ts";
import type { Logger } from "./lib/log.ts";
import type { Halt } from "./outbox/delivery.ts";
import { createOutbox, type Outbox } from "./outbox/outbox.ts";
import { outboxMigrations } from "./outbox/schema.ts";
import type { Answer } from "./outbox/settle.ts";
import type { QueuedStep } from "./outbox/step-row.ts";
import { createCourse } from "./registration/course.ts";
import type { Plan } from "./registration/plan.ts";
import { openSqliteStore } from "./store/sqlite-store.ts";
import type { Migration, Statement, StoreFailure } from "./store/store.ts";
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

/** Why the daemon does not start: one sentence each. */
export type StartFailure = { readonly reason: string; readonly hint: string };

/** Those of all rooms, in order; whoever looks into a store needs them too. */
export const storeMigrations: readonly Migration[] = [
  callSchema,
  liveLogSchema,
  heardSchema,
  ...outboxMigrations,
  ...kommoMigrations,
];

export async function startDaemon(options: DaemonOptions): Promise<Result<Daemon, StartFailure>> {
  const { config, logger, clock, observer = {}, onFatal } = options;
  const address = amiAddress(config.ami);
  if (!address.ok) return failed({ reason: "the exchange cannot be reached", ...address.failure });
  const accountUrl = parseAccountUrl(config.kommo.account_url);
  if (!accountUrl.ok)
    return failed({ reason: "kommo.account_url is wrong", ...accountUrl.failure });
  const opened = await openSqliteStore({
    path: config.store.path,
    migrations: storeMigrations,
    onBroken: onFatal,
  });
  if (!opened.ok) return opened;
  const store = opened.value;

  const limiter = createLimiter({
    requestsPerSecond: config.kommo.requests_per_second,
    clock,
  });
  const stopping = new AbortController();
  const keep = (statements: readonly Statement[]): Promise<unknown> =>
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
    onRenewed: () => outbox.resume(),
    onFatal,
  });
  if (!opening.ok) {
    limiter.close();
    await store.close();
    return opening;
  }
  const access = opening.value;
  const client = createKommoClient({ ...toKommo, ...access.forClient });
  const settings = registrationSettings(config);
  const outbox = createOutbox<KommoStep, KommoResult>({
    store,
    clock,
    farSide: createKommoFarSide({ client, clock, log: logger }),
    course: createCourse(settings),
    believeAbsenceAfterMs: config.outbox.believe_absence_after_seconds * 1_000,
    ...outboxReports(logger, observer, onFatal),
  });

  const acceptance = createAcceptance({
    settings,
    store,
    keep,
    now: () => clock.now(),
    statementsFor: (origin, key, steps) => outbox.statementsFor(origin, key, steps),
    onAccepted: (call, plan) => {
      outbox.wake();
      tellCall(logger, call, plan.id);
      tellExtension(plan.unknownExtension);
      observer.onAccepted?.(call, plan);
    },
  });
  const tellExtension = unknownExtensionTeller(logger);
  const cel = createCelService({ config, clock, logger, store, keep, acceptance, onFatal });
  const accept = async (call: FinishedCall, alsoDone: readonly Statement[]): Promise<void> => {
    const known = call.isEndKnown ? call : await cel.complete(call);
    // The daemon stops before CEL has answered: the next start tells this call again.
    if (known !== undefined) await acceptance.accept(known, alsoDone);
  };

  const keeper = createCallKeeper({
    settings: settingsFrom(config),
    clock,
    store,
    parse: parseEvent,
    keep,
    accept,
    onStage: (stage) => observer.onStage?.(stage),
    onFatal,
  });
  await keeper.restore();
  const session = createAmiSession({
    address: address.value,
    credentials: {
      username: config.ami.username,
      secret: config.ami.secret,
      auth: config.ami.auth,
    },
    clock,
    onMessage: (text, at) => keeper.message(text, at),
    onSnapshot: (snapshot) => keeper.snapshot(snapshot),
    onLost: (at) => {
      keeper.lost(at);
      cel.lost(at);
    },
    onState: (state) => {
      if (state.kind === "connected") {
        keeper.connected(state.since);
        cel.connected(state.since);
      }
      tellAmi(logger, state);
      observer.onAmi?.(state);
    },
  });
  await outbox.start(stopping.signal);
  await cel.start();
  access.start();
  session.start(stopping.signal);
  // A call whose hangup was lost would stay open for hours: the exchange is asked now and then.
  const asking = setInterval(() => void session.resync(), RESYNC_EVERY_MS);

  const end = async (): Promise<void> => {
    clearInterval(asking);
    await Promise.all([session.stop().then(() => keeper.stop()), cel.stop(), outbox.stop()]);
    stopping.abort();
    limiter.close();
    await access.stop();
    client.close();
    await store.close();
  };
  let ended: Promise<void> | undefined;
  return succeeded({ outbox, amiState: session.state, stop: () => (ended ??= end()) });
}

function outboxReports(logger: Logger, observer: DaemonObserver, onFatal: (e: Error) => void) {
  return {
    onDone: (step: QueuedStep<KommoStep>, answer: Answer<KommoResult>) => {
      const { origin, step: done } = step;
      logger.debug({ call: origin, step: done.kind, answer: answer.kind }, "step done");
      observer.onStep?.(step, answer);
    },
    onSetAside: (
      { id, origin, step }: QueuedStep<KommoStep>,
      why: { reason: string; hint: string },
    ) => logger.error({ call: origin, step: step.kind, id, ...why }, "step set aside"),
    onHalt: ({ reason, hint, probeAfterMs }: Halt) =>
      logger.error({ reason, hint, probeAfterMs }, "nothing is sent to kommo"),
    onResume: () => logger.warn("kommo takes steps again"),
    onTrouble: (trouble: { reason: string; pauseMs: number }) =>
      logger.warn(trouble, "kommo did not take a batch, it is kept"),
    onStoreTrouble: (failure: StoreFailure) => tellStore(logger, failure),
    onCrash: onFatal,
  };
}

function tellStore(logger: Logger, { code, message, hint }: StoreFailure): void {
  logger.error({ code, reason: message, hint }, "the store does not take writes, waiting");
}

function tellCall(logger: Logger, call: FinishedCall, id: string): void {
  logger.info(
    {
      call: id,
      direction: call.direction,
      result: call.result,
      client_phone: call.clientPhone,
      extension: call.answeredBy,
      seconds: Math.round((call.endedAt - call.startedAt) / 1_000),
    },
    "call accepted",
  );
}

/** Of calls that get no user; once for each extension, the calls' reasons say it of each. */
function unknownExtensionTeller(logger: Logger): (extension: string | undefined) => void {
  const told = new Set<string>();
  return (extension) => {
    if (extension === undefined || told.has(extension)) return;
    told.add(extension);
    const hint = "add it to users or employees, or say in unknown_extension whose its calls are";
    logger.warn({ extension, hint }, "an extension stands for no active Kommo user");
  };
}

function tellAmi(logger: Logger, state: AmiState): void {
  switch (state.kind) {
    case "connected":
      return logger.info({ protocol: state.version }, "connected to the exchange");
    case "waiting": {
      const { kind, hint, retry } = state.failure;
      const fields = { failure: kind, hint, retry_in_s: Math.round(state.retryInMs / 1_000) };
      const isForOperator = retry === "after-operator";
      return logger[isForOperator ? "error" : "warn"](fields, "no connection to the exchange");
    }
    case "idle":
    case "connecting":
    case "stopped":
      return logger.debug({ state: state.kind }, "exchange");
  }
}
