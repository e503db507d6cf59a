/**
 * One AMI message → one typed event, or undefined for all that the call model does not need. This
 * is the hot path: over half of a stream is VarSet, which is dropped by the name of its variable
 * before anything else is looked at.
 */
import type { AmiEvent, ChannelRef, DialStatus, WatchedVariable } from "./event.ts";
import { cleanValue, createFieldReader, indexOfKey, unescapeValue } from "./event-fields.ts";
import type { AmiText } from "./framer.ts";
import { bridgeId, channelName, linkedId, uniqueId } from "./ids.ts";
import type { BridgeId, UniqueId } from "./ids.ts";

const EVENT = "Event: ";
const VARSET = "Event: VarSet\r";
const [A, D, F, M, V, UNDERSCORE] = [65, 68, 70, 77, 86, 95];
const field = createFieldReader();

/**
 * False messages, made by line ends in dialplan variables, are left out: the first key must be
 * Event, the second Privilege (or the message must bear an ActionID), and what the kind of event
 * needs must be there.
 * @returns undefined: not an event, a forged or broken one, or one that tells nothing about calls
 * @throws never
 * @source asterisk.md (d) pitfall 19, (e)
 */
export function parseEvent(text: AmiText): AmiEvent | undefined {
  const initial = text.charCodeAt(EVENT.length);
  if (initial === V) return text.startsWith(VARSET) ? parseVarSet(text) : undefined;
  if (!INITIALS.has(initial) || !text.startsWith(EVENT)) return undefined;
  const nameEnd = text.indexOf("\r\n", EVENT.length);
  if (nameEnd < 0) return undefined;
  const parse = PARSERS.get(text.slice(EVENT.length, nameEnd));
  if (parse === undefined || !isGenuine(text, nameEnd)) return undefined;
  field.open(text);
  return parse(text);
}

const isGenuine = (text: string, nameEnd: number): boolean =>
  text.startsWith("Privilege: ", nameEnd + 2) || text.includes("\r\nActionID: ");

/** By the end of a variable's name without leading underscores (they only say who inherits it). */
const VARIABLES: ReadonlyMap<string, WatchedVariable> = new Map([
  ["MIXMONITOR_FILENAME", "recording"],
  ["VM_MESSAGEFILE", "voice-message"],
  ["FROM_DID", "did"],
  ["DIALSTATUS", "dial-status"],
  ["AMPUSER", "employee-extension"],
]);

const VARIABLE_KEY = "Variable: ";
/** No VarSet has fewer characters before its variable (Privilege, Channel … Linkedid: 240 or more). */
const VARIABLE_FROM = 150;

function parseVarSet(text: string): AmiEvent | undefined {
  const key = indexOfKey(text, VARIABLE_KEY, VARIABLE_FROM);
  if (key < 0) return undefined;
  let start = key + VARIABLE_KEY.length;
  let first = text.charCodeAt(start);
  while (first === UNDERSCORE) first = text.charCodeAt(++start);
  if (first !== D && first !== M && first !== F && first !== A && first !== V) return undefined;
  const end = text.indexOf("\r\n", start);
  const variable = VARIABLES.get(text.slice(start, end < 0 ? undefined : end));
  if (variable === undefined || !text.startsWith("Privilege: ", VARSET.length + 1))
    return undefined;

  field.open(text);
  const id = field.raw("Uniqueid: ");
  // Inherited by every leg of a call, of which there are many; the caller's own is the one that counts.
  if (variable === "did" && field.raw("Linkedid: ") !== id) return undefined;
  const written = field.raw("Value: ");
  if (id === undefined || id === "" || written === undefined) return undefined;
  // Of a Dial's outcomes, only those that no other event tells.
  if (variable === "dial-status" && written !== "CHANUNAVAIL" && written !== "CONGESTION") {
    return undefined;
  }
  return {
    kind: "variable-set",
    id: uniqueId(id),
    variable,
    value: unescapeValue(cleanValue(written)),
  };
}

function channelOf(prefix: "" | "Dest" | "LocalOne" | "LocalTwo"): ChannelRef | undefined {
  const keys = CHANNEL_KEYS[prefix];
  const name = field.raw(keys.name);
  const id = field.raw(keys.id);
  const linked = field.raw(keys.linked);
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
  const stateName = field.text("ChannelStateDesc: ");
  const callerNumber = field.text("CallerIDNum: ");
  const context = field.text("Context: ");
  const exten = field.text("Exten: ");
  const channel = channelOf("");
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
  const to = channelOf("Dest");
  if (to === undefined) return undefined;
  const toCallerNumber = field.text("DestCallerIDNum: ");
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
  const status = field.raw("DialStatus: ");
  if (to === undefined || status === undefined) return undefined;
  const forward = field.text("Forward: ");
  return { kind: "dial-end", to, status: DIAL_STATUSES[status] ?? "other", forward };
}

function parseBridgeEnter(): AmiEvent | undefined {
  const bridge = bridgeOf();
  const type = field.text("BridgeType: ");
  const technology = field.text("BridgeTechnology: ");
  const channel = channelOf("");
  if (bridge === undefined || channel === undefined) return undefined;
  const isHolding = type === "parking" || type === "holding" || technology === "holding_bridge";
  return { kind: "bridge-enter", bridge, channel, isHolding };
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

/** Only the application Dial is of interest: a telephone that is not registered shows nowhere else. */
function parseNewExten(text: string): AmiEvent | undefined {
  const application = indexOfKey(text, "Application: ", 0);
  if (!text.startsWith("Dial\r", application + "Application: ".length)) return undefined;
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

const PARSERS: ReadonlyMap<string, (text: string) => AmiEvent | undefined> = new Map([
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
  ["CoreShowChannelsComplete", (): AmiEvent => ({ kind: "running-channels-complete" })],
  ["FullyBooted", parseFullyBooted],
  ["Shutdown", (): AmiEvent => ({ kind: "shutdown" })],
]);

/** A first look at the name, before it is cut out. */
const INITIALS: ReadonlySet<number> = new Set(
  [...PARSERS.keys()].map((name) => name.charCodeAt(0)),
);
