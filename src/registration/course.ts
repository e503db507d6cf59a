/**
 * How a plan goes on after each answer of Kommo, and what a card or task that we made means for the
 * client's next call. Pure: the outbox keeps the memory (one value for each client's number) and hands
 * it in. What is wanted was decided before, and stands in each step (booking.ts).
 */
import type { AddCallNote, CallFields, Card, KommoResult, KommoStep } from "../kommo/step.ts";
import { assertNever } from "../lib/failure.ts";
import { phoneKey } from "../lib/phone.ts";
import type { Course, Decision, Sequel, Situation, Skip } from "../outbox/delivery.ts";
import { decideBooking, wasAnswered, type Booking } from "./booking.ts";
import {
  readMemory,
  remembering,
  withoutCard,
  withoutTask,
  type ClientMemory,
} from "./client-memory.ts";
import {
  callBackTask,
  changeResponsible,
  fixedCard,
  makeCard,
  makeLeadFor,
  noteOn,
  tellCard,
} from "./course-steps.ts";
import { afterPlanned, isPlanned } from "./planned-steps.ts";
import type { RegistrationSettings } from "./settings.ts";
import { WORDS } from "./words.ts";

type Answer = { kind: "done"; result: KommoResult } | { kind: "nothing-there" };
type Next = Sequel<KommoStep>;
type Told = {
  readonly step: KommoStep;
  readonly memory: ClientMemory;
  readonly hasWaited: boolean;
};

export function createCourse(settings: RegistrationSettings): Course<KommoStep, KommoResult> {
  return {
    revise: (step, memory) => revise(step, readMemory(memory)),
    after: (step, answer, situation) =>
      isPlanned(step) ? afterPlanned(step, answer) : after(step, answer, { settings, situation }),
    mayShareBatch: (kind) => kind === "register-call" || kind === "add-call-note",
  };
}

/** What earlier calls of the number have left behind changes a step just before it is sent. */
function revise(step: KommoStep, memory: ClientMemory): KommoStep | Skip {
  switch (step.kind) {
    case "add-unsorted":
    case "create-contact":
    case "create-lead": {
      // A second call of a number for which a card was just made becomes a note on that card.
      const { card, uid, until = Infinity } = memory;
      if (card === undefined || phoneKey(step.call.phone) === "") return step;
      if (step.call.created_at > until) return step;
      const note = noteOn(card, step, "earlier-call");
      return uid === undefined ? note : { ...note, unsortedUid: uid };
    }
    case "create-task": {
      const { task, talked_at: talkedAt } = memory;
      if (talkedAt !== undefined && step.missed_at !== undefined && talkedAt > step.missed_at) {
        const because = "somebody talked with the client after this call";
        return { skip: { decided: "no task to call back", because } };
      }
      return task === undefined ? step : { ...step, unlessOpen: task };
    }
    case "register-call":
    case "find-card":
    case "add-call-note":
    case "complete-task":
    case "update-card":
    case "make-lead":
    case "change-card":
    case "add-note":
    case "make-task":
      return step;
    default:
      return assertNever(step);
  }
}

type Context = { readonly settings: RegistrationSettings; readonly situation: Situation };

function after(step: KommoStep, answer: Answer, { settings, situation }: Context): Next {
  const told: Told = {
    step,
    memory: readMemory(situation.memory),
    hasWaited: situation.hasWaited,
  };
  return answer.kind === "done"
    ? afterDone(told, answer.result, settings)
    : afterNothingThere(told, settings);
}

function afterDone(told: Told, result: KommoResult, settings: RegistrationSettings): Next {
  const { step, memory } = told;
  switch (result.kind) {
    case "booked":
      return "call" in step ? afterBooked(told, step.call, { card: result.card, settings }) : NONE;
    case "found-card":
      return step.kind === "find-card" ? afterFound(step, result) : NONE;
    case "made-unsorted": {
      const { uid, leadId } = result;
      const made = { card: { type: "leads", id: leadId }, ...(uid === "" ? {} : { uid }) } as const;
      return afterMade(told, made, settings);
    }
    case "made-card": {
      if (!("call" in step)) return NONE;
      const isForKnown = step.kind === "create-lead" && step.owner !== undefined;
      const until = { until: step.call.created_at + LATE_INDEX_S };
      const made = { card: result.card, ...(isForKnown ? until : {}) };
      const next = afterMade(told, made, settings);
      const note = noteOn(result.card, step, isForKnown ? "new-lead" : "this-call");
      return { ...next, follow: [note, ...next.follow] };
    }
    case "made-task": {
      const { taskId, wasOpen } = result;
      const because = wasOpen
        ? "the client's last task to call back is still open"
        : "no other task of the client is open";
      const decided = wasOpen ? `no second task: ${taskId} stands` : `task ${taskId} to call back`;
      const remembered = remembering(memory, { ...memory, task: taskId });
      return { follow: [], ...remembered, decisions: [{ decided, because }] };
    }
    case "updated-card": {
      const because = result.isChanged
        ? "responsible.existing_card wants it"
        : "the card is not the default user's";
      const decided = result.isChanged ? "another responsible user for the" : "leave the";
      return {
        follow: [],
        decisions: [{ decided: `${decided} ${tellCard(result.card)}`, because }],
      };
    }
    case "note-refused":
      return "call" in step ? afterNoteRefused(told, step.call, { ...result, settings }) : NONE;
    case "completed-task":
      return NONE;
    default:
      return assertNever(result);
  }
}

