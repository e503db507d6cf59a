/**
 * GET /admin/api/live: server-sent events. "calls" are batches of live calls, "status" the line at the
 * top. A reader that does not keep up is cut; its browser comes back and is told all anew.
 */
import type { FastifyReply, RouteOptions } from "fastify";
import type { LiveBatch, StatusAnswer } from "./contract.ts";
import { Refused, type Guarded } from "./guarded.ts";
import { maskLive } from "./masking.ts";

export type LiveRouteDeps = {
  readonly guarded: Guarded;
  readonly watch: (listener: (batch: LiveBatch) => void) => () => void;
  readonly status: () => Promise<StatusAnswer>;
  /** Whether the reader may go on: asked now and then. */
  readonly isStillIn: (cookie: string | undefined) => Promise<boolean>;
};

export type LiveRoute = { readonly route: RouteOptions; stop(): void };

const STATUS_EVERY_MS = 2_000;
/** Shorter than any proxy's or browser's patience, and than the listener's own. */
const BEAT_EVERY_MS = 15_000;
const MOST_READERS = 20;
const MOST_UNREAD_BYTES = 1_000_000;

export function liveRoute({ guarded, watch, status, isStillIn }: LiveRouteDeps): LiveRoute {
  const readers = new Set<Reader>();
  let timers: readonly NodeJS.Timeout[] = [];
  let lastStatus = "";

  async function tellStatus(): Promise<void> {
    const told = JSON.stringify(await status());
    if (told === lastStatus) return;
    lastStatus = told;
    for (const reader of readers) reader.write(`event: status\ndata: ${told}\n\n`);
  }

  async function beat(): Promise<void> {
    for (const reader of [...readers]) {
      if (await isStillIn(reader.cookie)) reader.write(":\n\n");
      else reader.end();
    }
  }

  function begin(): void {
    timers = [
      // A store that does not answer is told by whoever asks it.
      setInterval(() => void tellStatus().catch(() => undefined), STATUS_EVERY_MS),
      setInterval(() => void beat().catch(() => undefined), BEAT_EVERY_MS),
    ];
    for (const timer of timers) timer.unref();
  }

  function end(): void {
    for (const timer of timers) clearInterval(timer);
    timers = [];
  }

  const route = guarded.get("/live", "look", async ({ request, reply, seesNumbers }) => {
    if (readers.size >= MOST_READERS) return new Refused(503, "too many pages are open");
    const first = JSON.stringify(await status());
    reply.hijack();
    const reader = createReader(reply, request.headers.cookie);
    if (readers.size === 0) begin();
    readers.add(reader);
    reader.write(`retry: 2000\n\nevent: status\ndata: ${first}\n\n`);
    // One text for all readers of a batch would save little: mostly there is one.
    const leave = watch((batch) => {
      const told = seesNumbers ? batch : maskLive(batch);
      reader.write(`event: calls\ndata: ${JSON.stringify(told)}\n\n`);
    });
    reply.raw.once("close", () => {
      leave();
      readers.delete(reader);
      if (readers.size === 0) end();
    });
    return undefined;
  });

  return {
    route,
    stop() {
      end();
      for (const reader of readers) reader.end();
    },
  };
}

type Reader = {
  readonly cookie: string | undefined;
  write(text: string): void;
  end(): void;
};

function createReader({ raw }: FastifyReply, cookie: string | undefined): Reader {
  raw.writeHead(200, {
    "content-type": "text/event-stream; charset=utf-8",
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "x-accel-buffering": "no",
  });
  return {
    cookie,
    write(text) {
      if (raw.destroyed) return;
      if (raw.writableLength > MOST_UNREAD_BYTES) raw.destroy();
      else raw.write(text);
    },
    end: () => void raw.end(),
  };
}
