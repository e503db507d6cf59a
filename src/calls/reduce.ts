/**
 * The call model: (state, input) → (state, facts). No clock, no I/O, no randomness: time is an
 * input. Exports `initialState` and `reduce`. The glossary is in state.ts.
 */
import type { AmiEvent } from "../ami/event.ts";
import { epochMs } from "../lib/clock.ts";
import type { EpochMs } from "../lib/clock.ts";
import { assertNever } from "../lib/failure.ts";
import type { CallFact, CallInput } from "./fact.ts";
import { onBridgeDestroy, onBridgeEnter, onBridgeLeave, onLocalBridge } from "./on/bridges.ts";
import {
  onHangup,
  onHangupRequest,
  onHold,
  onNewCallerId,
  onNewChannel,
  onRename,
} from "./on/channels.ts";
import {
  onBooted,
  onConnected,
  onConnectionLost,
  onListComplete,
  onRunningBridge,
  onRunningChannel,
  onShutdown,
  onSnapshot,
} from "./on/connection.ts";
import { onDialApplication, onDialBegin, onDialEnd } from "./on/dialling.ts";
import { onOriginateResponse } from "./on/originate.ts";
import {
  onQueueJoined,
  onRecordingNamed,
  onRecordingStopped,
  onVariableSet,
} from "./on/variables.ts";
import { compileSettings } from "./settings.ts";
import type { CallSettings } from "./settings.ts";
import { settle, settleAll } from "./settle.ts";
import type { CallsState } from "./state.ts";

export type Transition = {
  readonly state: CallsState;
  readonly facts: readonly CallFact[];
};

export const initialState = (settings: CallSettings): CallsState => ({
  exchange: compileSettings(settings),
  channels: new Map(),
  bridges: new Map(),
  calls: new Map(),
  gone: {
    channels: [],
    olderChannels: [],
    calls: new Set(),
    olderCalls: new Set(),
    originates: new Set(),
    turnedAt: epochMs(0),
  },
  endpoints: new Map(),
  devices: new Map(),
  settling: [],
  listed: [],
  listedHolding: new Set(),
  lostAt: undefined,
  gap: undefined,
  sweptAt: epochMs(0),
  walk: 0,
  facts: [],
});

const NO_FACTS: readonly CallFact[] = [];

/**
 * The state given is changed in place and given back: its owner must not keep an older one.
 * @throws never for any order, repetition or loss of events
 */
export function reduce(state: CallsState, input: CallInput): Transition {
  settle(state, input.at);
  switch (input.kind) {
    case "event":
      onEvent(state, input.event, input.at);
      break;
    case "tick":
      break;
    case "connection-lost":
      onConnectionLost(state, input.at);
      break;
    case "connected":
      onConnected(state, input.at);
      break;
    case "snapshot":
      onSnapshot(state, input, input.at);
      break;
    case "end":
      settleAll(state, input.at);
      break;
    default:
      assertNever(input);
  }
  if (state.facts.length === 0) return { state, facts: NO_FACTS };
  const { facts } = state;
  state.facts = [];
  return { state, facts };
}

function onEvent(state: CallsState, event: AmiEvent, at: EpochMs): void {
  switch (event.kind) {
    case "new-channel":
      return onNewChannel(state, event, at);
    case "new-caller-id":
      return onNewCallerId(state, event);
    case "rename":
      return onRename(state, event);
    case "dial-begin":
      return onDialBegin(state, event, at);
    case "dial-end":
      return onDialEnd(state, event, at);
    case "bridge-enter":
      return onBridgeEnter(state, event, at);
    case "bridge-leave":
      return onBridgeLeave(state, event, at);
    case "bridge-destroy":
      return onBridgeDestroy(state, event.bridge, at);
    case "local-bridge":
      return onLocalBridge(state, event, at);
    case "hangup":
      return onHangup(state, event, at);
    case "hangup-request":
      return onHangupRequest(state, event.id);
    case "hold":
      return onHold(state, event, at);
    case "dial-application":
      return onDialApplication(state, event);
    case "variable-set":
      return onVariableSet(state, event, at);
    case "recording-named":
      return onRecordingNamed(state, event);
    case "recording-stopped":
      return onRecordingStopped(state, event.id, at);
    case "queue-joined":
      return onQueueJoined(state, event.id, event.queue);
    case "originate-response":
      return onOriginateResponse(state, event, at);
    case "running-channel":
      return onRunningChannel(state, event.channel);
    case "running-bridge":
      return onRunningBridge(state, event, at);
    case "running-channels-complete":
      return onListComplete(state, at);
    case "booted":
      return onBooted(state, event.uptimeSeconds, at);
    case "shutdown":
      return onShutdown(state, at);
    default:
      return assertNever(event);
  }
}
