/**
 * VarSet, over half of a stream: dropped by the name of its variable before anything else is looked at.
 * Exports `createVarSetParser`.
 */
import type { AmiEvent, WatchedVariable } from "./event.ts";
import {
  cleanValue,
  createFieldReader,
  endOfLine,
  indexOfKey,
  unescapeValue,
} from "./event-fields.ts";
import { beginsWith, flat, piecesOf, standsAt } from "./fast-compare.ts";
import { uniqueId } from "./ids.ts";

const [C, UNDERSCORE] = [67, 95];
const PRIVILEGE = "Privilege: ";
const VARSET = `Event: VarSet\r\n${PRIVILEGE}`;
const VARSET_PIECES = piecesOf(VARSET);
const VARIABLE = "Variable: ";
/** VarSet and Newexten have more characters than this before their own fields (Channel … Linkedid). */
export const CHANNEL_FIELDS = 150;

type Watched = {
  readonly name: string;
  readonly second: number;
  readonly variable: WatchedVariable;
};

/** By their initials, since no two share one. Leading underscores only say who inherits it. */
const VARIABLES: ReadonlyMap<number, Watched> = new Map(
  Object.entries({
    MIXMONITOR_FILENAME: "recording",
    VM_MESSAGEFILE: "voice-message",
    FROM_DID: "did",
    DIALSTATUS: "dial-status",
    AMPUSER: "employee-extension",
  } as const).map(([name, variable]) => {
    return [name.charCodeAt(0), { name: flat(name, "\r"), second: name.charCodeAt(1), variable }];
  }),
);

/** Of a Dial's outcomes, only those that no other event tells. */
const UNREACHABLE: ReadonlySet<string> = new Set(["CHANUNAVAIL", "CONGESTION"]);

const field = createFieldReader();

/** @param asked names of further variables that are to be told, as the dialplan spells them */
export const createVarSetParser =
  (asked: ReadonlySet<string>) =>
  (text: string, start: number, end: number): AmiEvent | undefined => {
    const key = indexOfKey(text, VARIABLE, start + CHANNEL_FIELDS);
    if (key < 0 || key >= end) return undefined;
    let at = key + VARIABLE.length;
    while (text.charCodeAt(at) === UNDERSCORE) at++;
    const variable = watchedAt(text, at);
    const name = asked.size === 0 ? undefined : nameAt(text, { at, end, asked });
    if (variable === undefined && name === undefined) return undefined;
    if (!beginsWith(text, VARSET_PIECES, start)) return undefined;

    field.open(text, start + VARSET.length, end);
    const id = field.raw("Uniqueid: ");
    const linked = field.raw("Linkedid: ");
    const value = field.raw("Value: ");
    if (id === undefined || id === "" || value === undefined) return undefined;
    const told = tells(variable, { isFirst: linked === id, value }) ? variable : undefined;
    if (told === undefined && name === undefined) return undefined;
    const cleaned = unescapeValue(cleanValue(value));
    return { kind: "variable-set", id: uniqueId(id), variable: told, name, value: cleaned };
  };

/** A first look, which nearly all variables do not pass. */
function watchedAt(text: string, at: number): WatchedVariable | undefined {
  const watched = VARIABLES.get(text.charCodeAt(at));
  // Of a Dial there are ten variables, and one is watched.
  if (watched === undefined || watched.second !== text.charCodeAt(at + 1)) return undefined;
  const { name, variable } = watched;
  if (!standsAt(text, name, at)) return undefined;
  return variable === "dial-status" && wasMade(text, at + name.length + 1) ? undefined : variable;
}

/** Most of Dial's outcomes are others than the two that are looked for. */
const wasMade = (text: string, valueLine: number): boolean =>
  text.charCodeAt(valueLine + "Value: ".length) !== C && standsAt(text, "Value: ", valueLine);

function nameAt(
  text: string,
  { at, end, asked }: { at: number; end: number; asked: ReadonlySet<string> },
): string | undefined {
  const name = text.slice(at, endOfLine(text, at, end));
  return asked.has(name) ? name : undefined;
}

function tells(
  variable: WatchedVariable | undefined,
  { isFirst, value }: { readonly isFirst: boolean; readonly value: string },
): boolean {
  // Inherited by every leg of a call, of which there are many; the caller's own is the one that counts.
  if (variable === "did") return isFirst;
  if (variable === "dial-status") return UNREACHABLE.has(value);
  return variable !== undefined;
}
