// What a head of sales reads off the page, counted from calls whose answer is known.
import { expect, test } from "@jest/globals";
import { csvOf } from "../../../src/cli/admin/csv.ts";
import { statisticsCsv } from "../../../src/cli/admin/statistics-csv.ts";
import { MOST_DAYS, readPeriod, readStatistics } from "../../../src/cli/admin/statistics.ts";
import { dayBounds, localTimeOf, offsetMs, stretchesOf } from "../../../src/cli/admin/zone-days.ts";
import { answered, missed, NOON, openCallArchive, ZONE, type CallArchive } from "./call-archive.ts";

const TODAY = readPeriod({ from: "2026-11-21", to: "2026-11-21" }, { now: NOON, timeZone: ZONE });
const client = (last: number): string => `791655510${String(last).padStart(2, "0")}`;

const read = ({ store }: CallArchive) =>
  readStatistics(TODAY, {
    store,
    timeZone: ZONE,
    nameOf: (who) => (who === "101" ? "Anna" : null),
  });

test("calls are counted by direction and by whether somebody answered; internal ones are not", async () => {
  await using archive = await openCallArchive();
  await archive.add(
    answered(0),
    answered(100, "102", { direction: "outbound" }),
    missed(200),
    answered(300, "102", { direction: "internal", clientPhone: undefined }),
  );

  const { now } = await read(archive);

  expect(now).toMatchObject({ calls: 3, inbound: 2, outbound: 1, answered: 2, missed: 1 });
});

test("a client who was missed is called back, comes back by himself, or waits still", async () => {
  await using archive = await openCallArchive();
  await archive.add(
    missed(0, { clientPhone: client(1) }),
    answered(600, "101", { direction: "outbound", clientPhone: client(1) }),
    missed(0, { clientPhone: client(2) }),
    answered(300, "101", { clientPhone: client(2) }),
    missed(0, { clientPhone: client(3) }),
    missed(50, { clientPhone: client(3) }),
  );

  const { now } = await read(archive);

  expect(now).toMatchObject({ missed: 4, missedClients: 3, calledBack: 1, cameBack: 1 });
  expect(now.medianCallBackSeconds).toBe(600);
});

test("an hour is one of the account's wall clock, and every hour of the day is there", async () => {
  await using archive = await openCallArchive();
  await archive.add(answered(0), missed(3_600));

  const { hours, days } = await read(archive);

  expect(hours).toHaveLength(24);
  expect(hours[12]).toEqual({ hour: 12, answered: 1, missed: 0 });
  expect(hours[13]).toEqual({ hour: 13, answered: 0, missed: 1 });
  expect(days).toEqual([{ day: "2026-11-21", answered: 1, missed: 1 }]);
});

test("an employee has the calls with clients: talked, rung in vain, dialled, and for how long", async () => {
  await using archive = await openCallArchive();
  await archive.add(
    answered(0),
    answered(100),
    missed(200),
    answered(300, "102", { direction: "outbound" }),
  );

  const { employees } = await read(archive);

  expect(employees).toEqual([
    {
      ...{ extension: "101", name: "Anna", inbound: 2, outbound: 0, answered: 2, notAnswered: 1 },
      ...{ talkSeconds: 100, meanTalkSeconds: 50 },
    },
    {
      ...{ extension: "102", name: null, inbound: 0, outbound: 1, answered: 1, notAnswered: 0 },
      ...{ talkSeconds: 50, meanTalkSeconds: 50 },
    },
  ]);
});

test("the time until somebody answered is the median of answered inbound calls", async () => {
  await using archive = await openCallArchive();
  await archive.add(answered(0), missed(100));

  const { now } = await read(archive);

  expect(now.medianAnswerSeconds).toBe(10);
});

test("the period before is as long, and ends where this one begins", async () => {
  await using archive = await openCallArchive();
  await archive.add(answered(0), answered(-86_400), answered(-86_300), answered(-2 * 86_400));

  const { now, before } = await read(archive);

  expect([now.calls, before.calls]).toEqual([1, 2]);
});

test("of no calls there are no figures, and nothing is divided by nothing", async () => {
  await using archive = await openCallArchive();

  const told = await read(archive);

  expect(told.now).toMatchObject({
    calls: 0,
    medianCallBackSeconds: null,
    medianAnswerSeconds: null,
  });
  expect(told.employees).toEqual([]);
});

