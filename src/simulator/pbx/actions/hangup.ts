/** The action Hangup: ends a call that is being played, and tells it as a real exchange does. */
import type { LiveChannel } from "../channels.ts";
import type { Request } from "./request.ts";
import { renderEvent, type Exchange } from "../exchange.ts";
import { bridgeFields, channelFields } from "./lists.ts";
import { deviceOf } from "../telephones.ts";
import { valueOf, type Field } from "../wire.ts";

/** @source Asterisk, causes of Q.931; `ami-hangup-action` */
const CAUSES: Readonly<Record<string, string>> = {
  "0": "Unknown",
  "16": "Normal Clearing",
  "17": "User busy",
  "19": "User alerting, no answer",
  "21": "Call Rejected",
};
const NORMAL_CLEARING = "16";

export function hangUp({ action, exchange, succeed, refuse }: Request): void {
  const name = valueOf(action, "Channel");
  if (name === "") return refuse("No channel specified");
  const channel = exchange.calls.byName(name);
  if (!channel) return refuse("No such channel");
  succeed([["Message", "Channel Hungup"]]);
  endCall(exchange, channel, valueOf(action, "Cause") || NORMAL_CLEARING);
}

/** A recorded call cannot go on at another telephone: here it ends with the transfer. */
export function blindTransfer({ action, exchange, succeed, refuse }: Request): void {
  if (valueOf(action, "Channel") === "") return refuse("No channel specified");
  if (valueOf(action, "Exten") === "") return refuse("No exten specified");
  if (valueOf(action, "Context") === "") return refuse("No context specified");
  const channel = exchange.calls.byName(valueOf(action, "Channel"));
  if (!channel) return refuse("Channel specified does not exist");
  succeed([["Message", "Transfer succeeded"]]);
  endCall(exchange, channel, NORMAL_CLEARING);
}

/** All channels of the call go with it, and what was recorded of them behind this moment is not played. */
function endCall(exchange: Exchange, first: LiveChannel, cause: string): void {
  const linkedid = first.snapshot.get("Linkedid") ?? first.uniqueid;
  const others = [...exchange.calls.channels.values()].filter(
    (channel) => channel !== first && channel.snapshot.get("Linkedid") === linkedid,
  );
  const channels = [first, ...others];
  const bridges = channels.map((channel) => channel.bridge).filter((id) => id !== undefined);
  const ended = [linkedid, ...channels.map((channel) => channel.uniqueid), ...bridges];
  exchange.plays.get(first.owner)?.silence(ended);
  tellEnd(exchange, channels, cause);
}

/** BridgeLeave of each, the bridges' end, Hangup of each, then the telephones that are free again. */
export function tellEnd(exchange: Exchange, channels: readonly LiveChannel[], cause: string): void {
  const [first] = channels;
  if (!first) return;
  const tell = (name: string, fields: readonly Field[]): void =>
    exchange.tell(renderEvent(name, "call", fields), first.owner);
  for (const channel of channels) {
    const bridge = exchange.calls.bridges.get(channel.bridge ?? "");
    if (bridge) {
      bridge.members.delete(channel.uniqueid);
      tell("BridgeLeave", [...bridgeFields(bridge), ...channelFields(channel)]);
      if (bridge.members.size === 0) tell("BridgeDestroy", bridgeFields(bridge));
    }
    if (channel === first) tell("SoftHangupRequest", [...channelFields(channel), ["Cause", cause]]);
  }
  for (const channel of channels)
    tell("Hangup", [
      ...channelFields(channel),
      ["Cause", cause],
      ["Cause-txt", CAUSES[cause] ?? "Unknown"],
    ]);
  const devices = new Set(channels.map(({ snapshot }) => deviceOf(snapshot.get("Channel") ?? "")));
  for (const device of devices)
    if (!device.startsWith("Local/") && !isInCall(exchange, device))
      tell("DeviceStateChange", [
        ["Device", device],
        ["State", "NOT_INUSE"],
      ]);
}

const isInCall = (exchange: Exchange, device: string): boolean =>
  exchange.calls.channels
    .values()
    .some(({ snapshot }) => deviceOf(snapshot.get("Channel") ?? "") === device);
