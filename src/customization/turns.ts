/**
 * So many runs of one script at once, and so many more that wait. Whoever would wait too long is told
 * so at once: a call goes on with the default rather than queue up. Exports `createTurns`.
 */
export type Turns = {
  /** Resolves with the milliseconds that were waited; undefined: there is no room, or not in time. */
  take(waitMs: number): Promise<number | undefined>;
  /** A run is over. */
  give(): void;
  readonly waiting: () => number;
};

type Waiter = { readonly go: () => void; readonly giveUp: NodeJS.Timeout };

export function createTurns({
  atOnce,
  mostWaiting,
}: {
  atOnce: number;
  mostWaiting: number;
}): Turns {
  const queue: Waiter[] = [];
  let running = 0;
  return {
    take(waitMs) {
      if (running < atOnce) {
        running++;
        return Promise.resolve(0);
      }
      if (queue.length >= mostWaiting) return Promise.resolve(undefined);
      const since = performance.now();
      return new Promise((resolve) => {
        const waiter: Waiter = {
          go: () => {
            clearTimeout(waiter.giveUp);
            resolve(performance.now() - since);
          },
          giveUp: setTimeout(() => {
            queue.splice(queue.indexOf(waiter), 1);
            resolve(undefined);
          }, waitMs),
        };
        queue.push(waiter);
      });
    },
    give() {
      const next = queue.shift();
      if (next === undefined) running--;
      else next.go();
    },
    waiting: () => queue.length,
  };
}
