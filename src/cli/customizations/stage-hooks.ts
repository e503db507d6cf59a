/**
 * The customizations of a stage of a running call: is it to be told to anybody, and under which
 * number. Stages of one call stay in order; without scripts a stage is handed on within its event.
 */
import type { LiveStage } from "../../calls/fact.ts";
import { liveCallFull } from "../../customization/call-full.ts";
import type { Customizations } from "../../customization/customizations.ts";
import { WITHHELD } from "../../registration/call-fields.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";
import { createInOrder } from "./in-order.ts";
import { surroundings } from "./surroundings.ts";

export type StageHooks = { stage(stage: LiveStage): void };

export type StageHooksDeps = {
  readonly customizations: Pick<Customizations, "has" | "run">;
  readonly settings: RegistrationSettings;
  readonly onward: (stage: LiveStage) => void;
};

/** A call with more stages than that is a conference or a queue gone wild. */
const MOST_STAGES = 200;
/** Calls whose end was lost must not fill the memory. */
const MOST_CALLS = 5_000;

export function createStageHooks({ customizations, settings, onward }: StageHooksDeps): StageHooks {
  const told = new Map<string, LiveStage[]>();
  const inOrder = createInOrder();

  function remember(stage: LiveStage): readonly LiveStage[] {
    const before = told.get(stage.linkedId) ?? [];
    const stages = before.length < MOST_STAGES ? [...before, stage] : [...before.slice(1), stage];
    if (stage.stage === "call_ended") told.delete(stage.linkedId);
    else told.set(stage.linkedId, stages);
    const [oldest] = told.keys();
    if (told.size > MOST_CALLS && oldest !== undefined) told.delete(oldest);
    return stages;
  }

  async function customize(stage: LiveStage, stages: readonly LiveStage[]): Promise<void> {
    const input = {
      call_full: liveCallFull(stages, surroundings(settings)),
      call_stage: stage.stage,
    };
    const needed = await customizations.run("need_registration", input);
    if (needed.kind === "answered" && needed.data["result"] === false) return;
    const phone = stage.clientPhone ?? WITHHELD;
    const asked = await customizations.run("process_client_phone", { ...input, phone });
    const number = asked.kind === "answered" ? String(asked.data["phone"]) : phone;
    onward(number === phone ? stage : { ...stage, clientPhone: number });
  }

  return {
    stage(stage) {
      const hasScripts =
        customizations.has("need_registration") || customizations.has("process_client_phone");
      if (stage.direction === "internal" || (!hasScripts && inOrder.isIdle(stage.linkedId))) {
        if (hasScripts || told.size > 0) remember(stage);
        return onward(stage);
      }
      const stages = remember(stage);
      void inOrder.run(stage.linkedId, () => customize(stage, stages));
    },
  };
}
