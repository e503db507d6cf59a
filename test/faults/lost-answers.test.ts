// Answers that were lost, late or nonsense: what was done is found, what was not is repeated, and
// every call stands on the account once.
import { expect, test } from "@jest/globals";
import type { Fault, Garbling } from "../../src/simulator/kommo/faults.ts";
import type { Switches } from "../../src/simulator/kommo/switches.ts";
import { answeredBy, openFaultOffice, type FaultOffice } from "./fault-office.ts";

const ANA = "79161110001";
const STRANGER = "79162220001";
const CALLS = "/api/v4/calls";
const UNSORTED = "/api/v4/leads/unsorted/sip";
const MINUTE = 60_000;
const IMPATIENT = { connectMs: 2_000, totalMs: 600 };

/** A known client, a missed one with a task, a stranger and one who is called. */
async function callsOfTheDay(office: FaultOffice): Promise<void> {
  office.kommo.seed.contact({ phones: [ANA] });
  await office.answered(ANA);
  await office.missed(ANA);
  await office.answered(STRANGER);
  await office.missed(STRANGER);
  await office.outbound("79162220002");
}

const count = (office: FaultOffice, request: string): number =>
  office.requests().filter((one) => one === request).length;

test.each([500, 502, 503, 504])(
  "F37: a burst of %d loses nothing and books nothing twice",
  async (status) => {
    await using office = await openFaultOffice();
    office.kommo.fail({ kind: "status", status, times: 8 });

    await callsOfTheDay(office);
    await office.settled();

    expect(office.problems()).toEqual([]);
    expect(office.kommo.journal.tasks()).toHaveLength(1);
  },
);

test("F37: a 500 after everything was saved books nothing twice", async () => {
  await using office = await openFaultOffice();
  office.kommo.fail({ kind: "status", status: 500, saved: "all", times: 2, method: "POST" });

  await callsOfTheDay(office);
  await office.settled();

  expect(office.problems()).toEqual([]);
});

test("F37: an outage of 24 hours is not hammered, and everything is booked when it ends", async () => {
  await using office = await openFaultOffice();
  office.kommo.fail({ kind: "status", status: 503, times: 1_000_000 });
  office.kommo.seed.contact({ phones: [ANA] });

  for (let hour = 0; hour < 24; hour++) {
    await office.answered(ANA);
    await office.missed(`7916333${String(1_000 + hour)}`);
    await office.pass(60 * MINUTE, 5 * MINUTE);
  }
  const during = office.requests().length;
  office.kommo.faults.clear();
  await office.settled();

  expect(during).toBeLessThan(2 * 24 * 60);
  expect(office.problems()).toEqual([]);
  expect(office.kommo.journal.calls()).toHaveLength(48);
});

test("F37: what an outage has piled up goes at the limit's speed and never above it", async () => {
  await using office = await openFaultOffice({ atKommosPace: true });
  office.kommo.seed.contacts(1_000, (index) => ({ phones: [`7916${String(1_000_000 + index)}`] }));
  const calls = Array.from({ length: 1_000 }, (_, index) =>
    answeredBy(office.clock, `7916${String(1_000_000 + index)}`),
  );

  await office.together(...calls);
  await office.settled();

  expect(office.problems()).toEqual([]);
  expect(count(office, `POST ${CALLS}`)).toBe(20);
});

test("F38: after a 504 with half of a batch saved just the missing half is sent again", async () => {
  await using office = await openFaultOffice();
  const phones = Array.from({ length: 20 }, (_, index) => `7916111${String(1_000 + index)}`);
  office.kommo.seed.contacts(20, (index) => ({ phones: [phones[index] ?? ""] }));
  office.kommo.fail({ kind: "status", status: 504, saved: "half", path: CALLS });

  await office.together(...phones.map((phone) => answeredBy(office.clock, phone)));
  await office.settled();

  const sent = office.kommo.journal
    .entries()
    .filter(({ path }) => path === CALLS)
    .map(({ body }) => (body as unknown[]).length);
  expect(office.problems()).toEqual([]);
  expect(sent.reduce((sum, many) => sum + many, 0)).toBe(30);
});

const LOST: readonly (readonly [string, Fault])[] = [
  ["dropped", { kind: "drop", saved: "all" }],
  ["reset", { kind: "reset", saved: "all" }],
  ["never sent", { kind: "silence", saved: "all" }],
];
const LATE: readonly Partial<Switches>[] = [
  {},
  { lateNotesMs: 20_000 },
  { noteUpdatedAt: "created_at", lateNotesMs: 20_000 },
  { lateSearchMs: 30_000, lateMatchMs: 30_000 },
  { queryMatches: "all-digits", answerOrder: "reversed" },
];

test.each(LOST)(
  "F39: an answer that was %s after everything was done books nothing twice",
  async (_, fault) => {
    await using office = await openFaultOffice({ limits: IMPATIENT });
    office.kommo.fail({ ...fault, method: "POST", times: 4 });

    await callsOfTheDay(office);
    await office.settled();

    expect(office.problems()).toEqual([]);
    expect(office.kommo.journal.tasks()).toHaveLength(1);
  },
);

