// Calls with scripts in their way, through a real store and outbox to the simulated account.
import { randomUUID } from "node:crypto";
import { linkedId } from "../../src/ami/ids.ts";
import { callSchema } from "../../src/calls/archive.ts";
import type { LiveStage } from "../../src/calls/fact.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { createAcceptance } from "../../src/cli/acceptance.ts";
import { createScriptService } from "../../src/cli/customizations/script-service.ts";
import { customizationMigrations } from "../../src/customization/schema.ts";
import { parseAccountUrl } from "../../src/kommo/account-url.ts";
import { createKommoClient } from "../../src/kommo/client.ts";
import { createKommoFarSide } from "../../src/kommo/far-side.ts";
import { createLimiter } from "../../src/kommo/limiter.ts";
import type { KommoResult, KommoStep } from "../../src/kommo/step.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { silentLogger } from "../../src/lib/log.ts";
import { createOutbox } from "../../src/outbox/outbox.ts";
import { outboxMigrations } from "../../src/outbox/schema.ts";
import { createCourse } from "../../src/registration/course.ts";
import type { RegistrationSettings } from "../../src/registration/settings.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { sql, type Row } from "../../src/store/store.ts";
import { settings as plain } from "../registration/made-up-call.ts";
import { storeFolder, type StoreFolder } from "../store/store-folder.ts";

export type ScriptedOffice = {
  readonly kommo: KommoSimulator;
  readonly stages: LiveStage[];
  /** Accepts the call; resolves when it is in the store. */
  accept(call: FinishedCall): Promise<string>;
  stage(stage: LiveStage): void;
  /** Resolves when nothing is to be sent any more. */
  settled(): Promise<void>;
  /** The bodies of the requests of this kind, as Kommo received them. */
  bodies(path: string, method?: string): Record<string, unknown>[];
  read(text: string): Promise<readonly Row[]>;
  /** The process dies here: what is on the disk stays. */
  stop(): Promise<void>;
};

const quiet = { debug: () => undefined, warn: () => undefined };

export type OfficeDeps = {
  readonly folder: string;
  readonly kommo: KommoSimulator;
  readonly place: StoreFolder;
  readonly settings?: Partial<RegistrationSettings>;
  readonly timeoutMs?: number;
  readonly sends?: boolean;
};

export const startKommo = (): Promise<KommoSimulator> =>
  startKommoSimulator({ switches: { requestsPerSecond: 0 } });

export const newStore = storeFolder;

export async function openScriptedOffice(deps: OfficeDeps): Promise<ScriptedOffice> {
  const { kommo, folder, place } = deps;
  const settings = { ...plain, ...deps.settings };
  const store = await place.open({
    migrations: [callSchema, ...outboxMigrations, ...customizationMigrations],
  });
  const accountUrl = parseAccountUrl(kommo.url);
  if (!accountUrl.ok) throw new Error("the simulator has no address");
  const limiter = createLimiter({ requestsPerSecond: 100, clock: systemClock, intervalMs: 5 });
  const client = createKommoClient({
    accountUrl: accountUrl.value,
    accessToken: () => kommo.token,
    limiter,
    clock: systemClock,
    log: quiet,
    userAgent: "asterisk-kommo/test",
  });
  const stopping = new AbortController();
  const stages: LiveStage[] = [];
  const keep = (statements: Parameters<typeof store.write>[0]) => store.write(statements);
  const scripts = createScriptService({
    config: {
      customizations: {
        path: folder,
        off: [],
        timeout_ms: deps.timeoutMs ?? 20_000,
        timeouts_ms: new Map(),
        record_file_path_timeout_ms: 20_000,
      },
      exchanges: [],
      pbx: { extensions: ["_1XX"], trunks: [] },
      recordings: {
        path: "/var/spool/asterisk/monitor",
        voicemail_path: "/var/spool/asterisk/voicemail",
        other_paths: [],
        public_url: undefined,
      },
    } as unknown as Parameters<typeof createScriptService>[0]["config"],
    settings,
    client,
    store,
    keep,
    clock: systemClock,
    logger: silentLogger,
    signal: stopping.signal,
    onStage: (stage) => stages.push(stage),
  });
  const outbox = createOutbox<KommoStep, KommoResult>({
    store,
    clock: systemClock,
    farSide: createKommoFarSide({ client, clock: systemClock, log: quiet }),
    course: createCourse(settings),
    preparation: scripts.preparation,
    gatherMs: 5,
    onDone: ({ origin }) => scripts.afterwards.stepDone(origin),
  });
  const acceptance = createAcceptance({
    settings,
    store,
    keep,
    now: () => systemClock.now(),
    statementsFor: (origin, key, steps) => outbox.statementsFor(origin, key, steps),
    customize: scripts.customize,
    afterwards: scripts.afterwards.statements,
    onAccepted: (_, { id }) => {
      outbox.wake();
      scripts.afterwards.accepted(id);
    },
  });
  await scripts.start();
  if (deps.sends !== false) await outbox.start(stopping.signal);

  return {
    kommo,
    stages,
    async accept(call) {
      const id = randomUUID();
      await acceptance.accept({ ...call, linkedId: linkedId(id) });
      return id;
    },
    stage: (stage) => scripts.stage(stage),
    async settled() {
      for (;;) {
        const open = await store.read(
          sql("SELECT id FROM step WHERE state IN ('ready', 'sending', 'unknown') LIMIT 1"),
        );
        if (open.length === 0) return;
        await systemClock.sleep(10);
      }
    },
    bodies: (path, method = "POST") =>
      kommo.journal
        .entries()
        .filter((entry) => entry.path === path && entry.method === method)
        .flatMap(({ body }) => body as Record<string, unknown>[])
        .map(({ request_id: _id, ...body }) => body),
    read: (text) => store.read(sql(text)),
    async stop() {
      await scripts.stop();
      if (deps.sends !== false) await outbox.stop();
      stopping.abort();
      limiter.close();
      client.close();
      await store.close();
    },
  };
}
