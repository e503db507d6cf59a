/**
 * What a decision becomes in Kommo: steps with their last field, and what will hold once they are done.
 * Only what differs is sent; nothing different, no step. Pure. @source altegio, section 3.4
 */
import type { CardStep, OnMadeLead } from "../kommo/card-step.ts";
import type { JsonObject } from "../kommo/json.ts";
import type { Appointment } from "./appointment.ts";
import type { CrmContact, CrmLead, FieldValue } from "./crm.ts";
import type { Decision } from "./decide.ts";
import { isSameValue, leadPrice, leadValues, type ValueInput } from "./lead-values.ts";
import type { Applied } from "./rows.ts";
import type { NoteKind, StageOf } from "./settings.ts";
import { chooseStage, type StageChoice } from "./stage.ts";
import { ALTEGIO_WORDS, titlesOf } from "./words.ts";

export type PlanInput = ValueInput & {
  readonly decision: Exclude<Decision, { action: "skip" }>;
  /** As it is now; undefined where one is made. */
  readonly lead: CrmLead | undefined;
  /** Whom the client is, as the contact stands now; undefined: not read, and nothing to be filled. */
  readonly contact: CrmContact | undefined;
  readonly recordFieldId: number;
  readonly applied: Applied | undefined;
  readonly orderOf: (pipelineId: number) => readonly number[];
  /** Where a new lead comes to stand if nothing says otherwise. */
  readonly firstPlace: StageOf;
  /** Milliseconds since 1970. */
  readonly now: number;
};

export type WritePlan = {
  readonly steps: readonly CardStep[];
  /** Where the lead stands afterwards. */
  readonly place: StageOf;
  /** What was on the lead before, and what we put there: for undo. Empty where nothing was changed. */
  readonly before: JsonObject;
  readonly after: JsonObject;
  /** For the log of decisions. */
  readonly detail: readonly string[];
};

export function planWrites(input: PlanInput): WritePlan {
  const { decision } = input;
  if (decision.action === "create_lead") return planNewLead(input, decision.setRecordId);
  return planChange(input, input.lead);
}

const fieldBody = (fieldId: number, value: FieldValue | undefined): JsonObject => ({
  field_id: fieldId,
  values: value === undefined ? [] : [{ value }],
});

const isPaidFull = ({ appointment, payment }: ValueInput): boolean =>
  payment === undefined
    ? appointment.isPaidFull
    : payment.status === "paid_full" || payment.status === "paid_over";

const categoryIds = ({ appointment, categoryOf }: ValueInput): readonly string[] =>
  appointment.services.flatMap(({ id }) => categoryOf(id)?.id ?? []);

const stageOptions = ({ settings, orderOf }: PlanInput) => ({
  allowBackward: settings.allowBackward,
  reopenClosed: settings.match.reopensClosed,
  orderOf,
});

function planNewLead(input: PlanInput, recordId: string): WritePlan {
  const { appointment, settings, firstPlace, decision, now } = input;
  const choice = chooseStage(
    {
      appointment,
      isPaidFull: isPaidFull(input),
      categoryIds: categoryIds(input),
      now: firstPlace,
    },
    settings.stages,
    stageOptions(input),
  );
  const place = choice.kind === "move" ? placeOf(choice) : firstPlace;
  const user = settings.userOfStaff.get(appointment.staff.id ?? "");
  const price = leadPrice(input);
  const values = [...leadValues(input)].filter(([, value]) => value !== undefined);
  const contactId = decision.action === "create_lead" ? decision.contactId : undefined;
  const contact = contactId === undefined ? newContact(input, user) : { id: contactId };
  const step: CardStep = {
    kind: "make-lead",
    body: {
      name: leadName(appointment, settings.newLead.name),
      pipeline_id: place.pipelineId,
      status_id: place.statusId,
      ...(user === undefined ? {} : { responsible_user_id: user }),
      ...(price === undefined ? {} : { price }),
      custom_fields_values: [
        fieldBody(input.recordFieldId, recordId),
        ...values.map(([id, value]) => fieldBody(id, value)),
      ],
      _embedded: {
        ...(contact === undefined ? {} : { contacts: [contact] }),
        ...(settings.newLead.tags.length === 0
          ? {}
          : { tags: settings.newLead.tags.map((name) => ({ name })) }),
      },
    },
    mark: { fieldId: input.recordFieldId, text: recordId },
    decidedAt: Math.floor(now / 1_000),
    afterwards: onNewLead(input),
  };
  const filling = contactId === undefined ? undefined : contactChange(input);
  return {
    steps: [step, ...(filling === undefined ? [] : [filling])],
    place,
    before: {},
    after: {},
    detail: [`stage ${tellStage(choice, place)}`],
  };
}

