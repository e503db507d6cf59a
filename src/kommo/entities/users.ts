/** The employees as Kommo knows them. Needs an administrator's token. @source kommo-api, section 6 */
import { asId, asObject, asText, type JsonObject } from "../json.ts";

export const USERS_PATH = "/api/v4/users";
export const USERS_QUERY = [["with", "phone_number"]] as const;

export type User = {
  readonly id: number;
  readonly name: string;
  readonly email: string | undefined;
  /** The user's own telephone, mostly a mobile one. */
  readonly phone: string | undefined;
  /** An inactive user is refused wherever one is named. */
  readonly isActive: boolean;
  readonly isAdmin: boolean;
};

export function decodeUser(user: JsonObject): User | undefined {
  const id = asId(user["id"]);
  if (id === undefined) return undefined;
  const rights = asObject(user["rights"]);
  return {
    id,
    name: asText(user["name"]) ?? "",
    email: asText(user["email"]),
    phone: asText(user["phone_number"]),
    isActive: rights?.["is_active"] !== false,
    isAdmin: rights?.["is_admin"] === true,
  };
}
