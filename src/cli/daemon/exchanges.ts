/**
 * All exchanges of one account, as one: whoever works for the account names calls and extensions with
 * their exchange before them ("berlin/101"), and is led to the right one here. Exports `createExchanges`
 * and `exchangePlaces`.
 */
import type { AmiAddress } from "../../ami/ami-failure.ts";
import type { DeviceStates } from "../../ami/device-states.ts";
import type { AmiState } from "../../ami/session.ts";
import type { LiveView } from "../../calls/live-view.ts";
import { exchangesIn, type ExchangeView } from "../../config/exchange-views.ts";
import type { Config } from "../../config/keys.ts";
import { exchangeIn, ownName } from "../../lib/exchange-names.ts";
import { failed, succeeded, toError, type Result } from "../../lib/failure.ts";
import type { Learnt } from "../../registration/settings.ts";
import { amiAddress } from "../ami-address.ts";
import type { Ear } from "./ear.ts";
import { createExchangeSide, type ExchangeSide, type ExchangeSideDeps } from "./exchange-side.ts";
import { isSameExchange } from "./same-exchange.ts";

export type ExchangePlace = { readonly view: ExchangeView; readonly address: AmiAddress };

/** Where they are; certificates are read from the disk. */
export function exchangePlaces(
  config: Config,
): Result<readonly ExchangePlace[], { reason: string; hint: string }> {
  const places: ExchangePlace[] = [];
  for (const view of exchangesIn(config)) {
    const address = amiAddress(view.config.ami);
    const which = view.name === undefined ? "the exchange" : `the exchange ${view.name}`;
    if (!address.ok)
      return failed({ reason: `${which} cannot be reached`, hint: address.failure.hint });
    places.push({ view, address: address.value });
  }
  return succeeded(places);
}

/** Ears that listened while another host served the account. */
export type Ears = {
  /** The one at that exchange, which is then the taker's. */
  take(place: ExchangePlace): Ear | undefined;
};

/** As those see it who show exchanges side by side. */
export type ExchangeLine = Pick<ExchangeSide, "name" | "session" | "running">;

export type Exchanges = {
  /** Changed in place by `follow`: whoever works for all of them has those that there are now. */
  readonly all: readonly ExchangeSide[];
  /** Of the exchange whose extension or call this is. */
  readonly sideOf: (name: string) => ExchangeSide | undefined;
  /** The calls that go on now, the oldest first. */
  readonly live: (most: number) => readonly LiveView[];
  /** How many there are. */
  readonly running: () => number;
  /** How many are over, and wait for the store (or for CEL) to be accepted. */
  readonly toAccept: () => number;
  /** Of the one that fares worst. */
  readonly state: () => AmiState;
  readonly telephones: Pick<DeviceStates, "stateOf" | "devicesOf">;
  /** By the dial patterns of the extension's exchange. */
  readonly isTelephone: (extension: string) => boolean;
  /** A backfill that a command asks for; `exchange` in it says of which. */
  readonly backfill: (asked: unknown) => Promise<unknown>;
  /** Takes up the calls that ran when an earlier run ended. Before all else. */
  restore(): Promise<void>;
  start(signal: AbortSignal): Promise<void>;
  /**
   * Those that there are from now on. One that is not among them leaves when the calls it has told are
   * accepted; one that is reached or understood in another way does so and begins anew, with the calls
   * that go on there; the others notice nothing. Resolves when it is so.
   */
  follow(places: readonly ExchangePlace[]): Promise<void>;
  /** Resolves when all told calls are accepted. */
  stop(): Promise<void>;
};

export type ExchangesDeps = Omit<ExchangeSideDeps, keyof ExchangePlace | "ear" | "exchanges"> & {
  readonly places: readonly ExchangePlace[];
  readonly ears: Ears | undefined;
  /** Filled with what booking learns of the exchanges. */
  readonly learnt: { -readonly [Name in "isBlacklisted" | "agentAt"]?: Learnt[Name] };
};

