// The checker itself: a right day passes, and each kind of wrong day is told by its kind.
import { expect, test } from "@jest/globals";
import type { BookedCall, JournalEntry, MadeLead } from "../../src/simulator/kommo/journal.ts";
import { startKommoSimulator } from "../../src/simulator/kommo/server.ts";
import { checkJournal, type CheckOptions, type TrueCall } from "./check-journal.ts";
import { evidenceAt, evidenceOf, type Evidence } from "./evidence.ts";

const ANA = "+351912000111";
const RUI = "+351912000222";
const ANAS_CARD = { type: "contacts", id: 610_033 } as const;

const really = (more: Partial<TrueCall> = {}): TrueCall => ({
  name: "in-answered",
  uniq: "pbx-1",
  phone: ANA,
  direction: "inbound",
  wasAnswered: true,
  talkSeconds: [40.2, 41.9],
  userId: 9_100_002,
  link: "https://rec.example/1.mp3",
  startedAt: 1_795_261_714,
  booked: "once",
  ...more,
});

const booked = (more: Partial<BookedCall> = {}): BookedCall => ({
  noteId: 70_001,
  via: "calls",
  direction: "inbound",
  card: ANAS_CARD,
  cardPhones: ["+351 912 000 111"],
  phone: ANA,
  uniq: "pbx-1",
  duration: 41,
  source: "Office PBX",
  link: "https://rec.example/1.mp3",
  call_status: 4,
  call_result: null,
  call_responsible: 9_100_002,
  responsible_user_id: 9_100_002,
  created_by: 9_100_002,
  created_at: 1_795_261_714,
  ...more,
});

const day = (more: Partial<Evidence> = {}): Evidence => ({
  calls: [booked()],
  unsorted: [],
  contacts: [],
  leads: [],
  requests: [],
  ...more,
});

const options: CheckOptions = { knownPhones: [ANA] };
const kinds = (
  evidence: Evidence,
  truth: readonly TrueCall[] = [really()],
  more: Partial<CheckOptions> = {},
): string[] => checkJournal(evidence, truth, { ...options, ...more }).map(({ kind }) => kind);

const card = (id: number, phone: string, more: object = {}) => ({
  id,
  name: phone,
  responsible_user_id: 9_100_001,
  is_unsorted: false,
  is_deleted: false,
  tags: [],
  phones: [phone],
  ...more,
});
const lead = (id: number, contactId: number, status_id = 71_200_010): MadeLead => ({
  ...card(id, ""),
  phones: [],
  pipeline_id: 8_123_001,
  status_id,
  contactIds: [contactId],
});
const request = (at: number, more: Partial<JournalEntry> = {}) => ({
  at,
  status: 200,
  answer: {},
  token: "a",
  path: "/api/v4/calls",
  ...more,
});

test("a day that is booked as it was has no problem", () => {
  expect(checkJournal(day(), [really()], options)).toEqual([]);
});

test("a daemon that accepts nothing fails", () => {
  expect(kinds(day({ calls: [] }))).toEqual(["not-booked"]);
});

test("a truth in which nothing had to be booked proves nothing", () => {
  expect(kinds(day({ calls: [] }), [])).toEqual(["proves-nothing"]);
  expect(kinds(day({ calls: [] }), [really({ booked: "at-most-once" })])).toEqual([
    "proves-nothing",
  ]);
  expect(kinds(day({ calls: [] }), [], { mustProve: false })).toEqual([]);
});

test("a call that ended shortly before a kill may be booked or not, and not twice", () => {
  const perhaps = [really(), really({ uniq: "pbx-2", booked: "at-most-once" })];
  const second = booked({ uniq: "pbx-2" });

  expect(kinds(day(), perhaps)).toEqual([]);
  expect(kinds(day({ calls: [booked(), second] }), perhaps)).toEqual([]);
  expect(kinds(day({ calls: [booked(), second, second] }), perhaps)).toEqual(["booked-again"]);
});

