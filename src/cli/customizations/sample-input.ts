/**
 * For `customizations test`: what a script would be given of a real call, and what Kommo would get
 * without it and with its answer. No request is made, so ids that only Kommo knows are stand-ins.
 */
import type { FinishedCall } from "../../calls/finished-call.ts";
import { kommoBody, withOffered } from "../../customization/body.ts";
import { callFullOf } from "../../customization/call-full.ts";
import type { HookName } from "../../customization/contract/hooks.ts";
import type { JsonObject, RunResult } from "../../customization/run-result.ts";
import type { CallFields, Card, KommoStep } from "../../kommo/step.ts";
import { encodeStep } from "../../kommo/step-wire.ts";
import { callFields, clientNumber } from "../../registration/call-fields.ts";
import { callBackTask, changeResponsible, makeCard } from "../../registration/course-steps.ts";
import { planCall } from "../../registration/plan.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";
import { callBody, customizedCall } from "./call-hooks.ts";
import { customize } from "./step-bodies.ts";
import { surroundings, withCard } from "./surroundings.ts";

export type Trial = {
  readonly input: JsonObject;
  readonly result: RunResult;
  /** undefined: nothing is sent. */
  readonly without: JsonObject | undefined;
  readonly withIt: JsonObject | undefined;
};

export type Run = (name: HookName, input: JsonObject) => Promise<RunResult>;

const STAND_IN = 1;

/** @returns one sentence where this call would never come to the script */
export async function tryOnCall(
  name: HookName,
  call: FinishedCall,
  { settings, run }: { settings: RegistrationSettings; run: Run },
): Promise<Trial | string> {
  const around = surroundings(settings);
  const stage = { call_full: callFullOf(call, around), call_stage: "call_ended" };
  const plain = async (input: JsonObject): Promise<Trial> => {
    const result = await run(name, input);
    return { input, result, ...bodiesOf(input, result) };
  };
  switch (name) {
    case "need_registration":
      return plain(stage);
    case "process_client_phone":
      return plain({ ...stage, phone: clientNumber(call, settings).number });
    case "process_call_params": {
      const fields = callFields(call, settings);
      const offered = callBody(fields);
      const input = { call_full: stage.call_full, ...offered };
      const result = await run(name, input);
      const wire = (sent: CallFields): JsonObject =>
        encodeStep({ kind: "register-call", call: sent }, "");
      const changed =
        result.kind === "answered" ? customizedCall(fields, offered, result.data) : fields;
      const withIt = result.kind === "cancelled" ? undefined : wire(changed);
      return { input, result, without: wire(fields), withIt };
    }
    case "post_registration":
      return plain({ call_full: callFullOf(call, around, true), attempt: 1 });
    case "process_record_file_path": {
      const part = call.conversations.find(({ recording }) => recording !== undefined);
      const path = part?.recording ?? call.recordings[0];
      if (path === undefined) return "this call was not recorded";
      const id = part?.channelId ?? "";
      const conversations = stage.call_full["conversations"] as JsonObject;
      const conversation = conversations[id] ?? null;
      return plain({ call_full: stage.call_full, conversation, file_path: path });
    }
    case "process_originate_params":
      return plain(originateInput(call));
    case "customize_autodistribution":
      return plain({
        number: call.answeredBy ?? call.conversations[0]?.extension ?? "",
        name: "",
        from: call.clientPhone ?? "",
        trunk: call.trunk ?? "",
        request_data: {},
        entity: null,
        error: "",
      });
    default: {
      const step = stepFor(name, call, settings);
      if (typeof step === "string") return step;
      return tryOnStep(name, step, {
        run,
        callFull: callFullOf(
          call,
          surroundings(settings, "card" in step ? withCard({}, step.card) : {}),
        ),
      });
    }
  }
}

async function tryOnStep(
  name: HookName,
  step: KommoStep,
  { run, callFull }: { run: Run; callFull: JsonObject },
): Promise<Trial | string> {
  let trial: { input: JsonObject; result: RunResult } | undefined;
  const asGiven = (offered: JsonObject): RunResult => ({ kind: "answered", data: offered, ms: 0 });
  const without = await customize(step, {
    phoneField: STAND_IN,
    ask: (_, offered) => Promise.resolve(asGiven(offered)),
  });
  const withIt = await customize(step, {
    phoneField: STAND_IN,
    ask: async (asked, offered) => {
      if (asked !== name) return asGiven(offered);
      const input = { call_full: callFull, ...offered };
      trial = { input, result: await run(name, input) };
      const isDefault = trial.result.kind === "failed" || trial.result.kind === "none";
      return isDefault ? asGiven(offered) : trial.result;
    },
  });
  if (trial === undefined) return "this call would not come to the script";
  const sent = (made: typeof without): JsonObject | undefined => {
    if (made === "stopped") return undefined;
    const kept = "step" in made ? made.step : made.instead;
    return kept && encodeStep(kept, "");
  };
  return { ...trial, without: sent(without), withIt: sent(withIt) };
}

function stepFor(
  name: HookName,
  call: FinishedCall,
  settings: RegistrationSettings,
): KommoStep | string {
  const unknownClient =
    name === "process_contact_creation_params"
      ? "contact"
      : name === "process_lead_creation_params"
        ? "contact_and_lead"
        : "unsorted";
  const inbound = { ...call, direction: "inbound" } as const;
  const asked = name.endsWith("_creation_params") && name !== "process_task_creation_params";
  const [first] = planCall(asked ? inbound : call, { ...settings, unknownClient, rules: [] }).steps;
  if (first === undefined || !("call" in first)) return "this call is not told to Kommo";
  const booking = "booking" in first ? first.booking : undefined;
  if (booking === undefined) return "this call is not told to Kommo";
  if (asked) return makeCard(first.call, booking) ?? "this call would make no card";
  if (name === "process_task_creation_params") {
    const { task } = booking.known;
    const card: Card = { type: "contacts", id: STAND_IN };
    return task === undefined
      ? "this call would make no task"
      : callBackTask(card, first.call, task);
  }
  const user = first.call.responsible_user_id ?? STAND_IN;
  const type = name === "process_lead_update_params" ? "leads" : "contacts";
  return changeResponsible({ type, id: STAND_IN }, { user });
}

function originateInput(call: FinishedCall): JsonObject {
  const employee = call.conversations[0]?.extension ?? "101";
  const dial = {
    caller_id: employee,
    channel: `Local/${employee}@from-internal`,
    context: "from-internal",
    extension: call.clientPhone ?? "",
    priority: 1,
    request_data: {},
  };
  return { ...dial, params: dial };
}

/** For inputs that are bodies themselves, and for those of a file. */
export function bodiesOf(
  { call_full: _call, ...offered }: JsonObject,
  result: RunResult,
): Pick<Trial, "without" | "withIt"> {
  const without = kommoBody(offered);
  if (result.kind === "cancelled") return { without, withIt: undefined };
  if (result.kind !== "answered") return { without, withIt: without };
  return { without, withIt: kommoBody(withOffered(offered, result.data)) };
}
