/** Which line the client dialled, and by which trunk. */
import { telephoneNumber } from "./endpoint.ts";
import type { Client } from "./state.ts";

/** Shorter ones are "s", feature codes and rooms. */
const MIN_DID_DIGITS = 3;

/**
 * The dialplan's own word (FROM_DID) where it gives a number, else what the first channel dialled:
 * some providers send the account's name there.
 */
export function didOf(client: Client): string | undefined {
  if (client.direction !== "inbound") return undefined;
  const [channel] = client.channels;
  return didNumber(channel?.didVariable) ?? didNumber(channel?.exten);
}

function didNumber(text: string | undefined): string | undefined {
  const number = telephoneNumber(text ?? "");
  if (number === undefined) return undefined;
  const digits = number.startsWith("+") ? number.length - 1 : number.length;
  return digits >= MIN_DID_DIGITS ? number : undefined;
}

/** Of the answered attempt, else of the last one. */
export function trunkOf(client: Client): string | undefined {
  const leg =
    client.channels.find((channel) => channel.answeredAt !== undefined) ?? client.channels.at(-1);
  return leg?.endpoint.name;
}
