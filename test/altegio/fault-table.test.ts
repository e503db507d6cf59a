// Every fault and every odd spelling of Altegio (section 4 of the reference), and the test that plays it from
// one simulator to the other. A row whose test is gone, and a switch or fault without a row, fail here.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "@jest/globals";
import { ALTEGIO_SWITCH_VALUES } from "../../src/simulator/altegio/switches.ts";
import { FAULT_KINDS, GARBLINGS } from "../../src/simulator/kommo/faults.ts";

type Row = {
  /** Of section 4. */
  readonly point: number;
  readonly fault: string;
  readonly file: string;
  /** Title of the test, as it stands in the file. */
  readonly test: string;
  /** What in the file makes it this fault, where the test is one of several by a list. */
  readonly by?: string;
};

const FAULTS = "altegio/faults.test.ts";
const WRITES = "altegio/write-faults.test.ts";
const CHECKOUT = "altegio/checkout.test.ts";
const SYNC = "altegio/sync.test.ts";
const PANEL = "altegio/panel.test.ts";
const KILL = "daemon/kill-altegio.test.ts";
const SPELT = { point: 3, file: FAULTS, test: "spelt as %j it is the same appointment" } as const;
const READ = { point: 6, file: FAULTS, test: "%s: the appointment comes late, and once" } as const;
const ODD = {
  ...{ point: 6, file: WRITES },
  test: "%s: the appointment comes, once, and is not taken for deleted",
} as const;
const PAID = { point: 6, file: CHECKOUT, test: "%s: in the end it is paid exactly once" } as const;
const BODY = {
  ...{ point: 7, file: FAULTS },
  test: "a webhook with %s changes nothing and breaks nothing",
} as const;
const HOOKS = {
  ...{ point: 7, file: FAULTS },
  test: "webhooks %s: one lead, and the last state wins",
} as const;

