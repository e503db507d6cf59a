/**
 * One connection's whole life: dial, log in, wait until Asterisk has booted, read what is going on,
 * then listen until the line is lost. The session begins a new link after each loss; nothing but
 * counters outlives one.
 */
import type { Clock, EpochMs } from "../lib/clock.ts";
import type { Result } from "../lib/failure.ts";
import { failed } from "../lib/failure.ts";
import { encodeAction } from "./action.ts";
import type { AmiAction } from "./action.ts";
import type { AmiAddress, AmiFailure } from "./ami-failure.ts";
import { lost, stopped } from "./ami-failure.ts";
import type { AmiLimits } from "./ami-limits.ts";
import { openConnection } from "./connection.ts";
import type { AmiText } from "./framer.ts";
import { createInbox } from "./inbox.ts";
import { isDead } from "./keep-alive.ts";
import { logIn, narrowEvents } from "./login.ts";
import type { AmiCredentials, Request } from "./login.ts";
import { isGenuineEvent } from "./message.ts";
import { createPendingActions } from "./pending-actions.ts";
import type { AmiReply } from "./pending-actions.ts";
import { readSnapshot } from "./resync.ts";
import type { Snapshot } from "./resync.ts";

export type LinkDeps = {
  readonly address: AmiAddress;
  readonly credentials: AmiCredentials;
  /** False: the connection only sends actions. */
  readonly listens: boolean;
  readonly clock: Clock;
  readonly limits: AmiLimits;
  readonly nextActionId: () => string;
  readonly onMessage: (text: AmiText, at: EpochMs) => void;
  readonly onConnected: (link: Link) => void;
  readonly onSnapshot: (snapshot: Snapshot) => void;
  readonly tap: AmiTap | undefined;
};

/** Sees all that goes over the line, as it goes: for recording. */
export type AmiTap = {
  /** Every message, responses and list items too, before anything is done with it. */
  readonly onReceived: (text: AmiText, at: EpochMs) => void;
  /** Every action as it is written, the login with its secret too. */
  readonly onSent: (text: string) => void;
};

export type SendOptions = {
  /** Given where an event that comes later bears it (OriginateResponse); must be new each time. */
  readonly actionId?: string;
  readonly timeoutMs?: number;
};

export type Link = {
  readonly version: string;
  /** From when on somebody listened: before the first message. */
  readonly since: EpochMs;
  readonly send: (
    action: AmiAction,
    options?: SendOptions,
  ) => Promise<Result<AmiReply, AmiFailure>>;
  readonly resync: () => Promise<void>;
  readonly counters: () => LinkCounters;
};

export type LinkEnd = {
  readonly failure: AmiFailure;
  /** From when on nobody listened; undefined if the login never succeeded. */
  readonly lostAt: EpochMs | undefined;
  readonly counters: LinkCounters;
};

export type LinkCounters = {
  /** Messages longer than the cap. */
  readonly oversize: number;
  /** What was no message of Asterisk's own: forged or cut off by a line end in a variable. */
  readonly forged: number;
  /** Responses that came too late, or that nobody asked for. */
  readonly unmatched: number;
};

/** A resync whose events outgrow the memory for them is begun anew; then it is given up. */
const RESYNC_TRIES = 3;

