/**
 * One command to Kommo, as data: what the room `registration` decides, the outbox keeps and the room
 * `kommo` turns into requests. Kept in the store as JSON, so a change of shape needs a migration.
 *
 * Ids are Kommo's integers, times Unix seconds, durations whole seconds (kommo-api, section 1).
 * `booking` is what the rules said of the call when it was accepted; Kommo never sees it.
 */
import type { Booking } from "../registration/booking.ts";
import type { CardStep } from "./card-step.ts";

export type CardType = "leads" | "contacts" | "companies";
export type Card = { readonly type: CardType; readonly id: number };

/** The fields of POST /calls, which are also the `params` of a call note. Absent means: leave it out. */
export type CallFields = {
  readonly direction: "inbound" | "outbound";
  readonly phone: string;
  readonly duration: number;
  readonly source: string;
  readonly uniq: string;
  readonly call_status: number;
  readonly created_at: number;
  readonly link?: string;
  readonly call_result?: string;
  readonly call_responsible?: number;
  readonly responsible_user_id?: number;
  readonly created_by?: number;
  /** What the administrator's script added: goes along as it is. */
  readonly custom?: Readonly<Record<string, unknown>>;
};

/** What a script of the administrator made of a step: kept before it is sent, and not asked again. */
export type Customized = {
  readonly customized?: true;
  /** Sent in place of what the step's fields give. */
  readonly body?: Readonly<Record<string, unknown>>;
};

/** A new contact; `phone` is absent only where the caller withheld it. */
export type ContactFields = {
  readonly name: string;
  readonly phone?: string;
  readonly tags: readonly string[];
  readonly responsible_user_id?: number;
};

export type LeadFields = {
  readonly name: string;
  readonly tags: readonly string[];
  readonly pipeline_id?: number;
  readonly status_id?: number;
  readonly responsible_user_id?: number;
};

/** POST /calls: Kommo finds the card by the number. Answer `nothing-there`: no card has it. */
export type RegisterCall = {
  readonly kind: "register-call";
  readonly call: CallFields;
  readonly booking?: Booking;
};

/** GETs only: which card has the number, and which open leads. Before a call that must not be registered
 * by its number alone. Answer `nothing-there`: no card has it. */
export type FindCard = {
  readonly kind: "find-card";
  readonly call: CallFields;
  readonly booking: Booking;
};

/** POST /leads/unsorted/sip: an incoming lead with the call on it. */
export type AddUnsorted = Customized & {
  readonly kind: "add-unsorted";
  readonly call: CallFields;
  readonly contact: ContactFields;
  readonly lead: LeadFields;
  readonly sourceName: string;
  readonly sourceUid: string;
  readonly serviceCode: string;
  readonly booking?: Booking;
};

/** POST /contacts. `call` is what is to be written on the card afterwards. */
export type CreateContact = Customized & {
  readonly kind: "create-contact";
  readonly call: CallFields;
  readonly contact: ContactFields;
  readonly booking?: Booking;
};

/** POST /leads/complex: a contact with a lead in the pipeline. `call` as above. */
export type CreateLead = Customized & {
  readonly kind: "create-lead";
  readonly call: CallFields;
  readonly lead: LeadFields;
  readonly contact: ContactFields;
  /** The client's card, where there is one already; then no contact is made. */
  readonly owner?: Card;
  readonly booking?: Booking;
};

/** POST /{type}/notes: the call as a note on a card that is known by its id. `nothing-there`: the card is gone. */
export type AddCallNote = {
  readonly kind: "add-call-note";
  readonly card: Card;
  readonly call: CallFields;
  /**
   * Why it is known: made for this very call (`new-lead`: for a client who had a card before), made
   * for an earlier call of the number, found or named by a rule, or the employee dialled from it.
   */
  readonly cardFrom?: "this-call" | "new-lead" | "earlier-call" | "rule" | "click";
  /** The card is the lead of this incoming lead. While that waits, Kommo may refuse the note. */
  readonly unsortedUid?: string;
  readonly booking?: Booking;
};

/** POST /tasks. */
export type CreateTask = Customized & {
  readonly kind: "create-task";
  readonly card: Card;
  readonly text: string;
  readonly complete_till: number;
  readonly task_type_id: number;
  readonly responsible_user_id?: number;
  /** The call's `uniq`: lets a repeat after a lost answer be told from a second task. */
  readonly uniq: string;
  /** The card's own responsible user goes before `responsible_user_id`; read when it is sent. */
  readonly isForCardOwner?: true;
  /**
   * The text holds `{name}`, the name of the card, which is read when it is sent; this stands for it
   * where the card has none.
   */
  readonly nameless?: string;
  /** Only if this task of an earlier call is not open any more; read when it is sent. */
  readonly unlessOpen?: number;
  /** When the call was missed. */
  readonly missed_at?: number;
};

/** PATCH /tasks. `nothing-there`: the task is gone. */
export type CompleteTask = {
  readonly kind: "complete-task";
  readonly taskId: number;
  readonly result: string;
};

/** PATCH /{type}: another responsible user for a card that was there before. */
export type UpdateCard = Customized & {
  readonly kind: "update-card";
  readonly card: Card;
  readonly responsible_user_id: number;
  /** Only if this user has it now; read when it is sent. */
  readonly onlyFrom?: number;
};

export type KommoStep =
  | RegisterCall
  | FindCard
  | AddUnsorted
  | CreateContact
  | CreateLead
  | AddCallNote
  | CreateTask
  | CompleteTask
  | UpdateCard
  | CardStep;

/** What Kommo answered to a step that was done. `card` is where the call stands or what was made. */
export type KommoResult =
  | { readonly kind: "booked"; readonly card: Card; readonly noteId: number | undefined }
  | {
      readonly kind: "made-unsorted";
      readonly uid: string;
      readonly leadId: number;
      readonly contactId: number | undefined;
    }
  | {
      readonly kind: "made-card";
      readonly card: Card;
      readonly contactId: number | undefined;
    }
  /** `wasOpen`: that of an earlier call is still open, and no second one was made. */
  | { readonly kind: "made-task"; readonly taskId: number; readonly wasOpen?: true }
  | { readonly kind: "completed-task"; readonly taskId: number }
  /** `isChanged` false: the card has another responsible user than the one it was to be taken from. */
  | { readonly kind: "updated-card"; readonly card: Card; readonly isChanged: boolean }
  /** Nothing was written: the lead was accepted, and takes no call note all the same. */
  | { readonly kind: "note-refused"; readonly card: Card }
  /** The contact or company with the number; its open leads, the oldest first. */
  | { readonly kind: "found-card"; readonly card: Card; readonly openLeads: readonly number[] };
