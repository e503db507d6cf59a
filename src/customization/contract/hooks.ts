/**
 * The thirteen customizations: for each what it is given and what it may answer. The one source of the
 * check, the JSON Schemas, the types and the documentation.
 * @source Itgrix, "Useful customizations itgrix_kmo", Input and output parameters; names and fields
 * to the letter
 */
import { callFull } from "./call-full.ts";
import { anything, choice, either, flag, integer, list, mapOf, nullable } from "./shape.ts";
import { object, text, type Shape } from "./shape.ts";

export const HOOK_NAMES = [
  "need_registration",
  "process_client_phone",
  "process_contact_creation_params",
  "process_lead_creation_params",
  "process_unsorted_creation_params",
  "process_record_file_path",
  "process_call_params",
  "process_contact_update_params",
  "process_lead_update_params",
  "process_task_creation_params",
  "post_registration",
  "process_originate_params",
  "customize_autodistribution",
] as const;
export type HookName = (typeof HOOK_NAMES)[number];

export type Hook = {
  readonly doc: string;
  /** Without `call_full` where it has none. */
  readonly input: Shape;
  /** Of `data`; undefined: only `state` is looked at. */
  readonly output: Shape | undefined;
  /** What an empty `data` does; undefined: it is no answer, and the default is used. */
  readonly onCancel: string | undefined;
};

type Fields = Readonly<Record<string, Shape>>;

const PHONE = "^[0-9A-Za-z+*#().\\- ]{1,64}$";
const phone = (doc: string): Shape => text(doc, { most: 64, pattern: PHONE });
const userId = (doc: string): Shape => nullable(integer(doc, 1));
const seconds = (doc: string): Shape => integer(`${doc}, Unix time in seconds`);
const link = text("link to the recording of the last conversation, or empty", {
  most: 4_096,
  mayBeEmpty: true,
  pattern: "^https?://\\S+$",
});
const loose = { mayBeEmpty: true, most: 4_096 };
const tag = either([
  text("the tag's name"),
  object({ name: text("the tag's name") }, { isOpen: true }),
]);
const customField = object(
  {
    field_id: integer("id of the field in the account", 1),
    values: list(
      object(
        { enum_code: text('kind of number, "WORK"'), value: phone("the client's number") },
        { isOpen: true },
      ),
    ),
  },
  { isOpen: true },
);
const never = text("", { most: 0 });
/** Other fields of the card: of a list a value with its kind, else a value of any kind. */
const anyCustomField = object(
  {
    values: list(
      either([
        object({ enum_code: text("kind"), value: text("its value") }, { isOpen: true }),
        object({ enum_code: never }, { optional: ["enum_code"], isOpen: true }),
      ]),
    ),
  },
  { isOpen: true },
);

const stages = choice("where the call stands", [
  "conversation_requested",
  "conversation_accepted",
  "conversation_ended",
  "call_ended",
]);

const calls: Fields = {
  call_result: text("words that stand with the call", { ...loose, mayBreak: true }),
  call_status: integer("4 talked, 5 wrong number, 6 no connection, 7 busy, 3 not available"),
  created_at: seconds("when the call began"),
  created_by: userId("the employee; null: nobody known"),
  direction: choice("who began", ["inbound", "outbound"]),
  duration: integer("talk time of the last conversation in seconds"),
  link,
  phone: phone("the client's number, after process_client_phone"),
  responsible_user_id: userId("the employee; null: nobody known"),
  source: text("who tells the call"),
};

const contact: Fields = {
  custom_fields_values: list(customField),
  name: text("name of the contact"),
  responsible_user_id: userId("responsible user"),
  tags: list(tag),
};

const lead: Fields = {
  _embedded: object({
    contacts: list(object({ id: integer("contact of the lead", 1) }, { isOpen: true })),
    tags: list(tag),
  }),
  name: text("name of the lead"),
  pipeline_id: nullable(integer("pipeline; null: the account's main one", 1)),
  responsible_user_id: userId("responsible user"),
  status_id: nullable(integer("stage; null: the pipeline's first one", 1)),
};

const unsorted: Fields = {
  _embedded: object({
    contacts: list(
      object({
        custom_fields_values: list(customField),
        name: text("name of the contact"),
        tags: list(tag),
      }),
    ),
    leads: list(
      object({
        name: text("name of the lead"),
        pipeline_id: nullable(integer("pipeline; null: the account's main one", 1)),
        tags: list(tag),
      }),
    ),
  }),
  created_at: seconds("when the call began"),
  metadata: object({
    called_at: seconds("when the call began"),
    duration: integer("talk time in seconds"),
    from: phone("the client's number"),
    is_call_event_needed: flag("the call stands on the lead once it is accepted"),
    link,
    phone: phone("the client's number"),
    service_code: text("code of the service"),
    uniq: text("id of the call; what a script sets here is not used"),
  }),
  pipeline_id: nullable(integer("pipeline; null: the account's main one", 1)),
  source_name: text("name of the source"),
  source_uid: text("id of the call"),
};

