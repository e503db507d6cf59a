// What a table or a file of CEL may hold: names, times, broken records.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { readCelRow } from "../../src/calls/cel/cel-row.ts";
import { readCelTime, wallTimeOf } from "../../src/calls/cel/cel-time.ts";
import { CEL_FIELDS, findColumns, SAMPLE_COLUMNS } from "../../src/calls/cel/columns.ts";
import { csvRecords } from "../../src/calls/cel/csv-records.ts";
import { readCelCsv } from "../../src/calls/cel/csv-source.ts";
import { celColumns } from "../../src/config/cel-formats.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { celRecords, celText } from "./cel-rows.ts";

const folder = mkdtempSync(join(tmpdir(), "cel-"));
afterAll(() => rmSync(folder, { recursive: true }));

const read = async (text: string | Buffer, columns?: ReadonlyMap<string, string>) => {
  const path = join(folder, "cel.csv");
  writeFileSync(path, text);
  return readCelCsv(
    { path, zone: "UTC", ...(columns && { columns }) },
    { row: () => true, limit: 100 },
  );
};

const recordsOf = async (...chunks: string[]): Promise<(readonly string[])[]> => {
  const records: (readonly string[])[] = [];
  for await (const record of csvRecords(chunks)) records.push(record);
  return records;
};

test("a time is Unix seconds, or a wall clock's in the zone of the exchange", () => {
  const at = 1_795_261_714_333.981;

  expect(readCelTime("1795261714.333981", "local")).toBeCloseTo(at, 2);
  expect(readCelTime(1795261714.333981, "local")).toBeCloseTo(at, 2);
  expect(readCelTime("2026-11-21 11:48:34.333981", "UTC")).toBeCloseTo(at, 2);
  expect(readCelTime("2026-11-21 14:48:34.333981", "Europe/Moscow")).toBeCloseTo(at, 2);
  expect(readCelTime("2026-11-21 14:48:34.333981+03", "UTC")).toBeCloseTo(at, 2);
  expect(readCelTime("2026-11-21T11:48:34.333981Z", "Europe/Moscow")).toBeCloseTo(at, 2);
});

test("summer time is that of the day", () => {
  const summer = readCelTime("2026-07-01 12:00:00", "Europe/Madrid");
  const winter = readCelTime("2026-12-01 12:00:00", "Europe/Madrid");

  expect(new Date(summer ?? 0).toISOString()).toBe("2026-07-01T10:00:00.000Z");
  expect(new Date(winter ?? 0).toISOString()).toBe("2026-12-01T11:00:00.000Z");
});

test("a moment and the wall clock that shows it lead back to each other", () => {
  for (const zone of ["UTC", "local", "Europe/Madrid", "America/Sao_Paulo", "Asia/Kolkata"]) {
    const at = epochMs(1_795_261_714_250);

    const back = readCelTime(wallTimeOf(at, zone), zone);

    expect(back).toBe(at);
  }
});

test.each(["", "yesterday", "0000-00-00 00:00:00", "99999999999999", "-1", null, true, {}, NaN])(
  "%j is no time of a call",
  (value) => {
    expect(readCelTime(value, "UTC")).toBeUndefined();
  },
);

test("columns are found by the names that the backends use, and by given ones", () => {
  const freepbx =
    "id,eventtype,eventtime,cid_num,exten,context,channame,appname,appdata,uniqueid,linkedid,peer,extra";
  const own = findColumns(
    ["t", ...SAMPLE_COLUMNS.slice(2), "kind"],
    new Map([
      ["eventtime", "T"],
      ["eventtype", "kind"],
    ]),
  );

  expect(findColumns(freepbx.split(","))).toMatchObject({ missing: [] });
  expect(findColumns(freepbx.split(",")).columns.get("cidnum")).toBe("cid_num");
  expect(own.missing).toEqual([]);
  expect(own.columns.get("eventtime")).toBe("t");
});

test("a needed column that is not there is named", () => {
  const present = ["eventtime", "eventtype", "channame", "uniqueid"];

  expect(findColumns(present).missing).toEqual(["linkedid"]);
  expect(findColumns(present, new Map([["linkedid", "call_id"]])).missing).toEqual(["call_id"]);
});

