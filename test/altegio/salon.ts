// The whole way of appointments: both simulators, a store on the disk, the outbox and the engine, with one
// clock that a test moves on, so that waits of minutes take none.
import { createAltegioClient, REQUESTS_PER_SECOND } from "../../src/altegio/api/client.ts";
import { createEngine, type Engine } from "../../src/altegio/engine.ts";
import { altegioMigrations } from "../../src/altegio/schema.ts";
import type { AltegioSettings, FieldName } from "../../src/altegio/settings.ts";
import { createAltegioAnswer } from "../../src/cli/altegio/daemon-answer.ts";
import { altegioWebhookRoute } from "../../src/http/altegio-webhook.ts";
import { startHttp } from "../../src/http/start-http.ts";
import { createCardReader } from "../../src/kommo/card-reader.ts";
import { createKommoClient } from "../../src/kommo/client.ts";
import { createExchanger, EXCHANGE_LIMITS } from "../../src/kommo/exchange.ts";
import { createKommoFarSide } from "../../src/kommo/far-side.ts";
import { createLimiter } from "../../src/kommo/limiter.ts";
import type { KommoResult, KommoStep } from "../../src/kommo/step.ts";
import { systemClock } from "../../src/lib/clock.ts";
import { createOutbox } from "../../src/outbox/outbox.ts";
import { outboxMigrations } from "../../src/outbox/schema.ts";
import { parseToldStep, stepsOf } from "../../src/outbox/story.ts";
import { createCourse } from "../../src/registration/course.ts";
import {
  startAltegioSimulator,
  type AltegioSimulator,
} from "../../src/simulator/altegio/server.ts";
import type { AltegioSwitches } from "../../src/simulator/altegio/switches.ts";
import { startKommoSimulator, type KommoSimulator } from "../../src/simulator/kommo/server.ts";
import { addCustomField } from "../../src/simulator/kommo/state/new-account.ts";
import type { Lead } from "../../src/simulator/kommo/state/account.ts";
import { sql, type Row, type Store } from "../../src/store/store.ts";
import { movableClock, type MovableClock } from "../faults/movable-clock.ts";
import { accountUrl } from "../kommo/scripted-server.ts";
import { settings as callSettings } from "../registration/made-up-call.ts";
import { storeFolder } from "../store/store-folder.ts";

export const LOCATION = "4564";
export const PIPELINE = 8_123_001;
export const FIRST = 71_200_010;
export const SECOND = 71_200_011;
export const WON = 142;

export type SalonOptions = {
  readonly settings?: Partial<AltegioSettings>;
  readonly switches?: Partial<AltegioSwitches>;
  /** What is there before the engine starts. */
  readonly before?: (altegio: AltegioSimulator, kommo: KommoSimulator) => void;
  readonly kommoLateSearchMs?: number;
  /** Altegio's webhooks come to a listener of ours, and nothing is polled for an hour. */
  readonly byWebhooks?: boolean;
  /** Altegio's limits and the daemon's pace, both by the moved clock; else neither is in the way. */
  readonly atAltegiosPace?: boolean;
};

export type Salon = {
  readonly altegio: AltegioSimulator;
  readonly kommo: KommoSimulator;
  readonly clock: MovableClock;
  readonly store: Store;
  readonly engine: Engine;
  readonly settings: AltegioSettings;
  readonly log: string[];
  readonly hookUrl: string;
  /** Ids of the fields of leads. */
  readonly fields: ReadonlyMap<FieldName, number>;
  readonly answer: (asked: unknown) => Promise<unknown>;
  /** Resolves once nothing is due, under way or ordered; time is moved on as needed. */
  settled(): Promise<void>;
  until(isSo: () => boolean | Promise<boolean>): Promise<void>;
  /** The daemon ends and starts again. */
  restart(): Promise<void>;
  /** The leads that carry this record ID. */
  leadsOf(recordId: number): readonly Lead[];
  field(lead: Lead | undefined, name: FieldName): unknown;
  notesOn(leadId: number): readonly string[];
  rows(query: string): Promise<readonly Row[]>;
  /** "PATCH /api/v4/leads" of each request that changed something. */
  writes(): readonly string[];
  requests(): number;
  [Symbol.asyncDispose](): Promise<void>;
};

export const FIELD_TYPES_MADE: readonly (readonly [
  FieldName,
  "text" | "numeric" | "url" | "date_time",
])[] = [
  ["record_id", "text"],
  ["services", "text"],
  ["staff", "text"],
  ["date", "date_time"],
  ["comment", "text"],
  ["attendance", "text"],
  ["paid", "numeric"],
  ["payment_status", "text"],
  ["payment_type", "text"],
];

