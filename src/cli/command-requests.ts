/** What commands ask of the running daemon: each request goes to whoever knows its `ask`. */
import type { Clock } from "../lib/clock.ts";
import type { Logger } from "../lib/log.ts";
import { requestFolderOf, serveRequests } from "./request-folder.ts";

export type CommandRequests = { stop(): Promise<void> };

export type CommandRequestDeps = {
  readonly storePath: string;
  readonly clock: Clock;
  readonly logger: Logger;
  /** By `ask`; each parses what it is given. */
  readonly handlers: Readonly<Record<string, (asked: unknown) => Promise<unknown>>>;
};

export function serveCommands({
  storePath,
  clock,
  logger,
  handlers,
}: CommandRequestDeps): CommandRequests {
  const stopping = new AbortController();
  const { stopped } = serveRequests({
    folder: requestFolderOf(storePath),
    clock,
    signal: stopping.signal,
    handle: async (asked) => {
      const { ask } = (asked ?? {}) as { readonly ask?: unknown };
      const handler =
        typeof ask === "string" && Object.hasOwn(handlers, ask) ? handlers[ask] : undefined;
      return handler === undefined ? UNKNOWN_REQUEST : handler(asked);
    },
    onTrouble: (error) => logger.warn({ err: error }, "a request of a command failed"),
  });
  return {
    async stop() {
      stopping.abort();
      await stopped;
    },
  };
}

export const UNKNOWN_REQUEST = {
  ok: false,
  failure: {
    reason: "the daemon does not know this request",
    hint: "the command and the daemon are of different versions: restart the daemon",
  },
} as const;
