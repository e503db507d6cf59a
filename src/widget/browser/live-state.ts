/**
 * What goes on for this user, as the daemon's events tell it, and which cards the page shows of it.
 * Pure: `reduceLive` and `cardsOf`.
 */
import type {
  ClosedEvent,
  DialProgress,
  Features,
  OriginateAnswer,
  RefusalCode,
  RingingEvent,
  TalkEvent,
  Telephone,
  WidgetEvents,
} from "../../http/widget-contract.ts";

/** Why there is no stream; undefined: it is being opened. */
export type LinkProblem = RefusalCode | "unreachable" | "denied_by_browser" | undefined;

export type LiveState = {
  readonly isOpen: boolean;
  readonly problem: LinkProblem;
  readonly features: Features;
  readonly telephones: readonly Telephone[];
  readonly ringing: ReadonlyMap<string, RingingEvent>;
  readonly closed: ReadonlyMap<string, { readonly event: ClosedEvent; readonly was: RingingEvent }>;
  readonly talks: ReadonlyMap<
    string,
    { readonly event: TalkEvent; readonly was: RingingEvent | undefined }
  >;
  readonly dials: ReadonlyMap<string, DialProgress>;
  /** Clicks of this page that the daemon has not taken yet, or has refused. */
  readonly asked: ReadonlyMap<string, AskedDial>;
};

export type AskedDial = {
  readonly phone: string;
  readonly refusal: RefusalCode | "unreachable" | "not_set_up" | "no_number" | undefined;
};

export type DaemonEvent = {
  [Name in keyof WidgetEvents]: { readonly kind: Name } & { readonly data: WidgetEvents[Name] };
}[keyof WidgetEvents];

export type LiveEvent =
  | DaemonEvent
  | { readonly kind: "link-lost"; readonly problem: LinkProblem }
  | { readonly kind: "asked"; readonly key: string; readonly dial: AskedDial }
  | { readonly kind: "taken"; readonly key: string; readonly answer: OriginateAnswer; at: number }
  | { readonly kind: "forgotten"; readonly card: string };

export type LiveCard =
  | { readonly kind: "asked"; readonly key: string; readonly dial: AskedDial }
  | { readonly kind: "ringing"; readonly key: string; readonly event: RingingEvent }
  | {
      readonly kind: "closed";
      readonly key: string;
      readonly event: ClosedEvent;
      readonly was: RingingEvent;
    }
  | { readonly kind: "dial"; readonly key: string; readonly dial: DialProgress }
  | {
      readonly kind: "talk";
      readonly key: string;
      readonly event: TalkEvent;
      readonly was: RingingEvent | undefined;
    };

export const NOTHING_LIVE: LiveState = {
  isOpen: false,
  problem: undefined,
  features: { telephony: true, originate: false, call_panel: false, altegio: false },
  telephones: [],
  ringing: new Map(),
  closed: new Map(),
  talks: new Map(),
  dials: new Map(),
  asked: new Map(),
};

export function reduceLive(state: LiveState, event: LiveEvent): LiveState {
  switch (event.kind) {
    case "hello": {
      // Everything that goes on is told again after it.
      const { features, telephones } = event.data;
      return { ...NOTHING_LIVE, asked: state.asked, isOpen: true, features, telephones };
    }
    case "ringing": {
      const { call } = event.data;
      return { ...state, ringing: withEntry(state.ringing, call, event.data) };
    }
    case "closed":
      return close(state, event.data);
    case "talk":
      return talk(state, event.data);
    case "dial":
      return { ...state, dials: withEntry(state.dials, event.data.id, event.data) };
    case "telephones":
      return { ...state, telephones: event.data.telephones };
    case "bye":
      return state;
    case "link-lost":
      return {
        ...NOTHING_LIVE,
        asked: state.asked,
        telephones: state.telephones,
        problem: event.problem,
      };
    case "asked":
      return { ...state, asked: withEntry(state.asked, event.key, event.dial) };
    case "taken": {
      const { key, answer, at } = event;
      const asked = without(state.asked, key);
      // The stream may have been faster than the answer.
      if (state.dials.has(answer.id)) return { ...state, asked };
      const dial: DialProgress = {
        ...{ ...answer, state: "requested", is_final: false, at },
        ...{ card: null, reason: null, call: null, talk_seconds: null },
      };
      return { ...state, asked, dials: withEntry(state.dials, answer.id, dial) };
    }
    case "forgotten":
      return forget(state, event.card);
  }
}

/** In the order in which they came to be. */
export function cardsOf(state: LiveState): readonly LiveCard[] {
  const dials = [...state.dials.values()];
  const dialOf = (call: string): DialProgress | undefined =>
    dials.find((dial) => dial.call === call);
  const talks = [...state.talks].map(([call, { event, was }]): LiveCard => {
    const dial = dialOf(call);
    return { kind: "talk", key: dial === undefined ? callKey(call) : dialKey(dial.id), event, was };
  });
  const isTalk = (dial: DialProgress): boolean => dial.call !== null && state.talks.has(dial.call);
  return [
    ...[...state.asked].map(([key, dial]): LiveCard => ({
      kind: "asked",
      key: `asked ${key}`,
      dial,
    })),
    ...dials
      .filter((dial) => !isTalk(dial))
      .map((dial): LiveCard => ({ kind: "dial", key: dialKey(dial.id), dial })),
    ...[...state.ringing].map(([call, event]): LiveCard => ({
      kind: "ringing",
      key: callKey(call),
      event,
    })),
    ...talks,
    ...[...state.closed].map(([call, one]): LiveCard => ({
      kind: "closed",
      key: callKey(call),
      ...one,
    })),
  ];
}

function close(state: LiveState, event: ClosedEvent): LiveState {
  const was = state.ringing.get(event.call);
  if (was === undefined) return state;
  const ringing = without(state.ringing, event.call);
  const known = state.talks.get(event.call);
  if (known !== undefined)
    return { ...state, ringing, talks: withEntry(state.talks, event.call, { ...known, was }) };
  return { ...state, ringing, closed: withEntry(state.closed, event.call, { event, was }) };
}

function talk(state: LiveState, event: TalkEvent): LiveState {
  const { call } = event;
  if (event.state === "ended") return { ...state, talks: without(state.talks, call) };
  const was = state.talks.get(call)?.was ?? state.closed.get(call)?.was ?? state.ringing.get(call);
  return {
    ...state,
    closed: without(state.closed, call),
    ringing: without(state.ringing, call),
    talks: withEntry(state.talks, call, { event, was }),
  };
}

function forget(state: LiveState, card: string): LiveState {
  const drop = <T>(map: ReadonlyMap<string, T>, key: (id: string) => string): Map<string, T> =>
    new Map([...map].filter(([id]) => key(id) !== card));
  // A talk that was dialled here stands under its dial.
  const dialled = [...state.dials].find(([id]) => dialKey(id) === card)?.[1].call;
  const talkKey = (call: string): string => (call === dialled ? card : callKey(call));
  return {
    ...state,
    ringing: drop(state.ringing, callKey),
    closed: drop(state.closed, callKey),
    dials: drop(state.dials, dialKey),
    talks: drop(state.talks, talkKey),
    asked: drop(state.asked, (id) => `asked ${id}`),
  };
}

const callKey = (call: string): string => `call ${call}`;
const dialKey = (id: string): string => `dial ${id}`;

const withEntry = <T>(map: ReadonlyMap<string, T>, key: string, value: T): Map<string, T> =>
  new Map([...map, [key, value]]);

const without = <T>(map: ReadonlyMap<string, T>, key: string): Map<string, T> =>
  new Map([...map].filter(([name]) => name !== key));
