/**
 * Who is the client of a call. A client is somebody outside who called, or who was called by an
 * employee; whoever else is reached outside (a forward, a transfer, an employee's mobile) is a party
 * of that call and no client.
 */
import type { EpochMs } from "../lib/clock.ts";
import { dialledNumberOf, isOutsideNumber, telephoneNumber } from "./endpoint.ts";
import { phoneKey } from "../lib/phone.ts";
import type { LinkedId } from "../ami/ids.ts";
import { matesOf } from "./rooms.ts";
import { withOne } from "./short-list.ts";
import type { CallsState, Channel, Client, LiveCall, Talk } from "./state.ts";

export function addInboundClient(call: LiveCall, channel: Channel): void {
  addClient(call, {
    direction: "inbound",
    channels: [channel],
    linked: channel.id as string as LinkedId,
    dialler: undefined,
    number: telephoneNumber(channel.callerNumber),
    queue: undefined,
    isTold: false,
  });
}

function addClient(call: LiveCall, client: Client): void {
  call.clients = withOne(call.clients, client);
  call.clientsSeen++;
}

/** A channel that was taken for a caller's is an employee's, or was dialled. */
export function removeClient(call: LiveCall, channel: Channel): void {
  const index = call.clients.findIndex((client) => client.channels[0] === channel);
  if (index < 0 || call.clients[index]?.isTold === true) return;
  call.clients.splice(index, 1);
  call.clientsSeen--;
}

/** Of the side that the employees of a call speak with: its clients, or the caller of an internal one. */
export const isPrincipal = (call: LiveCall, channel: Channel): boolean =>
  call.clients.length > 0
    ? call.clients.some((client) => client.channels.includes(channel))
    : firstTelephone(call) === channel;

export const hasPrincipal = (call: LiveCall, talk: Talk): boolean =>
  talk.channels.some((channel) => isPrincipal(call, channel));

export const firstTelephone = (call: LiveCall): Channel | undefined =>
  call.channels.find((channel) => channel.party.kind === "telephone");

/** An outside leg is dialled: the client of an outbound call, another attempt, or just a party. */
export function claimOutbound(leg: Channel, from: Channel | undefined): Client | undefined {
  const { call } = leg;
  if (call.clients.some((client) => client.channels.includes(leg))) return undefined;
  const number =
    dialledNumberOf(leg.dialString, leg.endpoint.peer) ??
    telephoneNumber(leg.callerNumber) ??
    telephoneNumber(from?.exten ?? "");
  const current = call.clients.find((client) => !client.isTold);
  if (current !== undefined) {
    if (isAnotherAttempt(call, current, { from, number })) {
      current.channels.push(leg);
      if (number !== undefined) current.number = number;
    }
    return undefined;
  }
  if (isForwarded(call)) return undefined;
  const client: Client = {
    direction: "outbound",
    channels: [leg],
    linked: leg.id as string as LinkedId,
    dialler: from,
    number,
    queue: undefined,
    isTold: false,
  };
  addClient(call, client);
  return client;
}

/** The second trunk after a failed one, the second number of a group, the same number once more. */
function isAnotherAttempt(
  call: LiveCall,
  client: Client,
  { from, number }: { from: Channel | undefined; number: string | undefined },
): boolean {
  if (client.direction !== "outbound") return false;
  if (call.talks.some((talk) => client.channels.some((leg) => talk.channels.includes(leg)))) {
    return false;
  }
  if (from !== undefined && from === client.dialler) return true;
  return number !== undefined && phoneKey(number) === phoneKey(client.number ?? "");
}

/**
 * An employee called a colleague (or a queue of them), and a leg outside is dialled before anybody
 * spoke: the colleague's mobile. After a talk it is a client who is fetched.
 */
function isForwarded(call: LiveCall): boolean {
  if (call.talks.length > 0) return false;
  if (call.queue !== undefined) return true;
  return call.parts.some(
    (part) =>
      part.how === "rang" &&
      !part.channels.some((leg) => leg.answeredAt !== undefined) &&
      !isFirstOf(call, part.channels),
  );
}

/** The agent's telephone of a click-to-call rings first and is no colleague. */
const isFirstOf = (call: LiveCall, channels: readonly Channel[]): boolean =>
  call.isOriginated && channels.some((channel) => channel === firstTelephone(call));

/**
 * Two calls become one. Somebody who called stays a client of his own, whatever he is joined with
 * (two clients in a conference are two calls). Whom an employee called for a consultation within a
 * client's call is no client.
 */
export function mergeClients(older: LiveCall, younger: LiveCall): void {
  const hasClient = older.clients.some((client) => !client.isTold);
  const moved = younger.clients.filter(
    (client) => client.direction === "inbound" || client.isTold || !hasClient,
  );
  older.clients.push(...moved);
  older.clientsSeen += moved.length;
}

const MAX_STEPS_BACK = 20;

/**
 * Who really dials: the telephone or the client behind a chain of Local channels; the channel itself
 * where nobody is.
 */
export function whoDials(state: CallsState, from: Channel): Channel {
  let channel = from;
  for (let step = 0; step < MAX_STEPS_BACK; step++) {
    if (channel.party.kind !== "half") return channel;
    const mates = matesOf(state, channel);
    const client = mates.find((mate) => isClient(mate));
    const mate = client ?? mates[0];
    if (mate !== undefined) return mate;
    const before = channel.other?.dialledBy ?? channel.dialledBy;
    if (before === undefined) return channel;
    channel = before;
  }
  return channel;
}

export const isClient = (channel: Channel): boolean =>
  channel.call.clients.some((client) => client.channels.includes(channel));

/** The far end of an Originate: who was to be called, where no channel to him was ever made. */
export function wantedNumber(state: CallsState, text: string): string | undefined {
  const number = telephoneNumber(text);
  return isOutsideNumber(number) && !state.exchange.isEmployeeNumber(number) ? number : undefined;
}

/** The time in which a client's own channels lived. */
export function lifeOf(client: Client): { from: EpochMs; to: EpochMs | undefined } {
  const [first] = client.channels;
  if (first === undefined) throw new Error("a client without a channel");
  let to = first.endedAt;
  for (const { endedAt } of client.channels) {
    if (endedAt === undefined) return { from: first.startedAt, to: undefined };
    if (to === undefined || endedAt > to) to = endedAt;
  }
  return { from: first.startedAt, to };
}

/** Of the channel that began it, whose uniqueid is the linkedid; undefined: nobody saw that one. */
export const mainChannelName = ({ channels }: LiveCall, linked: LinkedId): string | undefined =>
  channels.find(({ id }) => (id as string) === (linked as string))?.name;
