/**
 * One TCP or TLS connection to Asterisk's manager, from the banner to its end. It reads always, at
 * once and everything: Asterisk disconnects who reads slowly (`writetimeout`).
 */
import { connect as connectTcp } from "node:net";
import type { Socket } from "node:net";
import { connect as connectTls } from "node:tls";
import type { Clock, EpochMs } from "../lib/clock.ts";
import type { Result } from "../lib/failure.ts";
import { failed, succeeded } from "../lib/failure.ts";
import type { AmiAddress, AmiFailure } from "./ami-failure.ts";
import { connectFailure, lost, notAmi, stopped } from "./ami-failure.ts";
import { createFramer } from "./framer.ts";
import type { AmiText } from "./framer.ts";

export type AmiConnection = {
  /** The banner's version of the protocol: "11.0.0". */
  readonly version: string;
  readonly write: (text: string) => void;
  /** The clock's monotonic time of the last byte. */
  readonly lastByteMs: () => number;
  /** How many messages were over the cap. */
  readonly droppedOversize: () => number;
  /** Hangs up now, whatever is still unsent. `ended` then resolves with `failure`. */
  readonly hangUp: (failure: AmiFailure) => void;
  /** Why the connection is over. Never rejects. */
  readonly ended: Promise<AmiFailure>;
};

export type ConnectionDeps = {
  readonly address: AmiAddress;
  readonly clock: Clock;
  readonly connectTimeoutMs: number;
  readonly bannerTimeoutMs: number;
  readonly maxMessageBytes: number;
  /** Every whole message after the banner, with the arrival time of its last byte. */
  readonly onText: (text: AmiText, at: EpochMs) => void;
};

/**
 * Resolves when the banner was read, or with what prevented it. Aborting `signal` gives up the try;
 * later it means nothing, since the session has to take its leave.
 */
export async function openConnection(
  deps: ConnectionDeps,
  signal: AbortSignal,
): Promise<Result<AmiConnection, AmiFailure>> {
  const { address, clock } = deps;
  if (signal.aborted) return failed(stopped);
  const socket = dial(address);
  const ended = Promise.withResolvers<AmiFailure>();
  const opened = Promise.withResolvers<void>();
  const greeted = Promise.withResolvers<void>();
  const framer = createFramer({ maxMessageBytes: deps.maxMessageBytes });
  let isOpen = false;
  let lastByteMs = clock.monotonicMs();

  const hangUp = (failure: AmiFailure): void => {
    ended.resolve(failure);
    socket.destroy();
  };
  socket.setNoDelay(true);
  socket.once(address.tls === undefined ? "connect" : "secureConnect", () => {
    isOpen = true;
    opened.resolve();
  });
  socket.on("data", (chunk: Buffer) => {
    if (socket.destroyed) return;
    lastByteMs = clock.monotonicMs();
    const texts = framer.push(chunk);
    const banner = framer.banner();
    if (banner.kind === "awaited") return;
    if (banner.kind === "absent") return hangUp(notAmi(address));
    greeted.resolve();
    const at = clock.now();
    for (const text of texts) deps.onText(text, at);
  });
  socket.on("error", (error) => {
    ended.resolve(isOpen ? lost("reset", address) : connectFailure(error, address));
  });
  socket.once("close", () => ended.resolve(lost("closed", address)));
  const stop = (): void => hangUp(stopped);
  signal.addEventListener("abort", stop, { once: true });

  /** Whether `step` came before the end and before the time was over. */
  const within = async (limitMs: number, step: Promise<void>): Promise<boolean> => {
    const timer = new AbortController();
    const isDone = await Promise.race([
      step.then(() => true),
      ended.promise.then(() => true),
      clock.sleep(limitMs, timer.signal).then(() => false),
    ]);
    timer.abort();
    return isDone;
  };
  if (!(await within(deps.connectTimeoutMs, opened.promise))) {
    hangUp(connectFailure({ code: "ETIMEDOUT" }, address));
  } else if (!(await within(deps.bannerTimeoutMs, greeted.promise))) {
    hangUp(notAmi(address));
  }

  signal.removeEventListener("abort", stop);
  const banner = framer.banner();
  if (banner.kind !== "seen") return failed(await ended.promise);
  return succeeded({
    version: banner.line.slice(banner.line.lastIndexOf("/") + 1),
    write: (text) => {
      if (socket.writable) socket.write(text);
    },
    lastByteMs: () => lastByteMs,
    droppedOversize: framer.droppedOversize,
    hangUp,
    ended: ended.promise,
  });
}

function dial({ host, port, tls }: AmiAddress): Socket {
  return tls === undefined ? connectTcp({ host, port }) : connectTls({ host, port, ...tls });
}
