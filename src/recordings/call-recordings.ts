/** Which files of a call are kept, which are joined, and which of them its link is for. Pure. */
import type { Conversation, FinishedCall } from "../calls/finished-call.ts";
import { isPlayable } from "./sound/sound-file.ts";

export type CallRecording = {
  /** As Asterisk named it. */
  readonly path: string;
  /** Whose conversation it holds; undefined: the call's own. */
  readonly extension: string | undefined;
  /** Files that become one mp3, in the order of time, `path` among them; absent: it is the only one. */
  readonly parts?: readonly string[];
};

/**
 * What is listed, each file once; the files of one conversation together. Of a call without talk only voice messages: the rest is announcements
 * and ringing.
 */
export function recordingsOf(
  call: FinishedCall,
  isVoiceMessage: (path: string) => boolean,
): readonly CallRecording[] {
  const files = new Map<string, CallRecording>();
  const joined = new Set<string>();
  for (const { recording: path, recordingParts, extension } of talksOf(call)) {
    if (path === undefined) continue;
    const parts = joinable(recordingParts ?? []);
    const isJoined = parts.length > 1 && parts.includes(path);
    if (isJoined) for (const part of parts) joined.add(part);
    files.set(path, { path, extension, ...(isJoined ? { parts } : {}) });
  }
  for (const path of call.recordings)
    if (
      !files.has(path) &&
      !joined.has(path) &&
      (call.result === "answered" || isVoiceMessage(path))
    )
      files.set(path, { path, extension: undefined });
  return [...files.values()];
}

/** What a script has made into an mp3 or the like is played as it is, and so stands alone. */
const joinable = (paths: readonly string[]): readonly string[] =>
  paths.filter((path) => !isPlayable(path));

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