test.each(LOST)(
  "F39: an answer that was %s before anything was done loses nothing",
  async (_, fault) => {
    await using office = await openFaultOffice({ limits: IMPATIENT });
    office.kommo.fail({ ...fault, saved: "nothing", method: "POST", times: 4 } as Fault);

    await callsOfTheDay(office);
    await office.settled();

    expect(office.problems()).toEqual([]);
  },
);

test.each(LATE)(
  "F39b: dropped answers, and what was saved shows up late (%j): everything stands once",
  async (switches) => {
    await using office = await openFaultOffice({ switches });
    office.kommo.fail({ kind: "drop", saved: "all", method: "POST", times: 3 });

    await callsOfTheDay(office);
    await office.settled();

    expect(office.problems()).toEqual([]);
  },
);

test.each(["contact", "contact_and_lead"] as const)(
  "F39c: the search index is 30 s late after the answer to a new %s was lost: one card, one note",
  async (unknownClient) => {
    const switches = { lateSearchMs: 30_000, lateMatchMs: 30_000 };
    await using office = await openFaultOffice({ switches, settings: { unknownClient } });
    const path = unknownClient === "contact" ? "/api/v4/contacts" : "/api/v4/leads/complex";
    office.kommo.fail({ kind: "drop", saved: "all", method: "POST", path });

    await office.answered(STRANGER);
    await office.missed(STRANGER);
    await office.settled();

    expect(office.problems()).toEqual([]);
    expect(office.kommo.journal.contacts()).toHaveLength(1);
    expect(office.kommo.journal.calls()).toHaveLength(2);
  },
);

test("F39: only the client whose answer was lost waits", async () => {
  await using office = await openFaultOffice();
  office.kommo.seed.contact({ phones: [ANA] });
  office.kommo.seed.contact({ phones: ["79161110002"] });
  office.kommo.fail({ kind: "drop", saved: "nothing", path: CALLS });
  await office.answered(ANA);
  await office.until(() => count(office, `POST ${CALLS}`) === 1, 0);

  await office.answered("79161110002");
  await office.until(() => office.kommo.journal.calls().length === 1);
  await office.settled();

  expect(office.kommo.journal.calls().map(({ phone }) => phone)).toEqual(["79161110002", ANA]);
  expect(office.problems()).toEqual([]);
});

test("F39: nothing found is believed 60 s after the request was given up and again 15 s later, not before", async () => {
  await using office = await openFaultOffice();
  office.kommo.seed.contact({ phones: [ANA] });
  office.kommo.fail({ kind: "drop", saved: "nothing", path: CALLS });

  await office.answered(ANA);
  await office.settled();

  const times = office.kommo.journal
    .entries()
    .filter(({ path }) => path === CALLS)
    .map(({ at }) => at);
  expect(times).toHaveLength(2);
  expect((times[1] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(75_000);
  expect(office.problems()).toEqual([]);
});

const GARBLINGS: readonly Garbling[] = [
  "invalid-json",
  "html",
  "huge",
  "truncated",
  "truncated-gzip",
  "wrong-content-type",
  "empty",
];

test.each(GARBLINGS)(
  "F41: an answer that is %s breaks nothing and books nothing twice",
  async (as) => {
    await using office = await openFaultOffice();
    office.kommo.fail(
      { kind: "garble", as, path: CALLS },
      { kind: "garble", as, path: UNSORTED },
      { kind: "garble", as, path: "/api/v4/tasks" },
      { kind: "garble", as, method: "GET" },
    );

    await callsOfTheDay(office);
    await office.settled();

    expect(office.problems()).toEqual([]);
    expect(office.kommo.journal.tasks()).toHaveLength(1);
  },
);

test("F42: an answer of one byte a second ends at the deadline, and other calls go on meanwhile", async () => {
  await using office = await openFaultOffice({ limits: IMPATIENT });
  office.kommo.seed.contact({ phones: [ANA] });
  office.kommo.fail({ kind: "silence", saved: "nothing", path: UNSORTED });
  await office.answered(STRANGER);
  await office.until(() => count(office, `POST ${UNSORTED}`) === 1, 0);

  await office.answered(ANA);
  await office.until(() => office.kommo.journal.calls().length === 1, 0);
  const first = office.kommo.journal.calls()[0]?.phone;
  office.kommo.fail({ kind: "slow-loris", path: CALLS });
  await office.missed(ANA);
  await office.settled();

  expect(first).toBe(ANA);
  expect(office.problems()).toEqual([]);
});

test("F48: a kept connection that Kommo closes as the request is sent costs no call and doubles none", async () => {
  await using office = await openFaultOffice();
  office.kommo.seed.contact({ phones: [ANA] });
  await office.answered(ANA);
  await office.settled();

  for (const saved of ["nothing", "all"] as const) {
    office.kommo.fail({ kind: "reset", saved, path: CALLS });
    await office.answered(ANA);
    await office.settled();
  }

  expect(office.problems()).toEqual([]);
  expect(office.kommo.journal.calls()).toHaveLength(3);
});

test("F48: a look-up on such a connection is simply made again", async () => {
  await using office = await openFaultOffice();
  office.kommo.fail(
    { kind: "drop", saved: "all", method: "POST", path: UNSORTED },
    { kind: "reset", saved: "nothing", method: "GET" },
  );

  await office.answered(STRANGER);
  await office.settled();

  expect(office.problems()).toEqual([]);
});
