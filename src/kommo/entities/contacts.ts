/** Contacts: made with a number and tags, read with their numbers and leads. @source kommo-api, 9 */
import { asId, asInteger, asObjects, asText, embedded, type JsonObject } from "../json.ts";
import type { ContactFields } from "../step.ts";
import { encodeTags } from "./tags.ts";

export const CONTACTS_PATH = "/api/v4/contacts";

/** As it stands in POST /contacts, inside a complex lead and inside an incoming lead. */
export const encodeContact = (contact: ContactFields): JsonObject => ({
  name: contact.name,
  ...(contact.responsible_user_id === undefined
    ? {}
    : { responsible_user_id: contact.responsible_user_id }),
  ...(contact.phone === undefined || contact.phone === ""
    ? {}
    : { custom_fields_values: [phoneField(contact.phone)] }),
  ...(contact.tags.length === 0 ? {} : { _embedded: { tags: encodeTags(contact.tags) } }),
});

/** By `field_code`, so that no account's field ids need to be looked up. */
const phoneField = (phone: string): JsonObject => ({
  field_code: "PHONE",
  values: [{ value: phone, enum_code: "WORK" }],
});

export const savedContacts = (body: unknown): readonly JsonObject[] => embedded(body, "contacts");

/** A contact or a company: both own numbers and leads alike. */
export type PhoneOwner = {
  readonly id: number;
  readonly name: string;
  readonly phones: readonly string[];
  readonly responsibleUserId: number | undefined;
  readonly isDeleted: boolean;
  readonly createdAt: number | undefined;
  /** Only with `with=leads`. */
  readonly leadIds: readonly number[];
};

export function decodePhoneOwner(card: JsonObject): PhoneOwner | undefined {
  const id = asId(card["id"]);
  if (id === undefined) return undefined;
  return {
    id,
    name: asText(card["name"]) ?? "",
    phones: asObjects(card["custom_fields_values"])
      .filter((field) => field["field_code"] === "PHONE")
      .flatMap((field) => asObjects(field["values"]))
      .map((value) => asText(value["value"]))
      .filter((value) => value !== undefined),
    responsibleUserId: asId(card["responsible_user_id"]),
    isDeleted: card["is_deleted"] === true,
    createdAt: asInteger(card["created_at"]),
    leadIds: embedded(card, "leads")
      .map((lead) => asId(lead["id"]))
      .filter((leadId) => leadId !== undefined),
  };
}
