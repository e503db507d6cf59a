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
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import type { Learnt } from "../../registration/settings.ts";
import { amiAddress } from "../ami-address.ts";
import type { Ear } from "./ear.ts";
import { createExchangeSide, type ExchangeSide, type ExchangeSideDeps } from "./exchange-side.ts";

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
  const all = places.map((place) =>
    createExchangeSide({ ...deps, ...place, ear: ears?.take(place), exchanges: places.length }),
  );
  const byName = new Map(all.map((side) => [side.view.name, side]));
  const sideOf = (name: string): ExchangeSide | undefined => byName.get(exchangeIn(name));
  if (all.some((side) => side.isBlacklisted !== undefined))
    learnt.isBlacklisted = (phone, exchange) =>
      byName.get(exchange)?.isBlacklisted?.(phone) ?? false;
  if (all.some((side) => side.agentAt !== undefined))
    learnt.agentAt = (extension) => sideOf(extension)?.agentAt?.(ownName(extension));

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
    toAccept: () => all.reduce((sum, side) => sum + side.toAccept(), 0),
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
      const side = typeof exchange === "string" ? byName.get(exchange) : all[0];
      return side?.backfill(asked) ?? { ok: false, failure: NO_SUCH_EXCHANGE };
    },
    restore: async () => void (await Promise.all(all.map((side) => side.restore()))),
    start: async (signal) => void (await Promise.all(all.map((side) => side.start(signal)))),
    stop: async () => void (await Promise.all(all.map((side) => side.stop()))),
  };
}

const NO_SUCH_EXCHANGE = {
  reason: "there is no such exchange",
  hint: "give --exchange with one of the names in exchanges",
};
