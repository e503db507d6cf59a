/** The answers that are lists: what the exchange knows of its calls, bridges, telephones and queues. */
import { BRIDGE_FIELDS, SNAPSHOT_FIELDS, type LiveBridge, type LiveChannel } from "../channels.ts";
import type { Exchange } from "../exchange.ts";
import { deviceOf, stateInWords, type Queue } from "../telephones.ts";
import { valueOf, type Action, type Field } from "../wire.ts";

export type List = {
  /** Of the response that announces the list. */
  readonly message: string;
  /** Each begins with its `Event`; the ActionID is put behind that, or at the end. */
  readonly items: readonly (readonly Field[])[];
  readonly actionIdAtEnd?: boolean;
  readonly complete: string;
  readonly totals?: readonly Field[];
};

export const channelFields = (channel: LiveChannel): Field[] =>
  SNAPSHOT_FIELDS.map((name) => [name, channel.snapshot.get(name) ?? ""]);

const ageSeconds = (exchange: Exchange, sinceMs: number): number =>
  Math.max(0, Math.floor((exchange.clock.now() - sinceMs) / 1000));

/** `00:01:05`, as CoreShowChannels writes a duration. */
function clockTime(seconds: number): string {
  const parts = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return parts.map((part) => String(part).padStart(2, "0")).join(":");
}

/** Field order as recorded. @source `ami-reconnect-in-talk` */
export function coreShowChannels(exchange: Exchange): List {
  return {
    message: "Channels will follow",
    items: [...exchange.calls.channels.values()].map((channel) => [
      ["Event", "CoreShowChannel"],
      ...channelFields(channel),
      ["Application", channel.application],
      ["ApplicationData", channel.applicationArguments],
      ["Duration", clockTime(ageSeconds(exchange, channel.createdAtMs))],
      ["BridgeId", channel.bridge ?? ""],
    ]),
    complete: "CoreShowChannelsComplete",
  };
}

/** @returns the refusal where the named channel does not exist */
export function statusList(exchange: Exchange, action: Action): List | string {
  const name = valueOf(action, "Channel");
  const named = exchange.calls.byName(name);
  if (name !== "" && !named) return "No such channel";
  const channels = named ? [named] : [...exchange.calls.channels.values()];
  return {
    message: "Channel status will follow",
    items: channels.map((channel) => statusItem(exchange, channel)),
    actionIdAtEnd: true,
    complete: "StatusComplete",
    totals: [["Items", String(channels.length)]],
  };
}

function statusItem(exchange: Exchange, channel: LiveChannel): Field[] {
  const name = channel.snapshot.get("Channel") ?? "";
  return [
    ["Event", "Status"],
    ["Privilege", "Call"],
    ...channelFields(channel),
    ["Type", name.slice(0, Math.max(0, name.indexOf("/")))],
    ["DNID", channel.dialledNumber],
    ["EffectiveConnectedLineNum", channel.snapshot.get("ConnectedLineNum") ?? ""],
    ["EffectiveConnectedLineName", channel.snapshot.get("ConnectedLineName") ?? ""],
    ["TimeToHangup", "0"],
    ["BridgeID", channel.bridge ?? ""],
    ["Application", channel.application],
    ["Data", channel.applicationArguments],
    ["Nativeformats", "(ulaw)"],
    ["Readformat", "ulaw"],
    ["Readtrans", ""],
    ["Writeformat", "ulaw"],
    ["Writetrans", ""],
    ["Callgroup", "0"],
    ["Pickupgroup", "0"],
    ["Seconds", String(ageSeconds(exchange, channel.createdAtMs))],
  ];
}

export const bridgeFields = (bridge: LiveBridge): Field[] => [
  ...BRIDGE_FIELDS.map((name): Field => [name, bridge.fields.get(name) ?? ""]),
  ["BridgeNumChannels", String(bridge.members.size)],
  ["BridgeVideoSourceMode", "none"],
];

export function bridgeList(exchange: Exchange, action: Action): List {
  const type = valueOf(action, "BridgeType");
  const bridges = [...exchange.calls.bridges.values()].filter(
    (bridge) => type === "" || bridge.fields.get("BridgeType") === type,
  );
  return {
    message: "Bridge listing will follow",
    items: bridges.map((bridge) => [["Event", "BridgeListItem"], ...bridgeFields(bridge)]),
    complete: "BridgeListComplete",
  };
}

