/**
 * The customizations of a finished call, before it is accepted: is it to be told, under which number,
 * with which fields. Their answers are part of the plan, and the plan (also that a call is left out)
 * is kept with the call in one transaction: before it nothing was sent and they are asked again, after
 * it they never are.
 */
import type { FinishedCall } from "../../calls/finished-call.ts";
import { withOffered, kommoBody } from "../../customization/body.ts";
import { callFullOf } from "../../customization/call-full.ts";
import type { HookName } from "../../customization/contract/hooks.ts";
import type { Customizations } from "../../customization/customizations.ts";
import type { JsonObject, RunResult } from "../../customization/run-result.ts";
import type { CallFields, KommoStep } from "../../kommo/step.ts";
import { clientNumber, WITHHELD } from "../../registration/call-fields.ts";
import { planCall, type Decision, type Plan } from "../../registration/plan.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";
import { withRecordFiles } from "./record-files.ts";
import { surroundings } from "./surroundings.ts";

export type CallHooks = {
  /** undefined: the daemon stops, and the call is not to be accepted by this run. */
  plan(call: FinishedCall): Promise<CustomizedPlan | undefined>;
};

export type CustomizedPlan = Plan & {
  /** With its recordings where a script says that they are; absent: as it was given. */
  readonly call?: FinishedCall;
};

export type CallHooksDeps = {
  readonly customizations: Pick<Customizations, "has" | "run">;
  readonly settings: RegistrationSettings;
  /** Of a recording's path. */
  readonly isVoiceMessage: (path: string) => boolean;
};

type Asked = { readonly result: RunResult; readonly decisions: readonly Decision[] };

export function createCallHooks(deps: CallHooksDeps): CallHooks {
  const { customizations, settings, isVoiceMessage } = deps;
  async function ask(name: HookName, input: () => JsonObject): Promise<Asked | undefined> {
    if (!customizations.has(name)) return NOT_ASKED;
    const result = await customizations.run(name, input());
    if (result.kind === "stopped") return undefined;
    if (result.kind !== "failed") return { result, decisions: [] };
    const because = `customization ${name} failed: ${result.reason}`;
    return { result, decisions: [{ decided: "go on as without the script", because }] };
  }

  return {
    async plan(given) {
      if (given.direction === "internal") return planCall(given, settings);
      const hasFileScript = customizations.has(FILE_HOOK);
      const told = surroundings(settings);
      // Until that script has answered nobody knows what the link will be.
      const before = hasFileScript ? { ...told, recordOf: undefined } : told;
      const stage = { call_full: callFullOf(given, before), call_stage: "call_ended" };

      const needed = await ask("need_registration", () => stage);
      if (needed === undefined) return undefined;
      if (needed.result.kind === "answered" && needed.result.data["result"] === false)
        return leftOut("customization need_registration says so");

      const { number } = clientNumber(given, settings);
      const asked = await ask("process_client_phone", () => ({ ...stage, phone: number }));
      if (asked === undefined) return undefined;
      const files = hasFileScript
        ? await withRecordFiles(given, stage.call_full, { ...customizations, isVoiceMessage })
        : { call: given, decisions: [] };
      if (files === undefined) return undefined;
      const { call } = files;
      const phone = phoneIn(asked.result) ?? number;
      const plan = planWith(call, { phone, isChanged: phone !== number }, settings);

      const [first] = plan.steps;
      const asWell = [...needed.decisions, ...asked.decisions, ...files.decisions];
      const decisions = [...asWell, ...plan.decisions];
      const changed = hasFileScript && first !== undefined ? { call } : {};
      if (first === undefined || !("call" in first) || first.kind === "add-unsorted")
        return { ...plan, decisions, ...changed };
      const offered = callBody(first.call);
      const params = await ask("process_call_params", () => ({
        call_full: callFullOf(call, told),
        ...offered,
      }));
      if (params === undefined) return undefined;
      if (params.result.kind === "cancelled")
        return leftOut("cancelled by customization process_call_params");
      const step: KommoStep =
        params.result.kind === "answered"
          ? { ...first, call: customizedCall(first.call, offered, params.result.data) }
          : first;
      const all = [...decisions, ...params.decisions];
      return { ...plan, steps: [step], decisions: all, ...changed };
    },
  };
}

const FILE_HOOK = "process_record_file_path";
const NOT_ASKED: Asked = { result: { kind: "none", ms: 0 }, decisions: [] };

const leftOut = (because: string): Plan => ({
  key: "",
  steps: [],
  decisions: [{ decided: "leave the call out", because }],
});

const phoneIn = (result: RunResult): string | undefined =>
  result.kind === "answered" ? String(result.data["phone"]) : undefined;

/** The script's word is the last: the rules for numbers have been at work before it. */
function planWith(
  call: FinishedCall,
  { phone, isChanged }: { phone: string; isChanged: boolean },
  settings: RegistrationSettings,
): Plan {
  if (!isChanged) return planCall(call, settings);
  const numbers = { ...settings.numbers, client: [] };
  const clientPhone = phone === WITHHELD ? undefined : phone;
  const plan = planCall({ ...call, clientPhone }, { ...settings, numbers });
  const because = "customization process_client_phone";
  return {
    ...plan,
    decisions: [{ decided: "spell the client's number anew", because }, ...plan.decisions],
  };
}

/** The fields that process_call_params is documented to see. */
export const callBody = (call: CallFields): JsonObject => ({
  call_result: call.call_result ?? "",
  call_status: call.call_status,
  created_at: call.created_at,
  created_by: call.created_by ?? null,
  direction: call.direction,
  duration: call.duration,
  link: call.link ?? "",
  phone: call.phone,
  responsible_user_id: call.responsible_user_id ?? null,
  source: call.source,
});

const OWN = ["direction", "phone", "duration", "source", "call_status", "created_at"] as const;
/** `uniq` tells a repeat from a second call, so it stays; the rest is spelt by us. */
const NOT_CUSTOM = ["uniq", "request_id"];

export function customizedCall(
  call: CallFields,
  offered: JsonObject,
  answered: JsonObject,
): CallFields {
  const body = kommoBody(withOffered(offered, answered));
  const taken = new Set<string>([...OWN, "link", "call_result", "created_by", ...NOT_CUSTOM]);
  for (const name of ["responsible_user_id", "call_responsible"]) taken.add(name);
  const custom = Object.entries(body).filter(([name]) => !taken.has(name));
  const own = Object.fromEntries(OWN.map((name) => [name, body[name] ?? call[name]]));
  const author = numberIn(body["created_by"]);
  const responsible = numberIn(body["responsible_user_id"]);
  const spoke = numberIn(body["call_responsible"]) ?? author;
  const result = textIn(body["call_result"]);
  const link = textIn(body["link"]);
  return {
    ...(own as Pick<CallFields, (typeof OWN)[number]>),
    uniq: call.uniq,
    ...(link === undefined ? {} : { link }),
    ...(result === undefined ? {} : { call_result: result }),
    ...(author === undefined ? {} : { created_by: author }),
    ...(responsible === undefined ? {} : { responsible_user_id: responsible }),
    ...(spoke === undefined ? {} : { call_responsible: spoke }),
    ...(custom.length === 0 ? {} : { custom: Object.fromEntries(custom) }),
  };
}

const numberIn = (value: unknown): number | undefined =>
  typeof value === "number" ? value : undefined;
const textIn = (value: unknown): string | undefined =>
  typeof value === "string" && value !== "" ? value : undefined;
