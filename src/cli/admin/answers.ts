/** What the admin page is answered, question by question: the rooms' own answers, in the page's words. */
import type { DeviceStates } from "../../ami/device-states.ts";
import { isHookName } from "../../customization/contract/hooks.ts";
import type { AdminAnswers } from "../../http/admin/data-routes.ts";
import { Refused } from "../../http/admin/guarded.ts";
import { auditBefore } from "../../http/admin/schema.ts";
import type { ResentAnswer } from "../../http/admin/contract.ts";
import type { AuditAnswer, AuditDeed } from "../../http/admin/contract-pages.ts";
import type { Config } from "../../config/keys.ts";
import type { User } from "../../kommo/entities/users.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Result } from "../../lib/failure.ts";
import type { Redactor } from "../../lib/redact.ts";
import type { Listened } from "../../recordings/listening.ts";
import { zoneOf, type RegistrationSettings } from "../../registration/settings.ts";
import type { Store } from "../../store/store.ts";
import { findCall } from "../calls/kept-calls.ts";
import { resendAsJson, type ResendRequest, type ResentCall } from "../calls/resend-run.ts";
import type { CommandFailure } from "../store-or-daemon.ts";
import { callReport } from "./call-report.ts";
import { callTrace } from "./call-trace.ts";
import { callStory } from "./call-story.ts";
import { readDeliveries } from "./deliveries.ts";
import { readEmployees } from "./employees-seen.ts";
import type { Examiner } from "./examine.ts";
import { findCalls } from "./find-calls.ts";
import type { Halted } from "./halted.ts";
import type { Minutes } from "./minutes.ts";
import type { ExtensionOutcome } from "../../registration/extension-list.ts";
import type { ExtensionService } from "../dialling/extension-service.ts";
import type { Names } from "./names.ts";
import type { Scripts } from "./scripts.ts";
import { readSearch, searchesNumber } from "./search-words.ts";
import { settingsInForce, type ConfigOrigin } from "./settings-in-force.ts";
import { statisticsCsv } from "./statistics-csv.ts";
import { readPeriod, readStatistics } from "./statistics.ts";
import { readRules, readTry, tryRules } from "./try-rules.ts";
import { localTimeOf } from "./zone-days.ts";

export type AnswersDeps = {
  readonly config: Config;
  readonly origin: ConfigOrigin | undefined;
  readonly settings: RegistrationSettings;
  readonly names: Names;
  /** Those that there are now. */
  readonly exchanges: readonly { readonly name: string | undefined }[];
  /** A long question keeps nobody else waiting. */
  readonly reader: Pick<Store, "read">;
  readonly users: () => readonly User[];
  readonly telephones: Pick<DeviceStates, "stateOf">;
  readonly listenTo: (recordingId: string) => Promise<Listened>;
  readonly extensions: Pick<ExtensionService, "give" | "isGiven">;
  /** As `calls resend` asks it. */
  readonly resend: (asked: unknown) => Promise<unknown>;
  readonly halted: Pick<Halted, "current">;
  readonly minutes: Pick<Minutes, "charts">;
  readonly examiner: Pick<Examiner, "last" | "examine">;
  readonly scripts: Pick<Scripts, "list" | "tryOn">;
  readonly redactor: Redactor;
  readonly clock: Clock;
};

const AUDIT_PAGE = 50;