/** @returns the refusal where the named bridge does not exist */
export function bridgeInfo(exchange: Exchange, action: Action): List | string {
  const id = valueOf(action, "BridgeUniqueid");
  if (id === "") return "BridgeUniqueid must be provided";
  const bridge = exchange.calls.bridges.get(id);
  if (!bridge) return "Bridge specified by BridgeUniqueid not found";
  const members = [...bridge.members]
    .map((uniqueid) => exchange.calls.channels.get(uniqueid))
    .filter((channel) => channel !== undefined);
  return {
    message: "Bridge channel listing will follow",
    items: members.map((channel) => [["Event", "BridgeInfoChannel"], ...channelFields(channel)]),
    complete: "BridgeInfoComplete",
    totals: bridgeFields(bridge),
  };
}

export function deviceStateList(exchange: Exchange): List {
  const states = exchange.telephones.states(exchange.calls.channels.values());
  return {
    message: "Device State Changes will follow",
    items: [...states].map(([device, state]) => [
      ["Event", "DeviceStateChange"],
      ["Device", device],
      ["State", state],
    ]),
    complete: "DeviceStateListComplete",
  };
}

export function endpointList(exchange: Exchange): List {
  const channels = [...exchange.calls.channels.values()];
  const states = exchange.telephones.states(channels);
  return {
    message: "A listing of Endpoints follows, presented as EndpointList events",
    items: exchange.endpoints.map(({ name, registered }) => {
      const device = `PJSIP/${name}`;
      const active = channels.filter(
        ({ snapshot }) => deviceOf(snapshot.get("Channel") ?? "") === device,
      );
      return [
        ["Event", "EndpointList"],
        ["ObjectType", "endpoint"],
        ["ObjectName", name],
        ["Transport", "transport-udp"],
        ["Aor", name],
        ["Auths", name],
        ["OutboundAuths", ""],
        ["Contacts", registered ? `${name}/sip:${name}@127.0.0.1:5060,` : ""],
        ["DeviceState", stateInWords(states.get(device) ?? "UNKNOWN")],
        ["ActiveChannels", String(active.length)],
      ];
    }),
    complete: "EndpointListComplete",
  };
}

/** Only queues of which something was told since the start are known. */
export function queueStatus(exchange: Exchange, action: Action): List {
  const wanted = valueOf(action, "Queue");
  const member = valueOf(action, "Member");
  const queues = [...exchange.telephones.queues.values()].filter(
    (queue) => wanted === "" || queue.name === wanted,
  );
  return {
    message: "Queue status will follow",
    items: queues.flatMap((queue) => [
      queueParams(queue),
      ...queueMembers(queue)
        .filter(([name]) => member === "" || name === member)
        .map(([, item]) => item),
      ...queue.callers.map((caller, i): Field[] => [
        ["Event", "QueueEntry"],
        ["Queue", queue.name],
        ["Position", String(i + 1)],
        ["Channel", caller.channel],
        ["Uniqueid", caller.uniqueid],
        ["CallerIDNum", caller.callerNumber],
        ["CallerIDName", caller.callerName],
        ["ConnectedLineNum", "unknown"],
        ["ConnectedLineName", "unknown"],
        ["Wait", String(ageSeconds(exchange, caller.joinedAtMs))],
        ["Priority", "0"],
      ]),
    ]),
    actionIdAtEnd: true,
    complete: "QueueStatusComplete",
  };
}

const queueParams = (queue: Queue): Field[] => [
  ["Event", "QueueParams"],
  ["Queue", queue.name],
  ["Max", "0"],
  ["Strategy", "ringall"],
  ["Calls", String(queue.callers.length)],
  ["Holdtime", "0"],
  ["TalkTime", "0"],
  ["Completed", String(queue.completed)],
  ["Abandoned", String(queue.abandoned)],
  ["ServiceLevel", "0"],
  ["ServicelevelPerf", "0.0"],
  ["ServicelevelPerf2", "0.0"],
  ["Weight", "0"],
];

const MEMBER_FIELDS = [
  "StateInterface",
  "Membership",
  "Penalty",
  "CallsTaken",
  "LastCall",
  "LastPause",
  "LoginTime",
  "InCall",
  "Status",
  "Paused",
  "PausedReason",
  "Wrapuptime",
] as const;

const queueMembers = (queue: Queue): (readonly [place: string, item: Field[]])[] =>
  [...queue.members].map(([place, event]) => [
    place,
    [
      ["Event", "QueueMember"],
      ["Queue", queue.name],
      ["Name", event.get("MemberName") ?? ""],
      ["Location", place],
      ...MEMBER_FIELDS.map((name): Field => [name, event.get(name) ?? ""]),
    ],
  ]);
