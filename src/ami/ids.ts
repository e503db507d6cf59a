import type { Brand } from "../lib/brand.ts";

/** One channel: "1715000000.12", with a systemname "pbx1-1715000000.12", or what Originate's ChannelId gave. Never a number. */
export type UniqueId = Brand<string, "UniqueId">;
/** The channels of one call. May change during a call: merges, asterisk.md (d) pitfall 1. */
export type LinkedId = Brand<string, "LinkedId">;
export type BridgeId = Brand<string, "BridgeId">;
/** "PJSIP/101-00000001": names repeat after a restart of Asterisk, so this is never a key. */
export type ChannelName = Brand<string, "ChannelName">;
/** The internal number of an employee's telephone: "101". */
export type Extension = Brand<string, "Extension">;

export const uniqueId = (text: string): UniqueId => text as UniqueId;
export const linkedId = (text: string): LinkedId => text as LinkedId;
export const bridgeId = (text: string): BridgeId => text as BridgeId;

/** MeetMe joins its channels by DAHDI and not by a bridge; its rooms are told as bridges all the same. */
const MEETME = "meetme ";
export const meetmeRoom = (name: string): BridgeId => bridgeId(`${MEETME}${name}`);
/** No list of the exchange names such a bridge. */
export const isMeetmeRoom = (id: BridgeId): boolean => id.startsWith(MEETME);

export const channelName = (text: string): ChannelName => text as ChannelName;
export const extension = (text: string): Extension => text as Extension;
