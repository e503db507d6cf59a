/** Which clients' steps wait for an incoming lead that something has just happened to. */
import type { Row } from "../store/store.ts";

export type LeadsTold = {
  readonly leadIds: ReadonlySet<number>;
  readonly unsortedUids: ReadonlySet<string>;
};

/** @param rows of `waitingSteps`: `key`, and `payload`, the JSON of a step with a card */
export function keysWaitingFor(rows: readonly Row[], told: LeadsTold): ReadonlySet<string> {
  const keys = rows.filter(({ payload }) => isAbout(JSON.parse(String(payload)), told));
  return new Set(keys.map(({ key }) => String(key)));
}

function isAbout(step: unknown, { leadIds, unsortedUids }: LeadsTold): boolean {
  if (typeof step !== "object" || step === null) return false;
  const { unsortedUid, card } = step as {
    readonly unsortedUid?: unknown;
    readonly card?: { readonly type?: unknown; readonly id?: unknown };
  };
  if (typeof unsortedUid === "string" && unsortedUids.has(unsortedUid)) return true;
  return card?.type === "leads" && typeof card.id === "number" && leadIds.has(card.id);
}
