/**
 * Everything the page asks of the daemon, one line a question: who asks is known, the answers come from
 * whoever the daemon gives for them. Exports `dataRoutes`.
 */
import type { RouteOptions } from "fastify";
import { maskPhone } from "../../lib/phone.ts";
import type { Listened } from "../../recordings/listening.ts";
import { sendSound } from "../recording.ts";
import type { CallAnswer, CallsAnswer, ResentAnswer } from "./contract.ts";
import type {
  AuditAnswer,
  ChartsAnswer,
  ChartSpan,
  CustomizationsAnswer,
  DeliveriesAnswer,
  EmployeesAnswer,
  HealthAnswer,
  HookTrialAnswer,
  RulesAnswer,
  SettingsAnswer,
  StatisticsAnswer,
  TryAnswer,
} from "./contract-pages.ts";
import { Refused, type Guarded, type Handler } from "./guarded.ts";
import { maskCall, maskCalls } from "./masking.ts";

type Query = Readonly<Record<string, string>>;

/** @throws StoreFailure, which is answered with 500 */
export type AdminAnswers = {
  /** @param how.seesNumbers else what could find a number out piece by piece is refused */
  readonly calls: (
    query: Query,
    how: { readonly seesNumbers: boolean },
  ) => Promise<CallsAnswer | Refused>;
  readonly call: (id: string) => Promise<CallAnswer | undefined>;
  /** Without numbers, names and secrets: for somebody who is to help. */
  readonly callReport: (
    id: string,
  ) => Promise<{ readonly name: string; readonly told: object } | undefined>;
  /** With numbers, names and what was said with Kommo word for word; without secrets. */
  readonly callTrace: AdminAnswers["callReport"];
  readonly giveExtension: (extension: string, asked: unknown) => Promise<object | Refused>;
  readonly takeExtension: (extension: string) => Promise<object | Refused>;
  readonly resend: (id: string) => Promise<ResentAnswer | Refused>;
  readonly listen: (recordingId: string) => Promise<Listened>;
  readonly deliveries: () => Promise<DeliveriesAnswer>;
  readonly retryAll: () => Promise<ResentAnswer | Refused>;
  readonly employees: () => Promise<EmployeesAnswer>;
  readonly rules: () => RulesAnswer;
  readonly tryRules: (asked: unknown) => Promise<TryAnswer | Refused>;
  readonly customizations: () => CustomizationsAnswer;
  readonly tryHook: (name: string, asked: unknown) => Promise<HookTrialAnswer | Refused>;
  readonly health: () => HealthAnswer;
  readonly examine: () => Promise<HealthAnswer>;
  readonly charts: (span: ChartSpan) => Promise<ChartsAnswer>;
  readonly settings: () => SettingsAnswer;
  readonly statistics: (query: Query) => Promise<StatisticsAnswer>;
  readonly statisticsCsv: (
    query: Query,
  ) => Promise<{ readonly name: string; readonly text: string }>;
  readonly audit: (before: number | undefined) => Promise<AuditAnswer>;
};

const NOT_FOUND = new Refused(404, "there is no such thing");
const SPANS: readonly ChartSpan[] = ["hour", "day", "week"];

