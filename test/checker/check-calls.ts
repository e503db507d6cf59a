// Which booked call is which real one, and what is wrong with each.
import { phoneKey } from "../../src/lib/phone.ts";
import type { BookedCall } from "../../src/simulator/kommo/journal.ts";
import type { CheckOptions, TrueCall } from "./check-journal.ts";
import { problem, type Problem } from "./problem.ts";

const ANSWERED = 4;
const START_SLACK_S = 1;

export function checkCalls(
  booked: readonly BookedCall[],
  truth: readonly TrueCall[],
  { durationSlackSeconds = 1 }: Pick<CheckOptions, "durationSlackSeconds">,
): Problem[] {
  const wrong = (call: TrueCall, one: BookedCall): string[] =>
    wrongFields(call, one, durationSlackSeconds);
  const problems: Problem[] = [];
  const named = new Map(
    truth.flatMap((call) => (call.uniq === undefined ? [] : [[call.uniq, call]])),
  );
  const once: BookedCall[] = [];
  for (const [uniq, copies] of Map.groupBy(booked, (one) => one.uniq)) {
    const [first, ...again] = copies;
    if (first === undefined) continue;
    once.push(first, ...(uniq === "" ? again : []));
    if (uniq !== "" && again.length > 0)
      problems.push(problem("booked-again", `${tell(first)} stands ${copies.length} times`));
  }
  const pairs = new Map<TrueCall, BookedCall>();
  for (const one of once) {
    const call = named.get(one.uniq);
    if (call !== undefined) pairs.set(call, one);
  }
  const taken = new Set(pairs.values());
  const left = Map.groupBy(
    once.filter((one) => !taken.has(one)),
    ({ phone }) => phoneKey(phone),
  );
  const open = Map.groupBy(
    truth.filter(({ uniq, booked: wish }) => uniq === undefined && wish !== "never"),
    ({ phone }) => phoneKey(phone ?? ""),
  );
  for (const [key, calls] of open) {
    for (const [call, one] of pairUp(calls, left.get(key) ?? [], wrong)) {
      pairs.set(call, one);
      taken.add(one);
    }
  }
  for (const call of truth) {
    const one = pairs.get(call);
    if (one === undefined) {
      if (call.booked === "once") problems.push(problem("not-booked", `${tellTrue(call)} is lost`));
      continue;
    }
    if (call.booked === "never")
      problems.push(problem("never-was", `${tellTrue(call)} was to be left out: ${tell(one)}`));
    const fields = wrong(call, one);
    if (fields.length > 0)
      problems.push(
        problem("wrong-fields", `${tellTrue(call)}: ${fields.join(", ")}; ${tell(one)}`),
      );
  }
  for (const one of once.filter((other) => !taken.has(other))) {
    const isOfClient = open.has(phoneKey(one.phone));
    problems.push(
      isOfClient
        ? problem("booked-again", `${tell(one)} is one call more than the client had`)
        : problem("never-was", `${tell(one)} never was`),
    );
  }
  return problems;
}

type Judge = (call: TrueCall, one: BookedCall) => readonly string[];

/**
 * As many right pairs as there can be, those that must be booked first; then the rest as it comes.
 * By augmenting paths: greedy pairing would blame two calls of one client for each other's fields.
 */
function pairUp(
  calls: readonly TrueCall[],
  booked: readonly BookedCall[],
  wrong: Judge,
): (readonly [TrueCall, BookedCall])[] {
  const inOrder = calls.toSorted(
    (a, b) => Number(b.booked === "once") - Number(a.booked === "once"),
  );
  const owner = new Map<BookedCall, TrueCall>();
  const place = (call: TrueCall, tried: Set<BookedCall>): boolean => {
    for (const one of booked) {
      if (tried.has(one) || wrong(call, one).length > 0) continue;
      tried.add(one);
      const other = owner.get(one);
      if (other === undefined || place(other, tried)) {
        owner.set(one, call);
        return true;
      }
    }
    return false;
  };
  for (const call of inOrder) place(call, new Set());
  const right = new Set(owner.values());
  const rest = booked.filter((one) => !owner.has(one));
  for (const call of inOrder) {
    const next = right.has(call) ? undefined : rest.shift();
    if (next !== undefined) owner.set(next, call);
  }
  return [...owner].map(([one, call]) => [call, one] as const);
}

function wrongFields(call: TrueCall, one: BookedCall, slackS: number): string[] {
  const [least, most] = call.talkSeconds;
  const isOnLead = one.via === "unsorted"; // Kommo takes no status there (kommo-api, 8.1)
  const isStatusRight =
    call.callStatus === undefined
      ? call.wasAnswered === undefined || (one.call_status === ANSWERED) === call.wasAnswered
      : one.call_status === call.callStatus;
  const checks: readonly (readonly [isRight: boolean, found: string])[] = [
    [one.direction === call.direction, `direction ${one.direction}`],
    [phoneKey(one.phone) === phoneKey(call.phone ?? ""), `client ${one.phone}`],
    [
      isCardRight(call, one),
      `card ${one.card.type} ${one.card.id} of ${one.cardPhones.join(", ")}`,
    ],
    [
      call.wasAnswered !== false
        ? one.duration >= Math.floor(least) - slackS && one.duration <= most + slackS
        : one.duration === 0,
      `duration ${one.duration} of ${least} to ${most} s`,
    ],
    [isOnLead ? one.call_status === null : isStatusRight, `status ${String(one.call_status)}`],
    [
      call.userId === undefined || one.call_responsible === call.userId,
      `employee ${String(one.call_responsible)}`,
    ],
    [call.link === undefined || one.link === call.link, `link ${String(one.link)}`],
    [
      call.startedAt === undefined || Math.abs(one.created_at - call.startedAt) <= START_SLACK_S,
      `start ${one.created_at}`,
    ],
  ];
  const counted = call.isPartlyHeard === true ? checks.slice(0, 3) : checks;
  return counted.flatMap(([isRight, found]) => (isRight ? [] : [`${found} is wrong`]));
}

function isCardRight({ card, phone }: TrueCall, one: BookedCall): boolean {
  if (card === null) return true;
  if (card !== undefined) return one.card.type === card.type && one.card.id === card.id;
  const key = phoneKey(phone ?? "");
  return key === "" || one.cardPhones.some((own) => phoneKey(own) === key);
}

const tell = ({ phone, uniq, via, direction, duration }: BookedCall): string =>
  `${direction} call ${uniq} of ${phone || "nobody"} by ${via}, ${duration} s,`;
const tellTrue = ({ name, phone, direction }: TrueCall): string =>
  `${name} (${direction}, ${phone ?? "withheld"})`;