function leadName({ client, services, recordId }: Appointment, template: string): string {
  const parts: Readonly<Record<string, string>> = {
    client: client?.name ?? "",
    services: titlesOf(services),
    record: recordId,
  };
  const name = template
    .replace(/\{(\w+)\}/g, (whole, part: string) => parts[part] ?? whole)
    .replace(/\s+/g, " ")
    .trim();
  return (name === "" ? `Altegio ${recordId}` : name).slice(0, LONGEST_NAME);
}

const LONGEST_NAME = 250;

/** Undefined: the appointment has no client. */
function newContact(
  { appointment: { client } }: PlanInput,
  user: number | undefined,
): JsonObject | undefined {
  if (client === null) return undefined;
  const fields = [
    ...(isShown(client.phone) ? [codeField("PHONE", [client.phone])] : []),
    ...(client.email === "" ? [] : [codeField("EMAIL", [client.email])]),
  ];
  return {
    name: client.name === "" ? client.phone : client.name,
    ...(user === undefined ? {} : { responsible_user_id: user }),
    ...(fields.length === 0 ? {} : { custom_fields_values: fields }),
  };
}

/** A masked number is none. */
const isShown = (phone: string): boolean => phone !== "" && !/[*•]/.test(phone);

const codeField = (code: "PHONE" | "EMAIL", values: readonly string[]): JsonObject => ({
  field_code: code,
  values: values.map((value) => ({ value, enum_code: "WORK" })),
});

/** Fills what is empty; what is there stays, unless the administrator wants it otherwise. */
function contactChange({ appointment, contact, settings }: PlanInput): CardStep | undefined {
  const { client } = appointment;
  if (client === null || contact === undefined) return undefined;
  const over = settings.overwritesContact;
  const isNameless = contact.name.trim() === "" || /^[+\d\s()-]+$/.test(contact.name);
  const takesName = client.name !== "" && client.name !== contact.name && (over || isNameless);
  const takesPhone =
    isShown(client.phone) &&
    (over ? !hasPhone(contact, client.phone) : contact.phones.length === 0);
  const takesEmail =
    client.email !== "" &&
    (over ? !contact.emails.includes(client.email) : contact.emails.length === 0);
  const fields = [
    // A PATCH replaces all numbers: the others go along.
    ...(takesPhone ? [codeField("PHONE", [client.phone, ...contact.phones])] : []),
    ...(takesEmail ? [codeField("EMAIL", [client.email, ...contact.emails])] : []),
  ];
  if (!takesName && fields.length === 0) return undefined;
  return {
    kind: "change-card",
    card: { type: "contacts", id: contact.id },
    body: {
      ...(takesName ? { name: client.name } : {}),
      ...(fields.length === 0 ? {} : { custom_fields_values: fields }),
    },
  };
}

const digitsOf = (text: string): string => text.replace(/\D/g, "");
const hasPhone = ({ phones }: CrmContact, phone: string): boolean =>
  phones.some((one) => digitsOf(one) === digitsOf(phone));

