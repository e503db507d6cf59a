/** Telephones and trunks are rung, and stop ringing. */
import type { AmiEvent } from "../../ami/event.ts";
import { extension } from "../../ami/ids.ts";
import type { EpochMs } from "../../lib/clock.ts";
import { claimOutbound, removeClient } from "../clients.ts";
import { dialledNumberOf, endpointOf, isMachinery, isOutsideNumber } from "../endpoint.ts";
import { channelFor, mergeCalls } from "../live-call.ts";
import { owned } from "../owned.ts";
import { addUnreachable, endPartIfOver, markDialler, ring } from "../parts.ts";
import { endpointName, partyOfDialled } from "../party.ts";
import { withOne } from "../short-list.ts";
import type { CallsState, Channel } from "../state.ts";

type Of<Kind extends AmiEvent["kind"]> = Extract<AmiEvent, { kind: Kind }>;

export function onDialBegin(state: CallsState, event: Of<"dial-begin">, at: EpochMs): void {
  const from = event.from && channelFor(state, event.from, at);
  const leg = channelFor(state, event.to, at);
  if (leg === undefined || leg === from) return;
  if (leg.dialledBy !== undefined || leg.part !== undefined) return; // told twice
  if (from !== undefined) {
    if (from.call !== leg.call) mergeCalls(state, from.call, leg.call);
    from.dialled = withOne(from.dialled, leg);
    from.dialling = "";
  } else if (event.from === undefined && leg.call.channels[0] === leg) {
    leg.call.isOriginated = true;
  }
  if (leg.isCaller) {
    leg.isCaller = false;
    removeClient(leg.call, leg);
  }
  leg.dialledBy = from;
  leg.dialString = owned(event.dialString);
  if (leg.callerNumber === "") leg.callerNumber = owned(event.toCallerNumber);
  leg.party = partyOfDialled(state, leg, event.toCallerNumber);
  if (leg.party.kind === "telephone") {
    ring(state, leg, at);
  } else if (leg.party.kind === "outside") {
    const client = claimOutbound(leg, from);
    if (client !== undefined) markDialler(state, client);
  }
}

export function onDialEnd(state: CallsState, event: Of<"dial-end">, at: EpochMs): void {
  const leg = channelFor(state, event.to, at);
  if (leg === undefined) return;
  if (event.status === "answer") {
    leg.answeredAt ??= at;
    return;
  }
  if (leg.ringEnd !== undefined || leg.talk !== undefined) return;
  leg.ringEnd = { status: event.status, forward: owned(event.forward) };
  endPartIfOver(state, leg, at);
}

/** Remembered until a leg of it appears or Dial says that there is no way. */
export function onDialApplication(state: CallsState, event: Of<"dial-application">): void {
  const channel = state.channels.get(event.id);
  if (channel === undefined || channel.endedAt !== undefined) return;
  channel.dialling = owned(event.destinations);
}

const MAX_DESTINATIONS = 64;

/**
 * Dial ended without making a single channel: the telephones are not registered, or the trunk is
 * down. No other event tells of it.
 * @source asterisk.md (d), "extension starts to ring"
 */
export function onUnreachable(state: CallsState, channel: Channel, at: EpochMs): void {
  const destinations = channel.dialling.split("&", MAX_DESTINATIONS);
  channel.dialling = "";
  const seen = new Set<string>();
  for (const destination of destinations) {
    const endpoint = endpointOf(destination);
    const [peer = ""] = destination.slice(destination.indexOf("/") + 1).split(/[/@]/, 1);
    if (endpoint.technology === "Local" || isMachinery(endpoint)) continue;
    if (state.exchange.isExtension(peer)) {
      if (seen.has(peer)) continue;
      seen.add(peer);
      addUnreachable(channel, extension(peer), at);
    } else {
      noteUnreachedNumber(channel, destination);
    }
  }
}

function noteUnreachedNumber(channel: Channel, destination: string): void {
  const slash = destination.indexOf("/");
  const dialString = destination.slice(slash + 1);
  const number = dialledNumberOf(dialString, "");
  if (channel.party.kind !== "telephone" || !isOutsideNumber(number)) return;
  const at = dialString.indexOf("@");
  const peer = at < 0 ? dialString.split("/", 1)[0] : dialString.slice(at + 1);
  const endpoint = { technology: destination.slice(0, slash), peer: peer ?? "" };
  channel.call.wanted = { number, trunk: endpointName(endpoint) };
}