export function createExchanges({ places, ears, learnt, ...deps }: ExchangesDeps): Exchanges {
  const begin = (place: ExchangePlace, given: { ear?: Ear | undefined; of: number }) =>
    createExchangeSide({ ...deps, ...place, ear: given.ear, exchanges: given.of });
  const all = places.map((place) => begin(place, { ear: ears?.take(place), of: places.length }));
  /** Until what they have told is accepted. */
  const leaving = new Set<ExchangeSide>();
  const started = Promise.withResolvers<AbortSignal>();
  let following = Promise.resolve();
  let isStopped = false;
  const sideNamed = (exchange: string | undefined): ExchangeSide | undefined =>
    all.find(({ name }) => name === exchange);
  const sideOf = (name: string): ExchangeSide | undefined => sideNamed(exchangeIn(name));
  learnt.isBlacklisted = (phone, exchange) => sideNamed(exchange)?.isBlacklisted?.(phone) ?? false;
  learnt.agentAt = (extension) => sideOf(extension)?.agentAt?.(ownName(extension));

  async function change(wanted: readonly ExchangePlace[]): Promise<void> {
    const signal = await started.promise;
    const stays = all.filter(({ view }) =>
      wanted.some((place) => isSameExchange(view, place.view)),
    );
    const gone = all.filter((side) => !stays.includes(side));
    for (const side of gone) leaving.add(side);
    all.splice(0, all.length, ...stays);
    await Promise.all(gone.map((side) => side.stop()));
    leaving.clear();
    for (const [at, place] of wanted.entries()) {
      if (isStopped || sideNamed(place.view.name) !== undefined) continue;
      const side = begin(place, { of: wanted.length });
      await side.restore();
      all.splice(at, 0, side);
      await (isStopped ? side.stop() : side.start(signal));
    }
  }

  return {
    ...{ all, sideOf },
    live(most) {
      const [only, ...others] = all;
      if (only !== undefined && others.length === 0) return only.live(most);
      return all
        .flatMap((side) => side.live(most))
        .toSorted((one, other) => one.startedAt - other.startedAt)
        .slice(0, most);
    },
    running: () => all.reduce((sum, side) => sum + side.running(), 0),
    toAccept: () => [...all, ...leaving].reduce((sum, side) => sum + side.toAccept(), 0),
    state() {
      const states = all.map((side) => side.session.state());
      return states.find(({ kind }) => kind !== "connected") ?? states[0] ?? { kind: "stopped" };
    },
    telephones: {
      stateOf: (extension) => sideOf(extension)?.telephones.stateOf(ownName(extension)),
      devicesOf: (extension) => sideOf(extension)?.telephones.devicesOf(ownName(extension)) ?? [],
    },
    isTelephone: (extension) => sideOf(extension)?.isTelephone(ownName(extension)) ?? false,
    async backfill(asked) {
      const { exchange } = (asked ?? {}) as { readonly exchange?: unknown };
      const side = typeof exchange === "string" ? sideNamed(exchange) : all[0];
      return side?.backfill(asked) ?? { ok: false, failure: NO_SUCH_EXCHANGE };
    },
    restore: async () => void (await Promise.all(all.map((side) => side.restore()))),
    async start(signal) {
      await Promise.all(all.map((side) => side.start(signal)));
      started.resolve(signal);
    },
    follow: (wanted) =>
      (following = following
        .then(() => change(wanted))
        .catch((thrown: unknown) => {
          // A daemon that stops writes no more: the next start takes up what is left.
          if (!isStopped) deps.onFatal(toError(thrown));
        })),
    async stop() {
      isStopped = true;
      await Promise.all([...all, ...leaving].map((side) => side.stop()));
      await following;
    },
  };
}

const NO_SUCH_EXCHANGE = {
  reason: "there is no such exchange",
  hint: "give --exchange with one of the names in exchanges",
};
