/** The far telephone rings: an event that calls are not made of, but who dials wants to see it. */
import { fieldOf, isGenuineEvent, parseMessage } from "./message.ts";
import type { AmiText } from "./framer.ts";
import { uniqueId, type UniqueId } from "./ids.ts";

const EVENT = "Event: DialState\r\n";

export type DialRinging = { readonly kind: "dial-ringing"; readonly to: { readonly id: UniqueId } };

/** @returns undefined: any other event, or another state */
export function parseDialRinging(text: AmiText): DialRinging | undefined {
  if (!text.startsWith(EVENT) || !isGenuineEvent(text)) return undefined;
  const message = parseMessage(text);
  if (message === undefined || fieldOf(message, "DialStatus") !== "RINGING") return undefined;
  const id = fieldOf(message, "DestUniqueid");
  return id === undefined || id === ""
    ? undefined
    : { kind: "dial-ringing", to: { id: uniqueId(id) } };
}
