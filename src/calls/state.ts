/**
 * The call model's state, and its glossary:
 *
 * channel      one leg, keyed by Uniqueid (names repeat, linkedids change)
 * party        whose channel it is: an employee's telephone, somebody outside, half of a Local
 *              channel, or the exchange's own machinery
 * bridge       channels that Asterisk joins; bridges joined by a Local pair are one room
 * talk         a time in which the same real parties were in one room; the truth about who heard whom
 * part         one employee's part in a call; becomes a conversation
 * client       somebody outside for whom a call is told to the CRM
 * live call    channels with one linkedid, or merged: the exchange's view. Mostly one client
 * told         made into a `FinishedCall`, for good
 *
 * The state is owned by one reducer and changed in place: a copy for each of 5,000 events a second
 * would cost more than all the rest.
 */
import type { BridgeId, ChannelName, Extension, LinkedId, UniqueId } from "../ami/ids.ts";
import type { ChannelRef, DialStatus, RunningChannel } from "../ami/event.ts";
import type { EpochMs } from "../lib/clock.ts";
import type { CallFact } from "./fact.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Exchange } from "./settings.ts";

export type Party =
  | { readonly kind: "telephone"; readonly extension: Extension }
  | { readonly kind: "outside" }
  | { readonly kind: "half" }
  | { readonly kind: "machinery" };

/** What the settings say about an endpoint, found out once for all its channels. */
export type KnownEndpoint = Endpoint & {
  /** "PJSIP/101" */
  readonly name: string;
  readonly isTrunk: boolean;
  /** Where the name alone tells it. */
  readonly party: Party | undefined;
};

export type Bridge = {
  readonly id: BridgeId;
  /** Parking and waiting: its channels do not hear each other. */
  isHolding: boolean;
  /** In the order in which they came in. Mostly two. */
  readonly channels: Channel[];
};

export type Channel = {
  readonly id: UniqueId;
  name: ChannelName;
  endpoint: KnownEndpoint;
  party: Party;
  call: LiveCall;
  readonly startedAt: EpochMs;
  seenAt: EpochMs;
  endedAt: EpochMs | undefined;
  /** false: nobody saw its end; `endedAt` is the best that is known. */
  isEndKnown: boolean;
  /** It called the exchange (true) or was dialled by it. */
  isCaller: boolean;
  context: string;
  /** What it dialled when it came in. */
  exten: string;
  callerNumber: string;
  didVariable: string | undefined;
  bridge: Bridge | undefined;
  /** The other half of a Local channel. */
  other: Channel | undefined;
  dialledBy: Channel | undefined;
  dialString: string;
  /** The legs that this channel dials or has dialled. */
  dialled: Channel[];
  answeredAt: EpochMs | undefined;
  /** The first end of its ringing; a queue sends a second one. */
  ringEnd: { readonly status: DialStatus; readonly forward: string } | undefined;
  cause: number;
  /** Its far side hung up by itself. */
  hasHungUp: boolean;
  part: Part | undefined;
  talk: Talk | undefined;
  /** When its far side held the other one; of the last the end may still come. */
  holds: readonly { readonly from: EpochMs; to: EpochMs | undefined }[];
  /** The destinations of a running Dial, until one of them gets a channel. */
  dialling: string;
  /** For walks through a room, see `talks.ts`. */
  mark: number;
};

export type Talk = {
  /** Real parties only: telephones and outside. Two or more. */
  readonly channels: readonly Channel[];
  readonly from: EpochMs;
  to: EpochMs | undefined;
};

export type Part = {
  readonly extension: Extension;
  /** Several where an employee has several telephones. */
  readonly channels: Channel[];
  readonly requestedAt: EpochMs;
  acceptedAt: EpochMs | undefined;
  endedAt: EpochMs | undefined;
  readonly how:
    | "rang" // a telephone rang
    | "joined" // came in by itself: picked up, unparked, entered a conference
    | "dialled" // called the client
    | "unreachable"; // its telephone is not registered: no channel was ever made
  /** This employee called the client of an outbound call, so bears its outcome. */
  isDialler: boolean;
  /** It ended with its client in a parking place. */
  wasParked: boolean;
  /** Who had it ring, as far back as the exchange tells. */
  askedBy: Channel | undefined;
};

