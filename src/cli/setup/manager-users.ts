/** The two AMI users of least rights, as text for Asterisk's manager configuration. Pure. */
import { randomBytes } from "node:crypto";

export type ManagerUsers = {
  readonly listener: { readonly username: string; readonly secret: string };
  readonly dialler: { readonly username: string; readonly secret: string };
  /** The manager interface is off: it is switched on, for this host alone. */
  readonly switchesOn: boolean;
};

export const LISTENER = "asterisk-kommo";
export const DIALLER = "asterisk-kommo-dialler";

/** 192 bits: nobody guesses it, and no line of Asterisk's configuration has to quote it. */
export const newSecret = (): string => randomBytes(24).toString("hex");

const BEGIN = "; --- asterisk-kommo: begin (written by `asterisk-kommo setup`) ---";
const END = "; --- asterisk-kommo: end ---";

/**
 * No `eventfilter`: one that hides Local channels also hides whom a queue's call was joined with.
 * @source asterisk.md (e), Rights; Asterisk, manager.conf: writetimeout in milliseconds
 */
export function managerSections({ listener, dialler, switchesOn }: ManagerUsers): string {
  const user = (
    { username, secret }: ManagerUsers["listener"],
    rights: { read: string; write: string },
  ): string[] => [
    `[${username}]`,
    `secret = ${secret}`,
    "deny = 0.0.0.0/0.0.0.0",
    "permit = 127.0.0.1/255.255.255.255",
    `read =${rights.read === "" ? "" : ` ${rights.read}`}`,
    `write = ${rights.write}`,
    "writetimeout = 5000",
  ];
  return [
    BEGIN,
    ...(switchesOn ? ["[general](+)", "enabled = yes", "bindaddr = 127.0.0.1", ""] : []),
    "; listens to calls, and may do nothing but ask for reports",
    ...user(listener, { read: "system,call,agent,dialplan,cdr,reporting", write: "reporting" }),
    "",
    "; dials for click-to-call, and hears nothing",
    ...user(dialler, { read: "", write: "originate" }),
    END,
    "",
  ].join("\n");
}

/** @returns the file's text with these sections in place of those of an earlier run, else behind all */
export function withSections(existing: string, sections: string): string {
  const rest = withoutSections(existing);
  const gap = rest === "" || rest.endsWith("\n\n") ? "" : rest.endsWith("\n") ? "\n" : "\n\n";
  return `${rest}${gap}${sections}`;
}

export function withoutSections(existing: string): string {
  const from = existing.indexOf(BEGIN);
  const to = existing.indexOf(END);
  if (from === -1 || to < from) return existing;
  const after = existing.slice(to + END.length).replace(/^\n/, "");
  return existing.slice(0, from) + after;
}

/** @returns manager.conf with a line that reads the file of our own */
export const withInclude = (managerConf: string, name: string): string =>
  `${managerConf.replace(/\n*$/, "\n")}\n; the AMI users of asterisk-kommo\n#include ${name}\n`;
