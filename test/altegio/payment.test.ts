import { expect, test } from "@jest/globals";
import { parsePayment } from "../../src/altegio/payment.ts";

const CASH_DESK = 10;
const CARDS = 20;
const isCash = (id: string): boolean => id === String(CASH_DESK);
const paid = (amount: unknown, account = CARDS, date = "2026-09-21T23:00:00.000-05:00") => ({
  amount,
  account_id: account,
  date,
});
const ITEMS = [{ cost: 60 }, { cost: "40" }];

test.each<[string, object, object]>([
  ["nothing", {}, { status: "not_paid", paid: 0, type: undefined }],
  ["a part", { payment_transactions: [paid(10)] }, { status: "paid_not_full", type: "cashless" }],
  [
    "all in cash",
    { payment_transactions: [paid(100, CASH_DESK)] },
    { status: "paid_full", type: "cash" },
  ],
  [
    "all, half of it in cash",
    { payment_transactions: [paid(50, CASH_DESK), paid("50")] },
    { status: "paid_full", type: "mixed" },
  ],
  ["too much", { payment_transactions: [paid(100.01)] }, { status: "paid_over", paid: 100.01 }],
  [
    "a refund",
    { payment_transactions: [paid(100), paid(-100)] },
    { status: "not_paid", type: undefined },
  ],
  [
    "points of a card, however their sign is told",
    { loyalty_transactions: [{ amount: -100, is_loyalty_withdraw: 1 }] },
    { status: "paid_full", type: "loyalty" },
  ],
  [
    "points that were earned are no payment",
    { loyalty_transactions: [{ amount: 5, is_loyalty_withdraw: false }] },
    { status: "not_paid" },
  ],
  [
    "small sums that no binary number can hold",
    { items: [{ cost: 0.3 }], payment_transactions: [paid(0.1), paid(0.2)] },
    { status: "paid_full", paid: 0.3 },
  ],
])("paid: %s", (_, details, expected) => {
  expect(parsePayment({ items: ITEMS, ...details }, isCash)).toMatchObject(expected);
});

test("the last payment's time, of several in any order", () => {
  const payment = parsePayment(
    {
      items: ITEMS,
      payment_transactions: [
        paid(1, CARDS, "2026-09-22T10:00:00+0300"),
        paid(1, CARDS, "2026-09-21T10:00:00+0300"),
      ],
    },
    isCash,
  );

  expect(payment.lastPaidAt).toBe(Date.parse("2026-09-22T07:00:00Z"));
});

test.each([null, [], "details", { items: 5, payment_transactions: {} }])(
  "malformed details are a visit that costs nothing: %j",
  (details) => {
    expect(parsePayment(details, isCash)).toMatchObject({ due: 0, paid: 0, status: "not_paid" });
  },
);