test("the same uniq twice is booked again", () => {
  expect(kinds(day({ calls: [booked(), booked({ noteId: 70_002 })] }))).toEqual(["booked-again"]);
});

test("one call of a client too many is booked again, also under another uniq", () => {
  const unnamed = { ...really(), uniq: undefined } as unknown as TrueCall;
  const { uniq: _uniq, ...byPhone } = unnamed;

  expect(kinds(day(), [byPhone])).toEqual([]);
  expect(kinds(day({ calls: [booked(), booked({ uniq: "pbx-9" })] }), [byPhone])).toEqual([
    "booked-again",
  ]);
});

test("a call of nobody, and one that was to be left out, never was", () => {
  const stranger = booked({ uniq: "pbx-9", phone: RUI, cardPhones: [RUI] });
  const leftOut = really({ uniq: "pbx-9", phone: RUI, booked: "never" });

  expect(kinds(day({ calls: [booked(), stranger] }))).toEqual(["never-was"]);
  expect(kinds(day({ calls: [booked(), stranger] }), [really(), leftOut])).toEqual(["never-was"]);
  expect(kinds(day(), [really(), leftOut])).toEqual([]);
});

test.each<[string, Partial<BookedCall>]>([
  ["direction", { direction: "outbound" }],
  ["client", { phone: RUI }],
  ["card", { card: { type: "leads", id: 1 }, cardPhones: [RUI] }],
  ["duration", { duration: 38 }],
  ["duration", { duration: 43 }],
  ["status", { call_status: 6 }],
  ["employee", { call_responsible: 9_100_004 }],
  ["employee", { call_responsible: null }],
  ["link", { link: null }],
  ["start", { created_at: 1_795_261_716 }],
])("a wrong %s is told", (field, wrong) => {
  const problems = checkJournal(day({ calls: [booked(wrong)] }), [really()], options);

  expect(problems).toMatchObject([{ kind: "wrong-fields" }]);
  expect(problems[0]?.tell).toContain(`${field} `);
});

test.each([39, 40, 42])("a duration of %d s is within a second of 40.2 to 41.9 s", (duration) => {
  expect(kinds(day({ calls: [booked({ duration })] }))).toEqual([]);
});

test("an unanswered call has no duration and any status but that of a talk", () => {
  const missed = really({ wasAnswered: false, talkSeconds: [0, 0] });

  expect(kinds(day({ calls: [booked({ duration: 0, call_status: 6 })] }), [missed])).toEqual([]);
  expect(kinds(day({ calls: [booked({ duration: 1, call_status: 6 })] }), [missed])).toEqual([
    "wrong-fields",
  ]);
  expect(kinds(day({ calls: [booked({ duration: 0, call_status: 4 })] }), [missed])).toEqual([
    "wrong-fields",
  ]);
});

test("of a call that nobody saw whole any status is right, and its duration within its bounds", () => {
  const { wasAnswered: _unknown, ...unseen } = really({ talkSeconds: [0, 42] });

  expect(kinds(day({ calls: [booked({ duration: 0, call_status: 6 })] }), [unseen])).toEqual([]);
  expect(kinds(day(), [unseen])).toEqual([]);
  expect(kinds(day({ calls: [booked({ duration: 44 })] }), [unseen])).toEqual(["wrong-fields"]);
});

test("the call of an incoming lead has no status", () => {
  const calls = [booked({ via: "unsorted", call_status: null })];

  expect(kinds(day({ calls }))).toEqual([]);
  expect(kinds(day({ calls: [booked({ via: "unsorted" })] }))).toEqual(["wrong-fields"]);
});

test("calls of one client without ids are paired so that as many as possible are right", () => {
  const { uniq: _uniq, ...unnamed } = really();
  const truth = [
    { ...unnamed, talkSeconds: [0, 100] as const },
    { ...unnamed, talkSeconds: [5, 6] as const },
  ];
  const calls = [booked({ duration: 5 }), booked({ uniq: "pbx-2", duration: 90 })];

  expect(kinds(day({ calls }), truth)).toEqual([]);
});

