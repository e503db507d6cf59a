/**
 * The simulated exchange itself: what it knows (calls, telephones, ids, start) and who listens to it.
 * Sockets are elsewhere (server.ts); here a listener is something that takes text.
 */
import type { Clock } from "../../lib/clock.ts";
import { classesOf, type AmiUser } from "./access.ts";
import { createChannelBook, type ChannelBook } from "./channels.ts";
import { createIdSource, type IdSource } from "./rewrite.ts";
import { createTelephoneBook, type Endpoint, type TelephoneBook } from "./telephones.ts";
import type { Trace } from "./trace.ts";
import { parseEvent, renderMessage, type Field } from "./wire.ts";

export type AsteriskVersion = "16" | "22";

/** One logged-in connection, seen from the exchange. */
export type Listener = {
  wants(classes: readonly string[]): boolean;
  /** Queues text; `flush` sends what is queued. */
  queue(text: string): void;
  flush(): void;
  /** Bytes that the other side has not taken yet. */
  backlogBytes(): number;
  disconnect(how: "end" | "reset"): void;
};

/** What is being played, by `play` or by an Originate. */
export type PlayControl = {
  readonly stop: () => void;
  readonly finished: Promise<unknown>;
  /** Nothing more is told of these channels, calls and bridges. */
  readonly silence: (ids: Iterable<string>) => void;
};

/** An Originate as it came, whatever became of it. */
export type AskedDial = {
  /** By the clock that never jumps. */
  readonly atMs: number;
  readonly channel: string;
  readonly channelId: string;
  readonly context: string;
  readonly exten: string;
  readonly callerId: string;
};

export type Exchange = {
  readonly clock: Clock;
  readonly version: AsteriskVersion;
  readonly users: readonly AmiUser[];
  readonly endpoints: readonly Endpoint[];
  readonly random: () => number;
  /** Recordings of click-to-call that Originate takes in turn, and how many it took. */
  readonly clicks: {
    readonly traces: readonly Trace[];
    readonly speed: number;
    made: number;
    readonly asked: AskedDial[];
  };
  readonly listeners: Set<Listener>;
  readonly plays: Map<number, PlayControl>;
  calls: ChannelBook;
  telephones: TelephoneBook;
  ids: IdSource;
  bootedAtMs: number;
  processedCalls: number;
  lastPlay: number;
  /** Plays with the recorder's connection lost, and a restart: new connections are closed at once. */
  unreachable: number;
  /** Tells an event to all who may and want to see it, and remembers it. Sent with the next `flush`. */
  tell(event: string, owner: number): void;
  flush(): void;
  disconnectAll(how: "end" | "reset"): void;
  /** Everything is forgotten, as by a new start of Asterisk; new uniqueids count from 0. */
  reboot(): void;
};

/** The owner of what no play brought about. */
export const NOBODY = 0;

export type ExchangeOptions = {
  readonly clock: Clock;
  readonly version: AsteriskVersion;
  readonly users: readonly AmiUser[];
  readonly endpoints: readonly Endpoint[];
  readonly random: () => number;
  readonly clickTraces: readonly Trace[];
  readonly clickSpeed: number;
};

/** Most messages are these, and say nothing that is remembered. */
const FORGETTABLE = /^Event: (?:TestEvent|RTCPSent|RTCPReceived|DTMFBegin|DTMFEnd|CEL|Cdr)\r/;

export function createExchange(options: ExchangeOptions): Exchange {
  const exchange: Exchange = {
    clock: options.clock,
    version: options.version,
    users: options.users,
    endpoints: options.endpoints,
    random: options.random,
    clicks: { traces: options.clickTraces, speed: options.clickSpeed, made: 0, asked: [] },
    listeners: new Set(),
    plays: new Map(),
    calls: createChannelBook(),
    telephones: createTelephoneBook(options.endpoints),
    ids: createIdSource(options.random),
    bootedAtMs: options.clock.now(),
    processedCalls: 0,
    lastPlay: NOBODY,
    unreachable: 0,
    tell(text, owner) {
      if (!FORGETTABLE.test(text)) remember(text, owner);
      const classes = classesOf(text);
      for (const listener of exchange.listeners) if (listener.wants(classes)) listener.queue(text);
    },
    flush() {
      for (const listener of exchange.listeners) listener.flush();
    },
    disconnectAll(how) {
      for (const listener of [...exchange.listeners]) listener.disconnect(how);
    },
    reboot() {
      exchange.calls = createChannelBook();
      exchange.telephones = createTelephoneBook(options.endpoints);
      exchange.ids = createIdSource(options.random);
      exchange.bootedAtMs = options.clock.now();
      exchange.processedCalls = 0;
    },
  };

  function remember(text: string, owner: number): void {
    const event = parseEvent(text);
    const atMs = options.clock.now();
    exchange.calls.apply(event, owner, atMs);
    exchange.telephones.apply(event, atMs);
    const isNew = event.get("Event") === "Newchannel";
    if (isNew && event.get("Uniqueid") === event.get("Linkedid")) exchange.processedCalls += 1;
  }

  return exchange;
}

export const renderEvent = (name: string, privilege: string, fields: readonly Field[]): string =>
  renderMessage([["Event", name], ["Privilege", `${privilege},all`], ...fields]);
