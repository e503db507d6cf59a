/**
 * Work that may take seconds, one after another for each key and at once for different keys: a call
 * waits for its own scripts and for those of the same client's earlier calls. Exports `createInOrder`.
 */
export type InOrder = {
  /** `work` begins when all earlier work of this key is done; with the key "" at once. */
  run<T>(key: string, work: () => Promise<T>): Promise<T>;
  readonly isIdle: (key: string) => boolean;
};

export function createInOrder(): InOrder {
  const last = new Map<string, Promise<unknown>>();
  return {
    isIdle: (key) => !last.has(key),
    run(key, work) {
      if (key === "") return work();
      const before = last.get(key);
      const done = before === undefined ? work() : before.then(work, work);
      last.set(key, done);
      const forget = (): void => {
        if (last.get(key) === done) last.delete(key);
      };
      void done.then(forget, forget);
      return done;
    },
  };
}
