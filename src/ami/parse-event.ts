/**
 * One AMI message → one typed event, or undefined for all that the call model does not need. This
 * is the hot path: most messages are dropped after one look at their first line.
 */
import type { AmiEvent, ChannelRef, DialStatus } from "./event.ts";
import { createFieldReader, indexOfKey } from "./event-fields.ts";
import { beginsWith, flat, piecesOf, standsAt } from "./fast-compare.ts";
import type { AmiText } from "./framer.ts";
import { bridgeId, channelName, linkedId, uniqueId } from "./ids.ts";
import type { BridgeId, UniqueId } from "./ids.ts";
import { moduleParsers } from "./parse-module-events.ts";
import { CHANNEL_FIELDS, createVarSetParser } from "./parse-var-set.ts";

const EVENT = "Event: ";
const [D, V] = [68, 86];
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

/** For a message that lies in a longer text, as `Framer.events` tells it. */
export type EventParser = (text: string, start: number, end: number) => AmiEvent | undefined;

const parserWith =
  (parseVarSet: EventParser): EventParser =>
  (text, start, end) =>
    text.charCodeAt(start + EVENT.length) === V
      ? parseVarSet(text, start, end)
      : parseOther(text, start, end);

/** The same as `parseEvent` within a longer text. */
export const parseEventWithin = parserWith(createVarSetParser(new Set()));

/**
 * One that tells of these channel variables too, whoever sets them: `name` and `value` of a
 * `variable-set`.
 * @param variables as the dialplan spells them, without leading underscores
 */
export const createEventParser = (variables: readonly string[] = []): EventParser =>
  variables.length === 0 ? parseEventWithin : parserWith(createVarSetParser(new Set(variables)));

function parseOther(text: string, start: number, end: number): AmiEvent | undefined {
  const nameAt = start + EVENT.length;
  const initial = text.charCodeAt(nameAt);
  const alike = KINDS[traitsOf(initial, text.charCodeAt(nameAt + 3), text.charCodeAt(nameAt + 7))];
  if (alike === undefined) return undefined;
  for (const { line, length, parse } of alike) {
    if (!beginsWith(text, line, start)) continue;
    const nameEnd = start + length - 2;
    if (!standsAt(text, PRIVILEGE, nameEnd + 2) && !isListed(text, start, end)) return undefined;
    field.open(text, nameEnd, end);
    return parse(text, nameEnd, end);
  }
  return undefined;
}

/** An item of a list bears the ActionID of who asked for it, in place of a privilege. */
function isListed(text: string, start: number, end: number): boolean {
  const actionId = text.indexOf("\r\nActionID: ", start);
  return actionId >= 0 && actionId < end;
}

const PRIVILEGE = "Privilege: ";

function channelOf(keys: ChannelKeys): ChannelRef | undefined {
  const name = field.name(keys.name);
  return referenceTo(name, field.raw(keys.id), field.raw(keys.linked));
}

/** An event that may be the first that is heard of the channel says by which number it calls, too. */
function channelWithNumber(): ChannelRef | undefined {
  const name = field.name("Channel: ");
  const callerNumber = field.text("CallerIDNum: ");
  const channel = referenceTo(name, field.raw("Uniqueid: "), field.raw("Linkedid: "));
  return channel && { ...channel, callerNumber };
}

function referenceTo(
  name: string | undefined,
  id: string | undefined,
  linked: string | undefined,
): ChannelRef | undefined {
  if (name === undefined || id === undefined || id === "") return undefined;
  if (linked === undefined || linked === "") return undefined;
  return { id: uniqueId(id), linked: linkedId(linked), name: channelName(name) };
}

type ChannelKeys = { readonly name: string; readonly id: string; readonly linked: string };

const channelKeys = (prefix: string): ChannelKeys => ({
  name: flat(prefix, "Channel: "),
  id: flat(prefix, "Uniqueid: "),
  linked: flat(prefix, "Linkedid: "),
});
const CHANNEL = channelKeys("");
const DEST = channelKeys("Dest");
const LOCAL_ONE = channelKeys("LocalOne");
const LOCAL_TWO = channelKeys("LocalTwo");

const idOf = (): UniqueId | undefined => {
  const id = field.raw("Uniqueid: ");
  return id === undefined || id === "" ? undefined : uniqueId(id);
};
const bridgeOf = (key = "BridgeUniqueid: "): BridgeId | undefined => {
  const id = field.raw(key);
  return id === undefined || id === "" ? undefined : bridgeId(id);
};

