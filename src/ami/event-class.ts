/** The class of an event, by which Asterisk gives rights: "call", "dialplan". For counting. */
import type { AmiText } from "./framer.ts";

/** @source Asterisk, main/manager.c, the names of the authorities */
const CLASSES: ReadonlySet<string> = new Set([
  ...["system", "call", "log", "verbose", "agent", "user", "config", "command", "dtmf"],
  ...["reporting", "cdr", "dialplan", "originate", "agi", "cc", "aoc", "test", "security"],
  "message",
]);

const PRIVILEGE = "Privilege: ";

/** @returns the first one that the event names; "other": none, or one that is not Asterisk's own */
export function eventClassOf(text: AmiText): string {
  const from = text.indexOf("\r\n") + 2 + PRIVILEGE.length;
  if (!text.startsWith(PRIVILEGE, from - PRIVILEGE.length)) return "other";
  let end = from;
  while (end < text.length && isLetter(text.charCodeAt(end))) end += 1;
  const name = text.slice(from, end);
  return CLASSES.has(name) ? name : "other";
}

const isLetter = (code: number): boolean => code >= 97 && code <= 122;
