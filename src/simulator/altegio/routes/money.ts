/** Visits and their checkout, payments, accounts. @source altegio, sections 1.3 and 1.4 */
import type { Answer } from "../../kommo/wire/answer.ts";
import {
  anyNumber,
  integer,
  listOf,
  object,
  oneOf,
  text,
  type Rule,
} from "../../kommo/wire/rule.ts";
import { addPayment, editVisit } from "../changes.ts";
import {
  checked,
  mayWrite,
  NOT_FOUND,
  pageOf,
  refused,
  route,
  told,
  withLocation,
  withRecord,
  type AltegioExchange,
  type AltegioRoute,
} from "../exchange.ts";
import { itemsOf, paymentsOf, visitRecords, type SimLocation } from "../state.ts";
import { isoTime, shownDetails, shownTransaction, shownVisit, type Style } from "../wire-shapes.ts";

/** A visit's address names no location. */
function withVisit(
  exchange: AltegioExchange,
  act: (visitId: number, style: Style) => Answer,
): Answer {
  const visitId = Number(exchange.params[0]);
  const location = exchange.altegio.locations.values().find(({ visits }) => visits.has(visitId));
  if (location === undefined || visitRecords(location, visitId).length === 0) return NOT_FOUND;
  return act(visitId, { location, switches: exchange.switches });
}

const anything: Rule<unknown> = { check: () => undefined };
const payment = object({ id: integer, amount: anyNumber, account_id: integer }, {});
const visitEdit = object(
  { attendance: oneOf(-1, 0, 1, 2), comment: text },
  {
    new_transactions: listOf(payment),
    deleted_transaction_ids: listOf(integer),
    services: listOf(anything),
    goods_transactions: listOf(anything),
    fast_payment: oneOf(1, 2, 129, 130),
  },
);
const CASH: readonly number[] = [1, 129];

function checkout(exchange: AltegioExchange): Answer {
  return withVisit(exchange, (visitId, { location }) =>
    checked(exchange, visitEdit, (written) => {
      const records = visitRecords(location, visitId);
      if (!records.some(({ id }) => id === Number(exchange.params[1]))) return NOT_FOUND;
      if (records.some((one) => one.isBillPrinted && one.attendance !== written.attendance))
        return refused(403, "The receipt is printed.");
      const payments = (written.new_transactions ?? []).map((one) => {
        const record = records.find((each) => itemsOf(each).some(({ id }) => id === one.id));
        return {
          amount: one.amount,
          accountId: one.account_id,
          itemId: one.id,
          recordId: record?.id,
        };
      });
      const isKnown = (accountId: number): boolean =>
        location.accounts.some(({ id }) => id === accountId);
      if (payments.some(({ accountId, recordId }) => !isKnown(accountId) || recordId === undefined))
        return refused(422, "The data is not valid.", { new_transactions: ["Unknown item."] });
      editVisit(
        exchange.actor,
        { location, visitId },
        {
          attendance: written.attendance,
          comment: written.comment,
          payments: payments.map((one) => ({ ...one, recordId: one.recordId ?? 0 })),
          deletedTransactions: written.deleted_transaction_ids ?? [],
          restTo: fastAccount(location, written.fast_payment),
        },
      );
      return told(null);
    }),
  );
}

function fastAccount(location: SimLocation, fast: number | undefined): number | undefined {
  if (fast === undefined) return undefined;
  const isCash = CASH.includes(fast);
  return location.accounts.find((one) => one.isCash === isCash && one.isDefault)?.id;
}

const details = (exchange: AltegioExchange): Answer =>
  withRecord(exchange, (record, style) =>
    record.visitId === Number(exchange.params[2])
      ? told(shownDetails(record.visitId, style))
      : NOT_FOUND,
  );

/** Another spelling of the same payments: whole-second times without a colon, numbers for telephones. */
const timetable = (exchange: AltegioExchange): Answer =>
  withLocation(exchange, (location, style) => {
    const visitId = Number(exchange.query.get("visit_id"));
    return told(
      paymentsOf(location, visitId).map((one) => ({
        id: one.id,
        document_id: visitId + 1,
        expense: { id: 5, title: "Provision of services" },
        date: isoTime(one.at, location).replace(/:(\d\d)$/, "$1"),
        amount: one.amount,
        comment: one.comment,
        account: {
          id: one.accountId,
          title: location.accounts.find(({ id }) => id === one.accountId)?.title ?? "",
        },
        record_id: one.recordId,
        visit_id: visitId,
        sold_item_id: one.itemId,
        sold_item_type: "service",
        master: { id: one.masterId, title: style.location.staff.get(one.masterId)?.name ?? "" },
      })),
    );
  });

const MOST_TRANSACTIONS = 300;

const list = (exchange: AltegioExchange): Answer =>
  withLocation(exchange, (location, style) => {
    const all = [...location.transactions.values()].filter((one) => !one.deleted);
    const page = pageOf(exchange, all, { most: MOST_TRANSACTIONS });
    if (page === undefined) return refused(422, "The data is not valid.", { count: ["Too many."] });
    return told(
      page.map((one) => shownTransaction(one, style)),
      { count: all.length },
    );
  });

const newTransaction = object(
  { expense_id: integer, amount: anyNumber, account_id: integer },
  { client_id: integer, supplier_id: integer, master_id: integer, comment: text, date: text },
);

const add = (exchange: AltegioExchange): Answer =>
  withLocation(exchange, (location, style) =>
    checked(exchange, newTransaction, ({ amount, account_id: accountId }) => {
      const place = { location, visitId: 0 };
      const made = addPayment(exchange.actor, place, { amount, accountId, itemId: 0, recordId: 0 });
      return told(shownTransaction(made, style), [], 201);
    }),
  );

const one = (exchange: AltegioExchange): Answer =>
  withLocation(exchange, (location, style) => {
    const found = location.transactions.get(Number(exchange.params[1]));
    return found === undefined || found.deleted ? NOT_FOUND : told(shownTransaction(found, style));
  });

const remove = (exchange: AltegioExchange): Answer =>
  withLocation(exchange, (location) => {
    const found = location.transactions.get(Number(exchange.params[1]));
    if (found === undefined) return NOT_FOUND;
    found.deleted = true;
    return { status: 204 };
  });

const accounts = (exchange: AltegioExchange): Answer =>
  withLocation(exchange, (location) =>
    told(
      location.accounts.map(({ id, title, isCash, isDefault }) => ({
        id,
        title,
        type: isCash ? 0 : 1,
        is_cash: isCash,
        is_default: isDefault,
      })),
    ),
  );

export const moneyRoutes: readonly AltegioRoute[] = [
  route("GET", "/visits/:visit", (exchange) =>
    withVisit(exchange, (visitId, style) => told(shownVisit(visitId, style))),
  ),
  route("PUT", "/visits/:visit/:record", mayWrite(checkout)),
  route("GET", "/visit/details/:location/:record/:visit", details),
  route("GET", "/timetable/transactions/:location", timetable),
  route("GET", "/transactions/:location", list),
  route("POST", "/finance_transactions/:location", mayWrite(add)),
  route("GET", "/finance_transactions/:location/:id", one),
  route("DELETE", "/finance_transactions/:location/:id", mayWrite(remove)),
  route("GET", "/accounts/:location", accounts),
];
