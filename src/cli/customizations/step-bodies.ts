/**
 * What scripts are offered of each step, and the step that their answer makes: the body that is sent,
 * and beside it the fields by which a lost answer is looked up.
 */
import { kommoBody, withOffered } from "../../customization/body.ts";
import type { HookName } from "../../customization/contract/hooks.ts";
import type { JsonObject, RunResult } from "../../customization/run-result.ts";
import type { AddUnsorted, CardType, ContactFields, CreateContact } from "../../kommo/step.ts";
import type {
  CreateLead,
  CreateTask,
  KommoStep,
  LeadFields,
  UpdateCard,
} from "../../kommo/step.ts";

export type Asking = {
  readonly ask: (name: HookName, offered: JsonObject) => Promise<RunResult>;
  readonly phoneField: number;
};

export type CustomizedStep =
  | "stopped"
  | { readonly step: KommoStep }
  /** `instead`: what is left of it without what was cancelled. */
  | { readonly cancelledBy: HookName; readonly instead: KommoStep | undefined };

const nothingLeft = (cancelledBy: HookName): CustomizedStep => ({
  cancelledBy,
  instead: undefined,
});

export function customize(step: KommoStep, asking: Asking): Promise<CustomizedStep> {
  switch (step.kind) {
    case "add-unsorted":
      return customizeUnsorted(step, asking);
    case "create-contact":
      return customizeContact(step, asking);
    case "create-lead":
      return customizeLead(step, asking);
    case "create-task":
      return customizeTask(step, asking);
    case "update-card":
      return customizeUpdate(step, asking);
    default:
      return Promise.resolve({ step });
  }
}

const phoneValues = (phone: string | undefined, phoneField: number): readonly JsonObject[] =>
  phone === undefined || phone === ""
    ? []
    : [{ field_id: phoneField, values: [{ enum_code: "WORK", value: phone }] }];

const contactBody = (contact: ContactFields, phoneField: number): JsonObject => ({
  custom_fields_values: phoneValues(contact.phone, phoneField),
  name: contact.name,
  responsible_user_id: contact.responsible_user_id ?? null,
  tags: contact.tags,
});

const named = (tags: readonly string[]): readonly JsonObject[] => tags.map((name) => ({ name }));

const leadBody = (lead: LeadFields, contacts: readonly JsonObject[]): JsonObject => ({
  _embedded: { contacts, tags: named(lead.tags) },
  name: lead.name,
  pipeline_id: lead.pipeline_id ?? null,
  responsible_user_id: lead.responsible_user_id ?? null,
  status_id: lead.status_id ?? null,
});

/** What is sent of a contact, with no empty list of fields. */
function sentContact(offered: JsonObject, answered: JsonObject): JsonObject {
  const { custom_fields_values: fields, ...rest } = kommoBody(withOffered(offered, answered));
  return Array.isArray(fields) && fields.length === 0
    ? rest
    : { ...rest, custom_fields_values: fields };
}

function customizedContact(
  contact: ContactFields,
  body: JsonObject,
  phoneField: number,
): ContactFields {
  const phone = phoneIn(body, phoneField);
  const { phone: _phone, ...rest } = contact;
  return {
    ...rest,
    name: typeof body["name"] === "string" ? body["name"] : contact.name,
    ...(phone === undefined ? {} : { phone }),
  };
}

function phoneIn(body: JsonObject, phoneField: number): string | undefined {
  const fields = body["custom_fields_values"];
  if (!Array.isArray(fields)) return undefined;
  const field = (fields as readonly JsonObject[]).find(
    (one) => one["field_id"] === phoneField || one["field_code"] === "PHONE",
  );
  const [first] = (field?.["values"] ?? []) as readonly JsonObject[];
  return first === undefined ? undefined : String(first["value"]);
}

async function customizeContact(
  step: CreateContact,
  { ask, phoneField }: Asking,
): Promise<CustomizedStep> {
  const name = "process_contact_creation_params";
  const offered = contactBody(step.contact, phoneField);
  const result = await ask(name, offered);
  if (result.kind === "stopped") return "stopped";
  if (result.kind === "cancelled") return nothingLeft(name);
  if (result.kind !== "answered") return { step: { ...step, customized: true } };
  const body = sentContact(offered, result.data);
  const contact = customizedContact(step.contact, body, phoneField);
  return { step: { ...step, contact, customized: true, body } };
}

