/**
 * Asks the daemon all the time how it is, which it looks up in its store, and notes how long each answer
 * took. Exports `askAgainAndAgain`.
 */
import { Agent, get } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { ASKED_EVERY_MS, type Marks, type Span } from "./hearing.ts";

export async function askAgainAndAgain(
  port: number,
  { asked }: Pick<Marks, "asked">,
  signal: AbortSignal,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  while (!signal.aborted) {
    const span: { -readonly [Name in keyof Span]: Span[Name] } = { from: Date.now(), to: Infinity };
    asked.push(span);
    await answerOf(port, { agent, signal });
    span.to = Date.now();
    await sleep(ASKED_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  agent.destroy();
}

/** Whatever the answer, or none: it is over. */
const answerOf = (port: number, options: { agent: Agent; signal: AbortSignal }): Promise<void> =>
  new Promise((resolve) => {
    get({ ...options, host: "127.0.0.1", port, path: "/v1/status" }, (response) => {
      response.resume().once("close", () => resolve());
    }).on("error", () => resolve());
  });
