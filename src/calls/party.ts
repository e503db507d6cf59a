/**
 * Whose channel it is. A name tells it mostly; a device whose name is no extension is told by what
 * the exchange says around it (caller id, dial string, AMPUSER), which comes later: then the channel
 * changes its party.
 */
import { extension } from "../ami/ids.ts";
import type { Extension } from "../ami/ids.ts";
import {
  dialledNumberOf,
  isContactDialled,
  isContextOfTrunks,
  isMachinery,
  ownerOfDevice,
  telephoneNumber,
} from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import type { CallsState, Channel, Party } from "./state.ts";

const OUTSIDE: Party = { kind: "outside" };
const HALF: Party = { kind: "half" };
const MACHINE: Party = { kind: "machinery" };
/** More devices than an exchange has; a bound, should names be made up for each call. */
const MAX_DEVICES = 10_000;

export const endpointName = ({ technology, peer }: Endpoint): string => `${technology}/${peer}`;

type Look = {
  readonly endpoint: Endpoint;
  readonly context: string;
  readonly callerNumber: string;
  readonly isCaller: boolean;
};

export function partyOf(state: CallsState, look: Look): Party {
  const { endpoint, context, callerNumber, isCaller } = look;
  if (endpoint.technology === "Local") return HALF;
  if (isMachinery(endpoint)) return MACHINE;
  const { isExtension, isTrunk } = state.exchange;
  const name = endpointName(endpoint);
  if (isTrunk(name) || isContextOfTrunks(context)) {
    // An employee who calls in from a mobile.
    const employee = isCaller ? employeeNumber(state, callerNumber) : undefined;
    return employee === undefined ? OUTSIDE : telephone(employee);
  }
  if (isExtension(endpoint.peer)) return telephone(endpoint.peer);
  const device = state.devices.get(name);
  if (device !== undefined) return { kind: "telephone", extension: device };
  const owner = ownerOfDevice(endpoint.peer);
  if (isExtension(owner)) return telephone(owner);
  const employee = isCaller ? employeeNumber(state, callerNumber) : undefined;
  return employee === undefined ? OUTSIDE : learned(state, endpoint, employee);
}

function employeeNumber(state: CallsState, callerNumber: string): string | undefined {
  const number = telephoneNumber(callerNumber);
  return number !== undefined && state.exchange.isEmployeeNumber(number) ? number : undefined;
}

/**
 * A leg that is dialled: an employee's mobile behind a trunk, or a device (a trunk is always dialled
 * with a number, a device without).
 */
export function partyOfDialled(state: CallsState, channel: Channel, calledNumber: string): Party {
  if (channel.party.kind !== "outside") return channel.party;
  const { isExtension, isEmployeeNumber, isTrunk } = state.exchange;
  const { endpoint, dialString } = channel;
  const number = dialledNumberOf(dialString, endpoint.peer);
  if (number !== undefined && isEmployeeNumber(number)) return telephone(number);
  const isOfTrunk = isTrunk(endpointName(endpoint)) || isContextOfTrunks(channel.context);
  if (isOfTrunk || dialString === "" || !isExtension(calledNumber)) return channel.party;
  if (number !== undefined && !isContactDialled(dialString)) return channel.party;
  return learned(state, endpoint, calledNumber);
}

/** The dialplan says whose device this channel is (FreePBX: AMPUSER). */
export function partyByEmployee(state: CallsState, channel: Channel, number: string): Party {
  const { isExtension, isTrunk } = state.exchange;
  if (channel.party.kind !== "outside" || !isExtension(number)) return channel.party;
  if (isTrunk(endpointName(channel.endpoint)) || isContextOfTrunks(channel.context)) {
    return channel.party;
  }
  return learned(state, channel.endpoint, number);
}

const telephone = (number: string): Party => ({
  kind: "telephone",
  extension: copied(number),
});

/** See `owned` in live-call.ts. */
const copied = (number: string): Extension => extension((" " + number).slice(1));

function learned(state: CallsState, endpoint: Endpoint, number: string): Party {
  const party = telephone(number);
  if (party.kind === "telephone" && state.devices.size < MAX_DEVICES) {
    state.devices.set(endpointName(endpoint), party.extension);
  }
  return party;
}
