// Kommo says plainly no: too fast, blocked, unpaid, revoked, moved. Nothing is lost, nobody is
// hammered, and the administrator is told once.
import { expect, test } from "@jest/globals";
import { openFaultOffice, type FaultOffice } from "./fault-office.ts";

const ANA = "79161110001";
const STRANGER = "79162220001";
const MINUTE = 60_000;
const PROBE_MS = 10 * MINUTE;

async function callsOfTheDay(office: FaultOffice): Promise<void> {
  await office.answered(ANA);
  await office.missed(ANA);
  await office.answered(STRANGER);
  await office.outbound("79162220002");
}

async function openWithAna(options: Parameters<typeof openFaultOffice>[0] = {}) {
  const office = await openFaultOffice(options);
  office.kommo.seed.contact({ phones: [ANA] });
  return office;
}

const halts = ({ alarms }: FaultOffice): readonly string[] =>
  alarms.filter((alarm) => alarm.startsWith("halt"));
/** Nothing more is under way: what comes now is a probe. */
const halted = (office: FaultOffice): Promise<void> =>
  office.until(
    async () => halts(office).length > 0 && (await office.outbox.state()).sending === 0,
    0,
  );
const arrivals = ({ kommo }: FaultOffice): number[] => kommo.journal.entries().map(({ at }) => at);
const gaps = (times: readonly number[]): number[] =>
  times.slice(1).map((at, index) => at - (times[index] ?? at));

test("F35: after a 429 nothing is sent for as long as Kommo wants, with or without Retry-After, and nothing is lost", async () => {
  await using office = await openWithAna({ atKommosPace: true });
  office.kommo.fail(
    { kind: "status", status: 429, html: true },
    { kind: "status", status: 429, retryAfterSeconds: 2, skip: 1 },
  );

  await callsOfTheDay(office);
  await office.settled();

  const { entries } = office.kommo.journal;
  const [first, second] = entries().flatMap(({ status, at }) => (status === 429 ? [at] : []));
  const pauseAfter = (at = Infinity): number =>
    (arrivals(office).find((other) => other > at) ?? Infinity) - at;
  expect(pauseAfter(first)).toBeGreaterThanOrEqual(1_000);
  expect(pauseAfter(second)).toBeGreaterThanOrEqual(2_000);
  expect(office.problems()).toEqual([]);
});

test("F35: an account that takes only two requests a second is not driven into a block", async () => {
  await using office = await openWithAna({
    atKommosPace: true,
    switches: { requestsPerSecond: 2 },
  });

  for (let index = 0; index < 5; index++) {
    await office.answered(`7916444${String(1_000 + index)}`);
    await office.until(() => office.kommo.journal.calls().length > index, 0);
  }
  await office.settled();

  expect(office.kommo.switches.isBlocked).toBe(false);
  expect(office.problems()).toEqual([]);
});

test("F36: a block with a page stops all sending, is told once, and is probed once in 10 minutes", async () => {
  await using office = await openWithAna();
  office.kommo.switches.isBlocked = true;
  await callsOfTheDay(office);
  await halted(office);

  const from = office.requests().length;
  await office.pass(35 * MINUTE, 15_000);
  const probes = arrivals(office).slice(from - 1);

  expect(probes.length).toBeGreaterThanOrEqual(3);
  expect(Math.min(...gaps(probes))).toBeGreaterThanOrEqual(PROBE_MS);
  expect(halts(office)).toHaveLength(1);
  expect(office.kommo.journal.calls()).toEqual([]);

  office.kommo.liftBlock();
  await office.settled();

  expect(office.alarms).toContain("resume");
  expect(office.problems({ mostRefusals: 10 })).toEqual([]);
});

test("F36: a missing scope holds back only what needs it: calls go on, tasks follow when it is given", async () => {
  await using office = await openWithAna();
  office.kommo.fail({ kind: "status", status: 403, path: "/api/v4/tasks", times: 3 });

  await office.missed(ANA);
  await office.until(() => office.kommo.journal.calls().length === 1);
  await office.missed(STRANGER);
  await office.until(() => office.kommo.journal.calls().length === 2);
  const tasksBefore = office.kommo.journal.tasks().length;
  office.kommo.faults.clear();
  await office.settled();

  expect(tasksBefore).toBe(0);
  expect(halts(office)).toEqual([]);
  expect(office.kommo.journal.tasks()).toHaveLength(1);
  expect(office.problems()).toEqual([]);
});

test("F45: a revoked long-lived token stops all sending with one alarm; a restart with a good one books all", async () => {
  await using office = await openWithAna();
  office.kommo.switches.tokensAreRevoked = true;
  await callsOfTheDay(office);
  await halted(office);

  const before = office.requests().length;
  await office.pass(3 * 24 * 60 * MINUTE, 30 * MINUTE);
  const during = office.requests().length - before;

  expect(halts(office)).toHaveLength(1);
  expect(halts(office)[0]).toContain("token-revoked");
  expect(during).toBe(0);
  expect(office.kommo.journal.calls()).toEqual([]);

  office.kommo.switches.tokensAreRevoked = false;
  await office.restart();
  await office.settled();

  expect(office.problems()).toEqual([]);
});

test.each(["writes", "all"] as const)(
  "F45: an unpaid account (402 for %s) stops all sending with one alarm, and goes on by itself after the payment",
  async (unpaid) => {
    await using office = await openWithAna();
    office.kommo.switches.unpaid = unpaid;
    await callsOfTheDay(office);
    await halted(office);

    const from = office.requests().length;
    await office.pass(35 * MINUTE, 15_000);
    const probes = arrivals(office).slice(from - 1);
    const before = office.kommo.journal.calls();
    office.kommo.switches.unpaid = "no";
    await office.settled();

    expect(Math.min(...gaps(probes))).toBeGreaterThanOrEqual(PROBE_MS);
    expect(before).toEqual([]);
    expect(halts(office)).toHaveLength(1);
    expect(office.problems()).toEqual([]);
  },
);

test("F45: an account that moved is not followed; with its new address everything is booked", async () => {
  await using office = await openWithAna();
  await using other = await openFaultOffice();
  office.kommo.switches.movedTo = other.kommo.url;
  await callsOfTheDay(office);
  await halted(office);
  await office.pass(30 * MINUTE, 15_000);

  expect(halts(office)).toHaveLength(1);
  expect(halts(office)[0]).toContain("moved");
  expect(other.requests()).toEqual([]);

  office.kommo.switches.movedTo = null;
  await office.restart();
  await office.settled();

  expect(office.problems()).toEqual([]);
});
