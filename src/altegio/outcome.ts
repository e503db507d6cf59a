/** What the steps of one appointment came to, read from the outbox's record of them. Pure. */
import type { MakeLead } from "../kommo/card-step.ts";
import type { ToldStep } from "../outbox/story.ts";
import type { CrmContact, CrmLead } from "./crm.ts";
import type { Pending, RecordRow } from "./rows.ts";

export type Outcome =
  | { readonly kind: "open" }
  | {
      readonly kind: "done";
      readonly leadId: number | undefined;
      readonly contactId: number | undefined;
      /** For a copy of the account: what stands there now. */
      readonly made: { readonly lead: CrmLead; readonly contact?: CrmContact } | undefined;
    }
  | {
      readonly kind: "trouble";
      readonly reason: string;
      /** The lead is not there any more: the appointment is placed anew. */
      readonly isGone: boolean;
      readonly isFinal: boolean;
    };

const OPEN: readonly string[] = ["ready", "sending", "unknown"];

/** Notes and tasks that failed are told by the outbox itself, and hold up nobody. */
export function outcomeOf(steps: readonly ToldStep[], row: RecordRow): Outcome {
  const { pending } = row;
  if (
    pending === undefined ||
    steps.length === 0 ||
    steps.some(({ state }) => OPEN.includes(state))
  )
    return { kind: "open" };
  const main = steps.find(({ kind }) => kind === "make-lead" || kind === "change-card");
  const answer = main?.answer as
    | {
        readonly kind?: unknown;
        readonly result?: { readonly card?: { id: number }; readonly contactId?: number };
      }
    | undefined;
  if (main?.state === "set-aside") {
    const reason = main.reason ?? "set aside";
    return { kind: "trouble", reason, isGone: false, isFinal: row.tries > 0 };
  }
  if (answer?.kind === "nothing-there")
    return { kind: "trouble", reason: "the lead is gone", isGone: true, isFinal: false };
  const { leadId, contactId } = pending;
  const made = main?.kind === "make-lead" ? answer?.result : undefined;
  if (main === undefined || made?.card === undefined)
    return { kind: "done", leadId, contactId, made: undefined };
  const owner = made.contactId ?? contactId;
  return {
    kind: "done",
    leadId: made.card.id,
    contactId: owner,
    made: cardsOf(main.step as MakeLead, { leadId: made.card.id, contactId: owner, pending }),
  };
}

function cardsOf(
  { mark, decidedAt }: MakeLead,
  made: { leadId: number; contactId: number | undefined; pending: Pending },
): { readonly lead: CrmLead; readonly contact?: CrmContact } {
  const { leadId, contactId, pending } = made;
  const lead: CrmLead = {
    id: leadId,
    name: "",
    createdAt: decidedAt,
    pipelineId: pending.place?.pipelineId ?? 0,
    statusId: pending.place?.statusId ?? 0,
    price: 0,
    responsibleUserId: undefined,
    contactIds: contactId === undefined ? [] : [contactId],
    tags: [],
    fields: new Map([[mark.fieldId, [mark.text]]]),
  };
  if (contactId === undefined || pending.contactId !== undefined) return { lead };
  const phones = [...pending.phoneKeys];
  return { lead, contact: { id: contactId, name: "", phones, emails: [], leadIds: [leadId] } };
}