test.each([
  ["nothing is the last seven days", {}, "2026-11-15", 7],
  ["one day is one day", { from: "2026-11-20", to: "2026-11-20" }, "2026-11-20", 1],
  [
    "an end before the beginning is a week to that end",
    { from: "2026-11-22", to: "2026-11-10" },
    "2026-11-04",
    7,
  ],
  ["a year is cut to three months", { from: "2025-01-01", to: "2026-11-21" }, undefined, MOST_DAYS],
  ["what is no day is as if it was not there", { from: "x", to: "2026-02-30" }, "2026-11-15", 7],
])("of a period: %s", (_what, query, first, days) => {
  const { from, to } = readPeriod(query, { now: NOON, timeZone: ZONE });

  expect(Math.round((to - from) / 86_400_000)).toBe(days);
  if (first !== undefined) expect(localTimeOf(from, ZONE).day).toBe(first);
});

test("calls of the night in which clocks go back stand at the hours that the wall showed", async () => {
  await using archive = await openCallArchive();
  const period = readPeriod(
    { from: "2026-10-25", to: "2026-10-25" },
    { now: NOON, timeZone: ZONE },
  );
  const secondsFromNoon = (at: number): number => (at - NOON) / 1_000;
  await archive.add(
    answered(secondsFromNoon(Date.UTC(2026, 9, 25, 0, 30))), // 01:30, summer
    answered(secondsFromNoon(Date.UTC(2026, 9, 25, 1, 30))), // 01:30 again
    answered(secondsFromNoon(Date.UTC(2026, 9, 25, 23, 30))), // 23:30, winter
  );

  const { hours, days } = await readStatistics(period, {
    ...{ store: archive.store, timeZone: ZONE, nameOf: () => null },
  });

  expect(hours.filter(({ answered: calls }) => calls > 0)).toEqual([
    { hour: 1, answered: 2, missed: 0 },
    { hour: 23, answered: 1, missed: 0 },
  ]);
  expect(days).toEqual([{ day: "2026-10-25", answered: 3, missed: 0 }]);
});

test("the day on which clocks go back has twenty-five hours", () => {
  const { from, to } = dayBounds("2026-10-25", ZONE) ?? { from: 0, to: 0 };

  expect((to - from) / 3_600_000).toBe(25);
});

test.each([
  ["=1+1", "'=1+1"],
  ["+79161234567", "'+79161234567"],
  ["-2", "'-2"],
  ["@SUM(A1)", "'@SUM(A1)"],
  ["\t=1", `"'\t=1"`],
  ["  =1", "'  =1"],
  ['=HYPERLINK("x")', `"'=HYPERLINK(""x"")"`],
  ["Anna, sales", '"Anna, sales"'],
  ["two\nlines", '"two\nlines"'],
  ["Anna", "Anna"],
])("F87: the cell %j is no formula to any spreadsheet", (given, written) => {
  expect(csvOf([[given]])).toBe(`\uFEFF${written}\r\n`);
});

test("F87: a name from Kommo that is a formula is a text in the table", async () => {
  await using archive = await openCallArchive();
  await archive.add(answered(0));
  const told = await readStatistics(TODAY, {
    store: archive.store,
    timeZone: ZONE,
    nameOf: () => "=cmd|' /C calc'!A0",
  });

  const text = statisticsCsv(told);

  expect(text).toContain("'=cmd|' /C calc'!A0,101,1,0,0,50,50");
  expect(text).toContain("2026-11-21,1,0");
});

test("a day is one row to read, however many calls it had: what comes is handled beside live calls", async () => {
  await using archive = await openCallArchive();
  await archive.add(...Array.from({ length: 40 }, (_, at) => answered(at * 900)));
  let rows = 0;
  const store: CallArchive["store"] = {
    ...archive.store,
    read: async (statement) => {
      const found = await archive.store.read(statement);
      if (statement.sql.includes("AS day")) rows += found.length;
      return found;
    },
  };

  const { days } = await read({ ...archive, store });

  expect(days).toEqual([{ day: "2026-11-21", answered: 40, missed: 0 }]);
  expect(rows).toBe(1);
});

test.each(["Africa/Cairo", "America/Sao_Paulo", "Australia/Lord_Howe", "Africa/Casablanca"])(
  "in %s each day of a quarter of a year stands in a stretch with its own offset",
  (timeZone) => {
    const from = Date.UTC(2026, 0, 15, 7);
    for (let quarter = 0; quarter < 4; quarter += 1) {
      const begun = from + quarter * 92 * 86_400_000;
      const stretches = stretchesOf({ from: begun, to: begun + 92 * 86_400_000 }, timeZone);
      for (let at = begun; at < begun + 92 * 86_400_000; at += 5 * 3_600_000) {
        const here = stretches.find((one) => one.from <= at && at < one.to);
        expect(here?.offset).toBe(offsetMs(at, timeZone));
      }
    }
  },
);
