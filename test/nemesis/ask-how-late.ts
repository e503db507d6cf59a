/**
 * Asks the daemon how it is, which it looks up in its store: all the time, noting how long each answer
 * took, and once. Exports `askAgainAndAgain` and `askOnce`.
 */
import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { ASKED_EVERY_MS, type Marks } from "./hearing.ts";

/** Of what /v1/status tells. */
export type Status = {
  readonly asterisk: { readonly state: string };
  readonly live_calls: number;
  readonly calls_to_accept: number;
};

const ANSWERS_WITHIN_MS = 10_000;

/** @returns undefined: it does not answer */
export async function askOnce(port: number): Promise<Status | undefined> {
  try {
    const signal = AbortSignal.timeout(ANSWERS_WITHIN_MS);
    const answer = await fetch(`http://127.0.0.1:${String(port)}/v1/status`, { signal });
    return answer.ok ? ((await answer.json()) as Status) : undefined;
  } catch {
    return undefined;
  }
}

export async function askAgainAndAgain(
  port: number,
  { asked }: Pick<Marks, "asked">,
  signal: AbortSignal,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (!signal.aborted) {
    const question = { from: Date.now(), to: Infinity, isAnswered: false };
    asked.push(question);
    const isAnswered = await answerOf(port, { agent, signal });
    Object.assign(question, { to: Date.now(), isAnswered });
    await sleep(ASKED_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  agent.destroy();
}

/** @returns false: it is over without one */
const answerOf = (port: number, options: { agent: Agent; signal: AbortSignal }): Promise<boolean> =>
  new Promise((resolve) => {
    get({ ...options, host: "127.0.0.1", port, path: "/v1/status" }, (response) => {
      response.resume().once("close", () => resolve(response.complete));
    }).on("error", () => resolve(false));
  });
