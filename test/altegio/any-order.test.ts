// The life of appointments in any order and with any repetition: at most one lead carries an appointment's
// id, and the last state wins.
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { openSalon } from "./salon.ts";

const CLIENTS = [
  { name: "Anna", phone: "+79151234567" },
  { name: "Anna's mother", phone: "89151234567" },
  { name: "Boris", phone: "+4915112345678" },
] as const;

type Act =
  | { readonly kind: "book"; readonly client: number }
  | { readonly kind: "come"; readonly which: number }
  | { readonly kind: "comment"; readonly which: number; readonly text: string }
  | { readonly kind: "pay"; readonly which: number }
  | { readonly kind: "remove"; readonly which: number }
  | {
      readonly kind: "tell";
      readonly which: number;
      readonly status: string;
      readonly times: number;
    }
  | { readonly kind: "restart" }
  | { readonly kind: "pass"; readonly ms: number };

const which = fc.nat(4);
const act: fc.Arbitrary<Act> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("book" as const), client: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("come" as const), which }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("comment" as const),
      which,
      text: fc.constantFrom("a", "b", "c"),
    }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("pay" as const), which }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), which }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("tell" as const),
      which,
      status: fc.constantFrom("create", "update", "delete"),
      times: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: "restart" as const }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("pass" as const), ms: fc.nat(3_000) }) },
);

test("whatever is told in whatever order: one lead an appointment, with its last state", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(act, { minLength: 3, maxLength: 14 }), fc.nat(20_000), play),
    { numRuns: 12 },
  );
});

async function play(acts: readonly Act[], lateSearchMs: number): Promise<void> {
  await using salon = await openSalon({ kommoLateSearchMs: lateSearchMs });
  const { reception } = salon.altegio;
  const records: ReturnType<typeof reception.book>[] = [];
  for (const one of acts) {
    const record = "which" in one ? records[one.which % Math.max(1, records.length)] : undefined;
    if (one.kind === "book") {
      records.push(reception.book({ client: CLIENTS[one.client] ?? CLIENTS[0] }));
    } else if (one.kind === "restart") await salon.restart();
    else if (one.kind === "pass") {
      salon.clock.moveBy(one.ms);
      await new Promise((resolve) => setTimeout(resolve, 10));
    } else if (record !== undefined) {
      if (one.kind === "tell")
        for (let time = 0; time < one.times; time++)
          salon.engine.hear([
            { company_id: 4564, resource: "record", resource_id: record.id, status: one.status },
          ]);
      if (record.deleted) continue;
      salon.clock.moveBy(1_000);
      if (one.kind === "come") reception.change(record, { attendance: 1 });
      if (one.kind === "comment") reception.change(record, { comment: one.text });
      if (one.kind === "pay") reception.pay(record);
      if (one.kind === "remove") reception.remove(record);
    }
  }
  salon.clock.moveBy(2_000);
  await salon.settled();

  for (const record of records) {
    const leads = salon.leadsOf(record.id);
    expect(leads.length).toBeLessThanOrEqual(1);
    if (!record.deleted) {
      expect(leads).toHaveLength(1);
      expect(salon.field(leads[0], "comment") ?? "").toBe(record.comment);
      expect(salon.field(leads[0], "paid") ?? 0).toBe(reception.paid(record));
    } else if (leads.length === 1) {
      expect(salon.field(leads[0], "attendance")).toBe("cancelled");
    }
  }
  const phones = [...salon.kommo.account.cards.contacts.values()].flatMap(({ fields }) =>
    fields.flatMap(({ values }) => values.map(({ value }) => String(value).slice(-10))),
  );
  expect(new Set(phones).size).toBe(phones.length);
  expect(salon.altegio.journal.unknownRoutes).toEqual([]);
}
