/**
 * Contacts, companies and leads in the order in which they were changed, a page at a time: for whoever
 * keeps a copy of them. Deleted cards and those of incoming leads are in no list of Kommo's.
 * @source kommo-api, sections 1 and 9 to 12
 */
import { failed, succeeded, type Result } from "../lib/failure.ts";
import type { KommoClient } from "./client.ts";
import { cardsPath } from "./entities/cards.ts";
import { decodePhoneOwner } from "./entities/contacts.ts";
import { decodeLead, isActive } from "./entities/leads.ts";
import type { KommoFailure } from "./failure.ts";
import { PAGE_SIZE, readPage, type Listing, type Page } from "./hal.ts";
import { asId, asInteger, embedded, type JsonObject } from "./json.ts";
import type { Purpose } from "./limiter.ts";
import type { Card, CardType } from "./step.ts";

type Listed = {
  readonly id: number;
  readonly name: string;
  readonly responsibleUserId: number | undefined;
  /** Unix seconds; undefined: Kommo did not say. */
  readonly updatedAt: number | undefined;
};
export type ListedPerson = Listed & {
  readonly type: "contacts" | "companies";
  readonly phones: readonly string[];
  readonly isDeleted: boolean;
};
export type ListedLead = Listed & {
  readonly type: "leads";
  /** Neither won nor lost nor deleted. */
  readonly isOpen: boolean;
  /** The contacts and the company that it belongs to. */
  readonly owners: readonly Card[];
};
export type ListedCard = ListedPerson | ListedLead;

export type Stage = { readonly pipelineId: number; readonly statusId: number };

export type CardListing = {
  readonly type: CardType;
  /**
   * Changed at this Unix second or later; some of the second before come too, because it is not said
   * whether Kommo counts the bound itself.
   */
  readonly since: number;
  readonly page: number;
  /** Leads: only in these stages; undefined: in all. */
  readonly stages?: readonly Stage[] | undefined;
  readonly purpose: Purpose;
  readonly signal: AbortSignal;
};

/** `nonsense` when Kommo did not keep to the order or the filter: nothing could be counted on then. */
export async function listCards(
  client: KommoClient,
  { type, since, page, stages = [], purpose, signal }: CardListing,
): Promise<Result<Page<ListedCard>, KommoFailure>> {
  const found = await readPage(
    client,
    {
      path: cardsPath(type),
      query: [
        ["order[updated_at]", "asc"],
        ...(since > 0 ? [["filter[updated_at][from]", String(since - 1)] as const] : []),
        ...stages.flatMap(stageFilter),
        ...(type === "leads" ? [["with", "contacts"] as const] : []),
      ],
      plural: type,
      decode: (row): ListedCard | undefined =>
        type === "leads" ? decodeListedLead(row) : decodePerson(type, row),
      purpose,
      signal,
    },
    page,
  );
  if (!found.ok) return found;
  const times = found.value.rows.flatMap(({ updatedAt }) => updatedAt ?? []);
  const isInOrder = times.every((at, index) => at >= (times[index - 1] ?? since - 1));
  return isInOrder ? found : failed(disordered(type));
}

const stageFilter = (
  { pipelineId, statusId }: Stage,
  index: number,
): (readonly [string, string])[] => [
  [`filter[statuses][${String(index)}][pipeline_id]`, String(pipelineId)],
  [`filter[statuses][${String(index)}][status_id]`, String(statusId)],
];

const disordered = (type: CardType): KommoFailure => ({
  kind: "nonsense",
  retry: "after-look-up",
  detail: `the list of ${type} is not in the order of changes that was asked for`,
  hint: "Kommo answers otherwise than documented; please report this",
});

/** Whether the account has at least `count` contacts. One request: lists tell no totals. */
export async function hasManyContacts(
  client: KommoClient,
  count: number,
  { purpose, signal }: Pick<CardListing, "purpose" | "signal">,
): Promise<Result<boolean, KommoFailure>> {
  const lastPage = Math.ceil(count / PAGE_SIZE);
  const listing: Listing<JsonObject> = {
    path: cardsPath("contacts"),
    plural: "contacts",
    decode: (row) => row,
    purpose,
    signal,
  };
  const found = await readPage(client, listing, lastPage);
  if (!found.ok) return found;
  return succeeded((lastPage - 1) * PAGE_SIZE + found.value.rows.length >= count);
}

function decodePerson(type: "contacts" | "companies", row: JsonObject): ListedPerson | undefined {
  const owner = decodePhoneOwner(row);
  if (owner === undefined) return undefined;
  const { id, name, phones, responsibleUserId, isDeleted } = owner;
  const updatedAt = asInteger(row["updated_at"]);
  return { type, id, name, phones, responsibleUserId, isDeleted, updatedAt };
}

function decodeListedLead(row: JsonObject): ListedLead | undefined {
  const lead = decodeLead(row);
  if (lead === undefined) return undefined;
  const ownersOf = (type: "contacts" | "companies"): Card[] =>
    embedded(row, type).flatMap((owner) => {
      const id = asId(owner["id"]);
      return id === undefined ? [] : [{ type, id }];
    });
  return {
    type: "leads",
    id: lead.id,
    name: lead.name,
    responsibleUserId: lead.responsibleUserId,
    updatedAt: asInteger(row["updated_at"]),
    isOpen: isActive(lead),
    owners: [...ownersOf("contacts"), ...ownersOf("companies")],
  };
}
