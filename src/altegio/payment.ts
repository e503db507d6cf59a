/** What was paid for a visit, read from its details. Exports `parsePayment`. */
import type { EpochMs } from "../lib/clock.ts";
import { amountOf, fieldsOf, isSet, listOf, timeOf, textOf } from "./wire.ts";

/** Altegio's own words for it. @source altegio, section 1.4 */
export type PaymentStatus = "not_paid" | "paid_not_full" | "paid_full" | "paid_over";

export type PaymentType = "cash" | "cashless" | "loyalty" | "mixed";

export type Payment = {
  /** What the visit costs, after discounts. */
  readonly due: number;
  readonly paid: number;
  readonly status: PaymentStatus;
  /** Undefined: nothing was paid. */
  readonly type: PaymentType | undefined;
  readonly lastPaidAt: EpochMs | undefined;
};

/** Sums are compared in hundredths: 0.1 + 0.2 has to be 0.3. */
const cents = (amount: number): number => Math.round(amount * 100);

/**
 * @param details the `data` of GET /visit/details
 * @param isCash tells of an account of the location whether it is a cash desk; the visit's payments
 *   often name only its id
 * @throws never
 * @source altegio, section 1.3
 */
export function parsePayment(details: unknown, isCash: (accountId: string) => boolean): Payment {
  const {
    items,
    payment_transactions: payments,
    loyalty_transactions: loyalty,
  } = fieldsOf(details) ?? {};
  const due = sum(listOf(items).map(({ cost }) => amountOf(cost)));
  const transactions = listOf(payments);
  const withdrawals = listOf(loyalty).filter((one) => isSet(one["is_loyalty_withdraw"]));
  const money = sum(transactions.map(({ amount }) => amountOf(amount)));
  // A withdrawal is told as a negative change of the card by some, as what was taken by others.
  const points = sum(withdrawals.map(({ amount }) => Math.abs(amountOf(amount))));
  const types = new Set<PaymentType>(
    transactions
      .filter(({ amount }) => amountOf(amount) > 0)
      .map((one) => {
        const account = fieldsOf(one["account"]);
        const id = textOf(one["account_id"] ?? account?.["id"]);
        return isSet(account?.["is_cash"]) || isCash(id) ? "cash" : "cashless";
      }),
  );
  if (points > 0) types.add("loyalty");
  const [type] = types;
  const times = transactions.map(({ date }) => timeOf(date)).filter((at) => at !== undefined);
  const paid = (cents(money) + cents(points)) / 100;
  return {
    due,
    paid,
    status: statusOf(cents(paid), cents(due)),
    type: paid <= 0 ? undefined : types.size > 1 ? "mixed" : type,
    lastPaidAt: times.sort((a, b) => a - b).at(-1),
  };
}

function statusOf(paid: number, due: number): PaymentStatus {
  if (paid <= 0) return "not_paid";
  if (paid < due) return "paid_not_full";
  return paid === due ? "paid_full" : "paid_over";
}

const sum = (amounts: readonly number[]): number =>
  amounts.reduce((total, amount) => total + cents(amount), 0) / 100;
