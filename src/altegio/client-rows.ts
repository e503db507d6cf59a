/** Which contact a client of Altegio is, as rows. */
import { sql, type Statement } from "../store/store.ts";
import { pairs } from "./row-pairs.ts";

export const clientRows = (
  keys: readonly { readonly locationId: string; readonly clientId: string }[],
): Statement =>
  sql(
    `SELECT * FROM altegio_client WHERE (location, client) IN (VALUES ${pairs(keys.length)})`,
    ...keys.flatMap(({ locationId, clientId }) => [locationId, clientId]),
  );

/** The clients that these contacts are known to be. */
export const clientsOfContacts = (contactIds: readonly number[]): Statement =>
  sql(
    `SELECT location, client, contact FROM altegio_client
     WHERE contact IN (${contactIds.map(() => "?").join() || "NULL"})`,
    ...contactIds,
  );

/** How many contacts are several clients of one location, who share a number. */
export const sharedContacts = (): Statement =>
  sql(
    `SELECT count(*) AS shared FROM (SELECT 1 FROM altegio_client GROUP BY location, contact
     HAVING count(*) > 1) AS several`,
  );

export const keepClient = (
  key: { readonly locationId: string; readonly clientId: string },
  { contactId, told }: { contactId: number; told: string },
): Statement =>
  sql(
    `INSERT INTO altegio_client (location, client, contact, told) VALUES (?, ?, ?, ?)
     ON CONFLICT (location, client) DO UPDATE SET contact = excluded.contact, told = excluded.told`,
    key.locationId,
    key.clientId,
    contactId,
    told,
  );
