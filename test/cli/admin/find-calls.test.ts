// The page's list of calls: what one types, and which calls come.
import { expect, test } from "@jest/globals";
import { extension } from "../../../src/ami/ids.ts";
import { callAt } from "../../../src/calls/at-exchange.ts";
import { findCalls, type CallsQuery } from "../../../src/cli/admin/find-calls.ts";
import { readSearch, searchesNumber } from "../../../src/cli/admin/search-words.ts";
import { ownName } from "../../../src/lib/exchange-names.ts";
import {
  answered,
  missed,
  NOON,
  openCallArchive,
  part,
  ZONE,
  type CallArchive,
} from "./call-archive.ts";

const EMPLOYEES = [
  { extension: "101", name: "Anna Petrova" },
  { extension: "102", name: "Boris" },
];
const EXCHANGES = ["berlin", "hamburg"];
const nameOf = (wanted: string): string | null =>
  EMPLOYEES.find((employee) => employee.extension === wanted)?.name ?? null;

const asked = (text: string, exchanges: readonly string[] = []) =>
  readSearch(text, { timeZone: ZONE, now: NOON, employees: EMPLOYEES, exchanges });

async function find(
  { store }: CallArchive,
  text = "",
  filters: Omit<Partial<CallsQuery>, "search"> = {},
) {
  const search = asked(text, EXCHANGES);
  const { calls, before } = await findCalls({ search, ...filters }, { store, nameOf });
  return { ids: calls.map(({ id }) => id), calls, before };
}

test.each(["+7 (916) 555-10-01", "89165551001", "7916 555 1001", "9165551001"])(
  "a client is found by his number written as %s",
  async (text) => {
    await using archive = await openCallArchive();
    const wanted = answered(0, "101", { clientPhone: "79165551001" });
    await archive.add(wanted, answered(10, "101", { clientPhone: "79165551002" }));

    const { ids } = await find(archive, text);

    expect(ids).toEqual([wanted.linkedId]);
  },
);

test("the end of a number is enough, and a call that was left out is found by it as well", async () => {
  await using archive = await openCallArchive();
  const booked = answered(0, "101", { clientPhone: "79165551001" });
  await archive.add(booked, answered(5, "101", { clientPhone: "79165559999" }));

  const { ids } = await find(archive, "51001");

  expect(ids).toEqual([booked.linkedId]);
});

test("calls of an employee are found by the extension and by a part of the name", async () => {
  await using archive = await openCallArchive();
  const ofAnna = answered(0, "101");
  const ofBoris = answered(10, "102");
  await archive.add(ofAnna, ofBoris);

  expect((await find(archive, "102")).ids).toEqual([ofBoris.linkedId]);
  expect((await find(archive, "petrova")).ids).toEqual([ofAnna.linkedId]);
});

test("calls of a client are found by the name on the card", async () => {
  await using archive = await openCallArchive();
  const wanted = answered(0, "101", { clientPhone: "79165551001" });
  await archive.add(wanted, answered(5, "101", { clientPhone: "79165551002" }));
  await archive.store.write([
    { sql: "INSERT INTO directory_card VALUES (7, 'Ana Costa', NULL)", values: [] },
    { sql: "INSERT INTO directory_phone VALUES ('9165551001', 7)", values: [] },
  ]);

  const { calls } = await find(archive, "ana c");

  expect(calls).toMatchObject([{ id: wanted.linkedId, client: "Ana Costa" }]);
});

test.each(["2026-11-21", "21.11.2026", "21/11/2026", "21.11."])(
  "a day written as %s is that day of the account's zone",
  (text) => {
    expect(asked(text)).toEqual({
      from: Date.UTC(2026, 10, 21),
      to: Date.UTC(2026, 10, 22),
    });
  },
);

test("a day and a name stand side by side", () => {
  expect(asked("boris 2026-11-21")).toMatchObject({
    extensions: ["102"],
    from: Date.UTC(2026, 10, 21),
  });
});

test("there is no 31 November, so it is a name", () => {
  expect(asked("2026-11-31")).not.toHaveProperty("from");
});

test("a linkedid finds its call", async () => {
  await using archive = await openCallArchive();
  const wanted = answered(0);
  await archive.add(wanted, answered(1));

  expect((await find(archive, wanted.linkedId)).ids).toEqual([wanted.linkedId]);
});

