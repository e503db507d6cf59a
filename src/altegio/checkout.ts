/**
 * The checkout of a visit: what is open on its bill, which request pays it, and whether it was paid after
 * all. Pure. @source altegio, section 1.3
 */
import type { Account, VisitEdit } from "./api/visits.ts";
import type { CheckoutRefusal } from "./checkout-refusal.ts";
import { amountOf, fieldsOf, isSet, listOf, textOf } from "./wire.ts";

export type BillItem = {
  readonly id: string;
  readonly recordId: string;
  readonly title: string;
  readonly cost: number;
  readonly paid: number;
};

export type Bill = {
  readonly items: readonly BillItem[];
  readonly due: number;
  /** With points of loyalty cards. */
  readonly paid: number;
  readonly transactionIds: readonly string[];
};

export type CheckoutWish = {
  readonly method: "cash" | "cashless";
  /** Else the default one of the method. */
  readonly accountId?: string;
  /** Else all that is open. */
  readonly amount?: number;
  /** What stood open when a person decided: with another sum by now, nothing is paid. */
  readonly open?: number;
};

export type CheckoutPlan =
  | { readonly kind: "pay"; readonly edit: VisitEdit; readonly amount: number }
  | { readonly kind: "nothing-due"; readonly detail: string }
  | { readonly kind: "refused"; readonly code: CheckoutRefusal; readonly detail: string };

const refused = (code: CheckoutRefusal, detail: string): CheckoutPlan => ({
  ...{ kind: "refused", code, detail },
});
const cents = (amount: number): number => Math.round(amount * 100);

/** @param details the `data` of GET /visit/details */
export function readBill(details: unknown): Bill {
  const {
    items,
    payment_transactions: payments,
    loyalty_transactions: loyalty,
  } = fieldsOf(details) ?? {};
  const transactions = listOf(payments);
  const points = listOf(loyalty)
    .filter((one) => isSet(one["is_loyalty_withdraw"]))
    .reduce((sum, one) => sum + cents(Math.abs(amountOf(one["amount"]))), 0);
  const money = transactions.reduce((sum, one) => sum + cents(amountOf(one["amount"])), 0);
  const bill = listOf(items).map((item): BillItem => {
    const [id, recordId] = [textOf(item["item_id"] ?? item["id"]), textOf(item["record_id"])];
    const own = transactions.filter(
      (one) => textOf(one["item_id"]) === id && textOf(one["record_id"]) === recordId,
    );
    return {
      id,
      recordId,
      title: textOf(item["item_title"]),
      cost: amountOf(item["cost"]),
      paid: own.reduce((sum, one) => sum + cents(amountOf(one["amount"])), 0) / 100,
    };
  });
  return {
    items: bill,
    due: bill.reduce((sum, { cost }) => sum + cents(cost), 0) / 100,
    paid: (money + points) / 100,
    transactionIds: transactions.map(({ id }) => textOf(id)),
  };
}

const CAME = 1;

/**
 * All that is open, to the default account, is Altegio's quick payment. A part of it, or another account,
 * are payments of single items, the first ones first.
 */
export function planCheckout(
  bill: Bill,
  wish: CheckoutWish,
  given: { readonly accounts: readonly Account[]; readonly attendance: number },
): CheckoutPlan {
  const open = cents(bill.due) - cents(bill.paid);
  if (open <= 0)
    return given.attendance === CAME || bill.due > 0
      ? { kind: "nothing-due", detail: money(bill.paid) }
      : { kind: "pay", edit: { attendance: CAME }, amount: 0 };
  if (wish.open !== undefined && cents(wish.open) !== open)
    return refused("sum_changed", `${money(open / 100)} is open by now`);
  const wanted = wish.amount === undefined ? open : cents(wish.amount);
  if (!(wanted > 0)) return refused("sum_invalid", "the sum is not above 0");
  if (wanted > open)
    return refused(
      "sum_too_large",
      `${money(wanted / 100)} is more than the open ${money(open / 100)}`,
    );
  if (wanted === open && wish.accountId === undefined) {
    const fastPayment = wish.method === "cash" ? 1 : 2;
    return { kind: "pay", edit: { attendance: CAME, fastPayment }, amount: open / 100 };
  }
  const account = accountFor(wish, given.accounts);
  if (account === undefined)
    return refused("no_account", `the location has no account for ${wish.method}`);
  let rest = wanted;
  const payments = bill.items.flatMap(({ id, cost, paid }) => {
    const part = Math.min(rest, cents(cost) - cents(paid));
    if (part <= 0) return [];
    rest -= part;
    return [{ itemId: id, amount: part / 100, accountId: account.id }];
  });
  return { kind: "pay", edit: { attendance: CAME, payments }, amount: wanted / 100 };
}

function accountFor(wish: CheckoutWish, accounts: readonly Account[]): Account | undefined {
  if (wish.accountId !== undefined) return accounts.find(({ id }) => id === wish.accountId);
  const ofMethod = accounts.filter(({ isCash }) => isCash === (wish.method === "cash"));
  return ofMethod.find(({ isDefault }) => isDefault) ?? ofMethod[0];
}

/**
 * Whether a checkout that may have been done was: new payments stand on the bill.
 * @returns in words what was paid; undefined: nothing new
 */
export function judgeCheckout(before: Bill, now: Bill, wish: CheckoutWish): string | undefined {
  const known = new Set(before.transactionIds);
  const isNew = now.transactionIds.some((id) => !known.has(id));
  const paid = cents(now.paid) - cents(before.paid);
  if (!isNew && paid <= 0 && cents(before.due) > cents(before.paid)) return undefined;
  return `${money(paid / 100)} ${wish.method}`;
}

export const money = (amount: number): string =>
  (cents(amount) / 100).toFixed(2).replace(/\.00$/, "");