export function createAnswers(deps: AnswersDeps): AdminAnswers {
  const { config, settings, names, reader, clock, scripts } = deps;
  const { nameOf } = names;
  const accountUrl = config.kommo.account_url.replace(/\/$/, "");
  const voicemailPath = `${config.recordings.voicemail_path.replace(/\/+$/, "")}/`;
  const zone = (): { timeZone: string; now: number } => ({
    timeZone: zoneOf(settings),
    now: clock.now(),
  });

  async function resend(request: ResendRequest): Promise<ResentAnswer | Refused> {
    const done = (await deps.resend(resendAsJson(request))) as Result<
      readonly ResentCall[],
      CommandFailure
    >;
    if (!done.ok) return new Refused(409, done.failure.reason, done.failure.hint);
    const sum = (name: "retried" | "hurried" | "planned" | "unknown"): number =>
      done.value.reduce((total, call) => total + call[name], 0);
    return {
      ...{ retried: sum("retried"), hurried: sum("hurried") },
      ...{ planned: sum("planned"), unknown: sum("unknown") },
      leftOutBecause: done.value[0]?.leftOutBecause ?? null,
    };
  }

  async function pastCall(id: string) {
    const found = await findCall(reader, id);
    return found.kind === "one" ? found.kept.call : undefined;
  }

  return {
    async calls({ q = "", ...filters }, { seesNumbers }) {
      const exchanges = deps.exchanges.flatMap(({ name }) => name ?? []);
      const search = readSearch(q, { ...zone(), employees: names.employees(), exchanges });
      if (!seesNumbers && searchesNumber(search)) return NO_NUMBERS;
      return findCalls({ ...filters, search }, { store: reader, nameOf });
    },
    call: async (id) =>
      callStory(id, {
        ...{ store: reader, nameOf, accountUrl, voicemailPath },
        redactor: deps.redactor,
        userName: (user) => settings.learnt?.userName?.(user),
      }),
    callTrace: async (id) => callTrace(id, { store: reader, redactor: deps.redactor }),
    callReport: async (id) => callReport(id, { store: reader, redactor: deps.redactor }),
    resend: (id) => resend({ linkedId: id }),
    listen: deps.listenTo,
    deliveries: async () => readDeliveries(reader, deps.halted.current()),
    retryAll: () => resend({ setAside: true }),
    employees: async () =>
      readEmployees({
        ...{ store: reader, settings },
        ...{ users: deps.users, telephones: deps.telephones },
        isGiven: (extension) => deps.extensions.isGiven(extension),
      }),
    async giveExtension(extension, asked) {
      const { user } = (asked ?? {}) as { readonly user?: unknown };
      if (typeof user !== "number" || !Number.isSafeInteger(user))
        return new Refused(400, "user is the number of a Kommo user");
      return toldGiven(await deps.extensions.give(user, extension));
    },
    async takeExtension(extension) {
      const [user] = settings.users.get(extension) ?? [];
      if (user === undefined || !deps.extensions.isGiven(extension))
        return new Refused(409, "this extension was not given here");
      return toldGiven(await deps.extensions.give(user, ""));
    },
    rules: () => readRules(settings, didsIn(config)),
    async tryRules(asked) {
      const wanted = readTry(asked);
      if (!wanted.ok) return new Refused(400, wanted.failure);
      if ("call" in wanted.value) return tryRules(wanted.value.call, settings);
      const call = await pastCall(wanted.value.callId);
      return call === undefined ? NO_CALL : tryRules(call, settings);
    },
    customizations: () => scripts.list(),
    async tryHook(name, asked) {
      if (!isHookName(name)) return new Refused(404, "there is no customization of this name");
      const { callId } = (asked ?? {}) as { readonly callId?: unknown };
      const call = typeof callId === "string" && callId !== "" ? await pastCall(callId) : undefined;
      return call === undefined ? NO_CALL : scripts.tryOn(name, call);
    },
    health: () => deps.examiner.last(),
    examine: () => deps.examiner.examine(),
    charts: async (span) => deps.minutes.charts(reader, span),
    settings: () => settingsInForce(config, deps.origin),
    statistics: async (query) =>
      readStatistics(readPeriod(query, zone()), {
        ...{ store: reader, nameOf, timeZone: zone().timeZone },
      }),
    async statisticsCsv(query) {
      const period = readPeriod(query, zone());
      const { timeZone } = zone();
      const told = await readStatistics(period, { store: reader, nameOf, timeZone });
      const day = (at: number): string => localTimeOf(at, timeZone).day;
      return {
        name: `calls-${day(period.from)}-${day(period.to - 1)}.csv`,
        text: statisticsCsv(told),
      };
    },
    audit: async (before) => readAudit(reader, before),
  };
}

/** What stands against it, in a sentence. */
function toldGiven(outcome: ExtensionOutcome): object {
  switch (outcome) {
    case "kept":
    case "removed":
      return {};
    case "configured":
      return new Refused(409, "the configuration gives this user another extension");
    case "extension_taken":
      return new Refused(409, "the extension is another user's");
    case "extension_unknown":
      return new Refused(409, "this is no telephone's number by pbx.extensions");
    case "user_unknown":
      return new Refused(409, "this user is not active in Kommo");
  }
}

const NO_NUMBERS = new Refused(403, "your role does not search for numbers");
const NO_CALL = new Refused(404, "there is no such call");

/** For the field that tries rules out. */
const didsIn = (config: Config): readonly string[] => [
  ...new Set([
    ...config.rules.flatMap(({ when }) => when.did ?? []),
    ...config.register.dids.only,
    ...config.register.dids.except,
  ]),
];

async function readAudit(
  store: Pick<Store, "read">,
  before: number | undefined,
): Promise<AuditAnswer> {
  const rows = (await store.read(auditBefore(before ?? Number.MAX_SAFE_INTEGER, AUDIT_PAGE))).map(
    (row) => ({
      id: Number(row["id"]),
      at: Number(row["at"]),
      who: String(row["who"]),
      from: String(row["address"]),
      did: String(row["deed"]) as AuditDeed,
      what: String(row["what"]),
    }),
  );
  return { rows, before: rows.length < AUDIT_PAGE ? null : (rows.at(-1)?.id ?? null) };
}