function planChange(input: PlanInput, lead: CrmLead | undefined): WritePlan {
  if (lead === undefined) throw new Error("a lead that is to be changed was not read");
  const { appointment, settings, decision, applied, now } = input;
  const isMerge = decision.action === "merge_into";
  const isDelete = decision.action === "mark_deleted";
  const changes: { fieldId: number; from: readonly FieldValue[]; to: FieldValue | undefined }[] =
    [];
  // Of what was deleted nothing else is worth telling, and perhaps nothing else is known.
  const told = isDelete ? { ...input, fields: input.fields.filter(isOfDeleted) } : input;
  for (const [fieldId, to] of leadValues(told)) {
    const from = lead.fields.get(fieldId) ?? [];
    // What was there before we came is not emptied.
    const isKept = to === undefined && (isMerge || applied === undefined);
    if (!isKept && !isSameValue(to, from)) changes.push({ fieldId, from, to });
  }
  const recordId = recordIdChange(input, lead);
  if (recordId !== undefined) changes.push(recordId);

  const choice = stageOf(input, lead);
  const place = choice.kind === "move" ? placeOf(choice) : placeIn(lead);
  const price = isDelete ? undefined : leadPrice(input);
  const newPrice = price === undefined || price === lead.price ? undefined : price;
  const user = settings.userOfStaff.get(appointment.staff.id ?? "");
  const isOtherStaff =
    !isDelete && applied !== undefined && applied.staffId !== appointment.staff.id;
  const takesUser = isOtherStaff && user !== undefined && user !== lead.responsibleUserId;
  const tags = isMerge ? settings.newLead.tags.filter((name) => !lead.tags.includes(name)) : [];

  const isMoved = place.pipelineId !== lead.pipelineId || place.statusId !== lead.statusId;
  const after: JsonObject = {
    ...(newPrice === undefined ? {} : { price: newPrice }),
    ...(isMoved ? { pipeline_id: place.pipelineId, status_id: place.statusId } : {}),
    ...(takesUser ? { responsible_user_id: user } : {}),
    ...(tags.length === 0 ? {} : { tags_to_add: tags.map((name) => ({ name })) }),
    ...(changes.length === 0
      ? {}
      : { custom_fields_values: changes.map(({ fieldId, to }) => fieldBody(fieldId, to)) }),
  };
  const before: JsonObject = {
    ...(newPrice === undefined ? {} : { price: lead.price }),
    ...(isMoved ? { pipeline_id: lead.pipelineId, status_id: lead.statusId } : {}),
    ...(takesUser ? { responsible_user_id: lead.responsibleUserId } : {}),
    ...(tags.length === 0 ? {} : { tags_to_delete: tags.map((name) => ({ name })) }),
    ...(changes.length === 0
      ? {}
      : {
          custom_fields_values: changes.map(({ fieldId, from }) => ({
            field_id: fieldId,
            values: from.map((value) => ({ value })),
          })),
        }),
  };
  const isChanged = Object.keys(after).length > 0;
  const card = { type: "leads", id: lead.id } as const;
  const filling = contactChange(input);
  const decidedAt = Math.floor(now / 1_000);
  const task = isMerge ? bookingTask(input) : undefined;
  return {
    steps: [
      ...(isChanged ? [{ kind: "change-card", card, body: after } as const] : []),
      ...(filling === undefined ? [] : [filling]),
      ...notesFor(input).map((text) => ({ kind: "add-note", card, text, decidedAt }) as const),
      ...(task === undefined ? [] : [{ kind: "make-task", card, body: task } as const]),
    ],
    place,
    before: isChanged ? before : {},
    after,
    detail: [
      `stage ${tellStage(choice, place)}`,
      ...(changes.length === 0 ? [] : [`${String(changes.length)} fields`]),
      ...(newPrice === undefined ? [] : [`price ${String(newPrice)}`]),
    ],
  };
}

const isOfDeleted = ({ as }: PlanInput["fields"][number]): boolean => as === "attendance";

