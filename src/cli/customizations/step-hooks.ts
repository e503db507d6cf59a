/**
 * The customizations of what is made or changed in Kommo: run once it is known that the step is
 * wanted, just before it is sent, and kept with the step before the first byte goes out.
 */
import { callById, readAcceptedCall } from "../../calls/archive.ts";
import type { FinishedCall } from "../../calls/finished-call.ts";
import { callFullOf } from "../../customization/call-full.ts";
import type { HookName } from "../../customization/contract/hooks.ts";
import type { Customizations } from "../../customization/customizations.ts";
import type { JsonObject, RunResult } from "../../customization/run-result.ts";
import type { KommoResult, KommoStep } from "../../kommo/step.ts";
import type { Preparation, Skip } from "../../outbox/delivery.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";
import { sql, type Store } from "../../store/store.ts";
import * as bodies from "./step-bodies.ts";
import { learntCards, surroundings, withCard, type AnsweredStep } from "./surroundings.ts";

export type StepHooksDeps = {
  readonly customizations: Pick<Customizations, "has" | "run">;
  readonly settings: RegistrationSettings;
  readonly store: Pick<Store, "read">;
  /** The id of the account's field PHONE; undefined: it could not be read now. */
  readonly phoneField: () => Promise<number | undefined>;
};

/** Kommo cannot be asked for its fields, so it could not be told anything either. */
const ASK_AGAIN_MS = 5_000;
const DONE: Skip["skip"]["decided"] = "nothing is sent";

export function createStepHooks(deps: StepHooksDeps): Preparation<KommoStep> {
  const { customizations, settings, store } = deps;
  const has = (name: HookName): boolean => customizations.has(name);

  async function callOf(origin: string): Promise<FinishedCall | undefined> {
    const [row] = await store.read(callById(origin));
    return row && readAcceptedCall(row).call;
  }

  async function answeredSteps(origin: string): Promise<readonly AnsweredStep[]> {
    const rows = await store.read(
      sql(
        "SELECT payload, answer FROM step WHERE origin = ? AND state = 'done' ORDER BY id",
        origin,
      ),
    );
    return rows.map((row) => ({
      step: JSON.parse(String(row["payload"])) as KommoStep,
      result: (JSON.parse(String(row["answer"] ?? "{}")) as { result?: KommoResult }).result,
    }));
  }

  return {
    concerns: (kind) => (HOOKS_OF[kind] ?? []).some(has),
    wants: (step) =>
      "customized" in step && step.customized === true ? false : hooksOf(step).some(has),
    async prepare({ origin, step }) {
      const call = await callOf(origin);
      const plain = { step: { ...step, customized: true } as KommoStep };
      // Not of a call: there is nothing that a script could be shown.
      if (call === undefined) return plain;
      const learnt = learntCards(await answeredSteps(origin));
      const cards = "card" in step ? withCard(learnt, step.card) : learnt;
      const callFull = callFullOf(call, surroundings(settings, cards));
      const field = SHOWS_PHONE.includes(step.kind) ? await deps.phoneField() : 0;
      if (field === undefined) return { afterMs: ASK_AGAIN_MS };

      const ask = async (name: HookName, offered: JsonObject): Promise<RunResult> =>
        has(name)
          ? customizations.run(name, { call_full: callFull, ...offered })
          : { kind: "none", ms: 0 };
      const customized = await bodies.customize(step, { ask, phoneField: field });
      if (customized === "stopped") return { afterMs: 0 };
      if ("cancelledBy" in customized) {
        const because = `cancelled by customization ${customized.cancelledBy}`;
        return customized.instead === undefined
          ? { skip: { decided: DONE, because } }
          : { step: customized.instead };
      }
      return { step: customized.step };
    },
  };
}

const SHOWS_PHONE: readonly KommoStep["kind"][] = ["add-unsorted", "create-contact", "create-lead"];

const HOOKS_OF: Partial<Record<KommoStep["kind"], readonly HookName[]>> = {
  "add-unsorted": ["process_unsorted_creation_params"],
  "create-contact": ["process_contact_creation_params"],
  "create-lead": ["process_lead_creation_params", "process_contact_creation_params"],
  "create-task": ["process_task_creation_params"],
  "update-card": ["process_contact_update_params", "process_lead_update_params"],
};

function hooksOf(step: KommoStep): readonly HookName[] {
  if (step.kind === "update-card") {
    if (step.card.type === "companies") return [];
    return [
      step.card.type === "leads" ? "process_lead_update_params" : "process_contact_update_params",
    ];
  }
  if (step.kind === "create-lead" && step.owner !== undefined)
    return ["process_lead_creation_params"];
  return HOOKS_OF[step.kind] ?? [];
}
