/** Visits, what was paid for them, and their checkout. @source altegio, sections 1.3 and 1.4 */
import { succeeded, type Result } from "../../lib/failure.ts";
import { amountOf, fieldsOf, isSet, listOf, rowsWithId, textOf, type WireFields } from "../wire.ts";
import type { AltegioClient } from "./client.ts";
import type { AltegioFailure } from "./failure.ts";
import type { Answered, Ask, RecordKey } from "./records.ts";

export type VisitKey = RecordKey & { readonly visitId: string };

/** The `data` of GET /visit/details, for `parsePayment` and the checkout. */
export async function readDetails(
  client: AltegioClient,
  { locationId, recordId, visitId }: VisitKey,
  ask: Ask,
): Answered<WireFields> {
  const path = `/visit/details/${locationId}/${recordId}/${visitId}`;
  const answer = await client.request({ method: "GET", path, ...ask });
  return answer.ok ? succeeded(fieldsOf(answer.value.data) ?? {}) : answer;
}

export type Account = {
  readonly id: string;
  readonly title: string;
  readonly isCash: boolean;
  readonly isDefault: boolean;
};

export async function readAccounts(
  client: AltegioClient,
  locationId: string,
  ask: Ask,
): Answered<readonly Account[]> {
  const answer = await client.request({ method: "GET", path: `/accounts/${locationId}`, ...ask });
  if (!answer.ok) return answer;
  return succeeded(
    rowsWithId(answer.value.data).map(({ id, row }) => ({
      id,
      title: textOf(row["title"]),
      isCash: isSet(row["is_cash"]),
      isDefault: isSet(row["is_default"]),
    })),
  );
}

export type VisitEdit = {
  readonly attendance: number;
  /** Quick payment of all that is open: 1 cash, 2 cashless. */
  readonly fastPayment?: 1 | 2;
  /** Payments of single items. */
  readonly payments?: readonly {
    readonly itemId: string;
    readonly amount: number;
    readonly accountId: string;
  }[];
};

/**
 * The checkout. Not idempotent: whoever repeats it looks first what was paid meanwhile. Services and goods
 * go back as they were read just before: whether leaving them out keeps them is not documented.
 */
export async function editVisit(
  client: AltegioClient,
  { key, edit, ask }: { readonly key: VisitKey; readonly edit: VisitEdit; readonly ask: Ask },
): Answered<undefined> {
  const before = await client.request({ method: "GET", path: `/visits/${key.visitId}`, ...ask });
  if (!before.ok) return before;
  const visit = fieldsOf(before.value.data);
  const records = listOf(visit?.["records"]);
  const comment = textOf(visit?.["comment"]);
  const answer = await client.request({
    method: "PUT",
    path: `/visits/${key.visitId}/${key.recordId}`,
    body: {
      attendance: edit.attendance,
      comment: comment === "0" ? "" : comment,
      services: records.flatMap((record) =>
        listOf(record["services"]).map((service) => ({
          id: amountOf(service["id"]),
          title: textOf(service["title"]),
          cost: amountOf(service["cost"]),
          cost_per_unit: amountOf(service["cost_per_unit"]),
          discount: amountOf(service["discount"]),
          first_cost: amountOf(service["first_cost"]),
          record_id: amountOf(record["id"]),
        })),
      ),
      goods_transactions: records.flatMap((record) => listOf(record["goods_transactions"])),
      ...(edit.fastPayment === undefined ? {} : { fast_payment: edit.fastPayment }),
      ...(edit.payments === undefined
        ? {}
        : {
            new_transactions: edit.payments.map(({ itemId, amount, accountId }) => ({
              id: Number(itemId),
              amount,
              account_id: Number(accountId),
            })),
          }),
    },
    ...ask,
  });
  return answer.ok ? succeeded(undefined) : (answer satisfies Result<unknown, AltegioFailure>);
}
