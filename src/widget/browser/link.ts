/**
 * Keeps a stream of events open: a session, a stream, and again with pauses that grow. Exports
 * `keepLink`.
 */
import type { Backend, Refused } from "./backend.ts";
import { readEvents } from "./event-stream.ts";
import type { DaemonEvent, LinkProblem } from "./live-state.ts";

export type LinkDeps = {
  readonly backend: Pick<Backend, "session" | "events">;
  readonly onEvent: (event: DaemonEvent) => void;
  readonly onLost: (problem: LinkProblem) => void;
  readonly signal: AbortSignal;
  /** Resolves when the time is over, the browser is online again or the page is looked at. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
};

const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
/**
 * What only a person can mend; asked again now and then all the same. A refused token is not of them: a
 * daemon that has just been installed does not know its account yet.
 */
const HOPELESS_PAUSE_MS = 300_000;
const RENEW_BEFORE_SECONDS = 60;
const HOPELESS: readonly Refused["code"][] = [
  "origin_refused",
  "user_unknown",
  "denied_by_browser",
];

/** Resolves when the signal says so. */
export async function keepLink(deps: LinkDeps): Promise<void> {
  const { backend, onLost, signal } = deps;
  const pause = deps.pause ?? pauseOrWake;
  let ticket: { readonly text: string; readonly expiresAt: number } | undefined;
  let pauseMs = FIRST_PAUSE_MS;

  while (!signal.aborted) {
    const problem = await openOnce();
    if (signal.aborted) return;
    onLost(problem === "ended" ? undefined : problem.code);
    const waitMs = problem === "ended" ? pauseMs : waitAfter(problem, pauseMs);
    // Not all at once after a restart of the daemon.
    await pause(waitMs * (0.75 + Math.random() / 2), signal);
    pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS);
  }

  async function openOnce(): Promise<Refused | "ended"> {
    if (ticket === undefined || ticket.expiresAt - RENEW_BEFORE_SECONDS < Date.now() / 1_000) {
      const session = await backend.session();
      if (!session.ok) return session.failure;
      ticket = { text: session.value.ticket, expiresAt: session.value.expires_at };
    }
    const opened = await backend.events(ticket.text, signal);
    if (!opened.ok) {
      if (opened.failure.code === "ticket_refused") ticket = undefined;
      return opened.failure;
    }
    const end = await readEvents(opened.value, (event) => {
      // The way is free: the next loss is a new one.
      if (event.kind === "hello") pauseMs = FIRST_PAUSE_MS;
      if (!signal.aborted) deps.onEvent(event);
    });
    if (end === "ticket") ticket = undefined;
    return end === "too_many" ? { code: "too_many", retryAfterSeconds: undefined } : "ended";
  }
}

function waitAfter({ code, retryAfterSeconds }: Refused, pauseMs: number): number {
  if (HOPELESS.includes(code)) return HOPELESS_PAUSE_MS;
  if (code === "too_many") return LONGEST_PAUSE_MS;
  return Math.max(pauseMs, Math.min(retryAfterSeconds ?? 0, 600) * 1_000);
}

function pauseOrWake(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const over = new AbortController();
    const end = (): void => {
      clearTimeout(timer);
      over.abort();
      resolve();
    };
    const timer = setTimeout(end, ms);
    const options = { signal: over.signal };
    window.addEventListener("online", end, options);
    signal.addEventListener("abort", end, options);
    if (signal.aborted) end();
  });
}
