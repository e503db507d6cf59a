/**
 * Reads from Kommo what decisions need, for several appointments in as few requests as there are: by ids
 * a hundred at once, by number and record ID one by one, and for many from a copy of the account.
 */
import type { KommoFailure } from "../kommo/failure.ts";
import { succeeded, type Result } from "../lib/failure.ts";
import type { CrmAsk, CrmContact, CrmLead, CrmReader } from "./crm.ts";
import type { MatchedContact, MatchedLead } from "./lead-choice.ts";
import { comparedKey, type ClientNumber } from "./phone-rule.ts";
import { recordIdOf, type Snapshot, type Snapshots } from "./snapshot.ts";

/** One appointment that is to be placed. */
export type Sought = {
  readonly recordId: string;
  readonly numbers: readonly ClientNumber[];
  readonly linkedLeadId: number | undefined;
  readonly linkedContactId: number | undefined;
  /** Contacts that other appointments of the number were written on. */
  readonly knownContactIds: readonly number[];
  /** The contact has to be read, because the client has changed. */
  readonly wantsContact: boolean;
  /** A deleted one is looked for by its link and its id only. */
  readonly isDeleted: boolean;
};

export type Found = {
  readonly leads: ReadonlyMap<number, CrmLead>;
  readonly contacts: ReadonlyMap<number, CrmContact>;
};

export type GatherDeps = {
  readonly crm: CrmReader;
  readonly snapshots: Snapshots;
  readonly recordFieldId: number;
};

/** With more that have no lead yet, a copy of the account costs fewer requests than searches. */
const MOST_SEARCHED = 20;

