/** Kommo as the outbox sees it: steps in, deliveries and recollections out. */
import type { FarSide } from "../outbox/delivery.ts";
import { recallSteps } from "./recall.ts";
import { createSend, type SendDeps } from "./send.ts";
import type { KommoResult, KommoStep } from "./step.ts";

/**
 * Kommo recommends 50 elements for every kind and allows no more for complex leads.
 * @source kommo-api, sections 0, 7.3 and 11.2
 */
const BATCH_SIZE = 50;
/** Each takes requests of its own, and what one batch has found is kept only at its end. */
const LOOK_UPS_AT_ONCE = 5;

export function createKommoFarSide(deps: SendDeps): FarSide<KommoStep, KommoResult> {
  const send = createSend(deps);
  return {
    send,
    recall: (steps, givenUpBy) => recallSteps(deps.client, steps, givenUpBy),
    batchSize: (kind) => (kind === "find-card" ? LOOK_UPS_AT_ONCE : BATCH_SIZE),
  };
}
