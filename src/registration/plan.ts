/**
 * The plan of a call: which steps Kommo shall be told, and why. Pure. The decision table stands in
 * booking.ts; here is what goes before it (lists, rules, whose call it is) and what is sent first.
 *
 * | the call …                                                        | first step                     |
 * |-------------------------------------------------------------------|--------------------------------|
 * | internal, on a list, or left out by its rules                     | none                           |
 * | of a withheld number, inbound, incoming leads wanted              | an incoming lead               |
 * | of a withheld number otherwise                                    | none                           |
 * | whose rule names one card                                         | a note on it                   |
 * | that an employee dialled from a card                              | a note on it                   |
 * | whose rule needs to know the client's card and leads              | a look-up                      |
 * | any other                                                         | the call, by its number        |
 *
 * Whether a client is known, Kommo itself says: the call is registered by its number, and the answer
 * "there is no such card" leads to the table's second row (see course.ts).
 */
import type { FinishedCall } from "../calls/finished-call.ts";
import type { Card, KommoStep } from "../kommo/step.ts";
import { secondsOf, wholeSecondsOf } from "../lib/clock.ts";
import { phoneKey } from "../lib/phone.ts";
import { decideBooking, type Booking, type Side } from "./booking.ts";
import { callFields, clientNumber } from "./call-fields.ts";
import { fixedCard, makeCard, tellCard } from "./course-steps.ts";
import { employeeName, findResponsible } from "./employees.ts";
import { whyLeftOut } from "./register-lists.ts";
import { fittingRule, type CallOn, type ClientKind } from "./rules.ts";
import { zoneOf, type RegistrationSettings } from "./settings.ts";
import { wallClock } from "./working-hours.ts";

/** One decision with its reason, in words for the administrator; numbers of clients never stand in it. */
export type Decision = { readonly decided: string; readonly because: string };

export type Plan = {
  readonly steps: readonly KommoStep[];
  /** Steps of one client are sent in order: the last ten digits of the number; "" where there is none. */
  readonly key: string;
  readonly decisions: readonly Decision[];
  /** An extension took part that stands for no Kommo user: to be told in the log. */
  readonly unknownExtension?: string;
};

export function planCall(call: FinishedCall, settings: RegistrationSettings): Plan {
  if (call.direction === "internal")
    return nothing("an internal call: no client took part", "leave the call out");

  const { number, changedBy, isTooLong } = clientNumber(call, settings);
  const key = phoneKey(number);
  const phone = key === "" ? "" : number;
  const listed = whyLeftOut(call, phone, settings);
  if (listed !== undefined) return nothing(listed, "leave the call out");

  const sideOf = (client: ClientKind): Side => {
    const rule = fittingRule({ call, phone, client }, settings);
    const sources = rule.then.responsible;
    return { rule, responsible: findResponsible(call, { clientKey: key, sources }, settings) };
  };
  // A withheld number is on no card.
  const unknown = sideOf("unknown");
  const known = key === "" ? unknown : sideOf("known");
  // Who talked is the author of the call, whoever the card is given to.
  const author =
    call.result === "answered"
      ? findResponsible(call, { clientKey: key }, settings)
      : known.responsible;
  const fields = callFields(call, settings, author);
  const booking = decideBooking(
    {
      call: fields,
      known,
      unknown,
      names: {
        did: call.did ?? "",
        trunk: call.trunk ?? "",
        time: () => wallClock(wholeSecondsOf(call.startedAt), zoneOf(settings)),
        employee: employeeName(call, settings),
      },
      wholeSeconds: call.isEndKnown
        ? secondsOf(call.endedAt) - secondsOf(call.startedAt)
        : undefined,
    },
    settings,
  );

  const first =
    key === ""
      ? firstOfWithheld(fields, booking)
      : (onDialledCard(fields, booking, settings.learnt?.dialledFrom?.(call)) ??
        firstStep(fields, booking, [known, unknown]));
  const { unknownExtension } = author;
  return {
    key,
    steps: first.step === undefined ? [] : [first.step],
    decisions: [
      ...numberDecisions(changedBy, isTooLong),
      ...(first.step === undefined ? [] : [whoseCall(author)]),
      ...ruleDecisions({ known, unknown }, booking),
      first.decision,
    ],
    ...(unknownExtension === undefined ? {} : { unknownExtension }),
  };
}

const nothing = (because: string, decided: string): Plan => ({
  key: "",
  steps: [],
  decisions: [{ decided, because }],
});

