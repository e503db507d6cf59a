/** Steps of calls that never were, for tests of the room. */
import type {
  AddCallNote,
  AddUnsorted,
  CallFields,
  CreateContact,
  CreateLead,
  CreateTask,
  RegisterCall,
} from "../../src/kommo/step.ts";

export const STARTED_AT = 1_795_261_714;

export const callFields = (uniq: string, more: Partial<CallFields> = {}): CallFields => ({
  direction: "inbound",
  phone: "+351912000111",
  duration: 42,
  source: "Office PBX",
  uniq,
  call_status: 4,
  created_at: STARTED_AT,
  ...more,
});

export const registerCall = (uniq: string, more: Partial<CallFields> = {}): RegisterCall => ({
  kind: "register-call",
  call: callFields(uniq, more),
});

export const addCallNote = (
  uniq: string,
  card: AddCallNote["card"] = { type: "leads", id: 500_210 },
): AddCallNote => ({ kind: "add-call-note", card, call: callFields(uniq) });

export const addUnsorted = (uniq: string): AddUnsorted => ({
  kind: "add-unsorted",
  call: callFields(uniq, { link: "https://rec.example/r/1.mp3", call_responsible: 9_100_002 }),
  contact: { name: "Contact +351912000111", phone: "+351912000111", tags: ["calls"] },
  lead: { name: "+351912000111 - incoming", tags: ["calls"], pipeline_id: 8_123_001 },
  sourceName: "Office PBX",
  sourceUid: uniq,
  serviceCode: "asterisk_kommo",
});

export const createContact = (uniq: string, phone = "+351912000111"): CreateContact => ({
  kind: "create-contact",
  call: callFields(uniq, { phone }),
  contact: { name: `Contact ${phone}`, phone, tags: [], responsible_user_id: 9_100_002 },
});

export const createLead = (uniq: string): CreateLead => ({
  kind: "create-lead",
  call: callFields(uniq),
  contact: { name: "Contact +351912000111", phone: "+351912000111", tags: [] },
  lead: { name: "+351912000111 - incoming", tags: ["calls", "calls"], status_id: 71_200_010 },
});

export const createTask = (uniq: string, cardId = 610_033): CreateTask => ({
  kind: "create-task",
  card: { type: "contacts", id: cardId },
  text: "Call back +351912000111",
  complete_till: STARTED_AT + 3600,
  task_type_id: 1,
  uniq,
});
