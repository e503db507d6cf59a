/**
 * One AMI message → one typed event, or undefined for all that the call model does not need. This
 * is the hot path: over half of a stream is VarSet, which is dropped by the name of its variable
 * before anything else is looked at.
 */
import type { AmiEvent, ChannelRef, DialStatus, WatchedVariable } from "./event.ts";
import {
  cleanValue,
  createFieldReader,
  endOfLine,
  indexOfKey,
  unescapeValue,
} from "./event-fields.ts";
import type { AmiText } from "./framer.ts";
import { bridgeId, channelName, linkedId, uniqueId } from "./ids.ts";
import type { BridgeId, UniqueId } from "./ids.ts";

const EVENT = "Event: ";
const PRIVILEGE = "Privilege: ";
const [C, D, V, UNDERSCORE] = [67, 68, 86, 95];
const field = createFieldReader();

/**
 * False messages, made by line ends in dialplan variables, are left out: the first key must be
 * Event, the second Privilege (or the message must bear an ActionID), and what the kind of event
 * needs must be there.
 * @returns undefined: not an event, a forged or broken one, or one that tells nothing about calls
 * @throws never
 * @source asterisk.md (d) pitfall 19, (e)
 */
export const parseEvent = (text: AmiText): AmiEvent | undefined =>
  parseEventWithin(text, 0, text.length);

/** The same for a message that lies in a longer text, as `Framer.events` tells it. */
export function parseEventWithin(text: string, start: number, end: number): AmiEvent | undefined {
  const nameAt = start + EVENT.length;
  const initial = text.charCodeAt(nameAt);
  if (initial === V) return parseVarSet(text, start, end);
  if (!INITIALS.has(initial)) return undefined;
  const nameEnd = endOfLine(text, nameAt, end);
  const parse = PARSERS.get(text.slice(nameAt, nameEnd));
  if (parse === undefined || !text.startsWith(EVENT, start)) return undefined;
  if (!isGenuine(text, nameEnd, end)) return undefined;
  field.open(text, nameEnd, end);
  return parse(text, nameEnd, end);
}

function isGenuine(text: string, nameEnd: number, end: number): boolean {
  if (text.startsWith(PRIVILEGE, nameEnd + 2)) return true;
  const actionId = text.indexOf("\r\nActionID: ", nameEnd);
  return actionId >= 0 && actionId < end;
}

/** By their initials, since no two share one. Leading underscores only say who inherits it. */
const VARIABLES: ReadonlyMap<number, { name: string; variable: WatchedVariable }> = new Map(
  Object.entries({
    MIXMONITOR_FILENAME: "recording",
    VM_MESSAGEFILE: "voice-message",
    FROM_DID: "did",
    DIALSTATUS: "dial-status",
    AMPUSER: "employee-extension",
  } as const).map(([name, variable]) => [name.charCodeAt(0), { name: `${name}\r`, variable }]),
);

const VARSET = "Event: VarSet\r\nPrivilege: ";
const VARIABLE = "Variable: ";
/** VarSet and Newexten have more characters than this before their own fields (Channel … Linkedid). */
const CHANNEL_FIELDS = 150;

function parseVarSet(text: string, start: number, end: number): AmiEvent | undefined {
  const key = indexOfKey(text, VARIABLE, start + CHANNEL_FIELDS);
  if (key < 0 || key >= end) return undefined;
  let at = key + VARIABLE.length;
  while (text.charCodeAt(at) === UNDERSCORE) at++;
  const watched = VARIABLES.get(text.charCodeAt(at));
  // The second character first: of a Dial there are ten variables, and one is watched.
  if (watched?.name.charCodeAt(1) !== text.charCodeAt(at + 1)) return undefined;
  const { name, variable } = watched;
  if (!text.startsWith(name, at)) return undefined;
  if (variable === "dial-status" && wasMade(text, at + name.length + 1)) return undefined;
  if (!text.startsWith(VARSET, start)) return undefined;

  field.open(text, start + VARSET.length, end);
  const id = field.raw("Uniqueid: ");
  // Inherited by every leg of a call, of which there are many; the caller's own is the one that counts.
  if (variable === "did" && field.raw("Linkedid: ") !== id) return undefined;
  const value = field.raw("Value: ");
  if (id === undefined || id === "" || value === undefined) return undefined;
  if (variable === "dial-status" && !UNREACHABLE.has(value)) return undefined;
  return {
    kind: "variable-set",
    id: uniqueId(id),
    variable,
    value: unescapeValue(cleanValue(value)),
  };
}

/** Of a Dial's outcomes, only those that no other event tells. */
const UNREACHABLE: ReadonlySet<string> = new Set(["CHANUNAVAIL", "CONGESTION"]);
/** A first look: most outcomes are others. */
const wasMade = (text: string, valueLine: number): boolean =>
  text.charCodeAt(valueLine + "Value: ".length) !== C && text.startsWith("Value: ", valueLine);