test("the configuration takes exactly the fields that are looked at", () => {
  const all = new Map(CEL_FIELDS.map((field) => [field, "column"]));

  expect(celColumns.check(all)).toEqual([]);
  expect(celColumns.check(new Map([["fields", "column"]]))).toHaveLength(1);
});

test("an event is known by its name or by Asterisk's number, and a bad extra tells nothing", () => {
  const [record] = celRecords("in-answered-101");

  expect(readCelRow({ ...record, eventtype: "1" }, "UTC")).toMatchObject({ type: "CHAN_START" });
  expect(readCelRow({ ...record, eventtype: 18 }, "UTC")?.type).toBe("LOCAL_OPTIMIZE_BEGIN");
  for (const extra of ["{", "[1", "null", '"text"', '{"bridge_id"', 7, null, undefined]) {
    expect(readCelRow({ ...record, extra }, "UTC")?.extra).toEqual({});
  }
});

test("cells hold commas, quotes and line ends, over any chunks", async () => {
  const text = '\uFEFFa,b\r\n"1,2","x ""y""\nz"\n\n"3",\n';

  const whole = await recordsOf(text);
  const single = await recordsOf(...text);

  expect(whole).toEqual([
    ["a", "b"],
    ["1,2", 'x "y"\nz'],
    ["3", ""],
  ]);
  expect(single).toEqual(whole);
});

test("an unclosed quote costs its own lines and not the rest of the file", async () => {
  const lines = Array.from({ length: 5_000 }, (_, index) => `"row","${index}"\n`);

  const records = await recordsOf('"good","1"\n', 'broken "here,1\n', ...lines);

  expect(records[0]).toEqual(["good", "1"]);
  expect(records.at(-1)).toEqual(["row", "4999"]);
  expect(records.length).toBeGreaterThan(4_000);
});

test("any text gives records and no fault", async () => {
  const anything = fc.array(fc.string({ unit: fc.constantFrom('"', ",", "\n", "\r", "a", "é") }));

  await fc.assert(
    fc.asyncProperty(anything, async (chunks) => {
      const records = await recordsOf(...chunks);

      expect(records.join("").length).toBeLessThanOrEqual(chunks.join("").length * 2);
    }),
  );
});

test("a file without a header has the columns of Asterisk's sample", async () => {
  const [record] = celRecords("in-answered-101");
  const line = SAMPLE_COLUMNS.map(
    (name) => `"${(record as Record<string, string>)[name] ?? ""}"`,
  ).join(",");

  const rows = await read(`${line}\n`);

  expect(rows).toMatchObject({
    ok: true,
    value: { rows: [{ type: "CHAN_START", exten: "74951000101" }] },
  });
});

test("broken lines are counted and the others read", async () => {
  const text = celText("in-answered-101");

  const rows = await read(`${text}"never","ANSWER"\nnonsense\n${"\0".repeat(50)}\n`);

  expect(rows).toMatchObject({ ok: true, value: { skipped: 3, isWhole: true } });
});

test("more rows than asked for are left, and that is said", async () => {
  const [header = "", line = ""] = celText("in-answered-101").split("\n");

  const least = await read([header, ...Array<string>(99).fill(line)].join("\n"));
  const limit = await read([header, ...Array<string>(100).fill(line)].join("\n"));
  const more = await read([header, ...Array<string>(101).fill(line)].join("\n"));

  expect([least, limit, more].map((one) => one.ok && one.value.isWhole)).toEqual([
    true,
    true,
    false,
  ]);
});

test.each([
  ["a file that is no CSV of CEL", "hello\nworld\n", /holds no row that could be read/],
  [
    "a header that lacks a column",
    "eventtime,eventtype,uniqueid\n",
    /no column channame, linkedid/,
  ],
  ["a picture", Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]), /no row/],
])("%s is told in one sentence", async (_, text, sentence) => {
  const rows = await read(text);

  expect(rows).toMatchObject({ ok: false, failure: { reason: expect.stringMatching(sentence) } });
});

test("a file that is not there is told in one sentence", async () => {
  const rows = await readCelCsv(
    { path: "/nonexistent/Master.csv", zone: "UTC" },
    { row: () => true, limit: 1 },
  );

  expect(rows).toMatchObject({
    ok: false,
    failure: { reason: expect.stringContaining("does not exist") },
  });
});
