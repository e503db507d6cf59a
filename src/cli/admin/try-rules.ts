/**
 * What would be done for a call: made up, or one of the past by the rules of today. Nothing is sent and
 * nothing is kept; ids that only Kommo knows are stand-ins. Exports `readTry`, `tryRules`, `readRules`.
 */
import { extension, linkedId } from "../../ami/ids.ts";
import type { CallResult, FinishedCall } from "../../calls/finished-call.ts";
import type { RulesAnswer, TryAnswer } from "../../http/admin/contract-pages.ts";
import type { Card, KommoStep } from "../../kommo/step.ts";
import { epochMs } from "../../lib/clock.ts";
import { exchangeIn, isExchangeName, nameAt, ownName } from "../../lib/exchange-names.ts";
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import { phoneKey } from "../../lib/phone.ts";
import { clientNumber } from "../../registration/call-fields.ts";
import { callBackTask, makeCard } from "../../registration/course-steps.ts";
import { planCall } from "../../registration/plan.ts";
import { fittingRule, type ClientKind } from "../../registration/rules.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";
import { requestOf } from "./call-story.ts";

export type Try = { readonly callId: string } | { readonly call: FinishedCall };

const OUTBOUND = ["answered", "no_answer", "busy", "failed", "cancelled"] as const;

/** @returns one sentence where it is no call */
export function readTry(asked: unknown): Result<Try, string> {
  if (typeof asked !== "object" || asked === null) return failed("a call is wanted");
  const given = asked as Readonly<Record<string, unknown>>;
  const text = (name: string): string => {
    const value = given[name];
    return typeof value === "string" ? value.trim().slice(0, 100) : "";
  };
  const number = (name: string, fallback: number): number => {
    const value = given[name];
    return typeof value === "number" && Number.isFinite(value) ? value : fallback;
  };
  if (text("callId") !== "") return succeeded({ callId: text("callId") });
  const direction = text("direction") === "outbound" ? "outbound" : "inbound";
  const result: CallResult =
    direction === "inbound"
      ? text("result") === "answered"
        ? "answered"
        : "missed"
      : (OUTBOUND.find((one) => one === text("result")) ?? "no_answer");
  const startedAt = number("at", Date.now());
  const seconds = Math.min(86_400, Math.max(0, number("seconds", 30)));
  if (Math.abs(startedAt) > 8e15) return failed("this is no time");
  return succeeded({ call: madeUp({ direction, result, text, startedAt, seconds }) });
}

function madeUp(given: {
  direction: "inbound" | "outbound";
  result: CallResult;
  text: (name: string) => string;
  startedAt: number;
  seconds: number;
}): FinishedCall {
  const { direction, result, text, startedAt, seconds } = given;
  const isAnswered = result === "answered";
  const endedAt = epochMs(startedAt + seconds * 1_000);
  // Typed with its exchange before it, or chosen beside it; neither: there is one.
  const chosen = text("exchange");
  const exchange = isExchangeName(chosen) ? chosen : exchangeIn(text("extension"));
  const own = ownName(text("extension"));
  const who = own === "" ? own : nameAt(exchange, own);
  const phone = text("phone");
  const reason = result === "answered" ? undefined : result === "missed" ? "no_answer" : result;
  return {
    linkedId: linkedId(nameAt(exchange, `${Math.floor(startedAt / 1_000)}.0`)),
    ...{ direction, result, reason },
    clientPhone: phone === "" ? undefined : phone,
    dialledNumber: undefined,
    did: text("did") === "" ? undefined : text("did"),
    trunk: text("trunk") === "" ? undefined : text("trunk"),
    queue: text("queue") === "" ? undefined : text("queue"),
    isNumberUnknown: false,
    answeredBy: isAnswered && who !== "" ? extension(who) : undefined,
    ...{ startedAt: epochMs(startedAt), endedAt, isEndKnown: true },
    conversations:
      who === ""
        ? []
        : [
            {
              extension: extension(who),
              result: isAnswered ? "answered" : "no_answer",
              withClient: true,
              requestedAt: epochMs(startedAt),
              acceptedAt: isAnswered ? epochMs(startedAt) : undefined,
              endedAt,
              talkSeconds: isAnswered ? seconds : 0,
              recording: undefined,
            },
          ],
    ...{ recordings: [], stages: [] },
  };
}

const STAND_IN: Card = { type: "contacts", id: 1 };

export function tryRules(call: FinishedCall, settings: RegistrationSettings): TryAnswer {
  const { steps, decisions } = planCall(call, settings);
  const [first] = steps;
  const number = clientNumber(call, settings).number;
  const phone = phoneKey(number) === "" ? "" : number;
  const fitting = (client: ClientKind): number | null =>
    numberIn(fittingRule({ call, phone, client }, settings).because);
  const { direction, result } = call;
  return {
    call: { direction, result, phone: call.clientPhone ?? null },
    fitting: { known: fitting("known"), unknown: fitting("unknown") },
    decisions,
    requests: first === undefined ? [] : requestsAfter(first),
  };
}

/** "rule 2 (night)" → 2 */
function numberIn(because: string | undefined): number | null {
  const [, number] = /^rule (\d+)/.exec(because ?? "") ?? [];
  return number === undefined ? null : Number(number);
}

function requestsAfter(first: KommoStep): TryAnswer["requests"] {
  const told: TryAnswer["requests"][number][] = [{ when: "first", ...requestOf(first) }];
  const booking = "booking" in first ? first.booking : undefined;
  if (booking === undefined || !("call" in first) || first.call === undefined) return told;
  const { known, unknown } = booking;
  if (known.task !== undefined)
    told.push({
      when: "if-known",
      ...requestOf(callBackTask(STAND_IN, first.call, known.task)),
    });
  if (first.kind !== "add-unsorted" && unknown.make !== "ignore") {
    const card = makeCard(first.call, booking);
    if (card !== undefined) told.push({ when: "if-unknown", ...requestOf(card) });
  }
  return told;
}

/** What is in force, in the spelling of the configuration. */
export function readRules(settings: RegistrationSettings, dids: readonly string[]): RulesAnswer {
  const { unknownClient, missedCallTask, ignoreShorterThanSeconds, responsible, register } =
    settings;
  return {
    rules: settings.rules.map(({ name, when, then }, index) => ({
      ...{ number: index + 1, name: name ?? null, when, then },
    })),
    general: {
      unknown_client: unknownClient,
      missed_call_task: missedCallTask,
      ignore_shorter_than_seconds: ignoreShorterThanSeconds,
      responsible_missed: responsible.missed,
      register,
    },
    numberRules: settings.numbers.client,
    workingHours: [...settings.workingHours.keys()],
    dids,
  };
}