export type Client = {
  readonly direction: "inbound" | "outbound";
  /** Inbound: one. Outbound: one for each attempt. */
  readonly channels: Channel[];
  /** The id its call is told under where it is not the only client of the live call. */
  readonly linked: LinkedId;
  /** Outbound: the channel that dials (an employee's telephone, or a Local half). */
  readonly dialler: Channel | undefined;
  /** As dialled or sent; undefined: withheld. */
  number: string | undefined;
  queue: string | undefined;
  isTold: boolean;
};

export type Recording = {
  readonly path: string;
  readonly channel: Channel;
  readonly from: EpochMs;
  to: EpochMs | undefined;
  readonly isVoiceMessage: boolean;
  /** Its channel was in a bridge with another one: MixMonitor writes only then. */
  hasSound: boolean;
};

export type LiveCall = {
  readonly linked: LinkedId;
  /** All linkedids that lead here. */
  readonly linkedIds: LinkedId[];
  readonly startedAt: EpochMs;
  channels: Channel[];
  liveChannels: number;
  /** When the last channel hung up. */
  emptyAt: EpochMs | undefined;
  clients: Client[];
  /** Clients that there ever were: only a sole client's call bears the linkedid of the whole. */
  clientsSeen: number;
  parts: Part[];
  talks: Talk[];
  recordings: Recording[];
  queue: string | undefined;
  /** Variables that somebody asked for, by name; undefined: none was set. */
  variables: Map<string, string> | undefined;
  /** Begun by an Originate. */
  isOriginated: boolean;
  /** The number outside that was to be called, where no channel to it was ever made. */
  wanted: { readonly number: string; readonly trunk: string | undefined } | undefined;
  /** `call_ended` was told as a stage. */
  isEndTold: boolean;
  /** Merged into another one. */
  isOver: boolean;
};

/**
 * Ids that are over, for a minute or two: two generations, of which the older one is dropped. A
 * uniqueid and a linkedid may be the same text and mean different things.
 */
export type Gone = {
  /** In `CallsState.channels` these stand as undefined. */
  channels: UniqueId[];
  olderChannels: UniqueId[];
  calls: Set<LinkedId>;
  olderCalls: Set<LinkedId>;
  /** Originates of which a failure without a channel was told. */
  originates: Set<string>;
  turnedAt: EpochMs;
};

export const isGoneChannel = ({ channels }: CallsState, id: UniqueId): boolean =>
  channels.get(id) === undefined && channels.has(id);

/** What still comes of this channel is left out. */
export function markGone({ channels, gone }: CallsState, id: UniqueId): void {
  channels.set(id, undefined);
  gone.channels.push(id);
}

/** A copy: whoever goes through them may end some. */
export const channelsOf = ({ channels }: CallsState): Channel[] =>
  [...channels.values()].filter((channel) => channel !== undefined);

/** Over, or the late beginning of a call that was told without it. */
export const isStraggler = (state: CallsState, { id, linked }: ChannelRef): boolean =>
  isGoneChannel(state, id) || ((id as string) === (linked as string) && isGoneCall(state, linked));

export const isGoneCall = ({ gone }: CallsState, id: LinkedId): boolean =>
  gone.calls.has(id) || gone.olderCalls.has(id);

export type CallsState = {
  readonly exchange: Exchange;
  /** undefined: one that is over, so that one look tells both; for how long, see `Gone`. */
  readonly channels: Map<UniqueId, Channel | undefined>;
  readonly bridges: Map<BridgeId, Bridge>;
  readonly calls: Map<LinkedId, LiveCall>;
  /** Channels and calls that are over; what still comes of them is left out. */
  readonly gone: Gone;
  /** By a channel's name without its number. */
  readonly endpoints: Map<string, KnownEndpoint>;
  /** Devices whose name is no extension: "PJSIP/92252" → 252. */
  readonly devices: Map<string, Extension>;
  /** Calls to be told soon, in order of time. */
  settling: LiveCall[];
  /** Items of a list of running channels that is not yet whole. */
  listed: RunningChannel[];
  /** Holding bridges that a list of bridges named; a list of channels does not tell them apart. */
  listedHolding: Set<BridgeId>;
  /** When the connection was lost; undefined while it stands. */
  lostAt: EpochMs | undefined;
  /** The last loss whose calls are not yet sorted out, and the first message after it. */
  gap: { readonly from: EpochMs; readonly to: EpochMs } | undefined;
  sweptAt: EpochMs;
  walk: number;
  facts: CallFact[];
};

export const isReal = (channel: Channel): boolean =>
  channel.party.kind === "telephone" || channel.party.kind === "outside";