/**
 * So long Kommo may hide a new lead of a known client from look-ups. After that a client without an
 * open lead has closed it.
 */
const LATE_INDEX_S = 600;

const NONE: Next = { follow: [] };

/** Kommo knows the client: the table's first row, or the note that ends its second. */
function afterBooked(
  { step, memory }: Told,
  call: CallFields,
  { card, settings }: { card: Card; settings: RegistrationSettings },
): Next {
  const isNote = step.kind === "add-call-note";
  const isOfStranger = isNote && step.cardFrom === "this-call";
  const { known, unknown } = bookingOf(step, call, settings);
  const task = isOfStranger ? (unknown.make === "ignore" ? undefined : unknown.task) : known.task;
  // Of an incoming lead nobody can see the tasks; and an old "customer" of amoCRM takes none.
  const isVisible = card.id > 0 && !(isNote && step.unsortedUid !== undefined);
  const isNew = isOfStranger || (isNote && step.cardFrom === "new-lead") || !isVisible;
  const talk = afterTalk(memory, call, settings);
  return {
    follow: [
      ...(task !== undefined && isVisible ? [callBackTask(card, call, task)] : []),
      ...(isNew || known.responsible === undefined
        ? []
        : [changeResponsible(card, known.responsible)]),
      ...talk.follow,
    ],
    // Kommo found the card by the number: what we remembered of it is no longer needed.
    ...remembering(memory, isNote ? talk.memory : withoutCard(talk.memory)),
    endsWaiting: !isNote && memory.uid !== undefined,
    decisions: [tellBooked(step, card), ...talk.decisions],
  };
}

/** The client's card is visible since the lead was accepted, so Kommo finds it by the number. */
function afterNoteRefused(
  { step, memory }: Told,
  call: CallFields,
  { card, settings }: { card: Card; settings: RegistrationSettings },
): Next {
  const because = `${tellCard(card)} was accepted, and takes no call note all the same`;
  return {
    follow: [{ kind: "register-call", call, booking: bookingOf(step, call, settings) }],
    ...remembering(memory, withoutCard(memory)),
    decisions: [{ decided: "register the call by its number", because }],
  };
}

function tellBooked(step: KommoStep, card: Card): Decision {
  const decided = `the call stands on ${tellCard(card)}`;
  if (step.kind === "add-call-note")
    return { decided, because: WHY_NOTE[step.cardFrom ?? "this-call"] };
  const because =
    card.type === "leads"
      ? "Kommo chose it by the number: it is the only open lead of the client"
      : "Kommo chose it by the number: the client has no open lead, or several";
  return { decided, because };
}

const WHY_NOTE = {
  "this-call": "it was made for this call",
  "new-lead": "it was made for this call, since the client had no open lead",
  "earlier-call":
    "it was made for an earlier call of the number, and Kommo does not find it by the number yet",
  rule: "a rule chose it",
  click: "the employee dialled from it",
} as const;

/** Somebody talked with the client: an open task to call back is done. */
function afterTalk(
  memory: ClientMemory,
  call: CallFields,
  { language }: RegistrationSettings,
): { follow: KommoStep[]; memory: ClientMemory; decisions: Decision[] } {
  if (!wasAnswered(call)) return { follow: [], memory, decisions: [] };
  const { task } = memory;
  const talked = { ...withoutTask(memory), talked_at: call.created_at + call.duration };
  if (task === undefined) return { follow: [], memory: talked, decisions: [] };
  const words = WORDS[language];
  const result = call.direction === "inbound" ? words.talkedInbound : words.talkedOutbound;
  return {
    follow: [{ kind: "complete-task", taskId: task, result }],
    memory: talked,
    decisions: [{ decided: `complete task ${task}`, because: "somebody talked with the client" }],
  };
}

