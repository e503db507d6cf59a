/**
 * Actions → the bytes that Asterisk reads, or a failure that says which field cannot be sent.
 * Nothing that came from a CRM card or a browser may become a second action: control characters
 * are refused, not removed, since a number that needs removing is not what the user saw.
 */
import type { Result } from "../lib/failure.ts";
import { failed, succeeded } from "../lib/failure.ts";
import type { AmiFailure } from "./ami-failure.ts";
import type { BridgeId } from "./ids.ts";

type Login = { readonly Action: "Login"; readonly Username: string; readonly Events: "on" | "off" };
type Originate = {
  readonly Action: "Originate";
  readonly Channel: string;
  /** The uniqueid that the new channel shall have. */
  readonly ChannelId?: string;
  readonly OtherChannelId?: string;
  readonly CallerID?: string;
  readonly Account?: string;
  readonly Codecs?: string;
  readonly EarlyMedia?: "true" | "false";
  /** How long the first telephone may ring, milliseconds. */
  readonly Timeout?: number;
  /** Always: without it Asterisk answers nothing else until the telephone is picked up. */
  readonly Async: "true";
  /** Channel variables. A name that begins with `__` is inherited by the channels dialled. */
  readonly Variable?: Readonly<Record<string, string>>;
};

export type AmiAction =
  | (Login & { readonly Secret: string })
  | (Login & { readonly AuthType: "MD5"; readonly Key: string })
  | { readonly Action: "Challenge"; readonly AuthType: "MD5" }
  | { readonly Action: "Events"; readonly EventMask: string }
  | {
      readonly Action:
        | "Ping"
        | "Logoff"
        | "CoreShowChannels"
        | "CoreSettings"
        | "CoreStatus"
        | "BridgeList"
        | "Agents"
        | "DeviceStateList"
        | "ExtensionStateList"
        | "PJSIPShowEndpoints"
        | "SIPpeers"
        | "ListCommands";
    }
  | { readonly Action: "Status"; readonly Channel?: string }
  | { readonly Action: "BridgeInfo"; readonly BridgeUniqueid: BridgeId }
  /** The exchange's own database (AstDB). From Asterisk 16.28, 18.14, 19.6 and 20 on. */
  | { readonly Action: "DBGetTree"; readonly Family: string }
  | { readonly Action: "QueueStatus"; readonly Queue?: string; readonly Member?: string }
  | { readonly Action: "Hangup"; readonly Channel: string; readonly Cause?: number }
  | ({ readonly Action: "Redirect"; readonly Channel: string } & DialplanPlace)
  /** The peer of this channel goes there; whoever spoke with it is out. */
  | {
      readonly Action: "BlindTransfer";
      readonly Channel: string;
      readonly Context: string;
      readonly Exten: string;
    }
  | { readonly Action: "Command"; readonly Command: string }
  | (Originate & DialplanPlace)
  | (Originate & { readonly Application: string; readonly Data?: string });

type DialplanPlace = {
  readonly Context: string;
  readonly Exten: string;
  readonly Priority: number;
};

/**
 * The longest line with its line end. Asterisk answers a longer one with an error that bears no
 * ActionID, so it could not be matched.
 * @source Asterisk, manager: the input buffer of a session; asterisk.md (e)
 */
export const MAX_LINE_BYTES = 1024;
/** @source Asterisk, manager: at most 128 headers an action */
export const MAX_LINES = 128;

/**
 * @returns the action with its `ActionID` and final empty line, to be written as UTF-8
 * @throws never
 */
export function encodeAction(action: AmiAction, actionId: string): Result<string, AmiFailure> {
  const { Action, ...rest } = action;
  const lines: string[] = [];
  for (const line of linesOf({ Action, ActionID: actionId, ...rest })) {
    const fault = faultOf(line);
    if (fault !== undefined) return unencodable({ action: Action, field: shown(line.key), fault });
    lines.push(`${line.key}: ${line.value}\r\n`);
  }
  if (lines.length > MAX_LINES) {
    return unencodable({ action: Action, field: "Variable", fault: "has too many lines" });
  }
  return succeeded(`${lines.join("")}\r\n`);
}

type FieldValue = string | number | Readonly<Record<string, string>> | undefined;

type Line = { readonly key: string; readonly value: string; readonly variable?: string };

function* linesOf(fields: Readonly<Record<string, FieldValue>>): Generator<Line> {
  for (const [key, value] of Object.entries(fields)) {
    if (value === undefined) continue;
    if (typeof value !== "object") yield { key, value: String(value) };
    else {
      for (const [name, content] of Object.entries(value)) {
        yield { key, value: `${name}=${escapeVariable(content)}`, variable: name };
      }
    }
  }
}

/**
 * Asterisk cuts one `Variable` line at commas and takes quotes and backslashes as its own; without
 * this, a name such as "Ivanov, A=1" would set a second variable.
 * @source Asterisk, manager: the variables of Originate are read as standard application arguments
 */
const escapeVariable = (value: string): string => value.replace(/[\\",]/g, "\\$&");

function faultOf({ key, value, variable }: Line): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9-]*$/.test(key)) return "is no key of an action";
  if (/[\x00-\x1f\x7f-\x9f\u2028\u2029]/.test(value)) {
    return "holds a line break or another control character";
  }
  if (!value.isWellFormed()) return "holds half a character";
  if (variable !== undefined && !/^[A-Za-z_]\w*(\([\w ,-]*\))?$/.test(variable)) {
    return "names no channel variable";
  }
  const bytes = Buffer.byteLength(key) + Buffer.byteLength(value) + ": \r\n".length;
  return bytes > MAX_LINE_BYTES ? `is longer than ${MAX_LINE_BYTES} bytes with its key` : undefined;
}

/** A key for a message: what may itself be hostile is not repeated. */
const shown = (key: string): string => (/^[\w-]{1,40}$/.test(key) ? key : "(unnamed)");

const unencodable = (what: {
  action: string;
  field: string;
  fault: string;
}): Result<string, AmiFailure> =>
  failed({
    kind: "unencodable",
    retry: "never",
    action: what.action,
    field: what.field,
    hint: `The field ${what.field} of ${what.action} ${what.fault}; nothing was sent to Asterisk.`,
  });