function recordIdChange({ decision, recordFieldId, settings }: PlanInput, lead: CrmLead) {
  const from = lead.fields.get(recordFieldId) ?? [];
  if (decision.action === "mark_deleted")
    return settings.clearsRecordId && from.length > 0
      ? { fieldId: recordFieldId, from, to: undefined }
      : undefined;
  if (decision.action === "create_lead" || decision.setRecordId === undefined) return undefined;
  return { fieldId: recordFieldId, from, to: decision.setRecordId };
}

function stageOf(input: PlanInput, lead: CrmLead): StageChoice {
  const { appointment, settings, decision } = input;
  const mayMove = decision.action === "mark_deleted" || movesIn(decision);
  if (!mayMove) return { kind: "stay", reason: "closed" };
  return chooseStage(
    {
      appointment: { ...appointment, isDeleted: decision.action === "mark_deleted" },
      isPaidFull: isPaidFull(input),
      categoryIds: categoryIds(input),
      now: placeIn(lead),
      isChosenClosed: decision.action === "merge_into",
    },
    settings.stages,
    stageOptions(input),
  );
}

const movesIn = (decision: PlanInput["decision"]): boolean =>
  (decision.action === "update_lead" || decision.action === "merge_into") && decision.movesStage;

const placeIn = ({ pipelineId, statusId }: CrmLead): StageOf => ({ pipelineId, statusId });
const placeOf = ({ pipelineId, statusId }: StageOf): StageOf => ({ pipelineId, statusId });

const tellStage = (choice: StageChoice, { statusId }: StageOf): string =>
  choice.kind === "move" ? `→ ${String(statusId)}` : `stays: ${choice.reason.replaceAll("_", " ")}`;

/** What has happened, in one line each, as far as the administrator wants to read it. */
function notesFor(input: PlanInput): readonly string[] {
  const { appointment, payment, applied, decision, settings } = input;
  const isNew = decision.action === "create_lead" || decision.action === "merge_into";
  const happened: Readonly<Record<NoteKind, boolean>> = {
    booked: isNew,
    changed:
      applied !== undefined && !appointment.isDeleted && applied.startsAt !== appointment.startsAt,
    cancelled: decision.action === "mark_deleted" && applied?.isDeleted !== true,
    paid: payment !== undefined && payment.paid > (applied?.paid ?? 0),
  };
  const words = ALTEGIO_WORDS[settings.language];
  return (Object.keys(happened) as NoteKind[])
    .filter((kind) => happened[kind] && settings.notes.has(kind))
    .map((kind) => {
      const what = kind === "paid" ? String(payment?.paid ?? 0) : describe(appointment);
      return `${words[kind]}: ${what}`;
    });
}

const describe = ({ localTime, services, staff }: Appointment): string =>
  [localTime, titlesOf(services), staff.name].filter((part) => part !== "").join(", ");

const onNewLead = (input: PlanInput): readonly OnMadeLead[] => {
  const task = bookingTask(input);
  return [
    ...notesFor(input).map((text) => ({ kind: "add-note", text }) as const),
    ...(task === undefined ? [] : [{ kind: "make-task", body: task } as const]),
  ];
};

const MINUTE_MS = 60_000;

/** Only for what is still to come. */
function bookingTask({ appointment, settings, now }: PlanInput): JsonObject | undefined {
  const { task } = settings;
  const { startsAt, isDeleted } = appointment;
  if (task === undefined || startsAt === undefined || isDeleted || startsAt <= now)
    return undefined;
  const dueAt = Math.max(startsAt - task.minutesBefore * MINUTE_MS, now + MINUTE_MS);
  const user = settings.userOfStaff.get(appointment.staff.id ?? "");
  return {
    text: `${task.text} (${describe(appointment)})`.slice(0, LONGEST_NAME),
    complete_till: Math.floor(dueAt / 1_000),
    task_type_id: task.typeId,
    ...(user === undefined ? {} : { responsible_user_id: user }),
  };
}
