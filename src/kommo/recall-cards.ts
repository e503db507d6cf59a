/**
 * Looks up contacts and leads that may have been made. A contact with the number counts whoever made
 * it: if a colleague was quicker, the call belongs onto that card and not onto a second one (F51).
 */
import { succeeded, type Result } from "../lib/failure.ts";
import { phoneKey } from "../lib/phone.ts";
import { CONTACTS_PATH, decodePhoneOwner, type PhoneOwner } from "./entities/contacts.ts";
import { decodeLead, isActive, LEADS_PATH, leadsByIdQuery } from "./entities/leads.ts";
import type { KommoFailure } from "./failure.ts";
import { findContactsByPhone } from "./find-by-phone.ts";
import { readList } from "./hal.ts";
import { ABSENT, unreachable, type Look, type Recalled } from "./recall-calls.ts";
import type { CreateContact, CreateLead } from "./step.ts";

/** Seconds that Kommo's clock may be behind ours. */
const CLOCK_SLACK_S = 300;

export async function recallContact(look: Look, step: CreateContact): Promise<Recalled> {
  const owners = await findOwners(look, step);
  if (!owners.ok) return unreachable(owners.failure);
  const ours = owners.value.find(({ name }) => name === step.contact.name) ?? owners.value[0];
  if (ours === undefined) return ABSENT;
  return {
    kind: "done",
    result: { kind: "made-card", card: { type: "contacts", id: ours.id }, contactId: ours.id },
  };
}

/** A lead is ours if it has the name we gave, hangs on a contact with the number, and is not closed. */
export async function recallLead(look: Look, step: CreateLead): Promise<Recalled> {
  const owners = await findOwners(look, step);
  if (!owners.ok) return unreachable(owners.failure);
  const leadIds = [...new Set(owners.value.flatMap((owner) => owner.leadIds))];
  if (leadIds.length === 0) return ABSENT;
  const leads = await readList(look.client, {
    path: LEADS_PATH,
    query: leadsByIdQuery(leadIds.slice(0, MOST_LEADS)),
    plural: "leads",
    decode: decodeLead,
    purpose: "call",
    signal: look.signal,
  });
  if (!leads.ok) return unreachable(leads.failure);
  const lead = leads.value
    .filter((candidate) => isActive(candidate) && candidate.name === step.lead.name)
    .toSorted((one, other) => other.id - one.id)[0];
  if (lead === undefined) return ABSENT;
  const owner = owners.value.find((candidate) => candidate.leadIds.includes(lead.id));
  return {
    kind: "done",
    result: { kind: "made-card", card: { type: "leads", id: lead.id }, contactId: owner?.id },
  };
}

/** A new contact has one lead; this many ids still fit into an address. */
const MOST_LEADS = 100;

function findOwners(
  look: Look,
  step: CreateContact | CreateLead,
): Promise<Result<readonly PhoneOwner[], KommoFailure>> {
  const phone = step.contact.phone ?? "";
  return phoneKey(phone) === ""
    ? findByName(look, step)
    : findContactsByPhone(look.client, { phone, purpose: "call", signal: look.signal });
}

/** Withheld numbers: by the name we gave, among what was made since the call began. */
async function findByName(
  { client, signal }: Look,
  { contact, call }: CreateContact | CreateLead,
): Promise<Result<readonly PhoneOwner[], KommoFailure>> {
  const since = call.created_at - CLOCK_SLACK_S;
  const found = await readList(client, {
    path: CONTACTS_PATH,
    query: [
      ["filter[created_at][from]", String(since)],
      ["order[id]", "desc"],
      ["with", "leads"],
    ],
    plural: "contacts",
    decode: decodePhoneOwner,
    purpose: "call",
    signal,
    // Filters that Kommo does not know are ignored, so the age is looked at here too.
    isEnough: (rows) => (rows.at(-1)?.createdAt ?? since) < since,
  });
  if (!found.ok) return found;
  return succeeded(
    found.value.filter(
      ({ name, createdAt, phones }) =>
        name === contact.name && phones.length === 0 && (createdAt ?? 0) >= since,
    ),
  );
}