/** Resolves when the connection is over, whatever the reason; `stop` says goodbye first. */
export async function runLink(deps: LinkDeps, stop: AbortSignal): Promise<LinkEnd> {
  const { address, clock, limits } = deps;
  const pending = createPendingActions({ clock, limits });
  const inbox = createInbox({ maxHeldChars: limits.maxHeldChars, onMessage: deps.onMessage });
  inbox.hold(); // until the snapshot, or for ever if the login fails
  const booted = new AbortController();
  let forged = 0;
  let hasShutdown = false;
  let tellBooted = (): void => undefined;
  let onBooted = (text: AmiText, at: EpochMs): void => {
    tellBooted = () => deps.onMessage(text, at);
    booted.abort();
  };

  const onText = (text: AmiText, at: EpochMs): void => {
    deps.tap?.onReceived(text, at);
    if (pending.take(text)) return;
    if (!isGenuineEvent(text)) {
      forged++;
      return;
    }
    if (text.startsWith("Event: FullyBooted")) return onBooted(text, at);
    if (text.startsWith("Event: Shutdown")) hasShutdown = true;
    inbox.put(text, at);
  };

  const { connectTimeoutMs, bannerTimeoutMs, maxMessageBytes } = limits;
  const opened = await openConnection(
    { address, clock, onText, connectTimeoutMs, bannerTimeoutMs, maxMessageBytes },
    stop,
  );
  if (!opened.ok) {
    const counters = { oversize: 0, forged, unmatched: 0 };
    return { failure: opened.failure, lostAt: undefined, counters };
  }
  const connection = opened.value;
  const over = new AbortController();
  const ended = connection.ended.then((failure) => {
    over.abort();
    const isShutdown = hasShutdown && failure.kind === "lost";
    const told = isShutdown ? lost("shutdown", address) : failure;
    pending.failAll(told);
    return told;
  });
  const send: Link["send"] = async (action, options = {}) => {
    const { actionId = deps.nextActionId(), timeoutMs } = options;
    if (pending.has(actionId)) throw new Error(`ActionID used twice: ${actionId}`);
    const encoded = encodeAction(action, actionId);
    if (!encoded.ok) return encoded;
    if (over.signal.aborted) return failed(await ended);
    const reply = pending.expect(actionId, { action: action.Action, timeoutMs });
    connection.write(encoded.value);
    deps.tap?.onSent(encoded.value);
    return reply;
  };
  const request: Request = (action) => send(action);
  const leave = (): void => {
    void request({ Action: "Logoff" });
    void clock.sleep(limits.logoffTimeoutMs, over.signal).then(() => connection.hangUp(stopped));
  };
  stop.addEventListener("abort", leave, { once: true });
  if (stop.aborted) leave();

  const counters = (): LinkCounters => ({
    ...{ oversize: connection.droppedOversize(), forged },
    unmatched: pending.unmatchedResponses(),
  });
  const end = async (lostAt: EpochMs | undefined, cause?: AmiFailure): Promise<LinkEnd> => {
    if (cause !== undefined) connection.hangUp(cause);
    const failure = await ended;
    stop.removeEventListener("abort", leave);
    if (lostAt !== undefined) inbox.release();
    return { failure: cause ?? failure, lostAt, counters: counters() };
  };
  const heardFrom = clock.now();
  const events = deps.listens ? "on" : "off";
  const loggedIn = await logIn(request, deps.credentials, { address, events });
  if (!loggedIn.ok) return end(undefined, loggedIn.failure);

  void isDead(
    {
      clock,
      pingEveryMs: limits.pingEveryMs,
      deadAfterMs: limits.deadAfterMs,
      lastByteMs: connection.lastByteMs,
      ping: () => void request({ Action: "Ping" }),
    },
    over.signal,
  ).then((dead) => {
    if (dead) connection.hangUp(lost("silent", address));
  });

  let resyncing: Promise<void> | undefined;
  const readAll = async (from: EpochMs): Promise<void> => {
    let at = from;
    for (let tries = 0; tries < RESYNC_TRIES && !over.signal.aborted; tries++) {
      inbox.hold();
      const snapshot = await readSnapshot(request, { at, isOver: () => over.signal.aborted });
      if (over.signal.aborted) break;
      if (inbox.isHolding()) {
        deps.onSnapshot(snapshot);
        break;
      }
      at = clock.now();
    }
    inbox.release();
  };
  const resync = (from = clock.now()): Promise<void> =>
    (resyncing ??= readAll(from).finally(() => {
      resyncing = undefined;
    }));

  if (deps.listens) {
    void narrowEvents(request);
    await clock.sleep(limits.fullyBootedTimeoutMs, AbortSignal.any([over.signal, booted.signal]));
  }
  if (!over.signal.aborted) {
    const { version } = connection;
    deps.onConnected({ version, since: heardFrom, send, resync: () => resync(), counters });
    if (deps.listens) {
      // Whether Asterisk began anew is told before what is going on there now.
      tellBooted();
      // One that boots for longer than we wait has new things to tell afterwards.
      onBooted = (text, at) => {
        inbox.put(text, at);
        void resync();
      };
      await resync(heardFrom);
    } else inbox.release();
  }
  const failure = await ended;
  const isSilent = failure.kind === "lost" && failure.how === "silent";
  const silentMs = isSilent ? clock.monotonicMs() - connection.lastByteMs() : 0;
  return end((clock.now() - silentMs) as EpochMs);
}
