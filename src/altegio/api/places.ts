/** Locations with their staff, services, free times, clients and webhooks. @source altegio, 1.5 and 1.6 */
import { succeeded } from "../../lib/failure.ts";
import { amountOf, fieldsOf, idOf, isSet, listOf, rowsWithId, textOf } from "../wire.ts";
import type { AltegioClient, AltegioRequest } from "./client.ts";
import type { Answered, Ask } from "./records.ts";

export type Named = { readonly id: string; readonly title: string };
export type Service = Named & {
  readonly price: number;
  readonly lengthS: number;
  readonly categoryId: string;
};

async function listNamed(
  client: AltegioClient,
  { path, ask, query = [] }: Pick<AltegioRequest, "path" | "query"> & { readonly ask: Ask },
): Answered<readonly Named[]> {
  const answer = await client.request({ method: "GET", path, query, ...ask });
  if (!answer.ok) return answer;
  return succeeded(
    rowsWithId(answer.value.data)
      .filter(({ row }) => !isSet(row["fired"]))
      .map(({ id, row }) => ({ id, title: textOf(row["title"] ?? row["name"]) })),
  );
}

export type Location = Named & {
  /** Its sign: "$"; "" where Altegio does not tell it. */
  readonly currency: string;
};

export async function readLocations(
  client: AltegioClient,
  ask: Ask,
): Answered<readonly Location[]> {
  const query = [["my", "1"]] as const;
  const answer = await client.request({ method: "GET", path: "/companies", query, ...ask });
  if (!answer.ok) return answer;
  return succeeded(
    rowsWithId(answer.value.data).map(({ id, row }) => ({
      id,
      title: textOf(row["title"]),
      currency: textOf(row["currency_short_title"]).slice(0, LONGEST_SIGN),
    })),
  );
}

const LONGEST_SIGN = 8;

/** Of services. */
export const readCategories = (
  client: AltegioClient,
  locationId: string,
  ask: Ask,
): Answered<readonly Named[]> =>
  listNamed(client, { path: `/service_categories/${locationId}`, ask });

export const readStaff = (
  client: AltegioClient,
  locationId: string,
  ask: Ask,
): Answered<readonly Named[]> => listNamed(client, { path: `/staff/${locationId}`, ask });

export async function readServices(
  client: AltegioClient,
  locationId: string,
  ask: Ask,
): Answered<readonly Service[]> {
  const path = `/company/${locationId}/services`;
  const answer = await client.request({ method: "GET", path, ...ask });
  if (!answer.ok) return answer;
  return succeeded(
    rowsWithId(answer.value.data).map(({ id, row }) => ({
      id,
      title: textOf(row["title"]),
      price: amountOf(row["price_min"]),
      lengthS: amountOf(row["duration"]),
      categoryId: idOf(row["category_id"]) ?? "",
    })),
  );
}

export type FreeTime = {
  readonly time: string;
  readonly datetime: string;
  readonly lengthS: number;
};

/** @param day "2026-11-30" */
export async function readFreeTimes(
  client: AltegioClient,
  asked: {
    readonly locationId: string;
    readonly staffId: string;
    readonly day: string;
    readonly serviceIds: readonly string[];
  },
  ask: Ask,
): Answered<readonly FreeTime[]> {
  const answer = await client.request({
    method: "GET",
    path: `/book_times/${asked.locationId}/${asked.staffId}/${asked.day}`,
    query: asked.serviceIds.map((id) => ["service_ids[]", id] as const),
    ...ask,
  });
  if (!answer.ok) return answer;
  return succeeded(
    listOf(answer.value.data).flatMap((row) => {
      const [time, datetime] = [textOf(row["time"]), textOf(row["datetime"])];
      const lengthS = amountOf(row["seance_length"] ?? row["sum_length"]);
      return time === "" || datetime === "" ? [] : [{ time, datetime, lengthS }];
    }),
  );
}

/** Clients whose number or name holds the text. */
export async function findClients(
  client: AltegioClient,
  asked: { readonly locationId: string; readonly text: string },
  ask: Ask,
): Answered<readonly (Named & { readonly phone: string })[]> {
  const answer = await client.request({
    method: "POST",
    path: `/company/${asked.locationId}/clients/search`,
    body: {
      page: 1,
      page_size: 25,
      fields: ["id", "name", "phone"],
      filters: [{ type: "quick_search", state: { value: asked.text } }],
    },
    ...ask,
  });
  if (!answer.ok) return answer;
  return succeeded(
    rowsWithId(answer.value.data).map(({ id, row }) => ({
      id,
      title: textOf(row["name"]),
      phone: textOf(row["phone"]),
    })),
  );
}

/** Which events a location's webhooks tell of; those that we need. */
const WANTED = ["record", "finances_operation", "client"] as const;

/**
 * Makes sure that a location's webhooks come to `url`. POST replaces the whole set, so what stands there
 * for others goes back with it. @returns whether something had to be changed
 */
export async function subscribeHooks(
  client: AltegioClient,
  { locationId, url, old }: { locationId: string; url: string; old?: (url: string) => boolean },
  ask: Ask,
): Answered<"stood" | "made"> {
  const path = `/hooks_settings/${locationId}`;
  const before = await client.request({ method: "GET", path, ...ask });
  if (!before.ok) return before;
  const fields = fieldsOf(before.value.data) ?? {};
  const urls = (Array.isArray(fields["urls"]) ? (fields["urls"] as unknown[]) : []).map(textOf);
  const kept = urls.filter((one) => one !== "" && one !== url && old?.(one) !== true);
  const isThere =
    urls.includes(url) &&
    kept.length === urls.length - 1 &&
    isSet(fields["active"]) &&
    WANTED.every((name) => isSet(fields[name]));
  if (isThere) return succeeded("stood" as const);
  const flags = Object.entries(fields)
    .filter(([name]) => name !== "urls" && /^[a-z_]+$/.test(name))
    .filter(([, value]) => value === 0 || value === 1 || typeof value === "boolean")
    .map(([name, value]) => [name, isSet(value) ? 1 : 0] as const);
  const made = await client.request({
    method: "POST",
    path,
    body: {
      ...Object.fromEntries(flags),
      ...Object.fromEntries(WANTED.map((name) => [name, 1])),
      urls: [...kept, url],
      active: 1,
    },
    ...ask,
  });
  return made.ok ? succeeded("made" as const) : made;
}

/** A new token of a user. @source altegio, section 1.1 */
export async function logIn(
  client: AltegioClient,
  given: { readonly login: string; readonly password: string },
  ask: Ask,
): Answered<string> {
  const answer = await client.request({ method: "POST", path: "/auth", body: given, ...ask });
  return answer.ok ? succeeded(textOf(fieldsOf(answer.value.data)?.["user_token"])) : answer;
}
