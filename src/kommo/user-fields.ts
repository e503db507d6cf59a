/** The fields of an element that name employees, and how to do without them. Pure. */
import { asArray, asInteger, asObject, type JsonObject } from "./json.ts";

const USER_FIELDS: readonly string[] = [
  "responsible_user_id",
  "created_by",
  "updated_by",
  "call_responsible",
];

/** @param path as Kommo names a field: "params.call_responsible" */
export const isUserField = (path: string): boolean =>
  USER_FIELDS.includes(path.split(".").at(-1) ?? "");

/**
 * Whom a plain refusal is about.
 * @returns the ids that it names, "all" if it names none, undefined if it is not about users
 * @source kommo-api, section 2: "User(s) 77001 are not associated with provided account."
 */
export function usersBlamed(detail: string): ReadonlySet<number> | "all" | undefined {
  if (!/user/i.test(detail) || !/not associated|not found|inactive|deleted/i.test(detail))
    return undefined;
  const ids = [...detail.matchAll(/\d{4,}/g)].map(([digits]) => Number(digits));
  return ids.length === 0 ? "all" : new Set(ids);
}

/** @returns the same object when nothing had to be left out. */
export function withoutUsers(wire: JsonObject, users: ReadonlySet<number> | "all"): JsonObject {
  let changed = false;
  const kept = Object.entries(wire).flatMap(([name, value]) => {
    if (USER_FIELDS.includes(name) && isOneOf(value, users)) {
      changed = true;
      return [];
    }
    const inner = withoutUsersInside(value, users);
    changed ||= inner !== value;
    return [[name, inner] as const];
  });
  return changed ? Object.fromEntries(kept) : wire;
}

function withoutUsersInside(value: unknown, users: ReadonlySet<number> | "all"): unknown {
  const object = asObject(value);
  if (object !== undefined) return withoutUsers(object, users);
  if (!Array.isArray(value)) return value;
  const before = asArray(value);
  const elements = before.map((element) => withoutUsersInside(element, users));
  return elements.some((element, index) => element !== before[index]) ? elements : value;
}

function isOneOf(value: unknown, users: ReadonlySet<number> | "all"): boolean {
  if (users === "all") return true;
  const id = asInteger(value);
  return id !== undefined && users.has(id);
}
