/** What stands around a call in `call_full`: employees by configuration, cards by what the call has learnt. */
import type { CallCard, CallDeal, CallSurroundings } from "../../customization/call-full.ts";
import type { Card, KommoResult, KommoStep } from "../../kommo/step.ts";
import { userAt } from "../../registration/employees.ts";
import type { RegistrationSettings } from "../../registration/settings.ts";

export function surroundings(
  settings: RegistrationSettings,
  learnt: LearntCards = {},
): CallSurroundings {
  return {
    userAt: (extension) => {
      const { user } = userAt(extension, settings);
      if (user === undefined) return undefined;
      const { userName, userEmail } = settings.learnt ?? {};
      return { id: user, name: userName?.(user) ?? "", email: userEmail?.(user) ?? "" };
    },
    recordOf: (call) => settings.learnt?.recordingLink?.(call, call.linkedId),
    ...learnt,
  };
}

export type LearntCards = { readonly entity?: CallCard; readonly deal?: CallDeal };

export type AnsweredStep = { readonly step: KommoStep; readonly result: KommoResult | undefined };

/** @param answered the call's steps that are done, the first one first */
export function learntCards(answered: readonly AnsweredStep[]): LearntCards {
  let learnt: LearntCards = {};
  for (const { step, result } of answered) {
    if (result === undefined) continue;
    if (result.kind === "booked") learnt = learn(learnt, result.card, { isNew: false });
    if (result.kind === "found-card") learnt = learn(learnt, result.card, { isNew: false });
    if (result.kind === "made-unsorted") {
      learnt = learn(learnt, { type: "leads", id: result.leadId }, { isNew: true });
      if (result.contactId !== undefined)
        learnt = learn(learnt, { type: "contacts", id: result.contactId }, { isNew: true });
    }
    if (result.kind === "made-card") {
      learnt = learn(learnt, result.card, { isNew: true, name: nameIn(step, result.card) });
      if (result.contactId !== undefined && step.kind === "create-lead" && !step.owner)
        learnt = learn(
          learnt,
          { type: "contacts", id: result.contactId },
          { isNew: true, name: step.contact.name },
        );
    }
  }
  return learnt;
}

const nameIn = (step: KommoStep, card: Card): string | undefined => {
  if (card.type === "leads" && step.kind === "create-lead") return step.lead.name;
  return step.kind === "create-contact" ? step.contact.name : undefined;
};

function learn(
  before: LearntCards,
  card: Card,
  { isNew, name }: { isNew: boolean; name?: string | undefined },
): LearntCards {
  if (card.id <= 0) return before;
  if (card.type === "leads") {
    const known = before.deal?.id === card.id ? before.deal : undefined;
    return { ...before, deal: known ?? { id: card.id, name, isNew } };
  }
  const type = card.type === "contacts" ? "contact" : "company";
  const known = before.entity?.id === card.id ? before.entity : undefined;
  return { ...before, entity: known ?? { id: card.id, type, name, isNew } };
}

/** As a step itself names it. */
export const withCard = (learnt: LearntCards, card: Card): LearntCards =>
  learn(learnt, card, { isNew: false });