export async function gather(
  { crm, snapshots, recordFieldId }: GatherDeps,
  sought: readonly Sought[],
  ask: CrmAsk,
): Promise<Result<readonly Found[], KommoFailure>> {
  const leads = new Map<number, CrmLead>();
  const contacts = new Map<number, CrmContact>();
  const keepLeads = (rows: readonly CrmLead[]): void => {
    for (const row of rows) leads.set(row.id, row);
  };
  const keepContacts = (rows: readonly CrmContact[]): void => {
    for (const row of rows) contacts.set(row.id, row);
  };

  const linked = await crm.leadsById(
    sought.flatMap(({ linkedLeadId }) => linkedLeadId ?? []),
    ask,
  );
  if (!linked.ok) return linked;
  keepLeads(linked.value);

  /** The link holds, so nothing has to be searched. */
  const isTied = ({ linkedLeadId, recordId }: Sought): boolean => {
    const lead = leads.get(linkedLeadId ?? 0);
    if (lead === undefined) return false;
    const there = recordIdOf(lead, recordFieldId);
    return there === "" || there === recordId;
  };
  const searched = sought.filter((one) => !isTied(one));
  const copy = await copyFor(searched);
  if (!copy.ok) return copy;
  const found = await (copy.value === undefined
    ? search(searched)
    : fromCopy(searched, copy.value));
  if (!found.ok) return found;
  const more = await crm.contactsById(
    sought
      .filter((one) => isTied(one) && one.wantsContact)
      .flatMap(
        (one) => one.linkedContactId ?? leads.get(one.linkedLeadId ?? 0)?.contactIds[0] ?? [],
      )
      .filter((id) => !contacts.has(id)),
    ask,
  );
  if (!more.ok) return more;
  keepContacts(more.value);
  return succeeded(sought.map((one) => ({ leads: leadsFor(one), contacts: contactsFor(one) })));

  async function copyFor(
    unplaced: readonly Sought[],
  ): Promise<Result<Snapshot | undefined, KommoFailure>> {
    if (unplaced.length <= MOST_SEARCHED) return succeeded(undefined);
    return snapshots.take(recordFieldId, ask);
  }

  /**
   * The copy says which leads may be meant; what stands on them is read anew, because an appointment of
   * the same client, or somebody, may have written there since.
   */
  async function fromCopy(
    unplaced: readonly Sought[],
    snapshot: Snapshot,
  ): Promise<Result<undefined, KommoFailure>> {
    const ids = new Set<number>();
    for (const one of unplaced) {
      for (const { id } of snapshot.leadsWithRecordId(one.recordId)) ids.add(id);
      if (one.isDeleted) continue;
      const known = [...one.knownContactIds, ...idList(one.linkedContactId)];
      const owners = [
        ...snapshot.contactsById(known),
        ...one.numbers.flatMap((number) => snapshot.contactsWithKey(comparedKey(number))),
      ];
      keepContacts(owners);
      for (const { leadIds } of owners) for (const id of newestFirst(leadIds)) ids.add(id);
    }
    const found = await crm.leadsById([...ids], ask);
    if (!found.ok) return found;
    keepLeads(found.value);
    for (const lead of found.value) snapshot.put({ lead });
    return succeeded(undefined);
  }

  async function search(unplaced: readonly Sought[]): Promise<Result<undefined, KommoFailure>> {
    for (const { recordId } of unplaced) {
      const carriers = await crm.leadsWithText(recordId, ask);
      if (!carriers.ok) return carriers;
      keepLeads(carriers.value.filter((lead) => recordIdOf(lead, recordFieldId) === recordId));
    }
    const wanted = unplaced.filter(({ isDeleted }) => !isDeleted);
    const byKey = new Set(wanted.flatMap(({ numbers }) => numbers.map(comparedKey)));
    for (const key of byKey) {
      const owners = await crm.contactsWithDigits(key, ask);
      if (!owners.ok) return owners;
      keepContacts(owners.value);
    }
    const known = wanted
      .flatMap((one) => [...one.knownContactIds, ...idList(one.linkedContactId)])
      .filter((id) => !contacts.has(id));
    const owners = await crm.contactsById(known, ask);
    if (!owners.ok) return owners;
    keepContacts(owners.value);
    const theirs = wanted
      .flatMap((one) => contactsOf(one).flatMap(({ leadIds }) => leadIds))
      .filter((id) => !leads.has(id));
    const candidates = await crm.leadsById(newestFirst(theirs), ask);
    if (!candidates.ok) return candidates;
    keepLeads(candidates.value);
    return succeeded(undefined);
  }

  /** Whoever may be the client: by number, by a link, by an earlier appointment. */
  function contactsOf(one: Sought): readonly CrmContact[] {
    const keys = new Set(one.numbers.map(comparedKey));
    const ids = new Set([...one.knownContactIds, ...idList(one.linkedContactId)]);
    return [...contacts.values()].filter(
      ({ id, phones }) =>
        ids.has(id) || phones.some((phone) => [...keys].some((key) => holds(phone, key))),
    );
  }

  function contactsFor(one: Sought): ReadonlyMap<number, CrmContact> {
    const owners = new Set(leads.get(one.linkedLeadId ?? 0)?.contactIds ?? []);
    const all = [...contactsOf(one), ...[...contacts.values()].filter(({ id }) => owners.has(id))];
    return new Map(all.map((contact) => [contact.id, contact]));
  }

  function leadsFor(one: Sought): ReadonlyMap<number, CrmLead> {
    const owners = new Set(contactsFor(one).keys());
    const all = [...leads.values()].filter(
      (lead) =>
        lead.id === one.linkedLeadId ||
        recordIdOf(lead, recordFieldId) === one.recordId ||
        lead.contactIds.some((id) => owners.has(id)),
    );
    return new Map(all.map((lead) => [lead.id, lead]));
  }
}

/** A contact with a very long history: its newest leads decide. */
const MOST_LEADS = 500;
const newestFirst = (ids: readonly number[]): readonly number[] =>
  [...new Set(ids)].toSorted((a, b) => b - a).slice(0, MOST_LEADS);

const idList = (id: number | undefined): readonly number[] => (id === undefined ? [] : [id]);

/** Roughly: the matching itself compares by its own rule. */
const holds = (phone: string, key: string): boolean => phone.replace(/\D/g, "").includes(key);

export const matchedLead = (
  lead: CrmLead,
  given: { readonly recordFieldId: number; readonly isUnsorted: (lead: CrmLead) => boolean },
): MatchedLead => ({
  id: lead.id,
  createdAt: lead.createdAt,
  pipelineId: lead.pipelineId,
  statusId: lead.statusId,
  contactIds: lead.contactIds,
  recordId: recordIdOf(lead, given.recordFieldId),
  hasFilledField: lead.fields.size > 0,
  isUnsorted: given.isUnsorted(lead),
});

export const matchedContact = ({ id, phones }: CrmContact): MatchedContact => ({ id, phones });
