/** How often numbers may be dialled: by one user, and by all together, within any minute. */
export type DialLimits = {
  /** Counts one dial where there is room. @returns milliseconds until there is room; 0: it is counted */
  take(user: number): number;
};

export type DialLimitDeps = {
  readonly perUser: number;
  readonly total: number;
  /** Of the clock that never jumps. */
  readonly monotonicMs: () => number;
};

const WINDOW_MS = 60_000;

export function createDialLimits({ perUser, total, monotonicMs }: DialLimitDeps): DialLimits {
  let dials: { readonly user: number; readonly at: number }[] = [];

  return {
    take(user) {
      const now = monotonicMs();
      dials = dials.filter(({ at }) => now - at < WINDOW_MS);
      const own = dials.filter((dial) => dial.user === user);
      const waits = [
        own.length < perUser ? 0 : leaves(own[own.length - perUser], now),
        dials.length < total ? 0 : leaves(dials[dials.length - total], now),
      ];
      const waitMs = Math.max(...waits);
      if (waitMs === 0) dials.push({ user, at: now });
      return waitMs;
    },
  };
}

const leaves = (dial: { readonly at: number } | undefined, now: number): number =>
  dial === undefined ? WINDOW_MS : Math.max(1, dial.at + WINDOW_MS - now);
