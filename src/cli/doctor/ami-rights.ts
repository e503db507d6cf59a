/**
 * What an AMI user may do and hear, as far as Asterisk tells: more than is needed is as wrong as less,
 * because whoever gets at the secret has it all. Pure.
 */
export type RightsVerdict = {
  /** Classes that are needed and not there. */
  readonly less: readonly string[];
  /** Classes that are there and not needed. */
  readonly more: readonly string[];
};

/** @source issue 8, point 7 */
export const LISTENER_READ = ["system", "call", "agent", "dialplan", "cdr", "reporting"];
export const LISTENER_WRITE = ["reporting"];
export const DIALLER_WRITE = ["originate"];

/**
 * Actions that show a class: those that it alone permits, and for `reporting`, which permits nothing
 * alone, all that it is needed for. @source Asterisk, ListCommands; the classes of each action
 */
const SHOWN_BY: Readonly<Record<string, readonly string[]>> = {
  originate: ["Originate"],
  command: ["Command"],
  config: ["GetConfig"],
  agent: ["QueueAdd"],
  user: ["UserEvent"],
  call: ["BlindTransfer"],
  system: ["ModuleLoad"],
  reporting: ["CoreStatus", "DeviceStateList"],
};

/** Which write classes the actions show that Asterisk lists for a user. */
export function writeClassesOf(actions: readonly string[]): readonly string[] {
  const listed = new Set(actions.map((action) => action.toLowerCase()));
  return Object.entries(SHOWN_BY)
    .filter(([, shown]) => shown.every((action) => listed.has(action.toLowerCase())))
    .map(([name]) => name);
}

export function compareRights(
  held: readonly string[],
  needed: readonly string[],
  allowed: readonly string[] = needed,
): RightsVerdict {
  const isAll = held.includes("all");
  return {
    less: isAll ? [] : needed.filter((name) => !held.includes(name)),
    more: isAll ? ["all"] : held.filter((name) => !allowed.includes(name) && name !== "none"),
  };
}
