/** The steps that follow from a booking once it is known whose card it is. Pure. */
import type {
  AddCallNote,
  AddUnsorted,
  CallFields,
  Card,
  CreateContact,
  CreateLead,
  CreateTask,
  UpdateCard,
} from "../kommo/step.ts";
import { assertNever } from "../lib/failure.ts";
import { userFields } from "./call-fields.ts";
import { wasAnswered, type Booking, type TaskWish } from "./booking.ts";
import type { CallOn } from "./rules.ts";

/** What is made for a client without a card; undefined: nothing. */
export function makeCard(
  call: CallFields,
  booking: Booking,
): AddUnsorted | CreateContact | CreateLead | undefined {
  const { unknown } = booking;
  if (unknown.make === "ignore") return undefined;
  const { contact, lead } = unknown;
  // A rule for unknown clients may give a missed call to somebody else.
  const whose = wasAnswered(call) ? undefined : contact.responsible_user_id;
  const ours = { ...call, ...userFields(whose) };
  switch (unknown.make) {
    case "unsorted":
      return {
        kind: "add-unsorted",
        call: ours,
        contact,
        lead,
        sourceName: unknown.sourceName,
        sourceUid: call.uniq, // customizations.md: the call's id
        serviceCode: unknown.serviceCode,
        booking,
      };
    case "contact":
      return { kind: "create-contact", call: ours, contact, booking };
    case "contact_and_lead":
      return { kind: "create-lead", call: ours, contact, lead, booking };
    default:
      return assertNever(unknown);
  }
}

/** A lead for a client who has a card and no open lead; undefined: none is wanted. */
export function makeLeadFor(
  owner: Card,
  { call, booking }: { call: CallFields; booking: Booking },
): CreateLead | undefined {
  const { lead, contact } = booking.known;
  if (lead === undefined || contact === undefined) return undefined;
  return { kind: "create-lead", call, contact, lead, owner, booking };
}

export const noteOn = (
  card: Card,
  { call, booking }: { call: CallFields; booking?: Booking | undefined },
  cardFrom: NonNullable<AddCallNote["cardFrom"]>,
): AddCallNote => ({
  kind: "add-call-note",
  card,
  call,
  cardFrom,
  ...(booking === undefined ? {} : { booking }),
});

export const callBackTask = (card: Card, call: CallFields, wish: TaskWish): CreateTask => ({
  kind: "create-task",
  card,
  ...wish,
  uniq: call.uniq,
  missed_at: call.created_at,
});

export const changeResponsible = (
  card: Card,
  { user, onlyFrom }: NonNullable<Booking["known"]["responsible"]>,
): UpdateCard => ({
  kind: "update-card",
  card,
  responsible_user_id: user,
  ...(onlyFrom === undefined ? {} : { onlyFrom }),
});

/** The card that a rule names by its id. */
export function fixedCard(on: CallOn): Card | undefined {
  if (typeof on === "string") return undefined;
  if ("lead" in on) return { type: "leads", id: on.lead };
  return "contact" in on
    ? { type: "contacts", id: on.contact }
    : { type: "companies", id: on.company };
}

const SINGULAR = { leads: "lead", contacts: "contact", companies: "company" } as const;
export const tellCard = ({ type, id }: Card): string => `${SINGULAR[type]} ${id}`;
