/**
 * What becomes of a call's recordings when it is accepted: a link for its card, and a row for each
 * file, kept with the call. Looks at no file, so booking never waits.
 */
import type { FinishedCall } from "../calls/finished-call.ts";
import type { Statement } from "../store/store.ts";
import { linkedRecording, recordingsOf } from "./call-recordings.ts";
import type { KeyRing } from "./key-ring.ts";
import { linkOf, recordingId } from "./link.ts";
import { insertRecording } from "./schema.ts";

export type CallLinks = {
  /** @param callId the call's `uniq` @returns undefined: there is nothing to listen to, or no public address */
  readonly linkFor: (call: FinishedCall, callId: string) => string | undefined;
  /** Goes into the transaction that accepts the call. */
  readonly statementsFor: (call: FinishedCall, callId: string) => readonly Statement[];
};

export type CallLinksDeps = {
  /** undefined: recordings are left alone. */
  readonly publicUrl: string | undefined;
  readonly voicemailPath: string;
  readonly ring: Pick<KeyRing, "sign">;
  readonly now: () => number;
};

/** MixMonitor mostly closes its file within a second of the hangup. */
const FIRST_LOOK_MS = 1_000;

export function createCallLinks({ publicUrl, voicemailPath, ring, now }: CallLinksDeps): CallLinks {
  const isVoiceMessage = (path: string): boolean =>
    path.startsWith(`${voicemailPath.replace(/\/+$/, "")}/`);
  return {
    linkFor(call, callId) {
      if (publicUrl === undefined || call.direction === "internal") return undefined;
      const path = linkedRecording(call, isVoiceMessage);
      if (path === undefined) return undefined;
      return linkOf(publicUrl, ring.sign(recordingId(callId, path)));
    },
    statementsFor(call, callId) {
      if (publicUrl === undefined || call.direction === "internal") return [];
      return recordingsOf(call, isVoiceMessage).map(({ path, parts, extension }) =>
        insertRecording({
          ...(parts === undefined ? {} : { parts }),
          id: recordingId(callId, path),
          callId,
          extension,
          path,
          callStartedAt: call.startedAt,
          callEndedAt: call.endedAt,
          dueAt: now() + FIRST_LOOK_MS,
        }),
      );
    },
  };
}
