/** A job of the background that comes again and again, and sooner when it is called. */
import type { Clock } from "../lib/clock.ts";
import { toError } from "../lib/failure.ts";
import { StoreFailure } from "../store/store.ts";

export type Rounds = {
  readonly start: () => void;
  /** The next round begins at once, or right after the one under way. */
  readonly wake: () => void;
  /** Resolves when the round under way has given up. */
  readonly stop: () => Promise<void>;
};

/**
 * @param deps.round does the job once. @returns ms until the next round
 * @param deps.onFatal told of a bug; trouble with the store is told by the store itself
 */
export function createRounds(deps: {
  clock: Clock;
  round: (signal: AbortSignal) => Promise<number>;
  onFatal: (error: Error) => void;
}): Rounds {
  const { clock, round, onFatal } = deps;
  const stopping = new AbortController();
  let wakened = new AbortController();
  let running: Promise<void> | undefined;

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      wakened = new AbortController();
      const called = wakened.signal;
      const pauseMs = await round(stopping.signal);
      await clock.sleep(pauseMs, AbortSignal.any([called, stopping.signal]));
    }
  }

  return {
    start() {
      running ??= run().catch((thrown: unknown) => {
        if (!(thrown instanceof StoreFailure)) onFatal(toError(thrown));
      });
    },
    wake: () => wakened.abort(),
    async stop() {
      stopping.abort();
      await running;
    },
  };
}
