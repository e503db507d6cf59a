/**
 * The directory's tables. A card is one number: that of a contact is its id, that of a company its id
 * plus 2^40, so that the order of cards is Kommo's: contacts before companies, the oldest first.
 *
 * `directory_phone` has one row for each number of a card, under its phone key; cards without a number
 * are not kept. `directory_lead` holds open leads only, `directory_lead_card` whose they are.
 */
import type { Migration } from "../store/store.ts";

export const directoryMigrations: readonly Migration[] = [
  {
    id: "directory-1",
    statements: [
      "CREATE TABLE directory_kept (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
      "CREATE TABLE directory_card (card INTEGER PRIMARY KEY, name TEXT NOT NULL, user_id INTEGER)",
      "CREATE TABLE directory_phone (phone TEXT NOT NULL, card INTEGER NOT NULL)",
      "CREATE UNIQUE INDEX directory_phone_phone ON directory_phone (phone, card)",
      "CREATE INDEX directory_phone_card ON directory_phone (card)",
      "CREATE TABLE directory_lead (lead INTEGER PRIMARY KEY, name TEXT NOT NULL, user_id INTEGER)",
      "CREATE TABLE directory_lead_card (card INTEGER NOT NULL, lead INTEGER NOT NULL)",
      "CREATE UNIQUE INDEX directory_lead_card_card ON directory_lead_card (card, lead)",
      "CREATE INDEX directory_lead_card_lead ON directory_lead_card (lead)",
    ],
  },
];
