/** What rows of CEL come to: the life of each channel, and who rang whom with what. */
import type { ChannelRef } from "../../ami/event.ts";
import type { UniqueId } from "../../ami/ids.ts";
import type { EpochMs } from "../../lib/clock.ts";

/** The life of one channel as its rows tell it. */
export type Leg = {
  readonly ref: ChannelRef;
  readonly startedAt: EpochMs;
  /** The exchange made it to ring somebody with it. */
  readonly wasDialled: boolean;
  /** Began a call without anybody calling: click-to-call. */
  readonly wasOriginated: boolean;
  readonly half: "1" | "2" | undefined;
  /** Where it came in. */
  readonly exten: string;
  /** Where it stood when it was next seen: a leg stands where its dialler does. */
  readonly laterExten: string;
  readonly firstNumber: string;
  /** Its caller id once the exchange had filled it in. */
  readonly laterNumber: string;
  readonly answeredAt: EpochMs | undefined;
  readonly bridgedAt: EpochMs | undefined;
  readonly endedAt: EpochMs | undefined;
  readonly wasPickedUp: boolean;
  /** Its own far side ended it. */
  readonly hungUpItself: boolean;
  /** Q.850; undefined: not told. */
  readonly cause: number | undefined;
  /** What its last Dial came to; "": not told. */
  readonly dialStatus: string;
  /** What it rang others with. */
  readonly dials: Dial[];
  /** Telephones that it rang sent it on. */
  readonly forwards: readonly Forward[];
  rungBy: Dial | undefined;
  /** The other half of a Local channel. */
  other: Leg | undefined;
};

/** One run of Dial, Queue or the like. */
export type Dial = {
  readonly by: UniqueId;
  readonly app: string;
  readonly from: EpochMs;
  readonly to: EpochMs | undefined;
  readonly linked: string;
  readonly exten: string;
  readonly appArguments: string | undefined;
  /** The telephone sent the caller on to this number. */
  readonly forward: Forward | undefined;
  readonly legs: Leg[];
};

export type Forward = { readonly number: string; readonly at: EpochMs };

export type Legs = ReadonlyMap<UniqueId, Leg>;
