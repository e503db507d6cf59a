// Where Kommo's documents contradict each other or say nothing, the daemon must be right under each
// reading. One office day under each value of each switch, judged by the checker.
import { expect, test as inTurn } from "@jest/globals";
import type { RegistrationSettings } from "../../src/registration/settings.ts";
import { createSwitches, type Switches } from "../../src/simulator/kommo/switches.ts";
import { openFaultOffice, type FaultOffice } from "./fault-office.ts";

/** Each waits most of its time, and has all that it needs for itself: at once. */
const test = inTurn.concurrent;

const OPEN_LEAD = "79161110001";
const NO_LEAD = "79161110002";
const TWICE = "79161110003";
const COMPANY = "79161110004";
const SHORT = "5501234";
const STRANGER = "79162220001";
const CALLED = "79162220002";

async function officeDay(office: FaultOffice): Promise<void> {
  const { seed } = office.kommo;
  const client = seed.contact({ phones: [OPEN_LEAD], responsibleUserId: 9_100_004 });
  seed.lead({ contactId: client.id });
  seed.contact({ phones: [NO_LEAD] });
  seed.contact({ phones: [TWICE] });
  seed.contact({ phones: [TWICE] });
  seed.company({ phones: [COMPANY] });
  seed.contact({ phones: [SHORT] });

  await office.answered(OPEN_LEAD);
  await office.missed(NO_LEAD);
  await office.missed(NO_LEAD);
  await office.outbound(TWICE);
  await office.answered(COMPANY);
  await office.answered(SHORT);
  await office.answered(STRANGER);
  await office.missed(STRANGER);
  await office.outbound(CALLED);
  await office.settled();
  await office.answered(STRANGER);
  await office.outbound(NO_LEAD);
  await office.missed(CALLED);
  await office.settled();
}

const ours = createSwitches();
/** Every reading but the default one; what a fault does is in the tests of the faults. */
const OTHER_READINGS: readonly Partial<Switches>[] = [
  {},
  { singlePatchAnswer: "embedded" },
  { answerOrder: "reversed" },
  { ifModifiedSince: "304" },
  { defaultPageSize: 10 },
  { limitOver250: "clamp" },
  { overfullBatch: "504" },
  { badItem: "others-saved" },
  { refusalForm: "unnamed" },
  { unknownUser: "validation" },
  { callsSavedStatus: 201 },
  { callsNothingFoundStatus: 200 },
  { callsPartlyFoundStatus: 400 },
  { callsErrors: "bare" },
  { callsErrorsPlace: "embedded" },
  { callsEntityType: "number" },
  { callsTakeNulls: true },
  { callStatus8: "accept" },
  { unknownCallResponsible: "accept" },
  { phoneTie: "newest" },
  { shortNumber: "ending" },
  { queryMatches: "all-digits" },
  { callsMatchUnsorted: true },
  { callsMatchUnsorted: true, unsortedLeadIsActive: true },
  { callNotesAreEditable: false },
  { noteUpdatedAt: "created_at" },
  { missingCard: "404" },
  { unsortedMergesContacts: true },
  { unsortedClient: "from" },
  { unsortedGoneStatus: 204 },
  { duplicateControl: true },
  { taskById: "405" },
  { limitScope: "token" },
  { lateSearchMs: 30_000, lateMatchMs: 30_000 },
  { lateNotesMs: 20_000 },
];

const tellReading = (switches: Partial<Switches>): string =>
  Object.entries(switches)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(", ") || "the default readings";

const rows = OTHER_READINGS.map((switches) => [tellReading(switches), switches] as const);

inTurn("every other reading differs from the default", () => {
  for (const switches of OTHER_READINGS)
    for (const [name, value] of Object.entries(switches))
      expect(ours[name as keyof Switches]).not.toBe(value);
});

test.each(rows)(
  "an office day is booked right with incoming leads, reading: %s",
  async (_, switches) => {
    await using office = await openFaultOffice({ switches });

    await officeDay(office);

    expect(office.problems()).toEqual([]);
    expect(await office.setAside()).toEqual([]);
  },
);

const withLeads: Partial<RegistrationSettings> = { unknownClient: "contact_and_lead" };
/** Those that cards made at once can meet. */
const OF_CARDS: readonly (keyof Switches)[] = [
  "answerOrder",
  "badItem",
  "callsErrors",
  "callsErrorsPlace",
  "callsNothingFoundStatus",
  "duplicateControl",
  "lateSearchMs",
  "missingCard",
  "phoneTie",
  "queryMatches",
];

test.each(rows.filter(([, switches]) => OF_CARDS.some((name) => name in switches)))(
  "an office day is booked right with contacts and leads, reading: %s",
  async (_, switches) => {
    await using office = await openFaultOffice({ switches, settings: withLeads });

    await officeDay(office);

    expect(office.problems()).toEqual([]);
    expect(await office.setAside()).toEqual([]);
  },
);

test("an incoming lead of a number that Kommo refuses as known loses no call (reading: unsortedDuplicate error)", async () => {
  await using office = await openFaultOffice({ switches: { unsortedDuplicate: "error" } });

  await officeDay(office);

  expect(office.problems()).toEqual([]);
});

test.each<Partial<Switches>>([
  { notesOnUnsorted: "accept" },
  { notesOnUnsorted: "refuse" },
  { notesOnUnsorted: "refuse", missingCard: "404" },
  { notesOnUnsorted: "refuse", refusalForm: "unnamed" },
  { notesOnUnsorted: "refuse", unsortedGoneStatus: 204, badItem: "others-saved" },
])(
  "further calls of a stranger are booked once the lead is accepted, reading: %j",
  async (switches) => {
    await using office = await openFaultOffice({ switches });
    await office.answered(STRANGER);
    await office.missed(STRANGER);
    await office.answered(STRANGER);
    await office.settled();

    office.kommo.browser.accept(office.kommo.journal.unsorted()[0]?.uid ?? "");
    await office.pass(20 * 60_000, 15_000);

    expect(office.problems()).toEqual([]);
    expect(office.kommo.journal.calls()).toHaveLength(3);
    expect(await office.setAside()).toEqual([]);
  },
);
