/**
 * How often a password may be tried: five times a minute from one address, and thirty times from all
 * together. Right ones count as well, so that a right guess cannot be told by its pace.
 */
export type LoginTries = {
  /** @returns 0: try; else so many seconds are to be waited */
  take(address: string): number;
};

const MINUTE_MS = 60_000;
export const MOST_FROM_ONE = 5;
export const MOST_FROM_ALL = 30;

/** @param now milliseconds of a clock that does not jump */
export function createLoginTries(now: () => number): LoginTries {
  let tries: { readonly address: string; readonly at: number }[] = [];
  return {
    take(address) {
      const at = now();
      tries = tries.filter((one) => at - one.at < MINUTE_MS);
      const own = tries.filter((one) => one.address === address);
      const full = own.length >= MOST_FROM_ONE ? own : tries.length >= MOST_FROM_ALL ? tries : [];
      const [oldest] = full;
      if (oldest !== undefined) return Math.max(1, Math.ceil((oldest.at + MINUTE_MS - at) / 1_000));
      tries.push({ address, at });
      return 0;
    },
  };
}
