/**
 * What who is logged in may do on the page: three roles, of which each has its rights. Every route names the
 * right that it asks for, so what a page does not show is refused as well.
 */
export const ROLES = ["administrator", "supervisor", "observer"] as const;
export type Role = (typeof ROLES)[number];

/**
 * "look": what goes on, calls, statistics. "see-numbers": clients' numbers as they are. "listen":
 * recordings. "administer": all else.
 */
export type Right = "look" | "see-numbers" | "listen" | "administer";

const RIGHTS: Readonly<Record<Role, readonly Right[]>> = {
  administrator: ["look", "see-numbers", "listen", "administer"],
  supervisor: ["look", "see-numbers", "listen"],
  observer: ["look"],
};

export const may = (role: Role, right: Right): boolean => RIGHTS[role].includes(right);

/** What the store holds under a role that this version does not know has the fewest rights. */
export const readRole = (text: unknown): Role => ROLES.find((role) => role === text) ?? "observer";
