// A made-up exchange: says what happens in the words of a telephonist, as events for the call model.
import type { AmiEvent, ChannelRef, DialStatus } from "../../src/ami/event.ts";
import { bridgeId, channelName, linkedId, uniqueId } from "../../src/ami/ids.ts";
import type { CallFact, CallInput } from "../../src/calls/fact.ts";
import type { FinishedCall } from "../../src/calls/finished-call.ts";
import { initialState, reduce } from "../../src/calls/reduce.ts";
import type { CallSettings } from "../../src/calls/settings.ts";
import { epochMs } from "../../src/lib/clock.ts";

type Caller = {
  readonly number?: string;
  readonly exten?: string;
  readonly context?: string;
  readonly state?: string;
};

type Dialled = { readonly string?: string; readonly number?: string; readonly context?: string };

export type Scene = ReturnType<typeof openScene>;

export function openScene(
  settings: CallSettings = { extensions: ["_1XX"], trunks: ["PJSIP/trunk"] },
) {
  const state = initialState(settings);
  const facts: CallFact[] = [];
  let now = 1_795_000_000_000;
  let serial = 0;

  const input = (given: CallInput): void => {
    facts.push(...reduce(state, given).facts);
  };
  const event = (given: AmiEvent): void => input({ kind: "event", event: given, at: epochMs(now) });
  const newId = (): string => `${Math.floor(now / 1000)}.${serial++}`;
  const refOf = (name: string, id: string, linked: string): ChannelRef => ({
    id: uniqueId(id),
    linked: linkedId(linked),
    name: channelName(name),
  });
  const nameOf = (endpoint: string): string =>
    endpoint.startsWith("Local/") || endpoint.includes(";")
      ? endpoint
      : `${endpoint}-${serial.toString(16).padStart(8, "0")}`;

  /** Somebody calls the exchange. */
  const calls = (endpoint: string, given: Caller = {}): ChannelRef => {
    const id = newId();
    const channel = refOf(nameOf(endpoint), id, id);
    const { number = "79161234567", exten = "74951000101", context = "from-trunk" } = given;
    event({
      kind: "new-channel",
      channel,
      stateName: given.state ?? "Ring",
      callerNumber: number,
      context,
      exten,
    });
    return channel;
  };

  /** The exchange makes a channel within a call. */
  const makes = (endpoint: string, linked: ChannelRef, given: Dialled = {}): ChannelRef => {
    const channel = refOf(nameOf(endpoint), newId(), linked.linked);
    event({
      kind: "new-channel",
      channel,
      stateName: "Down",
      callerNumber: given.number ?? "",
      context: given.context ?? "from-internal",
      exten: "s",
    });
    return channel;
  };

  const begins = (from: ChannelRef | undefined, to: ChannelRef, given: Dialled = {}): void =>
    event({
      kind: "dial-begin",
      from,
      to,
      toCallerNumber: given.number ?? "",
      dialString: given.string ?? (to.name.split("/")[1] ?? "").replace(/-\w+$/, ""),
    });

  return {
    calls,
    makes,
    begins,
    event,
    input,
    /** A channel of the exchange rings an endpoint. */
    dials: (from: ChannelRef, endpoint: string, given: Dialled = {}): ChannelRef => {
      const leg = makes(endpoint, from, given);
      begins(from, leg, given);
      return leg;
    },
    originates: (endpoint: string, given: Dialled = {}): ChannelRef => {
      const id = newId();
      const leg = refOf(nameOf(endpoint), id, id);
      event({
        kind: "new-channel",
        channel: leg,
        stateName: "Down",
        callerNumber: given.number ?? "",
        context: given.context ?? "from-internal",
        exten: "s",
      });
      begins(undefined, leg, given);
      return leg;
    },
    /** Two halves of a Local channel, the first dialled by `from`. */
    local: (from: ChannelRef, what: string): readonly [ChannelRef, ChannelRef] => {
      const pair = `Local/${what}-${(serial++).toString(16).padStart(8, "0")}`;
      const one = makes(`${pair};1`, from);
      const two = makes(`${pair};2`, from);
      event({ kind: "local-bridge", one, two });
      return [one, two];
    },
    ends: (leg: ChannelRef, status: DialStatus, forward = ""): void =>
      event({ kind: "dial-end", to: leg, status, forward }),
    answers: (leg: ChannelRef): void =>
      event({ kind: "dial-end", to: leg, status: "answer", forward: "" }),
    enter: (bridge: string, ...channels: ChannelRef[]): void => {
      for (const channel of channels) {
        event({ kind: "bridge-enter", bridge: bridgeId(bridge), channel, isHolding: false });
      }
    },
    park: (channel: ChannelRef): void =>
      event({ kind: "bridge-enter", bridge: bridgeId("lot"), channel, isHolding: true }),
    leave: (bridge: string, ...channels: ChannelRef[]): void => {
      for (const channel of channels) {
        event({ kind: "bridge-leave", bridge: bridgeId(bridge), channel });
      }
    },
    hangup: (...channels: ChannelRef[]): void => {
      for (const channel of channels) event({ kind: "hangup", channel, cause: 16 });
    },
    hangupWith: (cause: number, channel: ChannelRef): void =>
      event({ kind: "hangup", channel, cause }),
    wait: (seconds: number): void => {
      now += seconds * 1000;
    },
    now: () => epochMs(now),
    state,
    /** All that was told, once every call had its time. */
    told: (): readonly FinishedCall[] => {
      now += 500;
      input({ kind: "tick", at: epochMs(now) });
      return facts.flatMap((fact) => (fact.kind === "finished" ? [fact.call] : []));
    },
    facts,
  };
}

/** "101 answered 3 s with the client" for each conversation, to be compared at a glance. */
export const conversationsOf = (call: FinishedCall | undefined): readonly string[] =>
  (call?.conversations ?? []).map(
    ({ extension, result, talkSeconds, withClient }) =>
      `${extension} ${result} ${talkSeconds} s${withClient ? "" : " with a colleague"}`,
  );