test("a call that must be booked goes before one that may be", () => {
  const { uniq: _uniq, ...unnamed } = really();

  expect(kinds(day(), [{ ...unnamed, booked: "at-most-once" }, unnamed])).toEqual([]);
  expect(kinds(day({ calls: [] }), [{ ...unnamed, booked: "at-most-once" }, unnamed])).toEqual([
    "not-booked",
  ]);
});

test("a caller without a number is found among those without one", () => {
  const withheld = { ...really({ phone: null }), uniq: undefined } as unknown as TrueCall;
  const { uniq: _uniq, ...truth } = withheld;
  const calls = [booked({ phone: "anonymous", cardPhones: [] })];

  expect(kinds(day({ calls }), [truth])).toEqual([]);
});

test("two cards for a new number, and one for a known number, are too many", () => {
  const contacts = [card(1, RUI), card(2, RUI)];

  expect(kinds(day({ contacts }))).toEqual(["second-card"]);
  expect(kinds(day({ contacts }), [really()], { mayHaveTwoCards: [RUI] })).toEqual([]);
  expect(kinds(day({ contacts: [card(1, ANA)] }))).toEqual(["second-card"]);
  expect(kinds(day({ contacts: [card(1, RUI)] }))).toEqual([]);
});

test("the card of a declined incoming lead does not count", () => {
  const contacts = [card(1, RUI, { is_deleted: true }), card(2, RUI)];

  expect(kinds(day({ contacts }))).toEqual([]);
});

test("two open leads of one new client are too many, a closed one counts no more", () => {
  const contacts = [card(1, RUI)];

  expect(kinds(day({ contacts, leads: [lead(3, 1), lead(4, 1)] }))).toEqual(["second-card"]);
  expect(kinds(day({ contacts, leads: [lead(3, 1, 143), lead(4, 1)] }))).toEqual([]);
});

test("seven requests in a second are right, eight are too fast", () => {
  const at = (count: number) => Array.from({ length: count }, (_, index) => request(index * 100));

  expect(kinds(day({ requests: at(7) }))).toEqual([]);
  expect(kinds(day({ requests: at(8) }))).toEqual(["too-fast"]);
  expect(kinds(day({ requests: at(8) }), [really()], { requestsPerSecond: 8 })).toEqual([]);
});

test.each([
  ["a revoked token", { status: 401, answer: null }],
  ["a blocked address", { status: 403, answer: null }],
])("%s that is used on and on is told", (_, refused) => {
  const times = (count: number) =>
    Array.from({ length: count }, (__, index) => request(index * 1_000, refused));

  expect(kinds(day({ requests: times(5) }))).toEqual([]);
  expect(kinds(day({ requests: times(6) }))).toEqual(["refused-again"]);
  expect(kinds(day({ requests: times(6) }), [really()], { mostRefusals: 6 })).toEqual([]);
});

test("what a simulator in another process shows is what one in this process has", async () => {
  const kommo = await startKommoSimulator();
  kommo.seed.contact({ phones: [ANA] });
  const body = [{ direction: "inbound", phone: ANA, duration: 4, source: "PBX", uniq: "pbx-1" }];
  await fetch(`${kommo.url}/api/v4/calls`, {
    method: "POST",
    headers: { Authorization: `Bearer ${kommo.token}`, "Content-Type": "application/json" },
    body: JSON.stringify(body),
  });

  const here = evidenceOf(kommo);
  const there = await evidenceAt(kommo.url);
  await kommo.close();

  expect(there).toEqual(JSON.parse(JSON.stringify(here)));
  expect(there.calls).toMatchObject([{ uniq: "pbx-1", cardPhones: [ANA] }]);
});
