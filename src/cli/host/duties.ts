/**
 * Which of the accounts this host serves: all of them with stores of its own, its share of them where
 * hosts have one PostgreSQL in common. Exports `allDuties` and `openSharedDuties`.
 */
import type { Clock } from "../../lib/clock.ts";
import { succeeded, type Result } from "../../lib/failure.ts";
import type { Logger } from "../../lib/log.ts";
import {
  createLeases,
  guardOf,
  leaseStoreOf,
  leaseMigrations,
  type Lease,
} from "../../store/leases.ts";
import type { StorePlace } from "../../store/open-store.ts";
import type { OpenFailure, Statement } from "../../store/store.ts";

/** An account that this host serves, for as long as nobody else has taken it over. */
export type Duty = {
  readonly name: string;
  /** Of writes: finds nothing once another host serves it. undefined: there is no other. */
  readonly guard: Statement | undefined;
  /** Changes when another host has served it meanwhile. */
  readonly term: number;
  /** false: perhaps another host serves it already, and what cannot be guarded is not to be done. */
  readonly isSure: () => boolean;
};

export type Duties = {
  /** @param names of all accounts that there are, whoever serves them */
  want(names: readonly string[]): Promise<void>;
  /** Others may serve them now. */
  stop(): Promise<void>;
};

/**
 * What is not in it any more has to be ended when it resolves.
 * @param ended told of each of these as it has
 */
export type FollowDuties = (
  duties: readonly Duty[],
  ended: (name: string) => void,
) => Promise<void>;

/** All, always. */
export const allDuties = (follow: FollowDuties): Duties => ({
  want: (names) =>
    follow(
      names.map((name) => ({ name, guard: undefined, term: 0, isSure: () => true })),
      () => undefined,
    ),
  stop: () => follow([], () => undefined),
});

export type SharedDutiesDeps = {
  readonly place: Pick<StorePlace, "schema"> & { readonly url: string };
  readonly follow: FollowDuties;
  /** How many more accounts this host can start now. */
  readonly room: () => number;
  readonly clock: Clock;
  readonly logger: Logger;
};

export async function openSharedDuties({
  place: { url, schema },
  follow,
  room,
  clock,
  logger,
}: SharedDutiesDeps): Promise<Result<Duties, OpenFailure>> {
  const { openPostgresStore } = await import("../../store/postgres-store.ts");
  const name = leaseStoreOf(schema);
  let doubtLeases = (): void => undefined; // as long as there are none
  const opened = await openPostgresStore({
    ...{ url, name, migrations: leaseMigrations, access: "share" },
    isApart: true, // that this host lives is said in time, whatever the accounts wait for
    onSessionLost: () => doubtLeases(),
    onTrouble: (failure) => {
      if (failure === undefined) logger.info("PostgreSQL answers again");
      else logger.warn({ code: failure.code, hint: failure.hint }, "PostgreSQL does not answer");
    },
  });
  if (!opened.ok) return opened;
  const store = opened.value;
  const dutyOf = (lease: Lease): Duty => ({
    ...{ name: lease.name, guard: guardOf(name, lease), term: lease.token },
    isSure: () => leases.isFresh(),
  });
  const leases = createLeases({
    ...{ store, clock, room },
    onChange: (held, ended) => follow(held.map(dutyOf), ended),
    onTrouble: ({ code, hint }) =>
      logger.warn({ code, hint }, "leases cannot be kept, it is tried again"),
  });
  doubtLeases = leases.doubt;
  let started: Promise<void> | undefined;
  return succeeded({
    want(names) {
      leases.want(names);
      return (started ??= leases.start());
    },
    async stop() {
      await leases.stop();
      await store.close();
    },
  });
}
