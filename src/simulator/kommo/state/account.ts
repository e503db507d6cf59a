/**
 * All that a simulated account holds. Entities have Kommo's own field names.
 * @source kommo-api, sections 5, 6, 9 to 16
 */
import type { PhoneIndex } from "./phone-index.ts";

export type CardType = "leads" | "contacts" | "companies";
export const CARD_TYPES: readonly CardType[] = ["leads", "contacts", "companies"];
export const SINGULAR = { leads: "lead", contacts: "contact", companies: "company" } as const;
/** Kommo's numbers of the types. */
export const TYPE_NUMBER = { contacts: 1, leads: 2, companies: 3 } as const;

export type User = {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly phone_number: string | null;
  isAdmin: boolean;
  isActive: boolean;
};

export type Enum = { readonly id: number; readonly value: string; readonly sort: number };
export type CustomField = {
  readonly id: number;
  readonly name: string;
  readonly code: string | null;
  readonly type: "multitext" | "text" | "numeric" | "url" | "date_time" | "checkbox";
  readonly enums: readonly Enum[];
};
export type FieldValue = { readonly value: string | number | boolean; readonly enumId?: number };
export type CardField = { readonly field: CustomField; readonly values: readonly FieldValue[] };

type CardBase = {
  readonly id: number;
  name: string;
  responsible_user_id: number;
  created_by: number;
  updated_by: number;
  created_at: number;
  updated_at: number;
  closest_task_at: number | null;
  is_deleted: boolean;
  /** Hidden in Incoming leads until accepted. */
  is_unsorted: boolean;
  fields: readonly CardField[];
  tags: readonly number[];
  /** Milliseconds from which `query`, and the phone match, find it (late indices). */
  searchableAt: number;
  matchableAt: number;
};
export type Contact = CardBase & {
  readonly type: "contacts";
  first_name: string;
  last_name: string;
  company: number | null;
};
export type Company = CardBase & { readonly type: "companies" };
export type Lead = CardBase & {
  readonly type: "leads";
  price: number;
  status_id: number;
  pipeline_id: number;
  loss_reason_id: number | null;
  closed_at: number | null;
  contacts: { readonly id: number; readonly is_main: boolean }[];
  company: number | null;
  source: string | null;
};
export type Card = Contact | Company | Lead;

export const WON = 142;
export const LOST = 143;
export type Status = {
  readonly id: number;
  readonly name: string;
  readonly sort: number;
  /** 1 is the stage of incoming leads. */
  readonly type: 0 | 1;
  readonly color: string;
};
export type Pipeline = {
  readonly id: number;
  readonly name: string;
  readonly sort: number;
  readonly is_main: boolean;
  is_unsorted_on: boolean;
  readonly statuses: readonly Status[];
};

export type Note = {
  readonly id: number;
  readonly type: CardType;
  readonly entity_id: number;
  readonly note_type: string;
  params: Readonly<Record<string, unknown>>;
  readonly created_by: number;
  updated_by: number;
  readonly created_at: number;
  updated_at: number;
  responsible_user_id: number;
  is_pinned: boolean;
  /** What made it. */
  readonly via: "calls" | "notes" | "unsorted";
  /** Milliseconds from which lists show it. */
  readonly visibleAt: number;
};

export type Task = {
  readonly id: number;
  text: string;
  complete_till: number;
  task_type_id: number;
  entity_type: CardType | null;
  entity_id: number | null;
  responsible_user_id: number;
  duration: number;
  is_completed: boolean;
  result: string | null;
  readonly created_by: number;
  updated_by: number;
  readonly created_at: number;
  updated_at: number;
};

export type Unsorted = {
  readonly uid: string;
  readonly category: "sip" | "forms";
  readonly source_uid: string;
  readonly source_name: string;
  readonly pipeline_id: number;
  readonly created_at: number;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly leadId: number;
  readonly contactId: number | null;
  readonly companyId: number | null;
  state: "waiting" | "accepted" | "declined";
  sortedAt: number | null;
};

