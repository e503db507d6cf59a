/**
 * All leads and contacts of the account in memory, for the time in which many appointments have to be
 * placed at once: two searches for each of ten thousand would take hours of both limits. Read page by
 * page, kept up with what we make ourselves, and given up when it is old or the account too large.
 */
import type { KommoFailure } from "../kommo/failure.ts";
import type { Clock } from "../lib/clock.ts";
import { succeeded, type Result } from "../lib/failure.ts";
import type { CrmAsk, CrmContact, CrmLead, CrmPage, CrmReader } from "./crm.ts";
import { clientNumbers, comparedKey } from "./phone-rule.ts";

export type Snapshot = {
  leadsById(ids: readonly number[]): readonly CrmLead[];
  leadsWithRecordId(recordId: string): readonly CrmLead[];
  contactsById(ids: readonly number[]): readonly CrmContact[];
  contactsWithKey(key: string): readonly CrmContact[];
  /** What was made or changed meanwhile. */
  put(card: { readonly lead?: CrmLead; readonly contact?: CrmContact }): void;
};

/** Beyond so many pages of 250 the account is searched instead. */
const MOST_PAGES = 800;
const GOOD_FOR_MS = 15 * 60_000;

export type Snapshots = {
  /** @returns undefined: the account is too large for it */
  take(recordFieldId: number, ask: CrmAsk): Promise<Result<Snapshot | undefined, KommoFailure>>;
  /** The one in use, if there is one. */
  current(): Snapshot | undefined;
  /** The backlog is over: the memory is given back. */
  drop(): void;
};

export function createSnapshots(deps: {
  readonly crm: Pick<CrmReader, "leadPage" | "contactPage">;
  readonly clock: Pick<Clock, "monotonicMs">;
}): Snapshots {
  const { crm, clock } = deps;
  let taken: { readonly snapshot: Snapshot; readonly at: number } | undefined;
  let isTooLarge = false;

  async function readAll<T>(
    page: (page: number, ask: CrmAsk) => Promise<Result<CrmPage<T>, KommoFailure>>,
    ask: CrmAsk,
  ): Promise<Result<readonly T[] | undefined, KommoFailure>> {
    const rows: T[] = [];
    for (let number = 1, read = 0; read < MOST_PAGES; read++) {
      const found = await page(number, ask);
      if (!found.ok) return found;
      rows.push(...found.value.rows);
      if (found.value.next === undefined || found.value.rows.length === 0) return succeeded(rows);
      number = found.value.next;
    }
    return succeeded(undefined);
  }

  return {
    async take(recordFieldId, ask) {
      if (isTooLarge) return succeeded(undefined);
      if (taken !== undefined && clock.monotonicMs() - taken.at < GOOD_FOR_MS)
        return succeeded(taken.snapshot);
      const at = clock.monotonicMs();
      const leads = await readAll((page, how) => crm.leadPage(page, how), ask);
      if (!leads.ok) return leads;
      const contacts = await readAll((page, how) => crm.contactPage(page, how), ask);
      if (!contacts.ok) return contacts;
      isTooLarge = leads.value === undefined || contacts.value === undefined;
      if (leads.value === undefined || contacts.value === undefined) return succeeded(undefined);
      const snapshot = createSnapshot(recordFieldId);
      for (const lead of leads.value) snapshot.put({ lead });
      for (const contact of contacts.value) snapshot.put({ contact });
      taken = { snapshot, at };
      return succeeded(snapshot);
    },
    current: () => taken?.snapshot,
    drop() {
      taken = undefined;
    },
  };
}

export function createSnapshot(recordFieldId: number): Snapshot {
  const leads = new Map<number, CrmLead>();
  const contacts = new Map<number, CrmContact>();
  const byRecord = new Map<string, Set<number>>();
  const byKey = new Map<string, Set<number>>();
  const found = <T>(all: ReadonlyMap<number, T>, ids: Iterable<number>): readonly T[] =>
    [...ids].flatMap((id) => all.get(id) ?? []);

  function index(map: Map<string, Set<number>>, key: string, id: number): void {
    const ids = map.get(key) ?? new Set();
    ids.add(id);
    map.set(key, ids);
  }

  return {
    leadsById: (ids) => found(leads, ids),
    // An id that was taken off meanwhile is still in the index: the lead itself says what holds.
    leadsWithRecordId: (recordId) =>
      found(leads, byRecord.get(recordId) ?? []).filter(
        (lead) => recordIdOf(lead, recordFieldId) === recordId,
      ),
    contactsById: (ids) => found(contacts, ids),
    contactsWithKey: (key) => found(contacts, byKey.get(key) ?? []),
    put({ lead, contact }) {
      if (lead !== undefined) {
        leads.set(lead.id, lead);
        const recordId = recordIdOf(lead, recordFieldId);
        if (recordId !== "") index(byRecord, recordId, lead.id);
        for (const id of lead.contactIds) {
          const owner = contacts.get(id);
          if (owner !== undefined && !owner.leadIds.includes(lead.id))
            contacts.set(id, { ...owner, leadIds: [...owner.leadIds, lead.id] });
        }
      }
      if (contact === undefined) return;
      const before = contacts.get(contact.id)?.leadIds ?? [];
      const leadIds = [...new Set([...before, ...contact.leadIds])];
      contacts.set(contact.id, { ...contact, leadIds });
      for (const number of contact.phones.flatMap(clientNumbers))
        index(byKey, comparedKey(number), contact.id);
    },
  };
}

/** What stands in the record ID field, trimmed; "" for nothing. */
export const recordIdOf = (lead: CrmLead, fieldId: number): string =>
  String(lead.fields.get(fieldId)?.[0] ?? "").trim();
