/** Plays a recording into the exchange: each live event at its time, with ids of its own. */
import { epochMs } from "../../lib/clock.ts";
import { parseEvent } from "./wire.ts";
import type { Exchange } from "./exchange.ts";
import { allotIds, createRewriter, type IdMapping } from "./rewrite.ts";
import type { Trace, TraceMessage, TracePart } from "./trace.ts";

export type PlayOptions = {
  /** Milliseconds from now until the first event. */
  readonly afterMs?: number;
  /** Recorded seconds in one real second; Infinity is as fast as the listeners take it. Default 1. */
  readonly speed?: number;
  /** A longer recorded pause is shortened to this (recorded milliseconds). */
  readonly maxPauseMs?: number;
  /** Recorded number → number to be played. Other spellings of the same number follow. */
  readonly phones?: ReadonlyMap<string, string>;
  /** Recorded uniqueid → the one to be used. */
  readonly chosenUniqueids?: ReadonlyMap<string, string>;
  /**
   * What becomes of the connections where the recorder's was lost: all are cut and none is taken until the recording
   * goes on (default), or nothing.
   */
  readonly gaps?: "disconnect" | "ignore";
  /** A last change of an event's bytes, the ids being new already; undefined leaves the event out. */
  readonly edit?: (event: string) => string | undefined;
};

export type PlayEnd = "played" | "stopped";

export type Play = {
  readonly trace: Trace;
  readonly mapping: IdMapping;
  /** After the last event was handed to all connections. Never rejects. */
  readonly finished: Promise<PlayEnd>;
  /** Ends the play where it is; its channels vanish without an event. */
  stop(): void;
};

/** So much is sent in one go when playing as fast as possible; then others get their turn. */
const BATCH_MESSAGES = 200;
/** A connection that has not taken so much is waited for, and cut after the time that a real exchange has by default. */
const BACKLOG_BYTES = 1 << 20;
const WRITE_TIMEOUT_MS = 5000;

export function startPlay(exchange: Exchange, trace: Trace, options: PlayOptions = {}): Play {
  const { afterMs = 0, speed = 1, maxPauseMs = Infinity, gaps = "disconnect" } = options;
  const { clock } = exchange;
  if (!(speed > 0)) throw new RangeError(`speed must be above 0, not ${speed}`);
  const owner = ++exchange.lastPlay;
  const stopped = new AbortController();
  const startsAt = clock.monotonicMs() + afterMs;
  const mapping = allotIds(trace, exchange.ids, {
    startsAtSeconds: (clock.now() + afterMs) / 1000,
    speed,
    ...(options.phones && { phones: options.phones }),
    ...(options.chosenUniqueids && { chosenUniqueids: options.chosenUniqueids }),
  });
  const rewrite = createRewriter(mapping);
  const silenced = new Set<string>();
  let playedMs = 0;
  let lastAt = trace.startedAt;
  let sinceRest = 0;

  async function run(): Promise<PlayEnd> {
    for (const [i, part] of trace.parts.entries()) {
      if (i > 0) await waitInGap(part);
      if (stopped.signal.aborted) return "stopped";
      for (const message of part.messages) {
        if (!message.live) continue;
        await waitFor(message);
        if (stopped.signal.aborted) return "stopped";
        tell(message);
      }
      exchange.flush();
    }
    await taken();
    return stopped.signal.aborted ? "stopped" : "played";
  }

  /** Recorded time only moves forward, whatever the table of times says. */
  async function waitFor({ at }: Pick<TraceMessage, "at">): Promise<void> {
    playedMs += Math.min(Math.max(0, at - lastAt), maxPauseMs) / speed;
    lastAt = epochMs(Math.max(at, lastAt));
    const aheadMs = startsAt + playedMs - clock.monotonicMs();
    if (aheadMs > 0) {
      exchange.flush();
      await clock.sleep(aheadMs, stopped.signal);
    } else if (++sinceRest >= BATCH_MESSAGES) {
      sinceRest = 0;
      await taken();
    }
  }

  function tell(message: TraceMessage): void {
    const text = options.edit ? options.edit(rewrite(message.text)) : rewrite(message.text);
    if (text === undefined || isSilenced(text)) return;
    exchange.tell(atTimeOfPlay(text), owner);
  }

  const isSilenced = (text: string): boolean =>
    silenced.size > 0 && [...silenced].some((id) => text.includes(`id: ${id}\r\n`));

  /** An exchange with `timestampevents = yes` writes its own time into each event. */
  const atTimeOfPlay = (text: string): string =>
    text.replace(
      /^(Event: [^\r]*\r\nPrivilege: [^\r]*\r\nTimestamp: )\d+\.\d+/,
      (_, before: string) => before + (clock.now() / 1000).toFixed(6),
    );

  async function waitInGap(next: TracePart): Promise<void> {
    const resumes = next.messages[0];
    if (gaps === "ignore") return;
    exchange.flush();
    exchange.unreachable += 1;
    try {
      exchange.disconnectAll("end");
      if (resumes) await waitFor(resumes);
      exchange.calls.forget(owner);
      for (const { text, live } of next.messages) if (!live) adopt(rewrite(text));
    } finally {
      exchange.unreachable -= 1;
    }
  }

  /** What the recorder was told when it came back is what anybody who comes back shall be told. */
  function adopt(item: string): void {
    const fields = parseEvent(item);
    const name = fields.get("Event");
    const nowMs = clock.now();
    if (name === "BridgeListItem")
      exchange.calls.apply(new Map(fields).set("Event", "BridgeCreate"), owner, nowMs);
    if (name === "CoreShowChannel") exchange.calls.adopt(fields, owner, nowMs);
  }

  async function taken(): Promise<void> {
    exchange.flush();
    await new Promise((resolve) => setImmediate(resolve));
    const untilMs = clock.monotonicMs() + WRITE_TIMEOUT_MS;
    for (;;) {
      const slow = [...exchange.listeners].filter((one) => one.backlogBytes() > BACKLOG_BYTES);
      if (slow.length === 0 || stopped.signal.aborted) return;
      if (clock.monotonicMs() > untilMs) for (const one of slow) one.disconnect("reset");
      else await clock.sleep(5, stopped.signal);
    }
  }

  function end(): void {
    exchange.plays.delete(owner);
    for (const channel of exchange.calls.channels.values())
      if (channel.owner === owner) exchange.telephones.forgetCaller(channel.uniqueid);
    exchange.calls.forget(owner);
  }

  const stop = (): void => stopped.abort();
  const finished = clock.sleep(afterMs, stopped.signal).then(run).finally(end);
  exchange.plays.set(owner, {
    stop,
    finished,
    silence: (ids) => {
      for (const id of ids) silenced.add(id);
    },
  });
  return { trace, mapping, finished, stop };
}
