/** Which files of a call are kept, and which of them its link is for. Pure. */
import type { Conversation, FinishedCall } from "../calls/finished-call.ts";

export type CallRecording = {
  /** As Asterisk named it. */
  readonly path: string;
  /** Whose conversation it holds; undefined: the call's own. */
  readonly extension: string | undefined;
};

/**
 * What is listed, each file once. Of a call without talk only voice messages: the rest is announcements
 * and ringing.
 */
export function recordingsOf(
  call: FinishedCall,
  isVoiceMessage: (path: string) => boolean,
): readonly CallRecording[] {
  const files = new Map<string, CallRecording>();
  for (const { recording, extension } of talksOf(call))
    if (recording !== undefined) files.set(recording, { path: recording, extension });
  for (const path of call.recordings)
    if (!files.has(path) && (call.result === "answered" || isVoiceMessage(path)))
      files.set(path, { path, extension: undefined });
  return [...files.values()];
}

/**
 * What the card's player plays: the last conversation with the client, which the duration is of too;
 * where that was not recorded, an earlier one, then a file of the call. Of a call without talk the
 * voice message.
 */
export function linkedRecording(
  call: FinishedCall,
  isVoiceMessage: (path: string) => boolean,
): string | undefined {
  if (call.result !== "answered") return call.recordings.findLast(isVoiceMessage);
  const talks = talksOf(call);
  const last = talks.findLast(({ extension }) => extension === call.answeredBy) ?? talks.at(-1);
  const recorded = talks.findLast(({ recording }) => recording !== undefined);
  const own = call.recordings.findLast((path) => !isVoiceMessage(path));
  return last?.recording ?? recorded?.recording ?? own;
}

const talksOf = (call: FinishedCall): readonly Conversation[] =>
  call.conversations.filter((part) => part.withClient && part.result === "answered");
