/** How `calls` commands say that something is not to be had. */
import type { Refusal } from "../store-beside.ts";
import { quoted, type Output } from "../terminal.ts";
import { MOST_CANDIDATES, type Found } from "./kept-calls.ts";

/** @returns the exit code */
export function tellRefusal(err: Output, command: string, { sentence, code }: Refusal): number {
  err.write(`asterisk-kommo calls ${command}: ${sentence}\n`);
  return code;
}

export function tellNotFound(wanted: string, found: Exclude<Found, { kind: "one" }>): string {
  if (found.kind === "none")
    return `no accepted call has the linkedid ${quoted(wanted)}; asterisk-kommo calls list shows those there are`;
  const more = found.ids.length >= MOST_CANDIDATES ? " …" : "";
  return `several calls begin with ${quoted(wanted)}, give more of it: ${found.ids.join(" ")}${more}`;
}
