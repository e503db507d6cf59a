/**
 * Whose channel it is. A name tells it mostly; a device whose name is no extension is told by what
 * the exchange says around it (caller id, dial string, AMPUSER), which comes later: then the channel
 * changes its party.
 */
import { extension } from "../ami/ids.ts";
import type { Extension } from "../ami/ids.ts";
import type { NumberMatcher } from "../lib/dial-pattern.ts";
import {
  dialledNumberOf,
  endpointNamed,
  isContactDialled,
  isContextOfTrunks,
  isMachinery,
  ownerOfDevice,
  telephoneNumber,
  unnumbered,
} from "./endpoint.ts";
import type { Endpoint } from "./endpoint.ts";
import { owned } from "./owned.ts";
import type { Exchange } from "./settings.ts";
import type { CallsState, Channel, KnownEndpoint, Party } from "./state.ts";

const OUTSIDE: Party = { kind: "outside" };
const HALF: Party = { kind: "half" };
const MACHINE: Party = { kind: "machinery" };
/** More devices than an exchange has; a bound, should names be made up for each call. */
const MAX_DEVICES = 10_000;

export const endpointName = ({ technology, peer }: Endpoint): string => `${technology}/${peer}`;

type Look = {
  readonly endpoint: KnownEndpoint;
  readonly context: string;
  readonly callerNumber: string;
  readonly isCaller: boolean;
};

/** More than an exchange has; a bound, should names be made up for each call. */
const MAX_ENDPOINTS = 5_000;
/** No real name is longer. */
const MAX_NAME_LENGTH = 128;

/** A channel's endpoint; one for all channels of it. */
export function endpointFor(state: CallsState, channelName: string): KnownEndpoint {
  const key = unnumbered(channelName);
  const known = state.endpoints.get(key);
  if (known !== undefined) return known;
  const endpoint = learnEndpoint(state.exchange, owned(key));
  if (key.length > MAX_NAME_LENGTH) return endpoint;
  if (state.endpoints.size >= MAX_ENDPOINTS) state.endpoints.clear();
  state.endpoints.set(owned(key), endpoint);
  return endpoint;
}

function learnEndpoint({ isExtension, isTrunk }: Exchange, key: string): KnownEndpoint {
  const endpoint = endpointNamed(key);
  const { technology, peer } = endpoint;
  const name = endpointName(endpoint);
  const party = partyByName(endpoint, isExtension);
  return { technology, peer, name, isTrunk: isTrunk(name), party };
}

function partyByName(endpoint: Endpoint, isExtension: NumberMatcher): Party | undefined {
  if (endpoint.technology === "Local") return HALF;
  if (isMachinery(endpoint)) return MACHINE;
  return isExtension(endpoint.peer) ? telephone(endpoint.peer) : undefined;
}

export function partyOf(state: CallsState, look: Look): Party {
  const { endpoint, context, callerNumber, isCaller } = look;
  const { party } = endpoint;
  if (party?.kind === "half" || party?.kind === "machinery") return party;
  if (endpoint.isTrunk || isContextOfTrunks(context)) {
    // An employee who calls in from a mobile.
    const employee = isCaller ? employeeNumber(state, callerNumber) : undefined;
    return employee === undefined ? OUTSIDE : telephone(employee);
  }
  if (party !== undefined) return party;
  const device = state.devices.get(endpoint.name);
  if (device !== undefined) return { kind: "telephone", extension: device };
  const owner = ownerOfDevice(endpoint.peer);
  if (state.exchange.isExtension(owner)) return telephone(owner);
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
  const { isExtension, isEmployeeNumber } = state.exchange;
  const { endpoint, dialString } = channel;
  const number = dialledNumberOf(dialString, endpoint.peer);
  if (number !== undefined && isEmployeeNumber(number)) return telephone(number);
  const isOfTrunk = endpoint.isTrunk || isContextOfTrunks(channel.context);
  if (isOfTrunk || dialString === "" || !isExtension(calledNumber)) return channel.party;
  if (number !== undefined && !isContactDialled(dialString)) return channel.party;
  return learned(state, endpoint, calledNumber);
}

/** The dialplan says whose device this channel is (FreePBX: AMPUSER). */
export function partyByEmployee(state: CallsState, channel: Channel, number: string): Party {
  const { isExtension } = state.exchange;
  if (channel.party.kind !== "outside" || !isExtension(number)) return channel.party;
  if (channel.endpoint.isTrunk || isContextOfTrunks(channel.context)) {
    return channel.party;
  }
  return learned(state, channel.endpoint, number);
}

const telephone = (number: string): Party => ({
  kind: "telephone",
  extension: copied(number),
});

/** See owned.ts. */
const copied = (number: string): Extension => extension((" " + number).slice(1));

function learned(state: CallsState, endpoint: KnownEndpoint, number: string): Party {
  const party = telephone(number);
  if (party.kind === "telephone" && state.devices.size < MAX_DEVICES) {
    state.devices.set(endpoint.name, party.extension);
  }
  return party;
}