const MOST_REAL_MS = 120_000;
const STEP_MS = 250;
const QUIET_MS = 150;
const SECRET = "0123456789abcdef-salon";

export async function openSalon(options: SalonOptions = {}): Promise<Salon> {
  const place = storeFolder();
  const clock = movableClock();
  const kommo = await startKommoSimulator({
    clock,
    switches: { requestsPerSecond: 0, lateSearchMs: options.kommoLateSearchMs ?? 0 },
  });
  const altegio = await startAltegioSimulator({
    clock,
    switches: {
      ...(options.atAltegiosPace === true ? {} : { requestsPerSecond: 0, requestsPerMinute: 0 }),
      ...options.switches,
    },
  });
  const fields = new Map(
    FIELD_TYPES_MADE.map(([name, type]) => [
      name,
      addCustomField(kommo.account, "leads", { name: `Altegio ${name}`, type }).id,
    ]),
  );
  options.before?.(altegio, kommo);
  const pollMs = options.byWebhooks === true ? 3_600_000 : SETTINGS.pollMs;
  const settings = { ...SETTINGS, fields, pollMs, ...options.settings };
  const store = await place.open({ migrations: [...outboxMigrations, ...altegioMigrations] });
  const log: string[] = [];
  let daemon = await startDaemon();
  const http = await startHttp({
    listeners: [
      {
        ...{ name: "public_http", host: "127.0.0.1", port: 0 },
        routes: [altegioWebhookRoute({ secret: SECRET, take: (body) => daemon.engine.hear(body) })],
      },
    ],
    clock: systemClock,
    log: {
      debug: () => undefined,
      info: () => undefined,
      warn: () => undefined,
      error: () => undefined,
    },
  });
  const hookUrl = `${http.address("public_http") ?? ""}/webhooks/altegio/${SECRET}`;
  if (options.byWebhooks === true)
    for (const location of altegio.altegio.locations.values())
      location.hooks = {
        ...location.hooks,
        urls: [hookUrl],
        active: 1,
        record: 1,
        finances_operation: 1,
        client: 1,
      };

  async function startDaemon() {
    const pace = () => createLimiter({ requestsPerSecond: 100, clock: systemClock, intervalMs: 5 });
    const kommoLimiter = pace();
    const altegioLimiter =
      options.atAltegiosPace === true
        ? createLimiter({ requestsPerSecond: REQUESTS_PER_SECOND, clock })
        : pace();
    const client = createKommoClient({
      accountUrl: accountUrl(kommo.url),
      accessToken: () => kommo.token,
      limiter: kommoLimiter,
      clock,
      log: quiet,
      userAgent: "asterisk-kommo/test",
      limits: { ...EXCHANGE_LIMITS, totalMs: 1_000 },
    });
    const exchanger = createExchanger(altegio.url, { ...EXCHANGE_LIMITS, totalMs: 1_000 });
    const crm = createCardReader(client);
    const { userToken } = altegio.altegio;
    const outbox = createOutbox<KommoStep, KommoResult>({
      store,
      clock,
      farSide: createKommoFarSide({ client, clock, log: quiet }),
      course: createCourse(callSettings),
      stopWithinMs: 1_500,
      gatherMs: 20,
      onDone: ({ origin }) => engine.stepEnded(origin),
      onSetAside: ({ origin, step }, { reason }) => {
        log.push(`aside ${step.kind} ${reason}`);
        engine.stepEnded(origin);
      },
      onCrash: (error) => log.push(`crash ${error.message}`),
    });
    const keep = (statements: Parameters<Store["write"]>[0]) => store.write(statements);
    const engine = createEngine({
      settings,
      crm,
      altegio: createAltegioClient({
        apiUrl: altegio.url,
        partnerToken: altegio.altegio.partnerToken,
        userToken: () => userToken,
        exchanger,
        limiter: altegioLimiter,
        clock,
        log: quiet,
        userAgent: "asterisk-kommo/test",
      }),
      store,
      keep,
      outbox: {
        statementsFor: (...given) => outbox.statementsFor(...given),
        wake: () => outbox.wake(),
        stepsOf: async (origin) => (await store.read(stepsOf(origin))).map(parseToldStep),
      },
      clock,
      log: {
        info: () => undefined,
        warn: (fields_, message) => log.push(`warn ${message} ${JSON.stringify(fields_)}`),
        error: (fields_, message) => log.push(`error ${message} ${JSON.stringify(fields_)}`),
      },
      onFatal: (error) => log.push(`fatal ${error.stack ?? error.message}`),
    });
    await outbox.start(new AbortController().signal);
    await engine.start();
    const answer = createAltegioAnswer({
      ...{ engine, crm, store, keep, outbox, clock },
      config: { altegio: { locations: [LOCATION] } } as never,
    });
    const stop = async (): Promise<void> => {
      await Promise.all([outbox.stop(), engine.stop()]);
      for (const one of [kommoLimiter, altegioLimiter, client, exchanger]) one.close();
    };
    return { engine, outbox, stop, answer };
  }

  async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
    const end = systemClock.monotonicMs() + MOST_REAL_MS;
    while (!(await isSo())) {
      const fatal = log.find((line) => line.startsWith("fatal") || line.startsWith("crash"));
      if (fatal !== undefined) throw new Error(fatal);
      if (systemClock.monotonicMs() > end) throw new Error(`it never came: ${log.join("\n")}`);
      await systemClock.sleep(5);
      clock.moveBy(STEP_MS);
    }
  }

  const OPEN = `SELECT (SELECT count(*) FROM altegio_record WHERE due_at IS NOT NULL OR writing IS NOT NULL)
    + (SELECT count(*) FROM altegio_order WHERE state IN ('waiting', 'sending'))
    + (SELECT count(*) FROM step WHERE state IN ('ready', 'sending', 'unknown')) AS open`;
  const isQuiet = async (): Promise<boolean> => (await store.read(sql(OPEN)))[0]?.["open"] === 0;

  /** Webhooks that are under way have arrived too. */
  async function isQuietForGood(): Promise<boolean> {
    const before = altegio.webhooks.deliveries().length + altegio.journal.entries().length;
    if (!(await isQuiet())) return false;
    await systemClock.sleep(QUIET_MS);
    const after = altegio.webhooks.deliveries().length + altegio.journal.entries().length;
    return before === after && (await isQuiet());
  }

  /** After two whole polls with nothing left to do. */
  async function settled(): Promise<void> {
    if (options.byWebhooks === true) return until(isQuietForGood);
    const polls = (): number =>
      altegio.journal
        .entries()
        .filter(({ query, fault }) => fault === null && /changed_after.*page=1&/.test(query))
        .length / settings.locations.length;
    const before = polls();
    await until(async () => polls() >= before + 2 && (await isQuiet()));
    await until(isQuiet);
  }

  return {
    altegio,
    kommo,
    clock,
    store,
    get engine() {
      return daemon.engine;
    },
    settings,
    log,
    hookUrl,
    fields,
    answer: (asked) => daemon.answer(asked),
    settled,
    until,
    async restart() {
      await daemon.stop();
      daemon = await startDaemon();
    },
    leadsOf: (recordId) =>
      [...kommo.account.cards.leads.values()].filter(
        (lead) => !lead.is_deleted && valueOf(lead, fields.get("record_id")) === String(recordId),
      ),
    field: (lead, name) => lead && valueOf(lead, fields.get(name)),
    notesOn: (leadId) =>
      [...kommo.account.notes.values()]
        .filter((note) => note.type === "leads" && note.entity_id === leadId)
        .map(({ params }) => String(params["text"])),
    rows: (query) => store.read(sql(query)),
    writes: () =>
      kommo.journal
        .entries()
        .filter(({ method }) => method !== "GET")
        .map(({ method, path }) => `${method} ${path}`),
    requests: () => kommo.journal.entries().length,
    async [Symbol.asyncDispose]() {
      await http.stop();
      await daemon.stop();
      await place[Symbol.asyncDispose]();
      await Promise.all([kommo.close(), altegio.close()]);
    },
  };
}

