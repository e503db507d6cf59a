/**
 * What is going on at the exchange right now, read after each login: without it, calls that began,
 * changed or ended while nobody listened would stay as they were last seen.
 */
import type { EpochMs } from "../lib/clock.ts";
import type { AmiAction } from "./action.ts";
import type { AmiFailure } from "./ami-failure.ts";
import type { AmiText } from "./framer.ts";
import type { BridgeId } from "./ids.ts";
import { bridgeId } from "./ids.ts";
import type { Request } from "./login.ts";
import { fieldOf, parseMessage } from "./message.ts";
import type { AmiMessage } from "./message.ts";

export type Snapshot = {
  /** When the asking began: no message that is told after the snapshot is older. */
  readonly at: EpochMs;
  /** Whether `channels` was read whole: a channel that is not in it is gone. */
  readonly isComplete: boolean;
  /** Items of CoreShowChannels (`Event: CoreShowChannel`): Channel, Uniqueid, Linkedid, BridgeId … */
  readonly channels: readonly AmiText[];
  /** Items of Status (`Event: Status`): the same channels with DNID and BridgeID. */
  readonly statuses: readonly AmiText[];
  /** Items of BridgeList (`Event: BridgeListItem`): BridgeUniqueid, BridgeType, BridgeNumChannels. */
  readonly bridges: readonly AmiText[];
  /** Items of BridgeInfo (`Event: BridgeInfoChannel`); they do not name their bridge themselves. */
  readonly members: readonly { readonly bridge: BridgeId; readonly channels: readonly AmiText[] }[];
  readonly exchange: Exchange;
  /** What could not be read, mostly for lack of rights: the rest is there all the same. */
  readonly missing: readonly { readonly action: string; readonly failure: AmiFailure }[];
};

/** What the exchange says about itself; undefined where the user may not ask. */
export type Exchange = {
  /** "22.10.1" */
  readonly asteriskVersion: string | undefined;
  /** Prefix of its uniqueids, mostly "". */
  readonly systemName: string | undefined;
  /** "2026-11-21 11:48:32" in the exchange's own time zone: a new one means a new series of uniqueids. */
  readonly startedAt: string | undefined;
};

/** Asked at once instead of one by one: saves waiting for the way there and back. */
const BRIDGES_AT_ONCE = 32;

/**
 * Missing rights degrade the snapshot, they do not prevent it. Each question has its own time
 * limit; stops early, with what is there, when `isOver` says so.
 */
export async function readSnapshot(
  request: Request,
  { at, isOver }: { at: EpochMs; isOver: () => boolean },
): Promise<Snapshot> {
  const missing: { action: string; failure: AmiFailure }[] = [];
  const ask = async (action: AmiAction): Promise<Answer | undefined> => {
    const answer = await request(action);
    if (answer.ok) return answer.value;
    missing.push({ action: action.Action, failure: answer.failure });
    return undefined;
  };

  const [settings, status, channels, statuses, bridges] = await Promise.all([
    ask({ Action: "CoreSettings" }),
    ask({ Action: "CoreStatus" }),
    ask({ Action: "CoreShowChannels" }),
    ask({ Action: "Status" }),
    ask({ Action: "BridgeList" }),
  ]);
  const occupied = (bridges?.items ?? []).map(occupiedBridge).filter((id) => id !== undefined);
  const members: { bridge: BridgeId; channels: readonly AmiText[] }[] = [];
  for (let i = 0; i < occupied.length && !isOver(); i += BRIDGES_AT_ONCE) {
    const asked = occupied.slice(i, i + BRIDGES_AT_ONCE).map(async (bridge) => {
      // A bridge that ended since the list was read is no failure.
      const answer = await request({ Action: "BridgeInfo", BridgeUniqueid: bridge });
      if (answer.ok) members.push({ bridge, channels: answer.value.items });
    });
    await Promise.all(asked);
  }
  return {
    at,
    isComplete: channels !== undefined,
    channels: channels?.items ?? [],
    statuses: statuses?.items ?? [],
    bridges: bridges?.items ?? [],
    members,
    exchange: {
      asteriskVersion: settings && fieldOf(settings.response, "AsteriskVersion"),
      systemName: settings && fieldOf(settings.response, "SystemName"),
      startedAt: status && startOf(status.response),
    },
    missing,
  };
}

type Answer = { readonly response: AmiMessage; readonly items: readonly AmiText[] };

function occupiedBridge(item: AmiText): BridgeId | undefined {
  const message = parseMessage(item);
  if (message === undefined || fieldOf(message, "BridgeNumChannels") === "0") return undefined;
  const id = fieldOf(message, "BridgeUniqueid");
  return id === undefined ? undefined : bridgeId(id);
}

function startOf(status: AmiMessage): string | undefined {
  const day = fieldOf(status, "CoreStartupDate");
  const time = fieldOf(status, "CoreStartupTime");
  return day === undefined || time === undefined ? undefined : `${day} ${time}`;
}
