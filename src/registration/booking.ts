/**
 * What shall become of one call in Kommo, decided when it is accepted: once for a client whom Kommo
 * knows and once for one whom it does not, because only Kommo's answer tells which it is. Each step of
 * the call carries it, so a later change of the configuration changes no call that was accepted. Pure.
 */
import type { CallFields, ContactFields, LeadFields } from "../kommo/step.ts";
import type { Responsible } from "./employees.ts";
import { contactFields, leadFields, taskText, type NameFacts } from "./new-card.ts";
import type { CallOn, Fitting, UnknownClient } from "./rules.ts";
import { zoneOf, type RegistrationSettings } from "./settings.ts";
import { deadlineAfter } from "./working-hours.ts";

export type TaskWish = {
  readonly text: string;
  readonly nameless?: string;
  readonly complete_till: number;
  readonly task_type_id: number;
  readonly responsible_user_id?: number;
  readonly isForCardOwner?: true;
};

export type ForKnown = {
  /** false: the call is not told to Kommo. */
  readonly register: boolean;
  readonly because?: string;
  readonly on: CallOn;
  /** For a client without an open lead. */
  readonly lead?: LeadFields;
  readonly contact?: ContactFields;
  readonly task?: TaskWish;
  /** The new responsible user of the card; `onlyFrom`: if that one has it now. */
  readonly responsible?: { readonly user: number; readonly onlyFrom?: number };
};

export type ForUnknown =
  | { readonly make: "ignore"; readonly because: string }
  | {
      readonly make: Exclude<UnknownClient, "ignore">;
      readonly because: string;
      readonly contact: ContactFields;
      readonly lead: LeadFields;
      readonly sourceName: string;
      readonly serviceCode: string;
      readonly task?: TaskWish;
    };

export type Booking = { readonly known: ForKnown; readonly unknown: ForUnknown };

const ANSWERED = 4;
export const wasAnswered = (call: CallFields): boolean => call.call_status === ANSWERED;

/** One side of the table: the rule that fits a known or an unknown client, and whose the call is by it. */
export type Side = { readonly rule: Fitting; readonly responsible: Responsible };

export type Asked = {
  readonly call: CallFields;
  readonly known: Side;
  readonly unknown: Side;
  readonly names: NameFacts;
  /** From the first channel to the last hangup; undefined where the end was not seen. */
  readonly wholeSeconds: number | undefined;
};

/**
 * |                       | inbound answered | inbound missed      | outbound answered | outbound unanswered |
 * |-----------------------|------------------|---------------------|-------------------|---------------------|
 * | known to Kommo        | call             | call, task          | call              | call, task          |
 * | unknown               | unknown_client   | unknown_client      | contact, call     | nothing             |
 *
 * A rule that fits replaces of this what it names (`then`).
 */
export function decideBooking(asked: Asked, settings: RegistrationSettings): Booking {
  return { known: forKnown(asked, settings), unknown: forUnknown(asked, settings) };
}

function forKnown(asked: Asked, settings: RegistrationSettings): ForKnown {
  const { then, because } = asked.known.rule;
  const why = because === undefined ? {} : { because };
  if (then.register === false) return { register: false, on: "kommo", ...why };
  const task =
    (then.task ?? isTaskUsual(asked.call, settings))
      ? taskWish(asked, asked.known.responsible, settings)
      : {};
  return {
    register: true,
    ...why,
    on: then.call_on ?? "kommo",
    ...(then.lead_for_known === true ? newCards(asked, asked.known, settings) : {}),
    ...task,
    ...newResponsible(asked, settings),
  };
}

/** Only of a call that was answered: who was merely rung takes no card over. */
function newResponsible(
  { call, known }: Asked,
  { responsible: { existingCard, defaultUser } }: RegistrationSettings,
): Pick<ForKnown, "responsible"> {
  const { user } = known.responsible;
  if (user === undefined || !wasAnswered(call)) return {};
  if (existingCard === "always") return { responsible: { user } };
  return existingCard === "if_default" && defaultUser !== undefined && user !== defaultUser
    ? { responsible: { user, onlyFrom: defaultUser } }
    : {};
}

function forUnknown(asked: Asked, settings: RegistrationSettings): ForUnknown {
  const { then, because } = asked.unknown.rule;
  const isInbound = asked.call.direction === "inbound";
  const isAnswered = wasAnswered(asked.call);
  if (then.register === false) return { make: "ignore", because: because ?? "" };
  const least = settings.ignoreShorterThanSeconds;
  if (least > 0 && !isAnswered && (asked.wholeSeconds ?? Infinity) < least)
    return { make: "ignore", because: `the call was shorter than ${least} seconds` };
  const ofNewCard = { ...asked.unknown.responsible, isForCardOwner: false };
  const [make, why] = byTable();
  if (make === "ignore") return { make, because: why };
  return {
    make,
    because: why,
    ...newCards(asked, asked.unknown, settings),
    sourceName: then.source_name ?? settings.names.sourceName,
    serviceCode: settings.names.serviceCode,
    // An incoming lead is a task in itself.
    ...(then.task === true && make !== "unsorted" ? taskWish(asked, ofNewCard, settings) : {}),
  };

  function byTable(): [UnknownClient, string] {
    const wish = then.unknown_client;
    // Incoming leads are for calls that came in.
    if (wish !== undefined && because !== undefined && (isInbound || wish !== "unsorted"))
      return [wish, because];
    if (isInbound) return [settings.unknownClient, `unknown_client is ${settings.unknownClient}`];
    return isAnswered
      ? ["contact", "an employee talked with the client"]
      : ["ignore", "nobody was reached"];
  }
}

function newCards(
  { call, names }: Asked,
  { rule: { then }, responsible }: Side,
  settings: RegistrationSettings,
): { readonly contact: ContactFields; readonly lead: LeadFields } {
  const wishes = { then, user: responsible.user, names };
  return {
    contact: contactFields(call, wishes, settings),
    lead: leadFields(call, wishes, settings),
  };
}

const isTaskUsual = (call: CallFields, { missedCallTask }: RegistrationSettings): boolean =>
  missedCallTask === true || (missedCallTask === "inbound" && call.direction === "inbound");

function taskWish(
  { call, names }: Asked,
  { user, isForCardOwner }: Responsible,
  settings: RegistrationSettings,
): { readonly task?: TaskWish } {
  if (wasAnswered(call)) return {};
  const { typeId, deadlineMinutes, workingHours } = settings.task;
  const from = {
    from: call.created_at,
    minutes: deadlineMinutes,
    get timeZone() {
      return zoneOf(settings);
    },
  };
  const hours = workingHours === undefined ? undefined : settings.workingHours.get(workingHours);
  return {
    task: {
      ...taskText(call, names, settings),
      complete_till: deadlineAfter(from, hours),
      task_type_id: typeId,
      ...(user === undefined ? {} : { responsible_user_id: user }),
      ...(isForCardOwner ? { isForCardOwner: true } : {}),
    },
  };
}
