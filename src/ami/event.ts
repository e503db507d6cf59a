/**
 * What the exchange tells about calls, as a closed union: only the events that the call model needs.
 * `parse-event.ts` makes them; everything else in a stream is left out there.
 */
import type { BridgeId, ChannelName, LinkedId, UniqueId } from "./ids.ts";

/** How an event names a channel. `linked` may differ from what earlier events said of the same channel. */
export type ChannelRef = {
  readonly id: UniqueId;
  readonly linked: LinkedId;
  readonly name: ChannelName;
  /** Where an event tells it that may be the first to name the channel. */
  readonly callerNumber?: string;
};

/**
 * How ringing a channel ended. `other` covers what a macro of the called side decided (CONTINUE,
 * ABORT, GOTO:…, TORTURE, DONTCALL): no talk, and no error either.
 */
export type DialStatus =
  "answer" | "busy" | "cancel" | "no-answer" | "congestion" | "unavailable" | "other";

/**
 * The variables that the call model looks at; all others that nobody asked for are dropped before
 * anything is parsed.
 * `dial-status` comes as CHANUNAVAIL and CONGESTION only: Dial's other ends have events of their own.
 */
export type WatchedVariable =
  "recording" | "voice-message" | "did" | "dial-status" | "employee-extension";

/** A channel in an answer to CoreShowChannels or Status. */
export type RunningChannel = ChannelRef & {
  readonly isUp: boolean;
  /** It was dialled by the exchange (application AppDial). */
  readonly wasDialled: boolean;
  readonly callerNumber: string;
  readonly exten: string;
  readonly context: string;
  readonly bridge: BridgeId | undefined;
  /** Age of the channel; whole seconds. */
  readonly seconds: number;
};

export type AmiEvent =
  | {
      readonly kind: "new-channel";
      readonly channel: ChannelRef;
      /** "Down": the exchange makes it to dial with it; "Ring": somebody calls with it. */
      readonly stateName: string;
      readonly callerNumber: string;
      readonly context: string;
      readonly exten: string;
    }
  | {
      readonly kind: "new-caller-id";
      readonly id: UniqueId;
      readonly callerNumber: string;
    }
  | { readonly kind: "rename"; readonly id: UniqueId; readonly name: ChannelName }
  | {
      readonly kind: "dial-begin";
      /** undefined: nobody's channel dials, an Originate does. */
      readonly from: ChannelRef | undefined;
      readonly to: ChannelRef;
      readonly toCallerNumber: string;
      /** Without the technology: "101", "79161234567@trunk", "101/sip:101@10.0.0.5:5060". */
      readonly dialString: string;
    }
  | {
      readonly kind: "dial-end";
      readonly to: ChannelRef;
      readonly status: DialStatus;
      /** The telephone sent the call on to this number (SIP 302); "" otherwise. */
      readonly forward: string;
    }
  | {
      readonly kind: "bridge-enter";
      readonly bridge: BridgeId;
      readonly channel: ChannelRef;
      /** Parking and waiting: the channels of such a bridge do not hear each other. */
      readonly isHolding: boolean;
    }
  | { readonly kind: "bridge-leave"; readonly bridge: BridgeId; readonly channel: ChannelRef }
  | { readonly kind: "bridge-destroy"; readonly bridge: BridgeId }
  /** Two halves of one Local channel: what enters one comes out of the other. */
  | { readonly kind: "local-bridge"; readonly one: ChannelRef; readonly two: ChannelRef }
  | {
      readonly kind: "hangup";
      readonly channel: ChannelRef;
      /** Q.850; 0 and 127 are normal values. */
      readonly cause: number;
    }
  /** The far side of this channel hung up (a hint; the channel lives until its hangup). */
  | { readonly kind: "hangup-request"; readonly id: UniqueId }
  /** The far side of this channel put the other one on hold, or took it back. */
  | { readonly kind: "hold"; readonly id: UniqueId; readonly isOn: boolean }
  /** The dialplan runs Dial: "PJSIP/101&PJSIP/102". */
  | { readonly kind: "dial-application"; readonly id: UniqueId; readonly destinations: string }
  | {
      readonly kind: "variable-set";
      readonly id: UniqueId;
      /** undefined: it is only told because it was asked for. */
      readonly variable: WatchedVariable | undefined;
      /** Where it was asked for (`createEventParser`). */
      readonly name?: string | undefined;
      readonly value: string;
    }
  | { readonly kind: "recording-stopped"; readonly id: UniqueId }
  /** CDR(recordingfile), told when the exchange writes a part of the call down: a name or a path. */
  | { readonly kind: "recording-named"; readonly id: UniqueId; readonly file: string }
  | { readonly kind: "queue-joined"; readonly id: UniqueId; readonly queue: string }
  | {
      readonly kind: "originate-response";
      readonly actionId: string;
      readonly isSuccess: boolean;
      /** undefined: there was no channel, or it is gone. */
      readonly id: UniqueId | undefined;
      /** As given to Originate: "PJSIP/101". */
      readonly channel: string;
      readonly exten: string;
      readonly callerNumber: string;
    }
  | { readonly kind: "running-channel"; readonly channel: RunningChannel }
  /** A bridge in an answer to BridgeList. */
  | { readonly kind: "running-bridge"; readonly bridge: BridgeId; readonly isHolding: boolean }
  /** The list of CoreShowChannels is whole: what was not in it is gone. */
  | { readonly kind: "running-channels-complete" }
  /** After each login; undefined where the exchange does not tell since when it runs. */
  | { readonly kind: "booted"; readonly uptimeSeconds: number | undefined }
  | { readonly kind: "shutdown" };
