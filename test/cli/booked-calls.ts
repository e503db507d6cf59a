/** A store with calls that a daemon has accepted and booked on the simulated account, for commands to read. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { linkedId } from "../../src/ami/ids.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { createAcceptance } from "../../src/cli/acceptance.ts";
import { runCallsList } from "../../src/cli/calls/list.ts";
import { runCallsResend } from "../../src/cli/calls/resend.ts";
import { createResendAnswer } from "../../src/cli/calls/resend-run.ts";
import { runCallsShow } from "../../src/cli/calls/show.ts";
import { serveCommands } from "../../src/cli/command-requests.ts";
import { parseAccountUrl } from "../../src/kommo/account-url.ts";
import { createKommoClient } from "../../src/kommo/client.ts";
import { createKommoFarSide } from "../../src/kommo/far-side.ts";
import { createLimiter } from "../../src/kommo/limiter.ts";
import type { KommoResult, KommoStep } from "../../src/kommo/step.ts";
import { epochMs, systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { storeMigrations } from "../../src/cli/daemon/store-migrations.ts";
import { createOutbox } from "../../src/outbox/outbox.ts";
import { createCourse } from "../../src/registration/course.ts";
import type { RegistrationSettings } from "../../src/registration/settings.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import type { Switches } from "../../src/simulator/kommo/switches.ts";
import { openSqliteStore } from "../../src/store/sqlite-store.ts";
import { sql, type Store } from "../../src/store/store.ts";
import { answeredCall, settings as plain } from "../registration/made-up-call.ts";
import { runProgram, type Outcome } from "./spawned.ts";

const COMMANDS = { list: runCallsList, show: runCallsShow, resend: runCallsResend } as const;

/** 2026-11-21 12:00:00 UTC, the day of the calls. */
export const NOON = Date.UTC(2026, 10, 21, 12);

export type Bookings = {
  readonly kommo: KommoSimulator;
  readonly storePath: string;
  /** `asterisk-kommo calls …` with this store and account. */
  run(name: keyof typeof COMMANDS, ...args: readonly string[]): Promise<Outcome>;
  /** The same as a process of its own. */
  runProgram(...args: readonly string[]): Promise<Outcome>;
  /** The daemon's part of the way runs while `doing` does: outbox, acceptance, requests of commands. */
  whileDaemonRuns<T>(
    doing: (daemon: RunningDaemon) => Promise<T>,
    changes?: Partial<RegistrationSettings>,
  ): Promise<T>;
  [Symbol.asyncDispose](): Promise<void>;
};

export type RunningDaemon = {
  readonly store: Store;
  readonly accept: (call: FinishedCall) => Promise<void>;
  /** Resolves when no step is open. */
  readonly drained: () => Promise<void>;
};

/** @param id the seconds after noon at which it began, and so the number of its linkedid */
export const callAt = (
  id: number,
  changes: Partial<FinishedCall> = {},
  make = answeredCall,
): FinishedCall =>
  make({
    linkedId: linkedId(`${NOON / 1_000 + id}.${id}`),
    startedAt: epochMs(NOON + id * 1_000),
    endedAt: epochMs(NOON + id * 1_000 + 6_000),
    ...changes,
  });

export async function openBookings(switches: Partial<Switches> = {}): Promise<Bookings> {
  const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-calls-"));
  const storePath = join(folder, "store.db");
  const kommo = await startKommoSimulator({ switches: { requestsPerSecond: 0, ...switches } });
  const configFile = join(folder, "config.json");
  const config = {
    pbx: { extensions: ["_10X"] },
    kommo: { account_url: kommo.url, access_token: kommo.token },
    users: { "101": 9100001, "102": 9100002 },
    store: { path: storePath },
  };
  writeFileSync(configFile, JSON.stringify(config), { mode: 0o600 });
  return {
    kommo,
    storePath,
    async run(name, ...args) {
      let [out, err] = ["", ""];
      const code = await COMMANDS[name]([...args, "--config", configFile], {
        out: { write: (text) => (out += text) },
        err: { write: (text) => (err += text) },
      });
      return { code, out, err };
    },
    runProgram: (...args) => runProgram(["calls", ...args, "--config", configFile]),
    async whileDaemonRuns(doing, changes = {}) {
      const daemon = await startDaemon({ kommo, storePath, settings: { ...plain, ...changes } });
      try {
        return await doing(daemon);
      } finally {
        await daemon.stop();
      }
    },
    async [Symbol.asyncDispose]() {
      await kommo.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

const quiet = { debug: () => undefined, warn: () => undefined };

async function startDaemon(at: {
  kommo: KommoSimulator;
  storePath: string;
  settings: RegistrationSettings;
}): Promise<RunningDaemon & { stop(): Promise<void> }> {
  const { kommo, storePath, settings } = at;
  const opened = await openSqliteStore({ path: storePath, migrations: storeMigrations });
  const accountUrl = parseAccountUrl(kommo.url);
  if (!opened.ok || !accountUrl.ok) throw new Error("cannot start");
  const store = opened.value;
  const keep = store.write.bind(store);
  const limiter = createLimiter({ requestsPerSecond: 100, clock: systemClock, intervalMs: 5 });
  const client = createKommoClient({
    accountUrl: accountUrl.value,
    accessToken: () => kommo.token,
    limiter,
    clock: systemClock,
    log: quiet,
    userAgent: "asterisk-kommo/test",
  });
  const clock = systemClock;
  const outbox = createOutbox<KommoStep, KommoResult>({
    store,
    clock,
    farSide: createKommoFarSide({ client, clock: systemClock, log: quiet }),
    course: createCourse(settings),
    gatherMs: 0,
    believeAbsenceAfterMs: 0,
    secondLookAfterMs: 0,
    pauses: { minMs: 10, maxMs: 20 },
  });
  const acceptance = createAcceptance({
    settings,
    store,
    keep,
    now: () => epochMs(NOON + 60_000),
    statementsFor: (origin, key, steps) => outbox.statementsFor(origin, key, steps),
    onAccepted: () => outbox.wake(),
  });
  await outbox.start(new AbortController().signal);
  const commands = serveCommands({
    storePath,
    clock: systemClock,
    logger: silentLogger,
    handlers: {
      resend: createResendAnswer({ store, keep, outbox, plan: acceptance.plan, clock }),
    },
  });
  return {
    store,
    async accept(call) {
      await acceptance.accept(call);
    },
    drained: () => outbox.drained(),
    async stop() {
      await commands.stop();
      await outbox.stop();
      limiter.close();
      client.close();
      await store.close();
    },
  };
}

/** As the outbox would have done after a refusal. */
export const setAside = (origin: string, kind: string): ReturnType<typeof sql> =>
  sql(
    `UPDATE step SET state = 'set-aside', attempt = 1, reason = 'error 400: NotSupportedChoice',
     hint = 'Kommo did not take it', finished_at = ?, answer = NULL, why = NULL
     WHERE origin = ? AND kind = ?`,
    NOON + 50_000,
    origin,
    kind,
  );