function channelOf(prefix: keyof typeof CHANNEL_KEYS): ChannelRef | undefined {
  const keys = CHANNEL_KEYS[prefix];
  const name = field.raw(keys.name);
  return referenceTo(name, field.raw(keys.id), field.raw(keys.linked));
}

function referenceTo(
  name: string | undefined,
  id: string | undefined,
  linked: string | undefined,
): ChannelRef | undefined {
  if (name === undefined || id === undefined || id === "") return undefined;
  if (linked === undefined || linked === "") return undefined;
  return { id: uniqueId(id), linked: linkedId(linked), name: channelName(cleanValue(name)) };
}

const channelKeys = (prefix: string) => ({
  name: `${prefix}Channel: `,
  id: `${prefix}Uniqueid: `,
  linked: `${prefix}Linkedid: `,
});
const CHANNEL_KEYS = {
  "": channelKeys(""),
  Dest: channelKeys("Dest"),
  LocalOne: channelKeys("LocalOne"),
  LocalTwo: channelKeys("LocalTwo"),
};

const idOf = (): UniqueId | undefined => {
  const id = field.raw("Uniqueid: ");
  return id === undefined || id === "" ? undefined : uniqueId(id);
};
const bridgeOf = (key = "BridgeUniqueid: "): BridgeId | undefined => {
  const id = field.raw(key);
  return id === undefined || id === "" ? undefined : bridgeId(id);
};

function parseNewChannel(): AmiEvent | undefined {
  const name = field.raw("Channel: ");
  const stateName = field.text("ChannelStateDesc: ");
  const callerNumber = field.text("CallerIDNum: ");
  const context = field.text("Context: ");
  const exten = field.text("Exten: ");
  const channel = referenceTo(name, field.raw("Uniqueid: "), field.raw("Linkedid: "));
  if (channel === undefined) return undefined;
  return { kind: "new-channel", channel, stateName, callerNumber, context, exten };
}

function parseNewCallerId(): AmiEvent | undefined {
  const callerNumber = field.text("CallerIDNum: ");
  const id = idOf();
  return id && callerNumber !== "" ? { kind: "new-caller-id", id, callerNumber } : undefined;
}

function parseRename(): AmiEvent | undefined {
  const name = field.text("Newname: ");
  const id = idOf();
  return id && name !== "" ? { kind: "rename", id, name: channelName(name) } : undefined;
}

function parseDialBegin(): AmiEvent | undefined {
  const from = channelOf("");
  const toName = field.raw("DestChannel: ");
  const toCallerNumber = field.text("DestCallerIDNum: ");
  const to = referenceTo(toName, field.raw("DestUniqueid: "), field.raw("DestLinkedid: "));
  if (to === undefined) return undefined;
  const dialString = field.text("DialString: ");
  return { kind: "dial-begin", from, to, toCallerNumber, dialString };
}

const DIAL_STATUSES: Readonly<Record<string, DialStatus>> = {
  ANSWER: "answer",
  BUSY: "busy",
  CANCEL: "cancel",
  NOANSWER: "no-answer",
  CONGESTION: "congestion",
  CHANUNAVAIL: "unavailable",
};

function parseDialEnd(): AmiEvent | undefined {
  const to = channelOf("Dest");
  const forward = field.text("Forward: ");
  const status = field.raw("DialStatus: ");
  if (to === undefined || status === undefined) return undefined;
  return { kind: "dial-end", to, status: DIAL_STATUSES[status] ?? "other", forward };
}

function parseBridgeEnter(): AmiEvent | undefined {
  const bridge = bridgeOf();
  const isHolding = isHoldingBridge();
  const channel = channelOf("");
  if (bridge === undefined || channel === undefined) return undefined;
  return { kind: "bridge-enter", bridge, channel, isHolding };
}

function isHoldingBridge(): boolean {
  const type = field.raw("BridgeType: ");
  const technology = field.raw("BridgeTechnology: ");
  return type === "parking" || type === "holding" || technology === "holding_bridge";
}

function parseRunningBridge(): AmiEvent | undefined {
  const bridge = bridgeOf();
  return bridge && { kind: "running-bridge", bridge, isHolding: isHoldingBridge() };
}

function parseBridgeLeave(): AmiEvent | undefined {
  const bridge = bridgeOf();
  const channel = channelOf("");
  return bridge && channel ? { kind: "bridge-leave", bridge, channel } : undefined;
}

function parseBridgeDestroy(): AmiEvent | undefined {
  const bridge = bridgeOf();
  return bridge && { kind: "bridge-destroy", bridge };
}

