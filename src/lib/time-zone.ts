/**
 * Names of time zones. Node.js loads five megabytes of tables with the first one that is looked at, so it is
 * looked at only when a time of it is wanted. Exports `isTimeZone` and `hostZone`.
 */
const known = new Map<string, boolean>();

/** @param name "Europe/Madrid" */
export function isTimeZone(name: string): boolean {
  const before = known.get(name);
  if (before !== undefined) return before;
  const is = look(name);
  known.set(name, is);
  return is;
}

function look(name: string): boolean {
  try {
    return new Intl.DateTimeFormat("en", { timeZone: name }).resolvedOptions().timeZone !== "";
  } catch {
    return false;
  }
}

let host: string | undefined;

/** Of the machine: that of TZ, else of /etc/localtime. */
export const hostZone = (): string =>
  (host ??= new Intl.DateTimeFormat().resolvedOptions().timeZone);