type First = { readonly step: KommoStep | undefined; readonly decision: Decision };
type Fields = ReturnType<typeof callFields>;

function firstOfWithheld(call: Fields, booking: Booking): First {
  const { unknown } = booking;
  if (unknown.make === "unsorted" && call.direction === "inbound") {
    const because = "the caller's number is withheld or no number, so no card can be found by it";
    return {
      step: makeCard(call, booking),
      decision: { decided: "make an incoming lead", because },
    };
  }
  const because = "no number to find or make a card by";
  return { step: undefined, decision: { decided: "leave the call out", because } };
}

/** An employee clicked the number on this card. What a rule says of the card goes before. */
function onDialledCard(call: Fields, booking: Booking, card: Card | undefined): First | undefined {
  const { register, on } = booking.known;
  if (card === undefined || !register || on !== "kommo") return undefined;
  const decided = `write the call on ${tellCard(card)}`;
  return {
    step: { kind: "add-call-note", card, call, cardFrom: "click", booking },
    decision: { decided, because: "the employee dialled from it" },
  };
}

function firstStep(call: Fields, booking: Booking, sides: readonly Side[]): First {
  const { known, unknown } = booking;
  if (!known.register && unknown.make === "ignore") {
    const because = known.because ?? unknown.because;
    return { step: undefined, decision: { decided: "leave the call out", because } };
  }
  const fixed = fixedCard(known.on);
  const isForBoth = sides.every(({ rule }) => rule.then.call_on === known.on);
  if (known.register && fixed !== undefined && isForBoth) {
    const decided = `write the call on ${tellCard(fixed)}`;
    return {
      step: { kind: "add-call-note", card: fixed, call, cardFrom: "rule", booking },
      decision: { decided, because: known.because ?? "" },
    };
  }
  const needsLook = !known.register || known.lead !== undefined || known.on !== "kommo";
  if (needsLook) {
    const because = `${known.because ?? "the rule"} needs to know it before the call is written`;
    return {
      step: { kind: "find-card", call, booking },
      decision: { decided: "look up the client's card", because },
    };
  }
  const because = "Kommo finds the card by the client's number, and says so if there is none";
  return {
    step: { kind: "register-call", call, booking },
    decision: { decided: "register the call by its number", because },
  };
}

const whoseCall = ({ user, because }: Side["responsible"]): Decision => ({
  decided: user === undefined ? "no responsible user" : `user ${user} is responsible`,
  because,
});

function numberDecisions(changedBy: readonly number[], isTooLong: boolean): Decision[] {
  const decided = "spell the client's number anew";
  if (changedBy.length > 0)
    return [{ decided, because: `numbers.client, rule ${changedBy.join(", ")}` }];
  const because = "it is longer than any number";
  return isTooLong ? [{ decided: "leave the client's number as it is", because }] : [];
}

/** What the rules say, where one fits. */
function ruleDecisions({ known, unknown }: Record<ClientKind, Side>, booking: Booking): Decision[] {
  const told: Decision[] = [];
  const tell = (client: string, what: string, { rule, responsible }: Side): void => {
    if (rule.because === undefined) return;
    const { user } = responsible;
    const whose =
      rule.then.responsible === undefined || user === undefined ? "" : `, for user ${user}`;
    told.push({ decided: `of ${client} client: ${what}${whose}`, because: rule.because });
  };
  tell("a known", wishOfKnown(booking.known), known);
  tell("an unknown", WISH_OF_UNKNOWN[booking.unknown.make], unknown);
  return told;
}

function wishOfKnown({ register, lead, task, on }: Booking["known"]): string {
  if (!register) return "leave the call out";
  return [
    `book the call${placeOf(on)}`,
    ...(lead === undefined ? [] : ["a new lead if none is open"]),
    ...(task === undefined ? [] : ["a task"]),
  ].join(", ");
}

function placeOf(on: CallOn): string {
  switch (on) {
    case "kommo":
      return "";
    case "contact":
      return " on the contact";
    case "newest_lead":
      return " on the newest open lead";
    default: {
      const card = fixedCard(on);
      return card === undefined ? "" : ` on ${tellCard(card)}`;
    }
  }
}

const WISH_OF_UNKNOWN = {
  unsorted: "make an incoming lead",
  contact: "make a contact",
  contact_and_lead: "make a contact and a lead",
  ignore: "make nothing",
} as const;
