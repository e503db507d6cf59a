import type { Extension, LinkedId, UniqueId } from "../ami/ids.ts";
import type { EpochMs } from "../lib/clock.ts";

/** What the room `calls` says: the facts of calls, with no word about Kommo. */

export type Direction = "inbound" | "outbound" | "internal";

/** `missed` is inbound only; `no_answer … cancelled` are outbound and internal. */
export type CallResult = "answered" | "missed" | "no_answer" | "busy" | "failed" | "cancelled";

export type UnansweredReason = "no_answer" | "busy" | "cancelled" | "failed";

export type ConversationResult =
  "answered" | "no_answer" | "busy" | "answered_elsewhere" | "forwarded" | "failed";

/** Of time. */
export type Stretch = { readonly from: EpochMs; readonly to: EpochMs };

/** One employee's part in a call: from the first ring, or the employee's own dialling, until it leaves. */
export type Conversation = {
  readonly extension: Extension;
  readonly result: ConversationResult;
  /** false: the employee spoke only with a colleague (a consultation). */
  readonly withClient: boolean;
  readonly requestedAt: EpochMs;
  readonly acceptedAt: EpochMs | undefined;
  readonly endedAt: EpochMs;
  /** Seconds in which the client heard this employee, holds included; with a fraction. */
  readonly talkSeconds: number;
  /**
   * When the client heard this employee; absent: all the time from acceptedAt to endedAt, or never. The
   * employee was elsewhere in between (a consultation, a parking place).
   */
  readonly talks?: readonly Stretch[];
  /** When one of the two held the other; absent: never, or the exchange did not tell. */
  readonly holds?: readonly Stretch[];
  /** The employee put the client into a parking place; absent: no. */
  readonly wasParked?: true;
  /** Path of its recording as Asterisk named it. */
  readonly recording: string | undefined;
  /**
   * All files that hold it one after the other, `recording` among them, the earliest first; absent: it
   * is the only one. The others stand in the call's `recordings` too.
   */
  readonly recordingParts?: readonly string[];
  /** The employee's channel, where there was one; of several the first. */
  readonly channelId?: UniqueId;
  /** "PJSIP/101-00000001": the name of that channel. */
  readonly channelName?: string;
};

export type Stage =
  "conversation_requested" | "conversation_accepted" | "conversation_ended" | "call_ended";

export type StageFact = {
  readonly stage: Stage;
  readonly extension: Extension | undefined; // undefined: call_ended
  readonly at: EpochMs;
};

export type FinishedCall = {
  /** After merges: the oldest. */
  readonly linkedId: LinkedId;
  /** Others that were merged into it (a transfer, a parking place, a conference); absent: none. */
  readonly mergedLinkedIds?: readonly LinkedId[];
  readonly direction: Direction;
  /** Name of the channel that began the call, whose uniqueid is the linkedid; absent: nobody saw it. */
  readonly mainChannelName?: string;
  /** undefined: withheld. As the exchange told it; of an outbound call, as the trunk was given it. */
  readonly clientPhone: string | undefined;
  /** Outbound: the same number as the employee dialled it ("989161234567"); undefined where nobody did. */
  readonly dialledNumber: string | undefined;
  /** The line that the client dialled (inbound). */
  readonly did: string | undefined;
  /** "PJSIP/trunk": of the client's channel; in an outbound call that of the answered or last attempt. */
  readonly trunk: string | undefined;
  readonly queue: string | undefined;
  /** Channel variables that were asked for (`CallSettings.variables`), as last set; absent: none was. */
  readonly variables?: Readonly<Record<string, string>>;
  readonly result: CallResult;
  readonly reason: UnansweredReason | undefined;
  /** The number dialled does not exist (trunk: SIP 404). Only then is Kommo told "wrong number". */
  readonly isNumberUnknown: boolean;
  /** The last employee who talked with the client. */
  readonly answeredBy: Extension | undefined;
  readonly startedAt: EpochMs;
  /**
   * The clock was set back since it began, by so many ms: what was told of it before may bear times of
   * that clock. Absent: it was not.
   */
  readonly clockWasAheadMs?: number;
  readonly endedAt: EpochMs;
  /** false: it ended while nobody listened, and `endedAt` is the best that is known. */
  readonly isEndKnown: boolean;
  readonly conversations: readonly Conversation[];
  /** Paths that belong to the call and to no single conversation (a voice message, a queue's file). */
  readonly recordings: readonly string[];
  readonly stages: readonly StageFact[];
};