async function customizeLead(
  step: CreateLead,
  { ask, phoneField }: Asking,
): Promise<CustomizedStep> {
  const made = await customizedNewContact(step, { ask, phoneField });
  if (made === "stopped") return "stopped";
  if (made === "cancelled") return nothingLeft("process_contact_creation_params");
  const { owner } = step;
  // A new contact has no id yet: it is made together with the lead.
  const owners = owner?.type === "contacts" ? [{ id: owner.id }] : [];
  const offered = leadBody(step.lead, owners);
  const name = "process_lead_creation_params";
  const result = await ask(name, offered);
  if (result.kind === "stopped") return "stopped";
  if (result.kind === "cancelled") return { cancelledBy: name, instead: withoutLead(step, made) };
  if (result.kind !== "answered" && made.body === undefined)
    return { step: { ...step, customized: true } };
  const answered = result.kind === "answered" ? result.data : {};
  const sent = kommoBody(withOffered(offered, answered));
  const embedded = (sent["_embedded"] ?? {}) as JsonObject;
  const ownContact = made.body ?? sentContact(contactBody(step.contact, phoneField), {});
  const contacts = {
    ...(owner === undefined && embedded["contacts"] === undefined
      ? { contacts: [ownContact] }
      : {}),
    ...(owner?.type === "companies" ? { companies: [{ id: owner.id }] } : {}),
  };
  const lead = {
    ...step.lead,
    name: typeof sent["name"] === "string" ? sent["name"] : step.lead.name,
  };
  const body = { ...sent, _embedded: { ...embedded, ...contacts } };
  return { step: { ...step, lead, contact: made.contact, customized: true, body } };
}

type NewContact = { readonly contact: ContactFields; readonly body: JsonObject | undefined };

async function customizedNewContact(
  { contact, owner }: CreateLead,
  { ask, phoneField }: Asking,
): Promise<NewContact | "stopped" | "cancelled"> {
  if (owner !== undefined) return { contact, body: undefined };
  const offered = contactBody(contact, phoneField);
  const result = await ask("process_contact_creation_params", offered);
  if (result.kind === "stopped" || result.kind === "cancelled") return result.kind;
  if (result.kind !== "answered") return { contact, body: undefined };
  const body = sentContact(offered, result.data);
  return { contact: customizedContact(contact, body, phoneField), body };
}

/** The contact is made all the same; where there is one, the call stands on it. */
function withoutLead({ call, booking, owner }: CreateLead, made: NewContact): KommoStep {
  const kept = booking === undefined ? { call } : { call, booking };
  if (owner !== undefined) return { kind: "add-call-note", card: owner, cardFrom: "rule", ...kept };
  const { contact, body } = made;
  const customized = { customized: true, ...(body === undefined ? {} : { body }) } as const;
  return { kind: "create-contact", contact, ...kept, ...customized };
}