/** The same call of 101 at two exchanges, and one from the time before there were two. */
async function addCallsOfTwo(archive: CallArchive): Promise<readonly string[]> {
  const before = answered(0, "101");
  const call = answered(60, "101");
  const [berlin, hamburg] = [callAt("berlin", call), callAt("hamburg", call)];
  await archive.add(before, berlin, hamburg, callAt("berlin", answered(120, "102")));
  return [before.linkedId, berlin.linkedId, hamburg.linkedId];
}

test("of several exchanges an extension and an id mean that of each, or of the one before them", async () => {
  await using archive = await openCallArchive();
  const [before = "", berlin = "", hamburg = ""] = await addCallsOfTwo(archive);

  expect((await find(archive, "101")).ids).toEqual([hamburg, berlin, before]);
  expect((await find(archive, "berlin/101")).ids).toEqual([berlin]);
  expect((await find(archive, ownName(berlin))).ids).toEqual([hamburg, berlin]);
  expect((await find(archive, hamburg)).ids).toEqual([hamburg]);
});

test("whoever may see no numbers may search for an extension of one exchange", () => {
  expect(searchesNumber(asked("berlin/101", EXCHANGES))).toBe(false);
  expect(searchesNumber(asked("nowhere/101", EXCHANGES))).toBe(true);
});

test("the list is narrowed to one exchange, and each row says of which it is", async () => {
  await using archive = await openCallArchive();
  const [before = "", berlin = "", hamburg = ""] = await addCallsOfTwo(archive);

  const all = await find(archive, "101");
  const one = await find(archive, "101", { exchange: "hamburg" });
  const none = await find(archive, "", { exchange: "ham" });

  expect(all.calls.map(({ id, exchange }) => [id, exchange])).toEqual([
    [hamburg, "hamburg"],
    [berlin, "berlin"],
    [before, null],
  ]);
  expect(one.ids).toEqual([hamburg]);
  expect(none.ids).toEqual([]);
});

test("chips narrow the list: direction, result, extension", async () => {
  await using archive = await openCallArchive();
  const inbound = missed(0);
  const outbound = answered(10, "102", { direction: "outbound" });
  await archive.add(inbound, outbound);

  expect((await find(archive, "", { direction: "outbound" })).ids).toEqual([outbound.linkedId]);
  expect((await find(archive, "", { result: "missed" })).ids).toEqual([inbound.linkedId]);
  expect((await find(archive, "", { extension: "102" })).ids).toEqual([outbound.linkedId]);
});

test("a page has fifty calls, the newest first, and the next one goes on behind it", async () => {
  await using archive = await openCallArchive();
  const calls = Array.from({ length: 51 }, (_, second) => answered(second));
  await archive.add(...calls);

  const first = await find(archive);
  const second = await find(archive, "", { before: first.before ?? "" });

  expect(first.ids).toEqual(
    calls
      .slice(1)
      .toReversed()
      .map(({ linkedId }) => linkedId),
  );
  expect(second.ids).toEqual([calls[0]?.linkedId]);
  expect(second.before).toBeNull();
});

test("exactly fifty calls are one page", async () => {
  await using archive = await openCallArchive();
  await archive.add(...Array.from({ length: 50 }, (_, second) => answered(second)));

  const { ids, before } = await find(archive);

  expect([ids.length, before]).toEqual([50, null]);
});

test("a row names who talked first, then who only was rung, and the talk of all together", async () => {
  await using archive = await openCallArchive();
  const at = NOON;
  await archive.add(
    answered(0, "102", {
      conversations: [
        part("103", { from: at, to: at + 5_000 }),
        part("101", { from: at, accepted: at + 5_000, to: at + 25_000 }),
        part("102", { from: at + 20_000, accepted: at + 25_000, to: at + 60_000 }),
      ],
      answeredBy: extension("102"),
    }),
  );

  const { calls } = await find(archive);

  expect(calls[0]?.employees).toEqual([
    { extension: "101", name: "Anna Petrova" },
    { extension: "102", name: "Boris" },
    { extension: "103", name: null },
  ]);
  expect(calls[0]?.talkSeconds).toBe(55);
});

test.each(["%", "_", "' OR 1=1 --", "\\", "x".repeat(10_000), "\u0000", "🙂"])(
  "%j finds nothing and harms nothing",
  async (text) => {
    await using archive = await openCallArchive();
    await archive.add(answered(0));

    expect((await find(archive, text)).ids).toEqual([]);
  },
);

test("a made-up cursor or filter is no filter at all", async () => {
  await using archive = await openCallArchive();
  await archive.add(answered(0));

  const { ids } = await find(archive, "", { before: "; DROP", direction: "'--", state: "nothing" });

  expect(ids).toHaveLength(1);
});
