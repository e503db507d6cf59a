// Webhooks come twice, late and in any order; polling tells the same again. An account may get at most
// one lead for one appointment out of that, and what was changed last stands.
import { expect, test } from "@jest/globals";
import type { AppointmentEvent } from "../../src/altegio/decide.ts";
import { follow, type Account, type FollowedEvent } from "../../src/altegio/follow.ts";
import type { MatchSettings } from "../../src/altegio/lead-choice.ts";

const SETTINGS: MatchSettings = {
  isEnabled: true,
  statuses: "any_open",
  recordIdMode: "empty_only",
  pick: "newest",
  requiresAnyCustomField: false,
  isStrictOnCountry: false,
  noClientPolicy: "skip",
  contactKey: "phone",
  makesLeads: true,
  reopensClosed: false,
};

const EMPTY: Account = { contacts: [], leads: [], applied: new Map(), clients: new Map() };

const told = (event: AppointmentEvent, minute: number, recordId = "9001"): FollowedEvent => ({
  event,
  locationId: "4564",
  appointment: { recordId, isDeleted: event === "delete", client: { phone: "+79151234567" } },
  clientId: "501",
  changedAt: minute * 60_000,
  contents: `${event} ${minute}`,
});

/** The same numbers for the same seed, on every machine. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

test("an event told twice changes nothing, an older one that comes late neither", () => {
  const { decisions, account } = follow(
    EMPTY,
    [told("create", 0), told("create", 0), told("update", 5), told("update", 2)],
    SETTINGS,
  );

  expect(decisions).toMatchObject([
    { action: "create_lead" },
    { action: "skip", reason: "no_change" },
    { action: "update_lead", reason: "link" },
    { action: "skip", reason: "stale_event" },
  ]);
  expect(account.leads).toHaveLength(1);
});

test("an update that came before its create does not keep the lead from being made", () => {
  const { decisions } = follow(EMPTY, [told("update", 5), told("create", 0)], SETTINGS);

  expect(decisions).toMatchObject([
    { action: "skip", reason: "not_found" },
    { action: "create_lead" },
  ]);
});

test("two appointments of one visit: one lead each", () => {
  const { account } = follow(EMPTY, [told("create", 0), told("create", 0, "9002")], SETTINGS);

  expect(account.leads.map(({ recordId }) => recordId)).toEqual(["9001", "9002"]);
});

test("any order and repetition of two appointments' lives leaves at most one lead for each", () => {
  const lives = ["9001", "9002"].flatMap((record) => [
    told("create", 0, record),
    told("update", 1, record),
    told("update", 2, record),
    told("delete", 3, record),
  ]);

  for (let seed = 1; seed <= 2_000; seed++) {
    const below = numbersFrom(seed);
    const settings: MatchSettings = { ...SETTINGS, recordIdMode: seed % 2 ? "any" : "empty_only" };
    const events = Array.from(
      { length: 12 },
      () => lives[below(lives.length)] ?? told("create", 0),
    );

    const { account } = follow(EMPTY, events, settings);

    const carried = account.leads.map(({ recordId }) => recordId);
    expect({ seed, doubled: carried.length - new Set(carried).size }).toEqual({ seed, doubled: 0 });
    for (const record of ["9001", "9002"]) {
      const applied = account.applied.get(`4564/${record}`);
      if (applied === undefined) continue;
      // An update that found no lead leaves nothing behind; a deletion does.
      const firstCreate = events.findIndex(
        ({ event, appointment }) => event !== "update" && appointment.recordId === record,
      );
      const newest = Math.max(
        ...events
          .slice(firstCreate < 0 ? 0 : firstCreate)
          .filter(({ appointment }) => appointment.recordId === record)
          .map(({ changedAt }) => changedAt ?? 0),
      );
      if (settings.recordIdMode === "empty_only" && firstCreate >= 0)
        expect({ seed, record, lastState: applied.changedAt }).toEqual({
          seed,
          record,
          lastState: newest,
        });
    }
  }
});
