/** The directory's SQL: cards in and out, and who has a number. */
import type { Card } from "../kommo/step.ts";
import type { ListedCard, ListedLead, ListedPerson } from "../kommo/list-cards.ts";
import { phoneKey } from "../lib/phone.ts";
import { sql, type Row, type Statement } from "../store/store.ts";

type Owner = { readonly type: Card["type"]; readonly id: number };

const COMPANIES_FROM = 2 ** 40;

const numberOf = ({ type, id }: Owner): number => (type === "companies" ? COMPANIES_FROM + id : id);

const ownerOf = (card: number): Card =>
  card >= COMPANIES_FROM
    ? { type: "companies", id: card - COMPANIES_FROM }
    : { type: "contacts", id: card };

/** What a person typed into a card may be a book. */
const LONGEST_NAME = 120;
const MOST_PHONES = 50;
const MOST_OWNERS = 50;

/** A card as it is now; one that cannot be found by a number, or a closed lead, is taken out. */
export const keepCard = (card: ListedCard): readonly Statement[] =>
  card.type === "leads" ? keepLead(card) : keepPerson(card);

function keepPerson(person: ListedPerson): readonly Statement[] {
  const keys = new Set(person.phones.map(phoneKey).filter((key) => key !== ""));
  if (keys.size === 0 || person.isDeleted) return forgetCard(person);
  const card = numberOf(person);
  return [
    sql("DELETE FROM directory_phone WHERE card = ?", card),
    sql(
      `INSERT INTO directory_card (card, name, user_id) VALUES (?, ?, ?)
       ON CONFLICT (card) DO UPDATE SET name = excluded.name, user_id = excluded.user_id`,
      card,
      person.name.slice(0, LONGEST_NAME),
      person.responsibleUserId ?? null,
    ),
    ...[...keys]
      .slice(0, MOST_PHONES)
      .map((key) => sql("INSERT INTO directory_phone (phone, card) VALUES (?, ?)", key, card)),
  ];
}

function keepLead(lead: ListedLead): readonly Statement[] {
  if (!lead.isOpen) return forgetCard(lead);
  const cards = new Set(lead.owners.slice(0, MOST_OWNERS).map(numberOf));
  return [
    sql("DELETE FROM directory_lead_card WHERE lead = ?", lead.id),
    sql(
      `INSERT INTO directory_lead (lead, name, user_id) VALUES (?, ?, ?)
       ON CONFLICT (lead) DO UPDATE SET name = excluded.name, user_id = excluded.user_id`,
      lead.id,
      lead.name.slice(0, LONGEST_NAME),
      lead.responsibleUserId ?? null,
    ),
    ...[...cards].map((card) =>
      sql("INSERT INTO directory_lead_card (card, lead) VALUES (?, ?)", card, lead.id),
    ),
  ];
}

export function forgetCard(owner: Owner): readonly Statement[] {
  if (owner.type === "leads")
    return [
      sql("DELETE FROM directory_lead WHERE lead = ?", owner.id),
      sql("DELETE FROM directory_lead_card WHERE lead = ?", owner.id),
    ];
  const card = numberOf(owner);
  return [
    sql("DELETE FROM directory_card WHERE card = ?", card),
    sql("DELETE FROM directory_phone WHERE card = ?", card),
    sql("DELETE FROM directory_lead_card WHERE card = ?", card),
  ];
}

/** Kommo says that no card has the number: whoever has it here is gone, or has another one now. */
export const forgetPhone = (key: string): readonly Statement[] => [
  sql("DELETE FROM directory_phone WHERE phone = ?", key),
];

export type OpenLead = {
  readonly id: number;
  readonly name: string;
  readonly responsibleUserId: number | undefined;
};

/** As the directory has it: a hint, and never the truth. */
export type KnownClient = {
  /** The contact or company with the number: contacts before companies, the oldest first. */
  readonly card: Card;
  readonly name: string;
  readonly responsibleUserId: number | undefined;
  /** The oldest first. */
  readonly openLeads: readonly OpenLead[];
};

/** One row for each open lead of the first card with the number, or one without a lead. */
export const findByPhone = (key: string): Statement =>
  sql(
    `SELECT found.card, found.name, found.user_id,
            lead.lead, lead.name AS lead_name, lead.user_id AS lead_user_id
     FROM (SELECT card.card, card.name, card.user_id FROM directory_phone AS phone
           JOIN directory_card AS card ON card.card = phone.card
           WHERE phone.phone = ? ORDER BY phone.card LIMIT 1) AS found
     LEFT JOIN directory_lead_card AS link ON link.card = found.card
     LEFT JOIN directory_lead AS lead ON lead.lead = link.lead
     ORDER BY lead.lead LIMIT 100`,
    key,
  );

export function parseClient(rows: readonly Row[]): KnownClient | undefined {
  const [first] = rows;
  if (first === undefined) return undefined;
  return {
    card: ownerOf(Number(first["card"])),
    name: String(first["name"]),
    responsibleUserId: userOf(first["user_id"]),
    openLeads: rows
      .filter(({ lead }) => typeof lead === "number")
      .map((row) => ({
        id: Number(row["lead"]),
        name: String(row["lead_name"]),
        responsibleUserId: userOf(row["lead_user_id"]),
      })),
  };
}

const userOf = (value: Row[string] | undefined): number | undefined =>
  typeof value === "number" ? value : undefined;

/** Whose the card is that Kommo would choose for a call: its only open lead's, else its own. */
export const responsibleOf = ({ openLeads, responsibleUserId }: KnownClient): number | undefined =>
  openLeads.length === 1 ? openLeads[0]?.responsibleUserId : responsibleUserId;

export const countCards: Statement = sql(
  `SELECT (SELECT count(*) FROM directory_card) AS cards,
          (SELECT count(*) FROM directory_phone) AS phones,
          (SELECT count(*) FROM directory_lead) AS leads`,
);