async function customizeUnsorted(
  step: AddUnsorted,
  { ask, phoneField }: Asking,
): Promise<CustomizedStep> {
  const { call, contact, lead } = step;
  const pipeline = lead.pipeline_id ?? null;
  const offered: JsonObject = {
    _embedded: {
      contacts: [
        {
          custom_fields_values: phoneValues(contact.phone, phoneField),
          name: contact.name,
          tags: contact.tags,
        },
      ],
      leads: [{ name: lead.name, pipeline_id: pipeline, tags: named(lead.tags) }],
    },
    created_at: call.created_at,
    metadata: {
      called_at: call.created_at,
      duration: call.duration,
      from: call.phone,
      is_call_event_needed: true,
      link: call.link ?? "",
      phone: call.phone,
      service_code: step.serviceCode,
      uniq: call.uniq,
    },
    pipeline_id: pipeline,
    source_name: step.sourceName,
    source_uid: step.sourceUid,
  };
  const name = "process_unsorted_creation_params";
  const result = await ask(name, offered);
  if (result.kind === "stopped") return "stopped";
  if (result.kind === "cancelled") return nothingLeft(name);
  if (result.kind !== "answered") return { step: { ...step, customized: true } };
  const sent = kommoBody(withOffered(offered, result.data));
  const embedded = (sent["_embedded"] ?? {}) as JsonObject;
  const [sentLead, sentContactBody] = [firstOf(embedded["leads"]), firstOf(embedded["contacts"])];
  const { pipeline_id: inner, ...leadRest } = sentLead ?? {};
  const author = call.call_responsible;
  const body: JsonObject = {
    ...sent,
    // The stage of an incoming lead is Kommo's own; its pipeline stands beside it.
    ...(typeof inner === "number" && inner !== pipeline ? { pipeline_id: inner } : {}),
    metadata: {
      ...(author === undefined ? {} : { call_responsible: author }),
      ...(sent["metadata"] as JsonObject),
      uniq: call.uniq,
    },
    _embedded: {
      ...embedded,
      ...(sentLead === undefined ? {} : { leads: [{ ...ownUser(lead), ...leadRest }] }),
      ...(sentContactBody === undefined
        ? {}
        : { contacts: [withoutEmptyFields({ ...ownUser(contact), ...sentContactBody })] }),
    },
  };
  const sourceUid = String(sent["source_uid"]);
  return {
    step: {
      ...step,
      sourceUid,
      contact: customizedContact(contact, sentContactBody ?? {}, phoneField),
      customized: true,
      body,
    },
  };
}

const firstOf = (list: unknown): JsonObject | undefined =>
  Array.isArray(list) ? (list as readonly JsonObject[])[0] : undefined;

const ownUser = ({ responsible_user_id: user }: LeadFields | ContactFields): JsonObject =>
  user === undefined ? {} : { responsible_user_id: user };

function withoutEmptyFields(contact: JsonObject): JsonObject {
  const { custom_fields_values: fields, ...rest } = contact;
  return Array.isArray(fields) && fields.length > 0 ? contact : rest;
}

async function customizeTask(step: CreateTask, { ask }: Asking): Promise<CustomizedStep> {
  const offered: JsonObject = {
    complete_till: step.complete_till,
    created_by: null,
    entity_id: step.card.id,
    entity_type: step.card.type,
    is_completed: false,
    responsible_user_id: step.responsible_user_id ?? null,
    task_type: step.task_type_id,
    text: step.text,
  };
  const name = "process_task_creation_params";
  const result = await ask(name, offered);
  if (result.kind === "stopped") return "stopped";
  if (result.kind === "cancelled") return nothingLeft(name);
  if (result.kind !== "answered") return { step: { ...step, customized: true } };
  const body = kommoBody(withOffered(offered, result.data));
  const { isForCardOwner, responsible_user_id: before, ...rest } = step;
  const user =
    typeof body["responsible_user_id"] === "number" ? body["responsible_user_id"] : undefined;
  // A user whom the script names goes before the card's own.
  const isStillForOwner = isForCardOwner === true && user === before;
  return {
    step: {
      ...rest,
      ...(user === undefined ? {} : { responsible_user_id: user }),
      ...(isStillForOwner ? { isForCardOwner: true } : {}),
      card: { type: body["entity_type"] as CardType, id: Number(body["entity_id"]) },
      text: String(body["text"]),
      complete_till: Number(body["complete_till"]),
      task_type_id: Number(body["task_type_id"]),
      customized: true,
      body,
    },
  };
}

async function customizeUpdate(step: UpdateCard, { ask }: Asking): Promise<CustomizedStep> {
  const name =
    step.card.type === "leads" ? "process_lead_update_params" : "process_contact_update_params";
  const offered: JsonObject = {
    id: step.card.id,
    responsible_user_id: step.responsible_user_id,
  };
  const result = await ask(name, offered);
  if (result.kind === "stopped") return "stopped";
  if (result.kind === "cancelled") return nothingLeft(name);
  if (result.kind !== "answered") return { step: { ...step, customized: true } };
  const sent = kommoBody(withOffered(offered, result.data), true);
  // Another card is not this step's to change.
  const body = { ...sent, id: step.card.id };
  const user = sent["responsible_user_id"];
  return {
    step: {
      ...step,
      ...(typeof user === "number" ? { responsible_user_id: user } : {}),
      customized: true,
      body,
    },
  };
}
