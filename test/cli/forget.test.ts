// What is left of a number after `asterisk-kommo forget`: nothing, byte for byte; and what stays as it was.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, test } from "@jest/globals";
import { forgetNumber } from "../../src/cli/forget/forget-number.ts";
import { tracesOf } from "../../src/cli/forget/phone-traces.ts";
import { sql } from "../../src/store/store.ts";
import { callAt, type Bookings } from "./booked-calls.ts";
import { CLIENT, filled, KEY, mp3Of, NAME, owned, RECORDING } from "./forget-scene.ts";

/** Everything in the store's folder, as one text. */
const bytesIn = (folder: string): string =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
    .join("\n");

const placeOf = ({ storePath }: Bookings) => ({ path: storePath, schema: "default" });
const forget = (bookings: Bookings, number: string) =>
  owned(bookings, (store) =>
    forgetNumber(number, {
      ...{ store, reader: store, place: placeOf(bookings), folder: mp3Of(bookings) },
      now: () => 1,
    }),
  );

test("after it no byte of the store's folder holds the number, and the other client is as before", async () => {
  await using bookings = await filled();
  const folder = dirname(bookings.storePath);
  expect(bytesIn(folder)).toContain(KEY);
  expect(bytesIn(folder)).toContain(NAME);

  const done = await forget(bookings, "8 (916) 123-45-67");

  expect(done).toMatchObject({ ok: true, value: { calls: 2, recordings: 1, left: [] } });
  expect(bytesIn(folder)).not.toContain(KEY);
  expect(bytesIn(folder)).not.toContain("123-45-67");
  expect(bytesIn(folder)).not.toContain(NAME);
  expect(existsSync(mp3Of(bookings).fileOf(RECORDING as never))).toBe(false);
  await owned(bookings, async (store) => {
    expect(await store.read(sql("SELECT deed, what FROM admin_audit"))).toEqual([
      { deed: "forgot-number", what: "•••67" },
    ]);
    const count = async (table: string): Promise<number> =>
      Number((await store.read(sql(`SELECT count(*) AS n FROM ${table}`)))[0]?.["n"]);
    expect(await count("call")).toBe(3);
    expect(await count("recording")).toBe(0);
    expect(await store.read(sql("SELECT extension, asked_phone, phone FROM dial"))).toEqual([
      { extension: "101", asked_phone: "", phone: "" },
      { extension: null, asked_phone: "tel:", phone: null },
    ]);
    expect(await store.read(sql("SELECT card FROM directory_card"))).toEqual([{ card: 2 }]);
    expect(await store.read(sql("SELECT card FROM directory_phone"))).toEqual([{ card: 2 }]);
    expect(await store.read(sql("SELECT lead FROM directory_lead"))).toEqual([{ lead: 11 }]);
  });
  const list = await bookings.run("list");
  expect(list.out).toContain("0001");
  expect(list.code).toBe(0);
});

test("a forgotten call is not booked again, and its story can still be shown", async () => {
  await using bookings = await filled();
  const before = bookings.kommo.journal.calls().length;

  await forget(bookings, CLIENT);
  await bookings.whileDaemonRuns(async ({ accept, drained }) => {
    await accept(callAt(1, { clientPhone: CLIENT })).catch(() => undefined);
    await drained();
  });

  expect(bookings.kommo.journal.calls()).toHaveLength(before);
});

test("forgotten twice, or never known: nothing is changed and nothing is left", async () => {
  await using bookings = await filled();
  await forget(bookings, CLIENT);

  const again = await forget(bookings, CLIENT);
  const stranger = await forget(bookings, "+351 210 000 101");

  expect(again).toMatchObject({ ok: true, value: { recordings: 0, rows: 0, left: [] } });
  expect(stranger).toMatchObject({ ok: true, value: { calls: 0, rows: 0, left: [] } });
});

test("while something waits for Kommo, or a call runs, it is put off and nothing is changed", async () => {
  await using bookings = await filled();
  const change = (text: string) =>
    owned(bookings, async (store) => {
      await store.write([sql(text)]);
    });

  await change(`INSERT INTO live_event (linked, at, message) VALUES ('y', 1, 'Num: ${CLIENT}')`);
  const running = await forget(bookings, CLIENT);
  await change("DELETE FROM live_event");
  await change(
    `INSERT INTO step (turn, origin, key, kind, payload, state, due_at, created_at)
     VALUES (1, 'x', '${KEY}', 'add-note', '{}', 'ready', 1, 1)`,
  );
  const waiting = await forget(bookings, CLIENT);

  expect(running).toMatchObject({
    ok: false,
    failure: { reason: expect.stringContaining("•••67") },
  });
  expect(waiting).toMatchObject({
    ok: false,
    failure: { reason: expect.stringContaining("waits to be told") },
  });
  expect(JSON.stringify([running, waiting])).not.toContain(KEY);
  await owned(bookings, async (store) => {
    expect(await store.read(sql("SELECT card FROM directory_card"))).toHaveLength(2);
  });
});

test("a copy that was set aside beside the store is named, not changed", async () => {
  await using bookings = await filled();
  const copy = `${bookings.storePath}.damaged-1`;
  writeFileSync(copy, `x${CLIENT}x`);

  const done = await forget(bookings, CLIENT);

  expect(done).toMatchObject({ ok: true, value: { left: [copy] } });
  expect(readFileSync(copy, "utf8")).toContain(KEY);
});

test.each([
  ["79161234567", true],
  ["+7 916 123-45-67", true],
  ["8(916)1234567", true],
  ["9161234567", true],
  ["in-74951000101-79161234567-1.wav", true],
  ["1791.9161234567", true],
  ["791612345678", false],
  ["916/123-45-67", true],
  ["+7 (916) - 123\u201345\u201067", true],
  ["7916123456", false],
  ["1795261714.0", false],
])("%s holds the number: %s", (text, isIn) => {
  const traces = tracesOf("+7 (916) 123-45-67");

  expect(traces?.isIn(text)).toBe(isIn);
  if (isIn) expect(traces?.without(text)).not.toContain(KEY);
});

test.each(["", "101", "1234", "anna", "79161234567;", "7916123456x"])(
  "%j is no client's number",
  (text) => {
    expect(tracesOf(text)).toBeUndefined();
  },
);

test("a short number is found whole, not inside longer ones", () => {
  const traces = tracesOf("12345");

  expect(traces?.isIn("from 12345 to")).toBe(true);
  expect(traces?.isIn("7916123451")).toBe(false);
});
