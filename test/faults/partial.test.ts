// Batches of which Kommo takes a part: only what was refused branches off, everything else is booked.
import { expect, test } from "@jest/globals";
import { extension } from "../../src/ami/ids.ts";
import { epochMs } from "../../src/lib/clock.ts";
import type { Switches } from "../../src/simulator/kommo/switches.ts";
import { answeredBy, missedBy, openFaultOffice } from "./fault-office.ts";

const CALLS = "/api/v4/calls";
const phoneOf = (index: number): string => `7916111${String(1_000 + index)}`;

test.each<Partial<Switches>>([
  {},
  { callsErrors: "bare" },
  { answerOrder: "reversed" },
  { answerOrder: "reversed", callsErrors: "bare", callsErrorsPlace: "embedded" },
  { answerOrder: "reversed", callsPartlyFoundStatus: 400, callsEntityType: "number" },
])(
  "F40: of a batch only the calls of unknown numbers branch off, in whatever order Kommo answers (%j)",
  async (switches) => {
    await using office = await openFaultOffice({ switches });
    office.kommo.seed.contacts(15, (index) => ({ phones: [phoneOf(2 * index)] }));

    await office.together(
      ...Array.from({ length: 30 }, (_, index) => answeredBy(office.clock, phoneOf(index))),
    );
    await office.settled();

    expect(office.problems()).toEqual([]);
    expect(office.kommo.journal.unsorted()).toHaveLength(15);
    expect(office.requests().filter((one) => one === `POST ${CALLS}`)).toHaveLength(1);
  },
);

const LEFT = 9_100_002;

test.each<Partial<Switches>>([
  { unknownUser: "problem" },
  { unknownUser: "validation" },
  { unknownUser: "validation", badItem: "others-saved" },
])(
  "F49: an employee who was deleted in Kommo keeps no call from being booked (%j)",
  async (switches) => {
    await using office = await openFaultOffice({ switches });
    office.kommo.seed.contact({ phones: [phoneOf(0)] });
    office.kommo.seed.contact({ phones: [phoneOf(1)] });
    office.kommo.account.users.delete(LEFT);
    const by102 = { answeredBy: extension("102"), conversations: [] };
    const nobodys = { truth: { userId: null, talkSeconds: [0, 5] as const } };

    await office.together(
      answeredBy(office.clock, phoneOf(0)),
      answeredBy(office.clock, phoneOf(1), {
        changes: {
          ...by102,
          conversations: answeredBy(office.clock, "").call.conversations.map((one) => ({
            ...one,
            extension: extension("102"),
          })),
        },
        ...nobodys,
      }),
      missedBy(office.clock, phoneOf(2)),
    );
    await office.settled();

    expect(office.problems()).toEqual([]);
    expect(await office.setAside()).toEqual([]);
  },
);

test("F49: a user who was switched off owns no new card and no task, and the calls are booked", async () => {
  await using office = await openFaultOffice({ settings: { unknownClient: "contact_and_lead" } });
  office.kommo.seed.contact({ phones: [phoneOf(0)] });
  for (const user of office.kommo.account.users.values()) if (!user.isAdmin) user.isActive = false;

  await office.missed(phoneOf(0));
  await office.answered(phoneOf(1));
  await office.settled();

  expect(office.problems()).toEqual([]);
  expect(office.kommo.journal.tasks()).toHaveLength(1);
});

const POISON = 23;

test.each<Partial<Switches>>([
  { refusalForm: "named" },
  { refusalForm: "unnamed" },
  { refusalForm: "named", badItem: "others-saved" },
])(
  "F50: one impossible call among 50 costs at most 12 requests; 49 are booked, one is set aside (%j)",
  async (switches) => {
    await using office = await openFaultOffice({ switches });
    office.kommo.seed.contacts(50, (index) => ({ phones: [phoneOf(index)] }));
    const before1970 = epochMs(-60_000);

    await office.together(
      ...Array.from({ length: 50 }, (_, index) =>
        answeredBy(
          office.clock,
          phoneOf(index),
          index === POISON
            ? { changes: { startedAt: before1970 }, truth: { booked: "never" } }
            : {},
        ),
      ),
    );
    await office.settled();

    expect(office.problems()).toEqual([]);
    expect(office.kommo.journal.calls()).toHaveLength(49);
    expect(await office.setAside()).toHaveLength(1);
    expect(office.requests().filter((one) => one === `POST ${CALLS}`).length).toBeLessThanOrEqual(
      12,
    );
  },
);