const task: Fields = {
  complete_till: seconds("deadline"),
  created_by: userId("who makes the task; null: the owner of the token"),
  entity_id: integer("card of the task", 1),
  entity_type: choice("kind of that card", ["contacts", "leads", "companies"]),
  is_completed: flag("false when it is made"),
  responsible_user_id: userId("whose task it is; null: the card's responsible user"),
  task_type: integer("1 call, 2 meeting, 3 e-mail, or one of the account", 1),
  text: text("what is to be done", { most: 4_096, mayBreak: true }),
};

const update = (what: string): Fields => ({
  id: integer(`${what} in Kommo`, 1),
  responsible_user_id: integer("the new responsible user", 1),
});

const dial: Fields = {
  caller_id: text("caller id of the call", loose),
  channel: text("the employee's telephone", loose),
  context: text("context that dials the client", loose),
  extension: text("number that is dialled", loose),
  priority: integer("of the extension", 1),
  request_data: mapOf(anything(""), "the request as it came"),
};

const withCall = (fields: Fields): Shape => object({ call_full: callFull, ...fields });
/** As it is given, and with what scripts may add or leave out. */
const body = (fields: Fields): Shape =>
  object(openInside(fields), { optional: Object.keys(fields), isOpen: true });

function openInside(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).map(([name, shape]) => [name, opened(shape)]));
}

/** Nested objects of an answer: documented fields are checked where they stand, others pass. */
function opened(shape: Shape): Shape {
  if (shape === customField) return either([customField, anyCustomField]);
  switch (shape.is) {
    case "object":
      return {
        ...shape,
        fields: openInside(shape.fields),
        optional: Object.keys(shape.fields),
        isOpen: true,
      };
    case "list":
      return { ...shape, of: opened(shape.of) };
    case "text":
    case "integer":
      // A field that is null is left out.
      return { is: "nullable", of: shape, doc: shape.doc };
    default:
      return shape;
  }
}

const creation = (doc: string, fields: Fields, onCancel: string): Hook => ({
  doc,
  input: withCall(fields),
  output: body(fields),
  onCancel,
});

export const HOOKS: Readonly<Record<HookName, Hook>> = {
  need_registration: {
    doc: "Is the call to be told to Kommo? Asked at each stage, before all else.",
    input: withCall({ call_stage: stages }),
    output: object(
      { result: flag("false: nothing of this stage reaches Kommo") },
      { isOpen: true },
    ),
    onCancel: undefined,
  },
  process_client_phone: {
    doc: "The client's number, before it is looked for in Kommo.",
    input: withCall({ call_stage: stages, phone: phone("the client's number") }),
    output: object({ phone: phone("the number from here on") }, { isOpen: true }),
    onCancel: undefined,
  },
  process_contact_creation_params: creation("Before a contact is made.", contact, "no contact"),
  process_lead_creation_params: creation("Before a lead is made.", lead, "no lead"),
  process_unsorted_creation_params: creation(
    "Before an incoming lead is made.",
    unsorted,
    "no incoming lead",
  ),
  process_record_file_path: {
    doc: "Where the file of a recording is; may convert it. Has a limit of its own.",
    input: withCall({
      conversation: anything(
        "the conversation that it holds, as in call_full; null: the call's own",
      ),
      file_path: text("as Asterisk named it", { most: 4_096 }),
    }),
    output: object({ file_path: text("of the file to serve", { most: 4_096 }) }, { isOpen: true }),
    onCancel: "no recording",
  },
  process_call_params: creation(
    "Before the call is registered.",
    calls,
    "the call is not registered",
  ),
  process_contact_update_params: creation(
    "Before the responsible user of a contact is changed.",
    update("the contact"),
    "the contact stays as it is",
  ),
  process_lead_update_params: creation(
    "Before the responsible user of a lead is changed.",
    update("the lead"),
    "the lead stays as it is",
  ),
  process_task_creation_params: creation(
    "Before a task for a missed inbound or unanswered outbound call is made.",
    task,
    "no task",
  ),
  post_registration: {
    doc: "After everything of the call is confirmed by Kommo.",
    input: withCall({ attempt: integer("1, or more where an earlier run was cut short", 1) }),
    output: undefined,
    onCancel: undefined,
  },
  process_originate_params: {
    doc: "Before a call is dialled from the CRM.",
    input: object({
      ...dial,
      params: object(dial, { doc: "the same once more, for older scripts" }),
    }),
    output: body(dial),
    onCancel: "the dial is refused, and the user is told",
  },
  customize_autodistribution: {
    doc: "Whom the dialplan is told for a caller.",
    input: object({
      number: text("extension of the employee, or empty", loose),
      name: text("what the telephone shows, or empty", loose),
      from: text("calling number", loose),
      trunk: text("line that it came by", loose),
      request_data: mapOf(anything(""), "the request as it came"),
      entity: nullable(anything("the card that was found")),
      error: text("why nobody was found, or empty", loose),
    }),
    output: object(
      {
        number: text("an extension of the configuration", {
          most: 32,
          pattern: "^[0-9A-Za-z_-]{1,32}$",
        }),
        name: text("what the telephone shows; cut to 20 characters", loose),
      },
      { optional: ["name"], isOpen: true },
    ),
    onCancel: "as if nobody was found",
  },
};

export const isHookName = (name: string): name is HookName =>
  (HOOK_NAMES as readonly string[]).includes(name);
