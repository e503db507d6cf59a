/**
 * Holds what stands on a simulated account against what really happened: every call of the day once,
 * on the right kind of card, with its fields; nothing else. Exports `findDifferences`.
 */
import type { BookedCall, Journal } from "../../simulator/kommo/journal.ts";
import { phoneKey } from "../../lib/phone.ts";
import type { RecordedCall } from "./office-day.ts";

/** What is left over of an answered talk at its ends: whole seconds, and the exchange's own delay. */
const DURATION_SLACK_S = 1;
const ANSWERED = 4;

export type Truth = {
  readonly calls: readonly RecordedCall[];
  readonly knownClients: ReadonlySet<string>;
  /** Extension → Kommo user. */
  readonly users: ReadonlyMap<string, number>;
};

type Account = Pick<Journal, "calls" | "unsorted" | "contacts" | "tasks">;

/** @returns one sentence for each difference; numbers of the simulated clients stand in it */
export function findDifferences(truth: Truth, account: Account): string[] {
  const booked = Map.groupBy(account.calls(), (call) => phoneKey(call.phone));
  const expected = Map.groupBy(truth.calls, (call) => phoneKey(call.client ?? ""));
  const phones = new Set([...booked.keys(), ...expected.keys()]);
  return [
    ...[...phones].flatMap((phone) => {
      const wanted = (expected.get(phone) ?? []).filter((call) => isBooked(call, truth));
      return compareCalls({ phone, wanted, found: booked.get(phone) ?? [] }, truth);
    }),
    ...compareCards(truth, account),
    ...compareTasks(truth, account),
  ];
}

const isKnown = (call: RecordedCall, { knownClients }: Truth): boolean =>
  call.client !== null && knownClients.has(call.client);

/** All but the unanswered outbound calls to strangers. */
const isBooked = (call: RecordedCall, truth: Truth): boolean =>
  call.direction === "inbound" || call.result === "answered" || isKnown(call, truth);

type OneClient = { phone: string; wanted: RecordedCall[]; found: BookedCall[] };

function compareCalls({ phone, wanted, found }: OneClient, truth: Truth): string[] {
  const name = phone === "" ? "callers without a number" : phone;
  const rest = [...found];
  const differences: string[] = [];
  for (const call of wanted) {
    const index = rest.findIndex((one) => wrongFields(call, one, truth).length === 0);
    if (index >= 0) {
      rest.splice(index, 1);
      continue;
    }
    const nearest = rest.shift();
    differences.push(
      nearest === undefined
        ? `${name}: a call (${call.direction}, ${call.result}) is not booked`
        : `${name}: ${wrongFields(call, nearest, truth).join(", ")}`,
    );
  }
  for (const one of rest) differences.push(`${name}: call ${one.uniq} is booked once too often`);
  return differences;
}

function wrongFields(call: RecordedCall, booked: BookedCall, truth: Truth): string[] {
  const [atLeast, atMost] = call.talkSeconds;
  const wasAnswered = call.result === "answered";
  const user = call.employee === null ? undefined : truth.users.get(call.employee);
  const checks: [boolean, string][] = [
    [booked.direction === call.direction, `direction ${booked.direction}`],
    [isStatusRight(booked, wasAnswered), `status ${booked.call_status}`],
    [
      !wasAnswered ||
        (booked.duration >= Math.floor(atLeast) - DURATION_SLACK_S &&
          booked.duration <= atMost + DURATION_SLACK_S),
      `duration ${booked.duration} s`,
    ],
    [wasAnswered || booked.duration === 0, `duration ${booked.duration} s without a talk`],
    [user === undefined || booked.call_responsible === user, `user ${booked.call_responsible}`],
  ];
  return checks.flatMap(([isRight, found]) => (isRight ? [] : [`${found} is wrong`]));
}

/** The call on an incoming lead has no status: Kommo takes none there (kommo-api, 8.1). */
const isStatusRight = ({ call_status, via }: BookedCall, wasAnswered: boolean): boolean =>
  via === "unsorted" ? call_status === null : (call_status === ANSWERED) === wasAnswered;

/** One incoming lead for each unknown caller, one contact for each unknown number that was reached. */
function compareCards(truth: Truth, account: Account): string[] {
  const strangers = truth.calls.filter((call) => !isKnown(call, truth));
  const inbound = strangers.filter(({ direction }) => direction === "inbound");
  const reached = strangers.filter(
    (call) => call.direction === "outbound" && call.result === "answered",
  );
  const withheld = inbound.filter(({ client }) => phoneKey(client ?? "") === "").length;
  const callers = new Set(inbound.map(({ client }) => phoneKey(client ?? "")).filter(Boolean));
  const contacts = account.contacts().filter((contact) => !contact.is_unsorted);
  return [
    ...compareCounts("incoming leads", callers.size + withheld, account.unsorted().length),
    ...compareCounts(
      "new contacts",
      new Set(reached.map(({ client }) => phoneKey(client ?? ""))).size,
      contacts.length,
    ),
  ];
}

function compareTasks(truth: Truth, account: Account): string[] {
  const wanted = truth.calls.filter((call) => call.result !== "answered" && isKnown(call, truth));
  return compareCounts("tasks", wanted.length, account.tasks().length);
}

const compareCounts = (what: string, wanted: number, found: number): string[] =>
  wanted === found ? [] : [`${found} ${what}, where ${wanted} are right`];
