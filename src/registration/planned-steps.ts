/** How steps go on that were decided to the last field before (appointments). Pure. */
import type { CardStep, MakeLead } from "../kommo/card-step.ts";
import type { Card, KommoResult, KommoStep } from "../kommo/step.ts";
import type { Sequel } from "../outbox/delivery.ts";

type Answer = { kind: "done"; result: KommoResult } | { kind: "nothing-there" };

const PLANNED: readonly KommoStep["kind"][] = ["make-lead", "change-card", "add-note", "make-task"];

export const isPlanned = (step: KommoStep): step is CardStep => PLANNED.includes(step.kind);

/** On a lead that was made, what was to be written on it once there is one. */
export function afterPlanned(step: CardStep, answer: Answer): Sequel<KommoStep> {
  const isMade = step.kind === "make-lead" && answer.kind === "done";
  if (!isMade || answer.result.kind !== "made-card") return { follow: [] };
  const { card } = answer.result;
  return { follow: step.afterwards.map((one) => onCard(one, card, step)) };
}

const onCard = (
  one: MakeLead["afterwards"][number],
  card: Card,
  { decidedAt }: MakeLead,
): KommoStep =>
  one.kind === "add-note"
    ? { kind: "add-note", card, text: one.text, decidedAt }
    : { kind: "make-task", card, body: one.body };
