/**
 * Listens to the exchanges of accounts that another host serves, and books nothing: so that this host has
 * heard what the other one could not accept any more, when it takes an account over. Exports
 * `createStandbys`.
 */
import { HEARD_LIMITS, type HeardLimits } from "../../calls/heard-events.ts";
import type { LoadedConfig } from "../../config/load-config.ts";
import type { ConfigProblem } from "../../config/problem.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Result } from "../../lib/failure.ts";
import type { Logger } from "../../lib/log.ts";
import { createEar, type Ear } from "../daemon/ear.ts";
import { exchangePlaces, type Ears, type ExchangePlace } from "../daemon/exchanges.ts";
import { tellAmi } from "../daemon-log.ts";
import { hasExchange } from "../without-exchange.ts";

/** The ears of one account. */
export type Standby = Ears & {
  /** Connected to all its exchanges. */
  isWell(): boolean;
  /** Those that were not taken. */
  stop(): Promise<void>;
};

export type Standbys = {
  /**
   * Listens for these accounts, and for no others.
   * @param how whether configurations may have changed
   */
  follow(names: readonly string[], how: { readonly isAnew: boolean }): Promise<void>;
  /** For whoever serves the account now; its matter from then on. */
  take(name: string): Standby | undefined;
  of(name: string): Pick<Standby, "isWell"> | undefined;
  /** Connected to all exchanges that it listens to. */
  areWell(): boolean;
  stop(): Promise<void>;
};

export type StandbysDeps = {
  readonly open: (name: string) => Result<LoadedConfig, readonly ConfigProblem[]>;
  readonly clock: Clock;
  readonly logger: Logger;
};

/** For all exchanges that a host listens to like this. */
const CHARS_IN_ALL = 128_000_000;

export function createStandbys({ open, clock, logger }: StandbysDeps): Standbys {
  const all = new Map<string, ReturnType<typeof createStandby>>();
  let wanted: ReadonlySet<string> = new Set();

  async function listenFor(name: string): Promise<void> {
    const loaded = open(name);
    // What is wrong with it is told by the host that serves it.
    const places = loaded.ok ? exchangePlaces(loaded.value.config) : loaded;
    if (!places.ok) return;
    const chars = Math.ceil(CHARS_IN_ALL / Math.max(8, wanted.size));
    const limits = { ...HEARD_LIMITS, chars };
    const own = { clock, limits, logger: logger.child({ account: name }) };
    const standby = all.get(name) ?? createStandby(own);
    all.set(name, standby);
    await standby.follow(places.value.filter(({ view }) => hasExchange(view.config)));
  }

  return {
    async follow(names, { isAnew }) {
      wanted = new Set(names);
      const gone = [...all].filter(([name]) => !wanted.has(name));
      for (const [name] of gone) all.delete(name);
      for (const name of names) {
        // Hundreds of files are read: others get their turn, and may change what is wanted.
        await new Promise(setImmediate);
        if (wanted.has(name) && (isAnew || !all.has(name))) await listenFor(name);
      }
      await Promise.all(gone.map(([, standby]) => standby.stop()));
    },
    take(name) {
      const standby = all.get(name);
      wanted = new Set([...wanted].filter((one) => one !== name));
      all.delete(name);
      return standby;
    },
    of: (name) => all.get(name),
    areWell: () => [...all.values()].every((standby) => standby.isWell()),
    async stop() {
      wanted = new Set();
      await Promise.all([...all.values()].map((standby) => standby.stop()));
    },
  };
}

function createStandby({
  clock,
  limits,
  logger,
}: {
  readonly clock: Clock;
  readonly limits: HeardLimits;
  readonly logger: Logger;
}): Standby & { follow(places: readonly ExchangePlace[]): Promise<void> } {
  const stopping = new AbortController();
  const ears = new Map<string, Ear>();

  function listenAt(place: ExchangePlace): Ear {
    const { name: exchange } = place.view;
    const told = exchange === undefined ? logger : logger.child({ exchange });
    const onState = tellAmi.bind(undefined, told.child({ standby: true }));
    const ear = createEar({ ...place, clock, limits, onState });
    ear.listen(stopping.signal);
    return ear;
  }

  return {
    async follow(places) {
      const wanted = new Map(places.map((place) => [keyOf(place), place]));
      const gone = [...ears].filter(([key]) => !wanted.has(key));
      for (const [key] of gone) ears.delete(key);
      await Promise.all(gone.map(([, { session }]) => session.stop()));
      for (const [key, place] of wanted) if (!ears.has(key)) ears.set(key, listenAt(place));
    },
    take(place) {
      const key = keyOf(place);
      const ear = ears.get(key);
      ears.delete(key);
      return ear;
    },
    isWell: () => [...ears.values()].every(({ session }) => session.state().kind === "connected"),
    stop: async () =>
      void (await Promise.all([...ears.values()].map(({ session }) => session.stop()))),
  };
}

/** What an ear was made of: with another address, user or variable it is another one. */
const keyOf = ({ view: { name, config }, address }: ExchangePlace): string =>
  JSON.stringify([name, address, config.ami, config.pbx, config.customizations.variables]);