const valueOf = (lead: Lead, fieldId: number | undefined): unknown =>
  lead.fields.find(({ field }) => field.id === fieldId)?.values[0]?.value;

const quiet = { debug: () => undefined, warn: () => undefined };

export const SETTINGS: AltegioSettings = {
  locations: [LOCATION],
  match: {
    isEnabled: true,
    statuses: "any_open",
    recordIdMode: "empty_only",
    pick: "newest",
    requiresAnyCustomField: false,
    isStrictOnCountry: false,
    noClientPolicy: "skip",
    contactKey: "phone",
    makesLeads: true,
    reopensClosed: false,
  },
  newLead: { name: "{client}: {services}", tags: ["altegio"], place: {}, placeOf: new Map() },
  stages: [
    { deleted: true, stage: null },
    { attendance: 1, paidFull: true, stage: { pipelineId: PIPELINE, statusId: WON } },
    { attendance: 1, stage: { pipelineId: PIPELINE, statusId: SECOND } },
  ],
  allowBackward: false,
  fields: new Map(),
  price: "cost",
  userOfStaff: new Map([["45641", 9_100_002]]),
  overwritesContact: false,
  clearsRecordId: false,
  booking: { labels: [] },
  notes: new Set(["cancelled", "paid"]),
  task: undefined,
  attendanceByStage: [],
  checkoutByStage: [],
  language: "en",
  pollMs: 20_000,
  fillFrom: "today",
};
