/** What the dialplan says by variables, and the recordings it starts. */
import { basename } from "node:path/posix";
import type { AmiEvent } from "../../ami/event.ts";
import type { UniqueId } from "../../ami/ids.ts";
import type { EpochMs } from "../../lib/clock.ts";
import { removeClient } from "../clients.ts";
import { keepVariable } from "../live-call.ts";
import { owned } from "../owned.ts";
import { partyByEmployee } from "../party.ts";
import type { CallsState, Channel } from "../state.ts";
import { onUnreachable } from "./dialling.ts";

export function onVariableSet(
  state: CallsState,
  event: Extract<AmiEvent, { kind: "variable-set" }>,
  at: EpochMs,
): void {
  const channel = state.channels.get(event.id);
  if (channel === undefined) return;
  const { value } = event;
  if (event.name !== undefined) keepVariable(channel.call, event.name, value);
  switch (event.variable) {
    case undefined:
      return;
    case "recording":
    case "voice-message":
      addRecording(channel, { path: value, isVoiceMessage: event.variable !== "recording", at });
      return;
    case "did":
      // Inherited by every leg of the call; only the client's own counts, see didOf.
      if (channel.isCaller) channel.didVariable ??= owned(value);
      return;
    case "dial-status":
      if (channel.endedAt === undefined) onUnreachable(state, channel, at);
      return;
    case "employee-extension": {
      const party = partyByEmployee(state, channel, value);
      if (party === channel.party) return;
      channel.party = party;
      removeClient(channel.call, channel);
    }
  }
}

/** A call's files; more is a dialplan gone wild. */
const MAX_RECORDINGS = 200;

function addRecording(
  channel: Channel,
  { path, isVoiceMessage, at }: { path: string; isVoiceMessage: boolean; at: EpochMs },
): void {
  const { recordings } = channel.call;
  if (path === "" || recordings.length >= MAX_RECORDINGS) return;
  const again = recordings.find((recording) => recording.path === path);
  if (again !== undefined) {
    if (again.channel.endedAt === undefined) again.to = undefined; // stopped and started anew
    return;
  }
  const hasSound = (channel.bridge?.channels.length ?? 0) > 1;
  const to = channel.endedAt;
  recordings.push({ path: owned(path), channel, from: at, to, isVoiceMessage, hasSound });
}

/**
 * The name of the file in a CDR, where the start of the recording was not heard (an AMI user without
 * the class `dialplan`). It comes when all is over, and mostly for each part of the call again.
 */
export function onRecordingNamed(
  state: CallsState,
  { id, file }: Extract<AmiEvent, { kind: "recording-named" }>,
): void {
  const channel = state.channels.get(id);
  if (channel === undefined) return;
  const { recordings, talks } = channel.call;
  const isKnown = recordings.some(({ path }) => basename(path) === basename(file));
  if (isKnown || recordings.length >= MAX_RECORDINGS) return;
  const hasSound = talks.some(
    (talk) => channel.party.kind === "half" || talk.channels.includes(channel),
  );
  const { startedAt: from, endedAt: to } = channel;
  recordings.push({ path: owned(file), channel, from, to, isVoiceMessage: false, hasSound });
}

export function onRecordingStopped(state: CallsState, id: UniqueId, at: EpochMs): void {
  const channel = state.channels.get(id);
  if (channel === undefined) return;
  const running = channel.call.recordings.filter(
    (recording) => recording.channel === channel && recording.to === undefined,
  );
  if (running[0] !== undefined) running[0].to = at;
}

/** A client's queue; an employee may call a queue too. */
export function onQueueJoined(state: CallsState, id: UniqueId, queue: string): void {
  const channel = state.channels.get(id);
  if (channel === undefined) return;
  const name = owned(queue);
  channel.call.queue = name;
  const client = channel.call.clients.find((one) => one.channels.includes(channel));
  if (client !== undefined) client.queue = name;
}
