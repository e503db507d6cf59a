/**
 * What may stand in a note, by its type. Calls are the strict ones.
 * @source kommo-api, section 14
 */
import { authorRule, callResponsibleRule, ownerRule } from "../state/references.ts";
import type { Exchange } from "../wire/exchange.ts";
import {
  anyNumber,
  atLeast,
  filledText,
  flag,
  integer,
  isObject,
  object,
  oneOf,
  text,
  violate,
} from "../wire/rule.ts";
import type { Rule } from "../wire/rule.ts";
import { callStatusRule } from "./calls.ts";

type Params = Readonly<Record<string, unknown>>;

export const NOTE_TYPES = [
  "common",
  "call_in",
  "call_out",
  "service_message",
  "extended_service_message",
  "geolocation",
  "sms_in",
  "sms_out",
  "attachment",
] as const;
export type NoteType = (typeof NOTE_TYPES)[number];

/** A status may be written as a string, and is then read back as one. */
const noteCallStatus = (exchange: Exchange): Rule<number | string> => {
  const rule = callStatusRule(exchange);
  return {
    check(value, place) {
      rule.check(typeof value === "string" && /^\d$/.test(value) ? Number(value) : value, place);
    },
  };
};

function paramsRule(exchange: Exchange, noteType: NoteType): Rule<Params> {
  switch (noteType) {
    case "call_in":
    case "call_out":
      return object(
        { duration: atLeast(0), source: filledText },
        {
          uniq: text,
          link: text,
          phone: text,
          call_result: text,
          call_status: noteCallStatus(exchange),
          call_responsible: callResponsibleRule(exchange.account, exchange.switches),
        },
      );
    case "common":
      return object({ text: filledText }, {});
    case "service_message":
      return object({ text: filledText, service: filledText }, {});
    case "extended_service_message":
      return object({ text: filledText, service: filledText }, { icon: text });
    case "geolocation":
      return object({ text, address: text }, { longitude: anyNumber, latitude: anyNumber });
    case "sms_in":
    case "sms_out":
      return object({ text: filledText, phone: filledText }, {});
    case "attachment":
      return object({ file_uuid: filledText, version_uuid: filledText, file_name: text }, {});
  }
}

export type WrittenNoteItem = {
  readonly id?: number;
  readonly entity_id?: number;
  readonly note_type: NoteType;
  readonly params: Params;
  readonly created_by?: number;
  readonly updated_by?: number;
  readonly created_at?: number;
  readonly updated_at?: number;
  readonly responsible_user_id?: number;
};

/**
 * @param named keys that this route needs besides: `entity_id`, `id`
 */
export function noteRule(
  exchange: Exchange,
  named: Readonly<Record<string, Rule<number>>>,
): Rule<WrittenNoteItem> {
  const { account } = exchange;
  const common = {
    created_by: authorRule(account),
    updated_by: authorRule(account),
    created_at: atLeast(0),
    updated_at: atLeast(0),
    responsible_user_id: ownerRule(account),
    request_id: text,
    is_need_to_trigger_digital_pipeline: flag,
    entity_id: integer,
    id: integer,
  };
  return {
    check(value, place) {
      const noteType = isObject(value) ? value["note_type"] : undefined;
      const isKnown = NOTE_TYPES.includes(noteType as NoteType);
      const params = isKnown ? paramsRule(exchange, noteType as NoteType) : anyParams;
      const required = { note_type: oneOf(...NOTE_TYPES), params, ...named };
      object(required, without(common, Object.keys(named))).check(value, place);
    },
  };
}

const anyParams: Rule<Params> = {
  check(value, place) {
    if (!isObject(value)) violate(place, "InvalidType", "This value should be of type object.");
  },
};

const without = (rules: Readonly<Record<string, Rule<unknown>>>, names: readonly string[]) =>
  Object.fromEntries(Object.entries(rules).filter(([name]) => !names.includes(name)));
