/** The account that the token belongs to; also the cheapest proof that the token works. @source 5 */
import { asId, asInteger, asObject, asObjects, asText } from "../json.ts";

export const ACCOUNT_PATH = "/api/v4/account";
export const ACCOUNT_QUERY = [["with", "task_types,datetime_settings"]] as const;

export type Account = {
  readonly id: number;
  readonly name: string;
  readonly subdomain: string;
  /** The owner of the token: author of all that names no other. */
  readonly currentUserId: number | undefined;
  /** Whether incoming leads exist in this account at all. */
  readonly isUnsortedOn: boolean;
  /** "Europe/Lisbon" */
  readonly timeZone: string | undefined;
  /** ISO 3166, two letters: "PT" */
  readonly country: string | undefined;
  readonly taskTypes: readonly { readonly id: number; readonly name: string }[];
};

export function decodeAccount(body: unknown): Account | undefined {
  const account = asObject(body);
  const id = asId(account?.["id"]);
  const subdomain = asText(account?.["subdomain"]);
  if (account === undefined || id === undefined || subdomain === undefined) return undefined;
  const extras = asObject(account["_embedded"]);
  return {
    id,
    name: asText(account["name"]) ?? subdomain,
    subdomain,
    currentUserId: asInteger(account["current_user_id"]),
    isUnsortedOn: account["is_unsorted_on"] === true,
    timeZone: asText(asObject(extras?.["datetime_settings"])?.["timezone"]),
    country: asText(account["country"]),
    taskTypes: asObjects(extras?.["task_types"]).flatMap((type) => {
      const typeId = asId(type["id"]);
      return typeId === undefined ? [] : [{ id: typeId, name: asText(type["name"]) ?? "" }];
    }),
  };
}
