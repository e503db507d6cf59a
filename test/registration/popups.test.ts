import { beforeEach, expect, test } from "@jest/globals";
import { extension, linkedId } from "../../src/ami/ids.ts";
import type { LiveStage } from "../../src/calls/fact.ts";
import { epochMs } from "../../src/lib/clock.ts";
import { createPopupGatherer, type PopupGatherer } from "../../src/registration/popups.ts";
import type { RegistrationSettings } from "../../src/registration/settings.ts";
import { settings } from "./made-up-call.ts";

const START = 1_795_261_714_000;
const OFFICE: RegistrationSettings = {
  ...settings,
  users: new Map(["101", "102", "103"].map((id) => [id, [9_100_000 + Number(id)]])),
};

let gatherer: PopupGatherer;

beforeEach(() => {
  gatherer = createPopupGatherer(OFFICE);
});

type Told = Partial<Omit<LiveStage, "at" | "extension" | "linkedId">> & {
  readonly call?: string;
  readonly heardLateMs?: number;
};

function tell(stage: LiveStage["stage"], at: string, told: Told = {}): void {
  const [ms, ext] = at.split(" ");
  const { call = "1795261714.0", heardLateMs = 0, ...changes } = told;
  const happenedAt = START + Number(ms);
  gatherer.stage(
    {
      kind: "stage",
      linkedId: linkedId(call),
      direction: "inbound",
      stage,
      extension: ext === undefined ? undefined : extension(ext),
      clientPhone: "79161234567",
      did: "74951000101",
      trunk: "PJSIP/trunk",
      queue: undefined,
      at: epochMs(happenedAt),
      ...changes,
    },
    happenedAt + heardLateMs,
  );
}

const rings = (at: string, told?: Told): void => tell("conversation_requested", at, told);
const sentAt = (ms: number): readonly object[] | undefined => gatherer.take(START + ms)?.ringing;
const TO_101 = { phone: "79161234567", userIds: [9_100_101] };

test("the telephones of a queue that begin to ring within 300 ms are told in one popup", () => {
  rings("0 101");
  rings("120 102");
  rings("299 103");

  expect(gatherer.dueAt()).toBe(START + 300);
  expect(sentAt(299)).toBeUndefined();
  expect(sentAt(300)).toEqual([
    { phone: "79161234567", userIds: [9_100_101, 9_100_102, 9_100_103] },
  ]);
  expect(gatherer.dueAt()).toBeUndefined();
});

test("two calls that ring at the same time go in one request, each with its own number", () => {
  rings("0 101");
  rings("50 102", { call: "1795261714.9", clientPhone: "79167654321" });

  expect(sentAt(300)).toEqual([TO_101, { phone: "79167654321", userIds: [9_100_102] }]);
});

test("a telephone that the queue rings again shows the call no second time", () => {
  rings("0 101");
  sentAt(300);
  tell("conversation_ended", "15000 101");
  rings("20000 101");

  expect(sentAt(21_000)).toBeUndefined();
});

test("an employee with two telephones sees the call once", () => {
  gatherer = createPopupGatherer({
    ...OFFICE,
    users: new Map([
      ["101", [9_100_101]],
      ["102", [9_100_101]],
    ]),
  });
  rings("0 101");
  rings("10 102");

  expect(sentAt(300)).toEqual([TO_101]);
});

test("a call that comes back by a transfer is shown again", () => {
  rings("0 101");
  sentAt(300);
  tell("conversation_accepted", "5000 101");
  rings("20000 102");
  const toColleague = sentAt(20_300);
  tell("conversation_ended", "30000 102");
  rings("30000 101");

  expect(toColleague).toEqual([{ phone: "79161234567", userIds: [9_100_102] }]);
  expect(sentAt(30_300)).toEqual([TO_101]);
});

test("a telephone that stopped ringing before the popup went is not told, and is when it rings again", () => {
  rings("0 101");
  tell("conversation_ended", "200 101");
  const first = sentAt(300);
  rings("1000 101");

  expect(first).toBeUndefined();
  expect(sentAt(1_300)).toEqual([TO_101]);
});

test("who answers at once still sees the call", () => {
  rings("0 101");
  tell("conversation_accepted", "100 101");

  expect(sentAt(300)).toEqual([TO_101]);
});

test("a call that is over is not shown any more", () => {
  rings("0 101");
  tell("call_ended", "250");

  expect(sentAt(300)).toBeUndefined();
});

test.each([
  [5_000, [TO_101]],
  [5_001, undefined],
])("%d ms after the telephone began to ring it is %j", (ms, ringing) => {
  rings("0 101");

  expect(sentAt(ms)).toEqual(ringing);
});

test("a popup may wait until five seconds after the first telephone rang", () => {
  rings("0 101");
  rings("250 102");

  expect(gatherer.take(START + 300)?.dropAt).toBe(START + 5_000);
});

test("a telephone of which is heard only later than five seconds is not told", () => {
  rings("0 101", { heardLateMs: 5_001 });

  expect(gatherer.dueAt()).toBeUndefined();
});

test.each<[string, Told]>([
  ["an internal call", { direction: "internal" }],
  ["an outbound call, whose employee dialled", { direction: "outbound" }],
  ["a withheld number", { clientPhone: undefined }],
])("%s has no popup", (_, told) => {
  rings("0 101", told);

  expect(gatherer.dueAt()).toBeUndefined();
});

const LEFT_OUT = { only: [], except: ["79161234567"] };
test.each<[string, Partial<RegistrationSettings>]>([
  ["a client on the list", { register: { ...OFFICE.register, clients: LEFT_OUT } }],
  [
    "a trunk that is left out",
    { register: { ...OFFICE.register, trunks: { only: [], except: ["PJSIP/trunk"] } } },
  ],
  [
    "a telephone that is left out",
    { register: { ...OFFICE.register, extensions: { only: ["102"], except: [] } } },
  ],
  ["the exchange's black list", { learnt: { isBlacklisted: () => true } }],
  [
    "a rule that leaves the line out",
    { rules: [{ when: { did: ["74951000101"] }, then: { register: false } }] },
  ],
  ["an employee who is not active any more", { learnt: { activeUsers: new Set([9_100_102]) } }],
  ["an extension without a user", { users: new Map(), unknownExtension: { user: 9_100_102 } }],
])("no popup: %s", (_, changes) => {
  gatherer = createPopupGatherer({ ...OFFICE, ...changes });

  rings("0 101");

  expect(gatherer.dueAt()).toBeUndefined();
});

test("a rule that leaves out only missed calls does not take the popup away", () => {
  gatherer = createPopupGatherer({
    ...OFFICE,
    rules: [{ when: { class: ["inbound_missed"] }, then: { register: false } }],
  });

  rings("0 101");

  expect(sentAt(300)).toEqual([TO_101]);
});

test("the number is shown as the number rules spell it", () => {
  gatherer = createPopupGatherer({
    ...OFFICE,
    numbers: { ...OFFICE.numbers, client: [{ match: "^7", replace: "+7" }] },
  });

  rings("0 101");

  expect(sentAt(300)).toEqual([{ ...TO_101, phone: "+79161234567" }]);
});
