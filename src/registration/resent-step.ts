/** A step that was set aside, as it is tried again. Pure. */
import type { KommoStep } from "../kommo/step.ts";
import { phoneKey } from "../lib/phone.ts";

/**
 * A note on a card that took none (declined, deleted) would be refused for ever: the call is registered
 * by its number instead, and goes the way of any call from there. All others stay as they are.
 */
export function resentStep(step: KommoStep): KommoStep {
  if (step.kind !== "add-call-note" || step.cardFrom === "rule" || step.cardFrom === "click")
    return step;
  if (phoneKey(step.call.phone) === "") return step;
  const { call, booking } = step;
  return { kind: "register-call", call, ...(booking === undefined ? {} : { booking }) };
}
