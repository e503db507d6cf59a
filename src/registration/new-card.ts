/** What is made for a client whom Kommo does not know. Names are those that users of Itgrix are used to. */
import type {
  AddUnsorted,
  CallFields,
  ContactFields,
  CreateContact,
  CreateLead,
  LeadFields,
} from "../kommo/step.ts";
import { phoneKey } from "../lib/phone.ts";
import type { RegistrationSettings } from "./settings.ts";

const ANSWERED = 4;
export const wasAnswered = (call: CallFields): boolean => call.call_status === ANSWERED;

const hasNumber = (call: CallFields): boolean => phoneKey(call.phone) !== "";

/** "Contact 79161234567" @source itgrix-customizations.txt, 4 */
const contactName = (call: CallFields): string =>
  hasNumber(call) ? `Contact ${call.phone}` : "Withheld number";

/** "79161234567 - missed incoming" @source itgrix-customizations.txt, 5 */
const leadName = (call: CallFields): string => {
  const missed = wasAnswered(call) ? "" : "missed ";
  const direction = call.direction === "inbound" ? "incoming" : "outgoing";
  return `${hasNumber(call) ? call.phone : "Withheld number"} - ${missed}${direction}`;
};

const responsible = (call: CallFields): { responsible_user_id?: number } =>
  call.responsible_user_id === undefined ? {} : { responsible_user_id: call.responsible_user_id };

const contactFields = (call: CallFields, settings: RegistrationSettings): ContactFields => ({
  name: contactName(call),
  ...(hasNumber(call) ? { phone: call.phone } : {}),
  tags: [settings.names.tag],
  ...responsible(call),
});

const leadFields = (call: CallFields, settings: RegistrationSettings): LeadFields => ({
  name: leadName(call),
  tags: [settings.names.tag],
  ...responsible(call),
});

/** An incoming lead with the call on it. @source customizations.md: `source_uid` is the call's id */
export const addUnsorted = (call: CallFields, settings: RegistrationSettings): AddUnsorted => ({
  kind: "add-unsorted",
  call,
  contact: contactFields(call, settings),
  lead: leadFields(call, settings),
  sourceName: settings.names.sourceName,
  sourceUid: call.uniq,
  serviceCode: settings.names.serviceCode,
});

export const createContact = (call: CallFields, settings: RegistrationSettings): CreateContact => ({
  kind: "create-contact",
  call,
  contact: contactFields(call, settings),
});

export const createLead = (call: CallFields, settings: RegistrationSettings): CreateLead => ({
  kind: "create-lead",
  call,
  contact: contactFields(call, settings),
  lead: leadFields(call, settings),
});