function parseLocalBridge(): AmiEvent | undefined {
  const one = channelOf("LocalOne");
  const two = channelOf("LocalTwo");
  return one && two ? { kind: "local-bridge", one, two } : undefined;
}

function parseHangup(): AmiEvent | undefined {
  const channel = channelOf("");
  const cause = Number(field.raw("Cause: ") ?? 0);
  if (channel === undefined) return undefined;
  return { kind: "hangup", channel, cause: Number.isInteger(cause) ? cause : 0 };
}

function parseHangupRequest(): AmiEvent | undefined {
  const id = idOf();
  return id && { kind: "hangup-request", id };
}

const APPLICATION = "Application: ";

/** Only the application Dial is of interest: a telephone that is not registered shows nowhere else. */
function parseNewExten(text: string, nameEnd: number, end: number): AmiEvent | undefined {
  const application = indexOfKey(text, APPLICATION, nameEnd + CHANNEL_FIELDS);
  if (application < 0 || application >= end) return undefined;
  if (text.charCodeAt(application + APPLICATION.length) !== D) return undefined;
  if (!text.startsWith("Dial\r", application + APPLICATION.length)) return undefined;
  const id = idOf();
  const appData = field.text("AppData: ");
  if (id === undefined || appData === "") return undefined;
  return { kind: "dial-application", id, destinations: appData.split(",", 1)[0] ?? "" };
}

function parseMixMonitorStop(): AmiEvent | undefined {
  const id = idOf();
  return id && { kind: "recording-stopped", id };
}

function parseQueueCallerJoin(): AmiEvent | undefined {
  const id = idOf();
  const queue = field.text("Queue: ");
  return id && queue !== "" ? { kind: "queue-joined", id, queue } : undefined;
}

function parseOriginateResponse(): AmiEvent | undefined {
  const channel = field.text("Channel: ");
  const exten = field.text("Exten: ");
  const id = idOf();
  const callerNumber = field.text("CallerIDNum: ");
  const actionId = field.text("ActionID: ");
  const isSuccess = field.raw("Response: ") === "Success";
  if (channel === "") return undefined;
  return { kind: "originate-response", actionId, isSuccess, id, channel, exten, callerNumber };
}

/** "01:02:03" or "3723" → seconds. */
const ageOf = (text: string): number => {
  const seconds = text.split(":").reduce((sum, part) => sum * 60 + Number(part), 0);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
};

function parseRunningChannel(): AmiEvent | undefined {
  const channel = channelOf("");
  if (channel === undefined) return undefined;
  const running = {
    ...channel,
    isUp: field.raw("ChannelStateDesc: ") === "Up",
    wasDialled: field.raw("Application: ") === "AppDial",
    callerNumber: field.text("CallerIDNum: "),
    context: field.text("Context: "),
    exten: field.text("Exten: "),
    bridge: bridgeOf("BridgeId: ") ?? bridgeOf("BridgeID: "),
    seconds: ageOf(field.raw("Duration: ") ?? field.text("Seconds: ")),
  };
  return { kind: "running-channel", channel: running };
}

function parseFullyBooted(): AmiEvent {
  const uptime = Number(field.raw("Uptime: ") ?? NaN);
  return { kind: "booted", uptimeSeconds: Number.isFinite(uptime) ? uptime : undefined };
}

type Parser = (text: string, nameEnd: number, end: number) => AmiEvent | undefined;

const PARSERS: ReadonlyMap<string, Parser> = new Map<string, Parser>([
  ["Newchannel", parseNewChannel],
  ["NewCallerid", parseNewCallerId],
  ["Rename", parseRename],
  ["DialBegin", parseDialBegin],
  ["DialEnd", parseDialEnd],
  ["BridgeEnter", parseBridgeEnter],
  ["BridgeLeave", parseBridgeLeave],
  ["BridgeDestroy", parseBridgeDestroy],
  ["LocalBridge", parseLocalBridge],
  ["Hangup", parseHangup],
  ["HangupRequest", parseHangupRequest],
  ["Newexten", parseNewExten],
  ["MixMonitorStop", parseMixMonitorStop],
  ["QueueCallerJoin", parseQueueCallerJoin],
  ["OriginateResponse", parseOriginateResponse],
  ["CoreShowChannel", parseRunningChannel],
  ["Status", parseRunningChannel],
  ["BridgeListItem", parseRunningBridge],
  ["CoreShowChannelsComplete", (): AmiEvent => ({ kind: "running-channels-complete" })],
  ["FullyBooted", parseFullyBooted],
  ["Shutdown", (): AmiEvent => ({ kind: "shutdown" })],
]);

/** A first look at the name, before it is cut out. */
const INITIALS: ReadonlySet<number> = new Set(
  [...PARSERS.keys()].map((name) => name.charCodeAt(0)),
);
