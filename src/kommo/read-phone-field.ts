/** The id of the field PHONE of contacts, which scripts are shown: read once from the account. */
import { succeeded, type Result } from "../lib/failure.ts";
import type { KommoClient } from "./client.ts";
import type { KommoFailure } from "./failure.ts";
import { readList } from "./hal.ts";
import { asId, asText, type JsonObject } from "./json.ts";

const CONTACT_FIELDS_PATH = "/api/v4/contacts/custom_fields";

type Field = { readonly id: number; readonly code: string | undefined };

const decodeField = (field: JsonObject): Field | undefined => {
  const id = asId(field["id"]);
  return id === undefined ? undefined : { id, code: asText(field["code"]) };
};

/** @returns undefined: the account has no such field */
export async function readPhoneField(
  client: KommoClient,
  signal: AbortSignal,
): Promise<Result<number | undefined, KommoFailure>> {
  const fields = await readList(client, {
    path: CONTACT_FIELDS_PATH,
    plural: "custom_fields",
    decode: decodeField,
    purpose: "account",
    signal,
    isEnough: (rows) => rows.some(({ code }) => code === "PHONE"),
  });
  if (!fields.ok) return fields;
  return succeeded(fields.value.find(({ code }) => code === "PHONE")?.id);
}
