/**
 * Joins the rooms: the one place where a call's way can be read from end to end. Exports
 * `startDaemon`, which `run` and `demo` use.
 *
 * Asterisk → ami → calls (tracker) → registration → store (the call is accepted) → outbox → kommo.
 */
import type { AmiState } from "./ami/session.ts";
import { createAmiSession } from "./ami/session.ts";
import { extension } from "./ami/ids.ts";
import { parseEvent } from "./ami/parse-event.ts";
import { acceptCall, callSchema } from "./calls/archive.ts";
import type { LiveStage } from "./calls/fact.ts";
import type { FinishedCall } from "./calls/finished-call.ts";
import { liveLogSchema } from "./calls/live-log.ts";
import { createCallKeeper } from "./calls/keeper.ts";
import { amiAddress } from "./cli/ami-address.ts";
import type { Config } from "./config/keys.ts";
import { parseAccountUrl } from "./kommo/account-url.ts";
import { createKommoClient } from "./kommo/client.ts";
import { createKommoFarSide } from "./kommo/far-side.ts";
import { EXCHANGE_LIMITS } from "./kommo/exchange.ts";
import { createLimiter } from "./kommo/limiter.ts";
import type { KommoResult, KommoStep } from "./kommo/step.ts";
import type { Clock } from "./lib/clock.ts";
import { failed, succeeded, type Result } from "./lib/failure.ts";
import type { Logger } from "./lib/log.ts";
import type { Halt } from "./outbox/delivery.ts";
import { createOutbox, type Outbox } from "./outbox/outbox.ts";
import { outboxMigrations } from "./outbox/schema.ts";
import type { Answer } from "./outbox/settle.ts";
import type { QueuedStep } from "./outbox/step-row.ts";
import { uniqOf } from "./registration/call-fields.ts";
import { createCourse } from "./registration/course.ts";
import { planCall, type Plan } from "./registration/plan.ts";
import type { RegistrationSettings } from "./registration/settings.ts";
import { openSqliteStore } from "./store/sqlite-store.ts";
import { StoreFailure, type Statement } from "./store/store.ts";
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

/** Why the daemon does not start: one sentence each. */
export type StartFailure = { readonly reason: string; readonly hint: string };

export async function startDaemon(options: DaemonOptions): Promise<Result<Daemon, StartFailure>> {
  const { config, logger, clock, observer = {}, onFatal } = options;
  const address = amiAddress(config.ami);
  if (!address.ok) return failed({ reason: "the exchange cannot be reached", ...address.failure });
  const accountUrl = parseAccountUrl(config.kommo.account_url);
  if (!accountUrl.ok)
    return failed({ reason: "kommo.account_url is wrong", ...accountUrl.failure });
  const opened = await openSqliteStore({
    path: config.store.path,
    migrations: [callSchema, liveLogSchema, ...outboxMigrations],
    onBroken: onFatal,
  });
  if (!opened.ok) return opened;
  const store = opened.value;

  const limiter = createLimiter({
    requestsPerSecond: config.kommo.requests_per_second,
    clock,
  });
  const client = createKommoClient({
    accountUrl: accountUrl.value,
    accessToken: () => config.kommo.access_token,
    limiter,
    clock,
    log: logger,
    userAgent: options.userAgent,
    limits: {
      ...EXCHANGE_LIMITS,
      connectMs: config.kommo.connect_timeout_ms,
      totalMs: config.kommo.timeout_ms,
    },
  });
  const settings = registrationSettings(config);
  const outbox = createOutbox<KommoStep, KommoResult>({
    store,
    clock,
    farSide: createKommoFarSide({ client, clock, log: logger }),
    course: createCourse(settings),
    believeAbsenceAfterMs: config.outbox.believe_absence_after_seconds * 1_000,
    ...outboxReports(logger, observer, onFatal),
  });
  const stopping = new AbortController();
  const keep = (statements: readonly Statement[]): Promise<unknown> =>
    writeUntilKept(
      { store, clock, signal: stopping.signal, onWait: (failure) => tellStore(logger, failure) },
      statements,
    );

  const accept = async (call: FinishedCall, alsoDone: readonly Statement[]): Promise<void> => {
    const plan = planCall(call, settings);
    const id = uniqOf(call, settings.pbx);
    const row = { id, call, clientKey: plan.key, decisions: plan.decisions };
    const booking = [
      acceptCall({ ...row, acceptedAt: clock.now() }),
      ...outbox.statementsFor(id, plan.key, plan.steps),
    ];
    try {
      await keep([...booking, ...alsoDone]);
    } catch (thrown) {
      if (!isConstraint(thrown)) throw thrown;
      // It was accepted before: by an earlier run that ended before it could forget the events.
      await keep(alsoDone);
      return;
    }
    outbox.wake();
    tellCall(logger, call, id);
    observer.onAccepted?.(call, plan);
  };

  const keeper = createCallKeeper({
    settings: { extensions: config.pbx.extensions, trunks: config.pbx.trunks },
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
    onMessage: keeper.message,
    onSnapshot: keeper.snapshot,
    onLost: keeper.lost,
    onState: (state) => {
      if (state.kind === "connected") keeper.connected(state.since);
      tellAmi(logger, state);
      observer.onAmi?.(state);
    },
  });
  await outbox.start(stopping.signal);
  session.start(stopping.signal);

  const end = async (): Promise<void> => {
    await Promise.all([session.stop().then(() => keeper.stop()), outbox.stop()]);
    stopping.abort();
    limiter.close();
    client.close();
    await store.close();
  };
  let ended: Promise<void> | undefined;
  return succeeded({ outbox, amiState: session.state, stop: () => (ended ??= end()) });
}

const isConstraint = (thrown: unknown): boolean =>
  thrown instanceof StoreFailure && thrown.code.startsWith("SQLITE_CONSTRAINT");

function registrationSettings(config: Config): RegistrationSettings {
  const { names, task } = config;
  return {
    pbx: undefined,
    users: new Map([...config.users].map(([number, user]) => [extension(number), user])),
    unknownClient: config.unknown_client,
    missedCallTask: config.missed_call_task,
    durationOf: config.duration_of,
    names: {
      source: names.source,
      serviceCode: names.service_code,
      sourceName: names.source_name,
      tag: names.tag,
    },
    task: { typeId: task.type_id, deadlineMinutes: task.deadline_minutes },
  };
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
