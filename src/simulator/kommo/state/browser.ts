/**
 * What people do with the cards in Kommo itself while the daemon works. Not in the journal of
 * requests; subscribers of webhooks hear of it.
 */
import { LOST, WON } from "./account.ts";
import type { CardType } from "./account.ts";
import { deleteCard, updateCard } from "./card-write.ts";
import type { Author, WrittenLead } from "./card-write.ts";
import { acceptUnsorted, declineUnsorted } from "./unsorted.ts";

/** Each returns false when the thing is not there (any more). */
export type Browser = {
  accept(uid: string, userId?: number): boolean;
  decline(uid: string): boolean;
  deleteCard(type: CardType, id: number): boolean;
  closeLead(id: number, as: "won" | "lost"): boolean;
  /** Any change of a lead. */
  changeLead(id: number, written: WrittenLead): boolean;
  setPhones(
    card: { type: "contacts" | "companies"; id: number },
    phones: readonly string[],
  ): boolean;
};

/** @param publish called after each change */
export function createBrowser(author: () => Author, publish: () => void): Browser {
  const { account } = author();
  const done = (act: () => void): true => {
    act();
    publish();
    return true;
  };
  const waiting = (uid: string) => {
    const unsorted = account.unsorted.get(uid);
    return unsorted?.state === "waiting" ? unsorted : undefined;
  };
  return {
    accept(uid, userId) {
      const unsorted = waiting(uid);
      if (unsorted === undefined) return false;
      return done(() => acceptUnsorted(author(), unsorted, { userId, statusId: undefined }));
    },
    decline(uid) {
      const unsorted = waiting(uid);
      if (unsorted === undefined) return false;
      return done(() => declineUnsorted(author(), unsorted));
    },
    deleteCard(type, id) {
      const card = account.cards[type].get(id);
      if (card === undefined || card.is_deleted) return false;
      return done(() => deleteCard(account, card));
    },
    closeLead(id, as) {
      const lead = account.cards.leads.get(id);
      if (lead === undefined) return false;
      const closing = { status_id: as === "won" ? WON : LOST };
      return done(() => updateCard(author(), lead, closing));
    },
    changeLead(id, written) {
      const lead = account.cards.leads.get(id);
      if (lead === undefined) return false;
      return done(() => updateCard(author(), lead, written));
    },
    setPhones({ type, id }, phones) {
      const card = account.cards[type].get(id);
      if (card === undefined) return false;
      const values = phones.map((value) => ({ value }));
      const changed = { custom_fields_values: [{ field_code: "PHONE", values }] };
      return done(() => updateCard(author(), card, changed));
    },
  };
}
