/**
 * An employee's part in a call, from the first ring of the telephone to its end, and the stages that
 * popups hang on. Told as they happen; the finished call tells the same ones again.
 */
import type { Extension } from "../ami/ids.ts";
import type { EpochMs } from "../lib/clock.ts";
import { hasPrincipal, isClient, isPrincipal, mainChannelName, whoDials } from "./clients.ts";
import type { Direction, Stage } from "./finished-call.ts";
import { toldVariables } from "./live-call.ts";
import { didOf, trunkOf } from "./numbers.ts";
import { withOne } from "./short-list.ts";
import type { CallsState, Channel, Client, LiveCall, Part, Talk } from "./state.ts";

/** A telephone is rung: a part of its own, or one more telephone of an employee who is being rung. */
export function ring(state: CallsState, leg: Channel, at: EpochMs): void {
  if (leg.party.kind !== "telephone" || leg.part !== undefined) return;
  const { extension } = leg.party;
  const ringing = leg.call.parts.find((part) => part.extension === extension && isRinging(part));
  if (ringing !== undefined) {
    ringing.channels.push(leg);
    leg.part = ringing;
    return;
  }
  const askedBy = leg.dialledBy && whoDials(state, leg.dialledBy);
  addPart(leg, { how: "rang", extension, at, askedBy });
  tellStage(state, leg.call, { stage: "conversation_requested", extension, leg, at });
}

const isRinging = (part: Part): boolean =>
  part.how === "rang" &&
  part.acceptedAt === undefined &&
  part.endedAt === undefined &&
  !part.isDialler;

function addPart(
  leg: Channel,
  given: {
    how: Part["how"];
    extension: Extension;
    at: EpochMs;
    askedBy?: Channel | undefined;
  },
): Part {
  const part: Part = {
    extension: given.extension,
    channels: [leg],
    requestedAt: given.at,
    acceptedAt: undefined,
    endedAt: undefined,
    how: given.how,
    isDialler: false,
    wasParked: false,
    askedBy: given.askedBy,
  };
  leg.call.parts = withOne(leg.call.parts, part);
  leg.part = part;
  return part;
}

/** Dial found no way to an employee's telephone at all. */
export function addUnreachable(caller: Channel, extension: Extension, at: EpochMs): void {
  caller.call.parts = withOne(caller.call.parts, {
    extension,
    channels: [],
    requestedAt: at,
    acceptedAt: undefined,
    endedAt: at,
    how: "unreachable",
    isDialler: false,
    wasParked: false,
    askedBy: caller,
  });
}

/** The employee who calls the client bears the outcome, on whichever way the call was begun. */
export function markDialler(state: CallsState, client: Client): void {
  if (client.dialler === undefined) return;
  const dialler = whoDials(state, client.dialler);
  if (dialler.party.kind !== "telephone") return;
  const { extension } = dialler.party;
  const part =
    dialler.part ?? addPart(dialler, { how: "dialled", extension, at: dialler.startedAt });
  part.isDialler = true;
}

/**
 * A talk begins: employees in it have accepted; who came in by himself to the client takes part.
 * The one who dialled the client has accepted only when the client is there.
 */
export function onTalk(state: CallsState, talk: Talk, at: EpochMs): void {
  const call = talk.channels[0]?.call;
  if (call === undefined) return;
  const withPrincipal = hasPrincipal(call, talk);
  for (const channel of talk.channels) {
    if (channel.party.kind !== "telephone") continue;
    if (channel.part === undefined && withPrincipal && !isPrincipal(call, channel)) {
      join(channel, channel.party.extension);
    }
    const { part } = channel;
    if (part === undefined || part.acceptedAt !== undefined) continue;
    const hasCompany = talk.channels.some((mate) => mate.part !== part);
    if (!hasCompany || (part.isDialler && !withPrincipal)) continue;
    part.acceptedAt = at;
    part.endedAt = undefined;
    tellStage(state, call, {
      stage: "conversation_accepted",
      extension: part.extension,
      leg: part.channels[0],
      at,
    });
  }
}

/** A second line of an employee who takes part already belongs to that part. */
function join(channel: Channel, extension: Extension): void {
  const open = channel.call.parts.find(
    (part) =>
      part.extension === extension &&
      part.endedAt === undefined &&
      part.channels.some((leg) => leg.endedAt === undefined && leg.talk !== undefined),
  );
  if (open === undefined) {
    addPart(channel, { how: "joined", extension, at: channel.startedAt });
  } else {
    open.channels.push(channel);
    channel.part = open;
  }
}

/** A leg has stopped ringing or has hung up: with the last one the part is over. */
export function endPartIfOver(state: CallsState, leg: Channel, at: EpochMs): void {
  const { part } = leg;
  if (part === undefined || part.endedAt !== undefined) return;
  const isOver = part.channels.every(
    (channel) =>
      channel.endedAt !== undefined ||
      (channel.ringEnd !== undefined && channel.talk === undefined),
  );
  if (!isOver) return;
  part.endedAt = at;
  tellStage(state, leg.call, {
    stage: "conversation_ended",
    extension: part.extension,
    leg: part.channels[0],
    at,
  });
}

/**
 * A Local half got to the client: telephones that its other half rings are rung for the client now
 * (the employee who asked has hung up early).
 */
export function markAsked(half: Channel, real: readonly Channel[]): void {
  const client = real.find(isClient);
  if (client === undefined || half.other === undefined) return;
  for (const leg of half.other.dialled) {
    if (leg.part !== undefined && leg.part.acceptedAt === undefined) leg.part.askedBy = client;
  }
}

/** The direction as far as it is known by now. */
export const directionOf = (call: LiveCall): Direction =>
  call.clients[0]?.direction ??
  (call.isOriginated && call.wanted !== undefined ? "outbound" : "internal");

export function tellStage(
  state: CallsState,
  call: LiveCall,
  told: {
    stage: Stage;
    extension: Extension | undefined;
    /** The employee's channel. */
    leg?: Channel | undefined;
    at: EpochMs;
  },
): void {
  const { stage, extension, leg, at } = told;
  const client = call.clients.find((one) => !one.isTold) ?? call.clients[0];
  state.facts.push({
    kind: "stage",
    linkedId: call.clientsSeen <= 1 ? call.linked : (client?.linked ?? call.linked),
    direction: client?.direction ?? directionOf(call),
    stage,
    extension,
    clientPhone: client?.number ?? call.wanted?.number,
    did: client && didOf(client),
    trunk: client && trunkOf(client),
    queue: call.queue,
    ...toldVariables(call),
    ...(leg?.part?.wasParked === true ? { wasParked: true } : {}),
    channelId: leg?.id,
    channelName: leg?.name,
    mainChannelName: mainChannelName(call, call.linked),
    at,
  });
}

/** Once for a call, at once when the last channel is gone. */
export function tellEnd(state: CallsState, call: LiveCall, at: EpochMs): void {
  if (call.isEndTold || (call.parts.length === 0 && call.clients.length === 0)) return;
  call.isEndTold = true;
  tellStage(state, call, { stage: "call_ended", extension: undefined, at });
}