function afterMade(
  { step, memory }: Told,
  made: Required<Pick<ClientMemory, "card">> & Pick<ClientMemory, "uid" | "until">,
  settings: RegistrationSettings,
): Next {
  if (!("call" in step)) return NONE;
  // With a note to come, the talk is told by that.
  const talk =
    step.kind === "add-unsorted"
      ? afterTalk(memory, step.call, settings)
      : { follow: [], memory, decisions: [] };
  return {
    follow: talk.follow,
    ...remembering(memory, { ...withoutCard(talk.memory), ...made }),
    decisions: [
      { decided: `made ${tellCard(made.card)}`, because: "no card has the number" },
      ...talk.decisions,
    ],
  };
}

function afterFound(
  step: Extract<KommoStep, { kind: "find-card" }>,
  { card, openLeads }: Extract<KommoResult, { kind: "found-card" }>,
): Next {
  const { booking, call } = step;
  const { known } = booking;
  const because = known.because ?? "the rule";
  const decide = (decided: string, next: KommoStep | undefined): Next => ({
    follow: next === undefined ? [] : [next],
    decisions: [{ decided, because }],
  });
  if (!known.register) return decide("leave the call out: the client is known", undefined);
  const lead = openLeads.length === 0 ? makeLeadFor(card, step) : undefined;
  if (lead !== undefined) return decide("make a lead: the client has no open one", lead);
  if (known.on === "kommo")
    return decide("register the call by its number", { kind: "register-call", call, booking });
  const newest = openLeads.at(-1);
  const onLead: Card | undefined =
    known.on === "newest_lead" && newest !== undefined ? { type: "leads", id: newest } : undefined;
  const chosen = fixedCard(known.on) ?? onLead ?? card;
  return decide(`write the call on ${tellCard(chosen)}`, noteOn(chosen, step, "rule"));
}

function afterNothingThere(told: Told, settings: RegistrationSettings): Next {
  const { step } = told;
  switch (step.kind) {
    case "register-call":
    case "find-card":
      return forUnknownClient(step, step.call, settings);
    case "add-call-note":
      return afterLostCard(told, step, settings);
    case "add-unsorted":
    case "create-contact":
    case "create-lead":
    case "create-task":
    case "complete-task":
    case "update-card":
    case "make-lead":
    case "change-card":
    case "add-note":
    case "make-task":
      return NONE;
    default:
      return assertNever(step);
  }
}

/** The card that we knew by its id is gone: declined, deleted, merged into another. */
function afterLostCard(told: Told, step: AddCallNote, settings: RegistrationSettings): Next {
  const { memory, hasWaited } = told;
  const { card, call } = step;
  const isRemembered = memory.card?.type === card.type && memory.card.id === card.id;
  const forgotten = isRemembered ? remembering(memory, withoutCard(memory)) : {};
  if (step.cardFrom === "this-call" || step.cardFrom === "new-lead")
    return {
      follow: [],
      ...forgotten,
      refuse: {
        reason: `${tellCard(card)} was just made for this call, and takes no note`,
        hint: "look at the card in Kommo; `calls resend` books the call anew",
      },
    };
  if (hasWaited)
    return {
      follow: [],
      ...forgotten,
      refuse: {
        reason: "the client's incoming lead was declined while this call waited for it",
        hint: "nothing need be done; `calls resend` books the call all the same",
      },
    };
  if (step.cardFrom === "rule" || step.cardFrom === "click") {
    const booking = bookingOf(step, call, settings);
    const decided = "register the call by its number";
    const chosen = step.cardFrom === "rule" ? "the rule chose" : "the employee dialled from";
    const because = `${tellCard(card)}, which ${chosen}, is not there`;
    return {
      follow: [{ kind: "register-call", call, booking }],
      decisions: [{ decided, because }],
    };
  }
  return { ...forUnknownClient(step, call, settings), ...forgotten };
}

/** The table's second row. */
function forUnknownClient(step: KommoStep, call: CallFields, settings: RegistrationSettings): Next {
  const booking = bookingOf(step, call, settings);
  const made = makeCard(call, booking);
  const decided = made === undefined ? "nothing is made" : MAKING[made.kind];
  const because = `no card has the number, and ${booking.unknown.because}`;
  return { follow: made === undefined ? [] : [made], decisions: [{ decided, because }] };
}

const MAKING = {
  "add-unsorted": "make an incoming lead",
  "create-contact": "make a contact",
  "create-lead": "make a contact and a lead",
} as const;

/** A step that was queued without a booking (by hand, by an older version) goes by the table alone. */
function bookingOf(step: KommoStep, call: CallFields, settings: RegistrationSettings): Booking {
  if ("booking" in step && step.booking !== undefined) return step.booking;
  const user = call.responsible_user_id;
  const side = {
    rule: { then: {}, because: undefined },
    responsible: { user, because: "", unknownExtension: undefined, isForCardOwner: false },
  };
  const names = { did: "", trunk: "", time: () => "", employee: "" };
  const asked = { call, known: side, unknown: side, names, wholeSeconds: undefined };
  return decideBooking(asked, settings);
}
