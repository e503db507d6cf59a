/** Leads and contacts with their fields, for whoever decides where an appointment belongs. */
import type {
  CrmAsk,
  CrmContact,
  CrmField,
  CrmLead,
  CrmPage,
  CrmReader,
  FieldValue,
} from "../altegio/crm.ts";
import { succeeded, type Result } from "../lib/failure.ts";
import type { KommoClient } from "./client.ts";
import { cardsPath } from "./entities/cards.ts";
import type { KommoFailure } from "./failure.ts";
import { readList, readPage, type Listing } from "./hal.ts";
import { asId, asInteger, asObjects, asText, embedded, type JsonObject } from "./json.ts";
import type { Purpose } from "./limiter.ts";
import { readPipelines } from "./read-account.ts";

const PURPOSES: Readonly<Record<CrmAsk["urgency"], Purpose>> = {
  person: "click-to-call",
  event: "call",
  background: "backlog",
};
/** So many ids still fit into an address. */
const IDS_AT_ONCE = 100;
/** A search that finds more was not for a number or an id. */
const MOST_SEARCH_PAGES = 4;
const FIELDS_PATH = "/api/v4/leads/custom_fields";

type Query = readonly (readonly [string, string])[];

export function createCardReader(client: KommoClient): CrmReader {
  const listing = <T>(
    type: "leads" | "contacts",
    {
      query,
      decode,
      ask,
    }: { query: Query; decode: (row: JsonObject) => T | undefined; ask: CrmAsk },
  ): Listing<T> => ({
    path: cardsPath(type),
    plural: type,
    query: [...query, ["with", type === "leads" ? "contacts" : "leads"]],
    decode,
    purpose: PURPOSES[ask.urgency],
    signal: ask.signal,
  });
  const leads = (query: Query, ask: CrmAsk): Listing<CrmLead> =>
    listing("leads", { query, decode: decodeCrmLead, ask });
  const contacts = (query: Query, ask: CrmAsk): Listing<CrmContact> =>
    listing("contacts", { query, decode: decodeCrmContact, ask });

  async function byIds<T>(
    ids: readonly number[],
    list: (query: Query) => Listing<T>,
  ): Promise<Result<readonly T[], KommoFailure>> {
    const wanted = [...new Set(ids)];
    const rows: T[] = [];
    for (let from = 0; from < wanted.length; from += IDS_AT_ONCE) {
      const some = wanted.slice(from, from + IDS_AT_ONCE);
      // One page: no more rows than ids can come.
      const found = await readPage(
        client,
        list(some.map((id) => ["filter[id][]", String(id)] as const)),
        1,
      );
      if (!found.ok) return found;
      rows.push(...found.value.rows);
    }
    return succeeded(rows);
  }

  return {
    leadsById: (ids, ask) => byIds(ids, (query) => leads(query, ask)),
    contactsById: (ids, ask) => byIds(ids, (query) => contacts(query, ask)),
    leadsWithText: (text, ask) =>
      readList(client, { ...leads([["query", text]], ask), mostPages: MOST_SEARCH_PAGES }),
    contactsWithDigits: (digits, ask) =>
      readList(client, { ...contacts([["query", digits]], ask), mostPages: MOST_SEARCH_PAGES }),
    leadPage: (page, ask): Promise<Result<CrmPage<CrmLead>, KommoFailure>> =>
      readPage(client, leads([["order[id]", "asc"]], ask), page),
    contactPage: (page, ask): Promise<Result<CrmPage<CrmContact>, KommoFailure>> =>
      readPage(client, contacts([["order[id]", "asc"]], ask), page),
    pipelines: (ask) => readPipelines(client, ask.signal),
    leadFields: (ask) =>
      readList(client, {
        path: FIELDS_PATH,
        plural: "custom_fields",
        decode: decodeField,
        purpose: PURPOSES[ask.urgency],
        signal: ask.signal,
      }),
    async makeLeadField({ name, type }, { urgency, signal }) {
      const made = await client.request({
        method: "POST",
        path: FIELDS_PATH,
        body: [{ name, type }],
        purpose: PURPOSES[urgency],
        signal,
      });
      if (!made.ok) return made;
      const [field] = embedded(made.value.body, "custom_fields");
      return succeeded(field && decodeField(field));
    },
  };
}

function decodeField(row: JsonObject): CrmField | undefined {
  const id = asId(row["id"]);
  return id === undefined
    ? undefined
    : { id, name: asText(row["name"]) ?? "", type: asText(row["type"]) ?? "text" };
}

export function decodeCrmLead(row: JsonObject): CrmLead | undefined {
  const id = asId(row["id"]);
  if (id === undefined || row["is_deleted"] === true) return undefined;
  return {
    id,
    name: asText(row["name"]) ?? "",
    createdAt: asInteger(row["created_at"]) ?? 0,
    pipelineId: asId(row["pipeline_id"]) ?? 0,
    statusId: asId(row["status_id"]) ?? 0,
    price: asInteger(row["price"]) ?? 0,
    responsibleUserId: asId(row["responsible_user_id"]),
    contactIds: embedded(row, "contacts").flatMap((one) => asId(one["id"]) ?? []),
    tags: embedded(row, "tags").flatMap((tag) => asText(tag["name"]) ?? []),
    fields: new Map(
      asObjects(row["custom_fields_values"]).flatMap((field) => {
        const fieldId = asId(field["field_id"]);
        const values = valuesOf(field);
        return fieldId === undefined || values.length === 0 ? [] : [[fieldId, values] as const];
      }),
    ),
  };
}

const valuesOf = (field: JsonObject): readonly FieldValue[] =>
  asObjects(field["values"])
    .map(({ value }) =>
      typeof value === "number" || typeof value === "boolean" ? value : asText(value),
    )
    .filter((value) => value !== undefined);

export function decodeCrmContact(row: JsonObject): CrmContact | undefined {
  const id = asId(row["id"]);
  if (id === undefined || row["is_deleted"] === true) return undefined;
  const texts = (code: string): readonly string[] =>
    asObjects(row["custom_fields_values"])
      .filter((field) => field["field_code"] === code)
      .flatMap(valuesOf)
      .map(String);
  return {
    id,
    name: asText(row["name"]) ?? "",
    phones: texts("PHONE"),
    emails: texts("EMAIL"),
    leadIds: embedded(row, "leads").flatMap((lead) => asId(lead["id"]) ?? []),
  };
}
