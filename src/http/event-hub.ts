/**
 * The open event streams of browsers: who listens, what is told to whom, and an end for those who read
 * too slowly. Nothing is kept for anybody: whoever opens a stream is told what goes on now.
 * @source the HTML standard, server-sent events
 */
import type { ServerResponse } from "node:http";
import type { Clock } from "../lib/clock.ts";
import type { WidgetEvents } from "./widget-contract.ts";

export type EventHub = {
  /** @param now what goes on at this moment, told first */
  open(response: ServerResponse, listener: Listener, now: readonly Told[]): void;
  tell<Name extends keyof WidgetEvents>(user: number, name: Name, data: WidgetEvents[Name]): void;
  isListening(user: number): boolean;
  listeners(): readonly number[];
  /** Ends those whose proof is good no more. */
  endWhere(isOver: (listener: Listener) => boolean): void;
  stop(): void;
};

export type Listener = {
  readonly user: number;
  /** A ticket, as text: looked at again with each heartbeat. */
  readonly isGood: () => boolean;
};

export type Told = {
  [Name in keyof WidgetEvents]: { readonly name: Name; readonly data: WidgetEvents[Name] };
}[keyof WidgetEvents];

export type EventHubDeps = {
  readonly clock: Clock;
  /** Of one user; with more the oldest ends. Default 6: tabs that do not share one. */
  readonly mostOfUser?: number;
  readonly most?: number;
  readonly mostUnreadBytes?: number;
};

export const HEARTBEAT_MS = 15_000;
const MOST_OF_USER = 6;
const MOST = 300;
/** Some hundred events; who is behind by that has gone. */
const MOST_UNREAD = 64 * 1_024;

type Stream = { readonly listener: Listener; readonly response: ServerResponse };

export function createEventHub({ clock, ...limits }: EventHubDeps): EventHub {
  const { mostOfUser = MOST_OF_USER, most = MOST, mostUnreadBytes = MOST_UNREAD } = limits;
  /** The oldest first. */
  const streams = new Set<Stream>();
  const stopping = new AbortController();
  let isBeating = false;

  function write(stream: Stream, text: string): void {
    const { response } = stream;
    if (response.destroyed || response.writableEnded) return void streams.delete(stream);
    // What the kernel has not taken yet, and what Node holds for it.
    if (response.writableLength > mostUnreadBytes) return cut(stream);
    response.write(text);
  }

  /** At once: a farewell would only be more of what is not read. */
  function cut(stream: Stream): void {
    streams.delete(stream);
    stream.response.destroy();
  }

  function end(stream: Stream, because: WidgetEvents["bye"]["because"]): void {
    write(stream, textOf("bye", { because }));
    streams.delete(stream);
    stream.response.end();
  }

  function endWhere(isOver: (listener: Listener) => boolean): void {
    for (const stream of [...streams]) if (isOver(stream.listener)) end(stream, "ticket");
  }

  async function beat(): Promise<void> {
    isBeating = true;
    while (streams.size > 0 && !stopping.signal.aborted) {
      await clock.sleep(HEARTBEAT_MS, stopping.signal);
      endWhere(({ isGood }) => !isGood());
      for (const stream of [...streams]) write(stream, ": \n\n");
    }
    isBeating = false;
  }

  const of = (user: number): Stream[] =>
    [...streams].filter(({ listener }) => listener.user === user);

  return {
    open(response, listener, now) {
      const own = of(listener.user);
      const spare =
        own.length >= mostOfUser ? own[0] : streams.size >= most ? first(streams) : undefined;
      if (spare !== undefined) end(spare, "too_many");
      const stream = { listener, response };
      streams.add(stream);
      response.once("close", () => streams.delete(stream));
      response.on("error", () => streams.delete(stream)); // the browser has gone
      for (const { name, data } of now) write(stream, textOf(name, data));
      if (!isBeating) void beat();
    },
    tell(user, name, data) {
      const listening = of(user);
      if (listening.length === 0) return;
      const text = textOf(name, data);
      for (const stream of listening) write(stream, text);
    },
    isListening: (user) => of(user).length > 0,
    listeners: () => [...new Set([...streams].map(({ listener }) => listener.user))],
    endWhere,
    stop() {
      stopping.abort();
      for (const stream of [...streams]) end(stream, "stopping");
    },
  };
}

const first = (streams: ReadonlySet<Stream>): Stream | undefined => streams.values().next().value;

/** JSON has no line ends, and a line end in a text stands there as \n. */
const textOf = (name: string, data: unknown): string =>
  `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