function parseNewChannel(): AmiEvent | undefined {
  const name = field.name("Channel: ");
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
  const from = channelWithNumber();
  const toName = field.name("DestChannel: ");
  const toCallerNumber = field.text("DestCallerIDNum: ");
  const to = referenceTo(toName, field.raw("DestUniqueid: "), field.raw("DestLinkedid: "));
  if (to === undefined) return undefined;
  const dialString = field.text("DialString: ");
  return { kind: "dial-begin", from, to, toCallerNumber, dialString };
}

const DIAL_STATUSES: ReadonlyMap<string, DialStatus> = new Map([
  ["ANSWER", "answer"],
  ["BUSY", "busy"],
  ["CANCEL", "cancel"],
  ["NOANSWER", "no-answer"],
  ["CONGESTION", "congestion"],
  ["CHANUNAVAIL", "unavailable"],
]);

function parseDialEnd(): AmiEvent | undefined {
  const to = channelOf(DEST);
  const forward = field.text("Forward: ");
  const status = field.raw("DialStatus: ");
  if (to === undefined || status === undefined) return undefined;
  return { kind: "dial-end", to, status: DIAL_STATUSES.get(status) ?? "other", forward };
}

function parseBridgeEnter(): AmiEvent | undefined {
  const bridge = bridgeOf();
  const isHolding = isHoldingBridge();
  const channel = channelWithNumber();
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
  const channel = channelOf(CHANNEL);
  return bridge && channel ? { kind: "bridge-leave", bridge, channel } : undefined;
}

function parseBridgeDestroy(): AmiEvent | undefined {
  const bridge = bridgeOf();
  return bridge && { kind: "bridge-destroy", bridge };
}

function parseLocalBridge(): AmiEvent | undefined {
  const one = channelOf(LOCAL_ONE);
  const two = channelOf(LOCAL_TWO);
  return one && two ? { kind: "local-bridge", one, two } : undefined;
}

function parseHangup(): AmiEvent | undefined {
  const channel = channelOf(CHANNEL);
  const cause = Number(field.raw("Cause: ") ?? 0);
  if (channel === undefined) return undefined;
  return { kind: "hangup", channel, cause: Number.isInteger(cause) ? cause : 0 };
}

function parseHangupRequest(): AmiEvent | undefined {
  const id = idOf();
  return id && { kind: "hangup-request", id };
}

function parseHold(isOn: boolean): AmiEvent | undefined {
  const id = idOf();
  return id && { kind: "hold", id, isOn };
}

const APPLICATION = "Application: ";

/** Only the application Dial is of interest: a telephone that is not registered shows nowhere else. */
function parseNewExten(text: string, nameEnd: number, end: number): AmiEvent | undefined {
  const application = indexOfKey(text, APPLICATION, nameEnd + CHANNEL_FIELDS);
  if (application < 0 || application >= end) return undefined;
  if (text.charCodeAt(application + APPLICATION.length) !== D) return undefined;
  if (!standsAt(text, "Dial\r", application + APPLICATION.length)) return undefined;
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
  const channel = channelOf(CHANNEL);
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
  ...moduleParsers({ field, channel: () => channelOf(CHANNEL) }),
  ["Hangup", parseHangup],
  ["HangupRequest", parseHangupRequest],
  ["Hold", () => parseHold(true)],
  ["Unhold", () => parseHold(false)],
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

type Kind = {
  /** Its first line, whole. */
  readonly line: readonly string[];
  readonly length: number;
  readonly parse: Parser;
};

/** A first look, which most events do not pass: three letters of the name. */
const traitsOf = (first: number, fourth: number, eighth: number): number =>
  (first + 5 * fourth + 11 * eighth) & 255;

/** By their traits; few kinds share them. */
const KINDS: readonly (readonly Kind[] | undefined)[] = kindsByTraits();

function kindsByTraits(): (Kind[] | undefined)[] {
  const kinds = new Array<Kind[] | undefined>(256).fill(undefined);
  for (const [name, parse] of PARSERS) {
    const line = `${EVENT}${name}\r\n`;
    // A short name ends before its traits do: they go on into the privilege.
    const [first, fourth, eighth] = [0, 3, 7].map((index) =>
      `${line}${PRIVILEGE}`.charCodeAt(EVENT.length + index),
    );
    const alike = (kinds[traitsOf(first ?? 0, fourth ?? 0, eighth ?? 0)] ??= []);
    alike.push({ line: piecesOf(line), length: line.length, parse });
  }
  return kinds;
}