const TABLE: readonly Row[] = [
  {
    ...{ point: 2, fault: "an echo of our own call", file: FAULTS },
    test: "our own change that comes back as a webhook is no change",
  },
  {
    ...{ point: 2, fault: "an attendance goes to the whole visit, a payment too", file: SYNC },
    test: "the lead follows the visit: came, paid, and the payment stands on it with a note",
  },
  { ...SPELT, fault: "a telephone that is a number", by: 'phones: "number"' },
  {
    ...{ point: 3, fault: "a telephone that is masked or empty", file: FAULTS },
    test: "a telephone that is %s makes a lead and never a number on the contact",
    by: '["masked", "empty"]',
  },
  { ...SPELT, fault: "flags as numbers", by: 'flags: "numbers"' },
  { ...SPELT, fault: "flags as booleans", by: 'flags: "booleans"' },
  { ...SPELT, fault: "offsets with a colon", by: 'offsets: "colon"' },
  { ...SPELT, fault: "times with milliseconds", by: 'offsets: "millis"' },
  { ...SPELT, fault: "no custom fields as an object", by: 'emptyFields: "object"' },
  { ...SPELT, fault: "a deleted appointment is not found", by: 'deletedRecord: "404"' },
  { ...SPELT, fault: "pages from 0", by: "firstPage: 0" },
  {
    ...{ point: 3, fault: "meta and relations that are empty lists", file: SYNC },
    test: "a booking of a new client makes one lead with a contact, and everything stands on it",
  },
  {
    ...{ point: 3, fault: "no client", file: FAULTS },
    test: "a break without a client makes nothing",
  },
  {
    ...{ point: 3, fault: "record IDs counted in each location", file: FAULTS },
    test: "the same record ID in two locations is two appointments with two leads",
    by: 'recordIds: "by-location"',
  },
  {
    ...{ point: 4, fault: "Accept is missing, a token is wrong", file: WRITES },
    test: "Altegio answers nobody who leaves out Accept or brings a wrong token",
  },
  {
    ...{ point: 4, fault: "the password is changed", file: SYNC },
    test: "the password is changed: it is said, nothing is lost, and it goes on with the new token",
  },
  {
    ...{ point: 4, fault: "no right in a location", file: FAULTS },
    test: "a location that may not be read holds up nobody in the other one",
  },
  {
    ...{ point: 4, fault: "no right to write", file: WRITES, by: "mayWrite: false" },
    test: "a user who may not write: each wish is refused with the reason, and nothing is paid",
  },
  {
    ...{ point: 4, fault: "no right to see telephones", file: WRITES, by: "seesPhones: false" },
    test: "a user who may not see telephones: the panel finds nobody by number, and says nothing false",
  },
  {
    ...{ point: 5, fault: "5 a second and 200 a minute", file: FAULTS },
    test: "a burst of 500 events never exceeds Altegio's 5 a second and 200 a minute",
  },
  {
    ...{
      point: 5,
      fault: "429 with and without Retry-After",
      file: WRITES,
      by: '"given", "absent"',
    },
    test: "an account that is used by others too answers 429 (Retry-After %s): we wait, and all comes",
  },
  { ...READ, fault: "500", by: "status: 500" },
  { ...READ, fault: "502 with a page", by: "status: 502, html: true" },
  { ...READ, fault: "504", by: "status: 504" },
  { ...READ, fault: "429", by: "status: 429" },
  { ...READ, fault: "reset", by: 'kind: "reset"' },
  { ...READ, fault: "silence", by: 'kind: "silence"' },
  { ...READ, fault: "slow-answer", by: 'kind: "slow-answer", ms: 30_000' },
  { ...READ, fault: "truncated", by: 'as: "truncated"' },
  { ...READ, fault: "invalid-json", by: 'as: "invalid-json"' },
  { ...READ, fault: "html", by: 'as: "html"' },
  { ...ODD, fault: "empty", by: 'as: "empty"' },
  { ...ODD, fault: "truncated-gzip", by: 'as: "truncated-gzip"' },
  { ...ODD, fault: "huge", by: 'as: "huge"' },
  { ...ODD, fault: "wrong-content-type", by: 'as: "wrong-content-type"' },
  { ...ODD, fault: "drop", by: 'kind: "drop"' },
  { ...ODD, fault: "slow-loris", by: 'kind: "slow-loris"' },
  { ...ODD, fault: "slow-save", by: 'kind: "slow-save"' },
  { ...PAID, fault: "paid, and the answer is lost", by: 'kind: "silence", saved: "all"' },
  { ...PAID, fault: "not paid, and the answer is lost", by: 'kind: "silence", saved: "nothing"' },
  { ...PAID, fault: "paid, and a 504 comes", by: 'status: 504, saved: "all"' },
  {
    ...{ point: 6, fault: "the answer to an attendance is lost", file: WRITES },
    test: "attendance %s: it is set in the end",
  },
  {
    ...{ point: 6, fault: "the answer to a booking is lost", file: WRITES },
    test: "a booking %s: never two, and it stands on its lead",
  },
  {
    ...{ point: 6, fault: "the answer to a cancellation is lost", file: WRITES },
    test: "a cancellation %s: in the end it is cancelled, and said once",
  },
  {
    ...{ point: 6, fault: "is_update_blocked", file: CHECKOUT },
    test: "a blocked appointment refuses the attendance, and the lead says so",
  },
  {
    ...{ point: 6, fault: "a printed receipt", file: CHECKOUT },
    test: "a printed receipt refuses, and the lead says so",
  },
  {
    ...{ point: 6, fault: "the time is busy", file: PANEL },
    test: "a booking takes a free time and stands on the lead; a taken one is refused",
  },
  {
    ...{ point: 6, fault: "outside of the period for changes, 403 and 422", file: FAULTS },
    test: "outside of the period for changes (%d) the attendance is refused, and the lead says so",
    by: "[403, 422]",
  },
  { ...HOOKS, fault: "repeated, all at once", by: "switches.webhookCopies = 5" },
  { ...HOOKS, fault: "late", by: "switches.webhookDelayMs = 3_000" },
  { ...HOOKS, fault: "a list", by: 'switches.webhookBody = "array"' },
  {
    ...{ point: 7, fault: "in another order", file: FAULTS },
    test: "webhooks in the wrong order end in the same state",
  },
  {
    ...{ point: 7, fault: "lost", file: WRITES, by: "webhooksLost: 3" },
    test: "webhooks that never come for the next three: the polling finds what they told",
  },
  {
    ...{ point: 7, fault: "the receiver is slow, and it is sent again", file: WRITES },
    test: "a listener that is too slow for Altegio is told again after ten seconds: one lead",
    by: "webhookWithinMs: 300",
  },
  { ...BODY, fault: "an unknown resource", by: '"an unknown resource"' },
  { ...BODY, fault: "no data", by: '"no data"' },
  { ...BODY, fault: "a huge body", by: '"a huge body"' },
  { ...BODY, fault: "the wrong content type", by: '"the wrong content type"' },
  {
    ...{ point: 7, fault: "data that is not what the API says", file: FAULTS },
    test: "what a webhook says of an appointment is not believed: it is read anew",
  },
  {
    ...{ point: 9, fault: "killed between lead and link", file: SYNC },
    test: "Kommo saves the lead and the answer is lost: no second lead, also over a restart",
    by: "kommoLateSearchMs: 20_000",
  },
  {
    ...{ point: 9, fault: "killed at any moment, with all of the above", file: KILL },
    test: "a daemon killed at random moments makes one lead an appointment and pays each visit once",
  },
];

const sourceOf = (file: string): string =>
  readFileSync(join(import.meta.dirname, "..", file), "utf8");
const played = TABLE.map(({ fault, by = "" }) => `${fault} ${by}`).join("\n");

test.each(TABLE)("$point $fault", ({ file, test: title, by = "" }) => {
  const source = sourceOf(file);

  expect(source).toContain(`"${title}"`);
  expect(source).toContain(by);
});

/** Played by the value itself, or by the list that the test goes through. */
test("every spelling that the simulator of Altegio knows has its row", () => {
  const others = Object.entries(ALTEGIO_SWITCH_VALUES).flatMap(([name, values]) =>
    values.slice(1).map((value) => [name, value] as const),
  );

  const without = others.filter(([name, value]) => {
    const isSpelt = played.includes(`${name}: ${JSON.stringify(value)}`);
    return !isSpelt && !played.includes(JSON.stringify(value));
  });

  expect(without).toEqual([]);
});

test("every fault that the simulators can be told has its row", () => {
  const kinds = FAULT_KINDS.filter((kind) => !played.includes(`kind: "${kind}"`));
  const garblings = GARBLINGS.filter((as) => !played.includes(`as: "${as}"`));

  expect(kinds).toEqual(["status", "garble"]);
  expect(garblings).toEqual([]);
});
