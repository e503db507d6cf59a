/**
 * Matches responses and list items to the actions that asked for them. Each action ends exactly
 * once: by its response, its list's end, its time limit, or the end of the connection.
 */
import type { Clock } from "../lib/clock.ts";
import type { Result } from "../lib/failure.ts";
import { failed, succeeded } from "../lib/failure.ts";
import type { AmiFailure } from "./ami-failure.ts";
import { rejection, timedOut, tooLongList } from "./ami-failure.ts";
import type { AmiText } from "./framer.ts";
import { actionIdOf, fieldOf, isResponse, parseMessage } from "./message.ts";
import type { AmiMessage } from "./message.ts";

/** What Asterisk answered: the response, and the list's items where the action gives a list. */
export type AmiReply = { readonly response: AmiMessage; readonly items: readonly AmiText[] };

export type PendingLimits = {
  /** To the response. */
  readonly actionTimeoutMs: number;
  /** From the response to the list's end. */
  readonly listTimeoutMs: number;
  readonly maxListItems: number;
};

export type PendingActions = {
  /** @param action the name, for the failure's hint */
  readonly expect: (
    actionId: string,
    expected: { action: string; timeoutMs?: number | undefined },
  ) => Promise<Result<AmiReply, AmiFailure>>;
  readonly has: (actionId: string) => boolean;
  /** @returns false for what nobody waits for: a live event */
  readonly take: (text: AmiText) => boolean;
  readonly failAll: (failure: AmiFailure) => void;
  /** Responses that came too late, or that nobody asked for. */
  readonly unmatchedResponses: () => number;
};

type Pending = {
  readonly action: string;
  readonly end: (result: Result<AmiReply, AmiFailure>) => void;
  readonly items: AmiText[];
  response: AmiMessage | undefined;
  timer: AbortController;
};

export function createPendingActions(deps: {
  clock: Clock;
  limits: PendingLimits;
}): PendingActions {
  const { clock, limits } = deps;
  const pending = new Map<string, Pending>();
  let unmatched = 0;

  const finish = (actionId: string, result: Result<AmiReply, AmiFailure>): void => {
    const waiting = pending.get(actionId);
    if (waiting === undefined) return;
    pending.delete(actionId);
    // Without a reason each time would make an error with its stack.
    waiting.timer.abort("over");
    waiting.end(result);
  };

  const limit = (actionId: string, waiting: Pending, limitMs: number): void => {
    waiting.timer.abort("over");
    const timer = (waiting.timer = new AbortController());
    void clock.sleep(limitMs, timer.signal).then(() => {
      if (timer.signal.aborted) return;
      finish(actionId, failed(timedOut(waiting.action, limitMs)));
    });
  };

  const takeResponse = (actionId: string, waiting: Pending, response: AmiMessage): void => {
    if (response.name === "Error") {
      const message = fieldOf(response, "Message") ?? "";
      const output = fieldOf(response, "Output");
      finish(actionId, failed(rejection(waiting.action, output ?? message)));
    } else if (fieldOf(response, "EventList")?.toLowerCase() === "start") {
      waiting.response = response;
      limit(actionId, waiting, limits.listTimeoutMs);
    } else {
      finish(actionId, succeeded({ response, items: waiting.items }));
    }
  };

  const takeItem = (actionId: string, waiting: Pending, text: AmiText): boolean => {
    const { response, items, action } = waiting;
    if (response === undefined) return false;
    const ending = text.includes("\r\nEventList: ") ? parseMessage(text) : undefined;
    const state = ending && fieldOf(ending, "EventList")?.toLowerCase();
    if (state === "complete") finish(actionId, succeeded({ response, items }));
    else if (state === "cancelled") finish(actionId, failed(rejection(action, "list cancelled")));
    else if (items.length >= limits.maxListItems) {
      finish(actionId, failed(tooLongList(action, limits.maxListItems)));
    } else items.push(text);
    return true;
  };

  return {
    expect: (actionId, { action, timeoutMs = limits.actionTimeoutMs }) =>
      new Promise((end) => {
        const timer = new AbortController();
        const waiting: Pending = { action, end, items: [], response: undefined, timer };
        pending.set(actionId, waiting);
        limit(actionId, waiting, timeoutMs);
      }),
    has: (actionId) => pending.has(actionId),
    take: (text) => {
      const answers = isResponse(text);
      if (pending.size === 0 && !answers) return false;
      const actionId = actionIdOf(text);
      const waiting = actionId === undefined ? undefined : pending.get(actionId);
      if (actionId === undefined || waiting === undefined) {
        if (answers) unmatched++;
        return answers;
      }
      if (!answers) return takeItem(actionId, waiting, text);
      const response = parseMessage(text);
      if (response !== undefined) takeResponse(actionId, waiting, response);
      return true;
    },
    failAll: (failure) => {
      for (const actionId of [...pending.keys()]) finish(actionId, failed(failure));
    },
    unmatchedResponses: () => unmatched,
  };
}
