/** Who may log in to the simulated exchange, and what each may see and do (`manager.conf`: read, write). */
import { createHash } from "node:crypto";
import { toWire, valueOf, type Action } from "./wire.ts";

/** One user of `manager.conf`. Classes are Asterisk's (`call`, `system`, …); `all` is every class. */
export type AmiUser = {
  readonly name: string;
  readonly secret: string;
  readonly read: readonly string[];
  readonly write: readonly string[];
};

/** The rights of a careful administrator. @source asterisk (e), Rights: `crm-min` */
export const DEFAULT_USER: AmiUser = {
  name: "asterisk-kommo",
  secret: "simulated",
  read: ["system", "call", "agent", "dialplan", "cdr", "reporting"],
  write: ["originate", "call", "reporting"],
};

export const holdsAny = (held: readonly string[], wanted: readonly string[]): boolean =>
  wanted.length === 0 || held.includes("all") || wanted.some((name) => held.includes(name));

export type LoginOutcome =
  | { readonly kind: "accepted"; readonly user: AmiUser; readonly usedPassword: boolean }
  | { readonly kind: "unknown-user" | "wrong-secret"; readonly name: string };

/** @param challenge what this connection was given by the action Challenge, if it asked */
export function checkLogin(
  action: Action,
  users: readonly AmiUser[],
  challenge: string | undefined,
): LoginOutcome {
  const name = valueOf(action, "Username");
  const user = users.find((known) => toWire(known.name).toLowerCase() === name.toLowerCase());
  if (!user) return { kind: "unknown-user", name };
  const isMd5 = valueOf(action, "AuthType").toLowerCase() === "md5";
  const isRight = isMd5
    ? challenge !== undefined && valueOf(action, "Key") === md5(challenge + user.secret)
    : user.secret !== "" && valueOf(action, "Secret") === toWire(user.secret);
  return isRight
    ? { kind: "accepted", user, usedPassword: !isMd5 }
    : { kind: "wrong-secret", name };
}

const md5 = (text: string): string => createHash("md5").update(text, "utf8").digest("hex");

/** Which classes of events a connection asked for: `on`, `off` or a list of names. */
export function parseEventMask(mask: string): readonly string[] {
  const words = mask.toLowerCase().split(",");
  if (["on", "yes", "true", "1"].includes(mask.toLowerCase())) return ["all"];
  if (["off", "no", "false", "0"].includes(mask.toLowerCase())) return [];
  return words.map((word) => word.trim()).filter((word) => word !== "");
}

/** `Privilege: call,all` → `["call"]`; an event without one is for everybody. */
export function classesOf(event: string): readonly string[] {
  const found = /\r\nPrivilege: ([^\r\n]*)/.exec(event.slice(0, 200))?.[1] ?? "";
  return found.split(",").filter((name) => name !== "all" && name !== "");
}
