/** What is made for a client, and how it is called. Pure. */
import type { CallFields, ContactFields, LeadFields } from "../kommo/step.ts";
import { phoneKey } from "../lib/phone.ts";
import type { Rule } from "./rules.ts";
import type { RegistrationSettings } from "./settings.ts";
import { CARD_NAME, fillTemplate, WORDS, type Placeholder, type Words } from "./words.ts";

/** What a name may speak of beside the call's own fields. */
export type NameFacts = {
  readonly did: string;
  readonly trunk: string;
  /** When the call began: "2026-11-21 18:05" in the account's time zone. */
  readonly time: () => string;
  /** Who talked, dialled or was rung last: the Kommo user's name, else the extension. */
  readonly employee: string;
};

export type CardWishes = {
  readonly then: Rule["then"];
  /** The responsible user. */
  readonly user: number | undefined;
  readonly names: NameFacts;
};

const ANSWERED = 4;
const hasNumber = (call: CallFields): boolean => phoneKey(call.phone) !== "";

const placeholders = (
  call: CallFields,
  { did, trunk, time, employee }: NameFacts,
  words: Words,
): Readonly<Record<Placeholder, string>> => ({
  phone: hasNumber(call) ? call.phone : words.withheld,
  did,
  trunk,
  get time() {
    return time();
  },
  employee,
  direction: call.direction === "inbound" ? words.incoming : words.outgoing,
  missed: call.call_status === ANSWERED ? "" : words.missed,
});

/** "Contact 79161234567" */
export function contactFields(
  call: CallFields,
  { then, user, names }: CardWishes,
  settings: RegistrationSettings,
): ContactFields {
  const words = WORDS[settings.language];
  const usual = hasNumber(call) ? words.contact : words.withheld;
  const template = then.contact_name ?? settings.names.contact ?? usual;
  return {
    name: fillTemplate(template, placeholders(call, names, words)),
    ...(hasNumber(call) ? { phone: call.phone } : {}),
    tags: then.tags ?? [settings.names.tag],
    ...(user === undefined ? {} : { responsible_user_id: user }),
  };
}

/** "79161234567 - missed incoming" */
export function leadFields(
  call: CallFields,
  { then, user, names }: CardWishes,
  settings: RegistrationSettings,
): LeadFields {
  const words = WORDS[settings.language];
  const template = then.lead_name ?? settings.names.lead ?? words.lead;
  return {
    name: fillTemplate(template, placeholders(call, names, words)),
    tags: then.tags ?? [settings.names.tag],
    ...(then.pipeline_id === undefined ? {} : { pipeline_id: then.pipeline_id }),
    ...(then.status_id === undefined ? {} : { status_id: then.status_id }),
    ...(user === undefined ? {} : { responsible_user_id: user }),
  };
}

/** `text` may still hold CARD_NAME; then `nameless` says what stands for it on a card without a name. */
export function taskText(
  call: CallFields,
  names: NameFacts,
  { language, task }: RegistrationSettings,
): { readonly text: string; readonly nameless?: string } {
  const words = WORDS[language];
  const usual = call.direction === "inbound" ? words.callBackMissed : words.callBackUnanswered;
  const values = placeholders(call, names, words);
  const text = fillTemplate(task.text ?? usual, values);
  return text.includes(CARD_NAME) ? { text, nameless: values.phone } : { text };
}
