// Calls told from Asterisk's own record (CEL) against what the live stream tells of the same calls.
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import type { CelRecord } from "../../src/calls/cel/cel-row.ts";
import { tellCalls } from "../../src/calls/cel/tell.ts";
import { phoneKey } from "../../src/lib/phone.ts";
import {
  celRecords,
  celRows,
  reading,
  rowsOf,
  toldFromCel,
  tracesWithCel,
  without,
} from "./cel-rows.ts";
import { callsOf, traceFolder } from "./recorded-traces.ts";

/** A telephone that is not registered leaves nothing in CEL. */
const UNTOLD = ["click-agent-unregistered", "in-unregistered-then-102"];

const summary = (calls: readonly FinishedCall[]): string[] =>
  calls
    .map((call) =>
      [
        call.linkedId,
        call.direction,
        call.result,
        phoneKey(call.clientPhone ?? ""),
        call.did,
        call.trunk,
        call.answeredBy,
        ...call.conversations.map(
          ({ extension, result, withClient }) =>
            `${extension} ${result} ${withClient ? "client" : "colleague"}`,
        ),
      ].join(" | "),
    )
    .sort();

const talks = (calls: readonly FinishedCall[]): number[] =>
  calls
    .flatMap(({ conversations }) => conversations.map(({ talkSeconds }) => talkSeconds))
    .sort((one, other) => one - other);

const comparable = tracesWithCel().filter(
  ({ name }) => !UNTOLD.includes(name) && !name.startsWith("ami-reconnect"),
);

test.each(comparable)("$exchange $name: CEL tells the same calls as AMI", async (trace) => {
  const live = await callsOf(traceFolder(trace.name, trace.exchange));

  const told = toldFromCel(trace.name, trace.exchange);

  expect(summary(told)).toEqual(summary(live));
  expect(talks(told).length).toBe(talks(live).length);
  talks(told).forEach((seconds, index) => expect(seconds).toBeCloseTo(talks(live)[index] ?? 0, 0));
});

/** FreePBX's cel.conf has no Dial among `apps`, and its table whole seconds. */
const isOfDial = ({ eventtype, appname }: CelRecord): boolean =>
  String(eventtype).startsWith("APP_") && appname === "Dial";
const inWholeSeconds = (record: CelRecord): CelRecord => ({
  ...record,
  eventtime: String(record.eventtime).split(".")[0],
});

test.each(comparable)(
  "$exchange $name: as FreePBX writes CEL, the same calls are told",
  ({ name, exchange }) => {
    const records = celRecords(name, exchange).filter((record) => !isOfDial(record));

    const withoutDial = tellCalls(rowsOf(records), reading);
    const bySeconds = tellCalls(rowsOf(records.map(inWholeSeconds)), reading);

    const whole = summary(toldFromCel(name, exchange));
    expect(summary(withoutDial)).toEqual(whole);
    expect(summary(bySeconds)).toEqual(whole);
  },
);

test("a call that ended while nobody listened has its true end in CEL", async () => {
  const [live] = await callsOf(traceFolder("ami-reconnect-end-in-gap"));

  const [told] = toldFromCel("ami-reconnect-end-in-gap");

  expect(live).toMatchObject({ isEndKnown: false });
  expect(told).toMatchObject({ linkedId: live?.linkedId, result: "answered", isEndKnown: true });
});

test("a telephone that is not registered is not in CEL, the others of the call are", () => {
  const [told] = toldFromCel("in-unregistered-then-102");

  expect(told).toMatchObject({ result: "answered", answeredBy: "102" });
  expect(told?.conversations.map(({ extension }) => extension)).toEqual(["102"]);
});

test("without the column extra, who spoke with whom is told all the same", () => {
  for (const name of ["xfer-att-refer-completed", "in-queue-local-members", "park-retrieved"]) {
    const whole = toldFromCel(name);

    const told = tellCalls(rowsOf(without(celRecords(name), "extra")), reading);

    expect(summary(told)).toEqual(summary(whole));
  }
});

test("without the column extra, why nobody answered is unknown and not guessed", () => {
  const outbound = tellCalls(rowsOf(without(celRecords("out-busy"), "extra")), reading);
  const inbound = tellCalls(rowsOf(without(celRecords("in-busy", "ast16"), "extra")), reading);

  expect(outbound).toMatchObject([{ direction: "outbound", result: "no_answer" }]);
  expect(inbound).toMatchObject([{ direction: "inbound", result: "missed" }]);
  expect([...outbound, ...inbound].map(({ reason }) => reason)).toEqual([undefined, undefined]);
});

test("with the arguments of applications, recordings and unregistered telephones are told", () => {
  const rows = celRecords("in-answered-101").map((record) => ({ ...record, appdata: "" }));
  const [start, dial, ...rest] = rows;
  const attempt = { ...dial, appdata: "PJSIP/105,20,tT" };
  const afterIt = { ...attempt, eventtype: "APP_END" };
  const mixmonitor = { ...dial, appname: "MixMonitor", appdata: "2026/11/21/in-101.wav,b" };
  const records = [start, mixmonitor, attempt, afterIt, { ...dial, appdata: "PJSIP/101" }, ...rest];

  const [told] = tellCalls(rowsOf(records.filter((record) => record !== undefined)), reading);

  expect(told?.conversations).toMatchObject([
    { extension: "105", result: "failed" },
    {
      extension: "101",
      result: "answered",
      recording: "/var/spool/asterisk/monitor/2026/11/21/in-101.wav",
    },
  ]);
});

test("rows in any order, and rows that come twice, tell the same calls", () => {
  const rows = celRows("in-queue-local-members");
  const whole = summary(tellCalls(rows, reading));

  const backwards = tellCalls(rows.toReversed(), reading);
  const twice = tellCalls(
    rows.flatMap((row) => [row, row]),
    reading,
  );

  expect(summary(backwards)).toEqual(whole);
  expect(summary(twice)).toEqual(whole);
});

test("times of whole seconds change no more than the lengths", () => {
  for (const name of ["in-queue-local-members", "xfer-att-refer-completed", "out-answered"]) {
    const whole = celRecords(name).map((record) => ({
      ...record,
      eventtime: String(record.eventtime).split(".")[0],
    }));

    const told = tellCalls(rowsOf(whole), reading);

    const [exact] = toldFromCel(name);
    expect(told).toMatchObject([
      { result: exact?.result, answeredBy: exact?.answeredBy, clientPhone: exact?.clientPhone },
    ]);
  }
});

test("a call whose end is not in CEL says so, and ends with its last row", () => {
  const rows = celRows("in-answered-101").filter(
    ({ type }) => !["HANGUP", "CHAN_END", "BRIDGE_EXIT", "APP_END", "LINKEDID_END"].includes(type),
  );

  const [told] = tellCalls(rows, reading);

  expect(told).toMatchObject({ result: "answered", answeredBy: "101", isEndKnown: false });
  expect(told?.endedAt).toBe(rows.at(-1)?.at);
});

test("any part of the rows of any calls, in any order, throws nothing and tells no call twice", () => {
  const all = tracesWithCel().flatMap(({ name, exchange }) => celRows(name, exchange));
  const some = fc.shuffledSubarray(all, { maxLength: 300 });

  fc.assert(
    fc.property(some, (rows) => {
      const told = tellCalls(rows, reading);

      const ids = told.map(({ linkedId }) => linkedId);
      expect(new Set(ids).size).toBe(ids.length);
    }),
    { numRuns: 100 },
  );
});
