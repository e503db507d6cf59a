/** What comes into the call model and what it answers. */
import type { AmiEvent, RunningChannel } from "../ami/event.ts";
import type { Extension, LinkedId, UniqueId } from "../ami/ids.ts";
import type { EpochMs } from "../lib/clock.ts";
import type { Direction, FinishedCall, Stage } from "./finished-call.ts";

export type CallInput =
  | { readonly kind: "event"; readonly event: AmiEvent; readonly at: EpochMs }
  /** Time has passed: whatever is due is told. */
  | { readonly kind: "tick"; readonly at: EpochMs }
  | { readonly kind: "connection-lost"; readonly at: EpochMs }
  /** The first message of a new connection. */
  | { readonly kind: "connected"; readonly at: EpochMs }
  /** The running channels as asked for; `isComplete`: what is not among them is gone. */
  | {
      readonly kind: "snapshot";
      readonly at: EpochMs;
      readonly channels: readonly RunningChannel[];
      readonly isComplete: boolean;
    }
  /** There will be no more events: every call is closed with what is known. */
  | { readonly kind: "end"; readonly at: EpochMs };

/** A stage as it happens, with what is known of the call by then. */
export type LiveStage = {
  readonly kind: "stage";
  readonly linkedId: LinkedId;
  readonly direction: Direction;
  readonly stage: Stage;
  readonly extension: Extension | undefined;
  readonly clientPhone: string | undefined;
  readonly did: string | undefined;
  readonly trunk: string | undefined;
  readonly queue: string | undefined;
  /** Those asked for (`CallSettings.variables`) that were set by then; absent: none. */
  readonly variables?: Readonly<Record<string, string>>;
  /** Of `conversation_ended`: the employee has parked the client. */
  readonly wasParked?: boolean;
  /** The employee's channel. */
  readonly channelId?: UniqueId | undefined;
  readonly channelName?: string | undefined;
  /** Of the channel that began the call. */
  readonly mainChannelName?: string | undefined;
  readonly at: EpochMs;
};

export type CallFact = LiveStage | { readonly kind: "finished"; readonly call: FinishedCall };