export type Tag = { readonly id: number; readonly name: string; color: string | null };
export type CallEvent = {
  readonly id: string;
  readonly type: "incoming_call" | "outgoing_call";
  readonly entity: CardType;
  readonly entity_id: number;
  readonly created_by: number;
  readonly created_at: number;
  readonly noteId: number;
};
export type Popup = {
  readonly at: number;
  readonly phone_number: string;
  /** Absent: shown to everyone. */
  readonly users: readonly number[] | undefined;
  readonly card: { readonly type: CardType; readonly id: number } | undefined;
};
export type Source = {
  readonly id: number;
  name: string;
  readonly external_id: string;
  pipeline_id: number;
  isDefault: boolean;
  origin_code: string | null;
};
export type Webhook = {
  readonly id: number;
  readonly destination: string;
  readonly settings: readonly string[];
  readonly created_at: number;
  readonly created_by: number;
  readonly sort: number;
  disabled: boolean;
};

/** What a request changed: for the journal, and for webhooks. */
export type Change =
  | {
      readonly action: "add" | "update" | "delete" | "responsible";
      readonly type: CardType;
      readonly id: number;
    }
  | {
      readonly action: "status";
      readonly type: "leads";
      readonly id: number;
      readonly before: number;
    }
  | {
      readonly action: "add";
      readonly type: "notes" | "tasks" | "tags" | "popups" | "sources" | "webhooks";
      readonly id: number;
    }
  | {
      readonly action: "update" | "delete";
      readonly type: "notes" | "tasks" | "sources" | "webhooks";
      readonly id: number;
    }
  | {
      readonly action: "add" | "accept" | "decline";
      readonly type: "unsorted";
      readonly uid: string;
    };

export type Account = {
  readonly id: number;
  readonly name: string;
  readonly subdomain: string;
  readonly createdAt: number;
  timezone: string;
  country: string | null;
  isUnsortedOn: boolean;
  readonly taskTypes: readonly {
    readonly id: number;
    readonly name: string;
    readonly code: string;
  }[];
  readonly users: Map<number, User>;
  readonly pipelines: Map<number, Pipeline>;
  readonly customFields: Readonly<Record<CardType, CustomField[]>>;
  readonly cards: {
    readonly leads: Map<number, Lead>;
    readonly contacts: Map<number, Contact>;
    readonly companies: Map<number, Company>;
  };
  readonly phones: { readonly contacts: PhoneIndex; readonly companies: PhoneIndex };
  /** Leads by contact and by company, contacts by company: the other way of the links. */
  readonly linked: Readonly<
    Record<"contactLeads" | "companyLeads" | "companyContacts", Map<number, Set<number>>>
  >;
  readonly notes: Map<number, Note>;
  readonly tasks: Map<number, Task>;
  readonly unsorted: Map<string, Unsorted>;
  readonly tags: Readonly<Record<CardType, Map<number, Tag>>>;
  readonly events: CallEvent[];
  readonly popups: Popup[];
  readonly sources: Map<number, Source>;
  readonly webhooks: Map<number, Webhook>;
  /** The one that is installed; `users`: user id → extension, as an administrator typed it. */
  readonly widget: { readonly code: string; readonly users: Record<string, string> };
  readonly nextId: Record<
    "leads" | "contacts" | "notes" | "tasks" | "tags" | "fields" | "others",
    number
  >;
  /** Taken and emptied after each request. */
  changes: Change[];
};

/** The main pipeline: what is taken where none is named. */
export function mainPipeline(account: Account): Pipeline {
  const pipelines = [...account.pipelines.values()];
  const main = pipelines.find(({ is_main }) => is_main) ?? pipelines[0];
  if (main === undefined) throw new Error("the simulated account has no pipeline");
  return main;
}

export const incomingStatusId = (pipeline: Pipeline): number =>
  pipeline.statuses.find(({ type }) => type === 1)?.id ?? 0;

export const firstStatusId = (pipeline: Pipeline): number =>
  pipeline.statuses.find(({ type }) => type === 0)?.id ?? 0;
