// One card for each new number, none for a number that had one.
import { phoneKey } from "../../src/lib/phone.ts";
import type { CheckOptions } from "./check-journal.ts";
import type { Evidence } from "./evidence.ts";
import { problem, type Problem } from "./problem.ts";

const WON = 142;
const LOST = 143;

export function checkCards(
  { contacts, leads }: Pick<Evidence, "contacts" | "leads">,
  { knownPhones, mayHaveTwoCards = [] }: CheckOptions,
): Problem[] {
  const known = new Set([...knownPhones].map(phoneKey));
  const excused = new Set([...mayHaveTwoCards].map(phoneKey));
  // A declined incoming lead's contact is deleted, and the next call makes a new one.
  const standing = contacts.filter((contact) => !contact.is_deleted);
  const numbers = standing.flatMap(({ phones }) => [...new Set(phones.map(phoneKey))]);
  const made = Map.groupBy(numbers, (number) => number);
  made.delete("");
  return [
    ...[...made].flatMap(([number, { length }]) => {
      if (length > (excused.has(number) ? 2 : 1))
        return [problem("second-card", `${length} contacts were made for ${number}`)];
      return known.has(number) && !excused.has(number)
        ? [problem("second-card", `${number} had a card, and another contact was made`)]
        : [];
    }),
    ...standing.flatMap(({ id, phones }) => {
      const open = leads.filter(
        (lead) =>
          !lead.is_deleted &&
          lead.status_id !== WON &&
          lead.status_id !== LOST &&
          lead.contactIds.includes(id),
      );
      return open.length > 1
        ? [problem("second-card", `${open.length} leads were made for ${phones.join(", ")}`)]
        : [];
    }),
  ];
}