export function dataRoutes(guarded: Guarded, answers: AdminAnswers): readonly RouteOptions[] {
  const { get, post } = guarded;
  return [
    get("/calls", "look", async ({ query, audit, seesNumbers }) => {
      const digits = (query["q"] ?? "").replace(/\D/g, "");
      // Who looks for a client's number is written down; not each page of the answer.
      if (digits.length > 4 && query["before"] === undefined)
        await audit("searched-number", maskPhone(digits));
      const told = await answers.calls(query, { seesNumbers });
      return seesNumbers || told instanceof Refused ? told : maskCalls(told);
    }),
    get("/calls/:id/report", "administer", fileOfCall(answers.callReport)),
    get("/calls/:id/trace", "administer", fileOfCall(answers.callTrace)),
    get("/calls/:id", "look", async ({ params, audit, seesNumbers }) => {
      const told = await answers.call(params["id"] ?? "");
      if (told === undefined) return NOT_FOUND;
      await audit("looked-at-call", told.call.id);
      return seesNumbers ? told : maskCall(told);
    }),
    post("/calls/:id/resend", "administer", async ({ params, audit }) => {
      const id = params["id"] ?? "";
      await audit("sent-again", id);
      return answers.resend(id);
    }),
    recordingRoute(guarded, answers.listen),
    get("/deliveries", "administer", () => answers.deliveries()),
    post("/deliveries/retry", "administer", async ({ audit }) => {
      await audit("sent-again", "all that was set aside");
      return answers.retryAll();
    }),
    get("/employees", "administer", () => answers.employees()),
    post("/employees/:extension/give", "administer", async ({ params, body, audit }) => {
      const extension = params["extension"] ?? "";
      const done = await answers.giveExtension(extension, body);
      if (!(done instanceof Refused)) await audit("gave-extension", extension);
      return done;
    }),
    post("/employees/:extension/take", "administer", async ({ params, audit }) => {
      const extension = params["extension"] ?? "";
      const done = await answers.takeExtension(extension);
      if (!(done instanceof Refused)) await audit("gave-extension", extension);
      return done;
    }),
    get("/rules", "administer", () => Promise.resolve(answers.rules())),
    post("/rules/try", "administer", ({ body }) => answers.tryRules(body)),
    get("/customizations", "administer", () => Promise.resolve(answers.customizations())),
    post("/customizations/:name/try", "administer", async ({ params, body, audit }) => {
      const name = params["name"] ?? "";
      await audit("tried-script", name);
      return answers.tryHook(name, body);
    }),
    get("/health", "administer", () => Promise.resolve(answers.health())),
    post("/health/examine", "administer", () => answers.examine()),
    get("/charts", "administer", ({ query }) =>
      answers.charts(SPANS.find((span) => span === query["span"]) ?? "hour"),
    ),
    get("/settings", "administer", () => Promise.resolve(answers.settings())),
    get("/statistics", "look", ({ query }) => answers.statistics(query)),
    get("/statistics.csv", "look", async ({ query, reply, audit }) => {
      const { name, text } = await answers.statisticsCsv(query);
      await audit("exported-statistics", name);
      void reply
        .header("content-disposition", `attachment; filename="${name}"`)
        .type("text/csv; charset=utf-8")
        .send(text);
      return undefined;
    }),
    get("/audit", "administer", ({ query }) => {
      const before = Number(query["before"]);
      return answers.audit(Number.isSafeInteger(before) && before > 0 ? before : undefined);
    }),
  ];
}

const fileOfCall =
  (read: AdminAnswers["callReport"]): Handler =>
  async ({ params, reply, audit }) => {
    const found = await read(params["id"] ?? "");
    if (found === undefined) return NOT_FOUND;
    const { name, told } = found;
    await audit("exported-call", name);
    void reply
      .header("content-disposition", `attachment; filename="${name}"`)
      .type("application/json; charset=utf-8")
      .send(`${JSON.stringify(told, null, 2)}\n`);
    return undefined;
  };

/** A player asks for a recording in parts; that it was begun is written down once. */
function recordingRoute(guarded: Guarded, listen: AdminAnswers["listen"]): RouteOptions {
  return guarded.get("/recordings/:id", "listen", async ({ params, request, reply, audit }) => {
    const { range } = request.headers;
    const found = await listen(params["id"] ?? "");
    if (found.kind === "none") return NOT_FOUND;
    if (found.kind === "later") return new Refused(503, "not ready yet");
    if (range === undefined || /^bytes=0-/.test(range))
      await audit("played-recording", params["id"] ?? "");
    void reply.headers({
      "x-content-type-options": "nosniff",
      "cross-origin-resource-policy": "same-origin",
    });
    void sendSound(reply, found, {
      isHead: false,
      range,
      ifRange: request.headers["if-range"],
    });
    return undefined;
  });
}
