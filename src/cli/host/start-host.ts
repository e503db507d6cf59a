/**
 * A daemon of several accounts: each has a file in the folder of `include`, a store and a place below its
 * name at the two listeners, and lives as if it were alone. Exports `startHost`.
 */
import { setImmediate as nextTurn } from "node:timers/promises";
import PQueue from "p-queue";
import type { AccountsFound } from "../../config/account.ts";
import type { LoadedConfig } from "../../config/load-config.ts";
import { readOnce } from "../../config/read-once.ts";
import { describeProblem, type ConfigProblem } from "../../config/problem.ts";
import type { Config } from "../../config/keys.ts";
import { createLimiter } from "../../kommo/limiter.ts";
import { succeeded, type Result } from "../../lib/failure.ts";
import { knownSecrets } from "../../lib/known-secrets.ts";
import { startDaemon, type DaemonOptions, type StartFailure } from "../../main.ts";
import type { OpenFailure } from "../../store/store.ts";
import { changedKeys, type ReloadReport } from "../daemon/reload.ts";
import { createProcessFigures } from "../metrics/process-figures.ts";
import { createAccountRunner, type AccountRunner } from "./account-runner.ts";
import {
  allDuties,
  openSharedDuties,
  type Duties,
  type Duty,
  type SharedDutiesDeps,
} from "./duties.ts";
import { hostRoutes, isWell } from "./host-routes.ts";
import { openSharedAgi } from "./shared-agi.ts";
import { createStandbys } from "./standby.ts";
import { openSharedListeners } from "./shared-listeners.ts";

export type HostOptions = Pick<DaemonOptions, "logger" | "clock" | "userAgent"> & {
  /** What is common to all accounts. */
  readonly common: LoadedConfig<never>;
  readonly readCommon: () => Result<LoadedConfig<never>, readonly ConfigProblem[]>;
  /** The accounts that there are now. */
  readonly find: () => Result<AccountsFound, ConfigProblem>;
  readonly readAccount: (name: string) => Result<LoadedConfig, readonly ConfigProblem[]>;
};

export type Host = {
  readonly accounts: () => readonly AccountRunner[];
  /** Accounts that came are started, those that went are stopped, those that changed take it over. */
  reload(): Promise<ReloadReport>;
  /** As of a daemon, each sentence with the account's name. */
  whatIsWrong(): Promise<readonly string[]>;
  /** "198 of 200 accounts are connected to Asterisk" */
  statusLine(): Promise<string>;
  /** Resolves with nothing in flight lost. */
  stop(): Promise<void>;
};

/** So that a start of hundreds does not hold the loop, nor their exchanges wait for the last. */
const STARTED_AT_ONCE = 8;
/** For an exchange that does not answer, no longer. */
const LISTENS_FIRST_MS = 10_000;
const LOOKS_EVERY_MS = 100;
/** Of accounts that another host could take as well: as many again, so that there is always a next one. */
const MOST_TO_START = 2 * STARTED_AT_ONCE;

export async function startHost(options: HostOptions): Promise<Result<Host, StartFailure>> {
  const { common, logger, clock, userAgent } = options;
  const { config } = common;
  /** Of all accounts, and those of them that this host serves. */
  let names: readonly string[] = [];
  const runners = new Map<string, AccountRunner>();
  const accounts = (): readonly AccountRunner[] =>
    [...runners.values()].toSorted((one, other) => (one.name < other.name ? -1 : 1));
  const figures = createProcessFigures();
  figures.start();
  const http = await openSharedListeners({
    ...{ config, clock, logger },
    routes: hostRoutes({
      names: () => names,
      accounts,
      standbyOf: (name) => standbys.of(name),
      figures,
      clock,
    }),
  });
  const agi = await openSharedAgi({ ...config.fastagi, clock, log: logger });
  const inAll = config.requests_per_second_in_all;
  const limiter =
    inAll === undefined ? undefined : createLimiter({ requestsPerSecond: inAll, clock });
  const starting = new PQueue({ concurrency: STARTED_AT_ONCE });

  const readAccount = readOnce(options.readAccount, clock);
  const standbys = createStandbys({ open: readAccount, clock, logger });
  async function listen(isAnew: boolean): Promise<void> {
    if (!config.standby) return;
    const others = names.filter((name) => !runners.has(name));
    await standbys.follow(others, { isAnew });
  }

  /**
   * A host that comes is given accounts by others as soon as it says that it lives. It hears their exchanges
   * by then: a call that begins and ends while its account changes hands has to be known to somebody.
   */
  async function listenFirst(): Promise<void> {
    await listen(true);
    const until = clock.monotonicMs() + LISTENS_FIRST_MS;
    while (!standbys.areWell() && clock.monotonicMs() < until) await clock.sleep(LOOKS_EVERY_MS);
  }

  function createRunner(duty: Duty): AccountRunner {
    const { name } = duty;
    const ears = standbys.take(name);
    const own = logger.child({ account: name });
    const read = () => readAccount(name);
    const runner = createAccountRunner({
      ...{ name, term: duty.term, clock, logger: own, open: read },
      start: (loaded, onFatal) =>
        startDaemon({
          ...{ config: loaded.config, secrets: knownSecrets(), reread: read, duty, ears },
          ...{ logger: own, clock, userAgent, onFatal },
          doors: {
            account: name,
            limiter,
            ...{ loopDelay: figures.loopDelay, ofProcess: undefined, close: () => undefined },
            openHttp: (routes) => Promise.resolve(http.add(name, routes)),
            openAgi: (handle) => {
              const remove = agi.add(name, handle);
              return Promise.resolve({ stop: () => Promise.resolve(remove()) });
            },
          },
        }),
    });
    return {
      ...runner,
      async stop() {
        await runner.stop();
        await ears?.stop();
      },
    };
  }

  /** Resolves when what is not to be served here any more has ended; what is new begins meanwhile. */
  async function follow(duties: readonly Duty[], ended: (name: string) => void): Promise<void> {
    const terms = new Map(duties.map(({ name, term }) => [name, term]));
    const gone = accounts().filter(({ name, term }) => terms.get(name) !== term);
    const ending = gone.map(async (runner) => {
      await runner.stop();
      runners.delete(runner.name);
      ended(runner.name);
    });
    beginNew(duties);
    await Promise.all(ending);
    beginNew(duties); // those that this host has lost and taken again
    await listen(false);
  }

  function beginNew(duties: readonly Duty[]): void {
    for (const duty of duties) {
      if (runners.has(duty.name)) continue;
      const runner = createRunner(duty);
      runners.set(duty.name, runner);
      void starting.add(() => runner.begin());
    }
  }

  async function reload(): Promise<ReloadReport> {
    const again = options.readCommon();
    const found = options.find();
    const problems = [
      ...(again.ok ? [] : again.failure),
      ...(found.ok ? found.value.warnings : [found.failure]),
    ].map(describeProblem);
    if (!again.ok || !found.ok) {
      logger.error({ problems }, "the changed configuration is not good, the one before goes on");
      return { ok: false, problems, taken: [], needRestart: [] };
    }
    const before = accounts();
    names = namesOf(found.value);
    await want();
    const reports: (ReloadReport & { readonly name: string })[] = [];
    for (const runner of before) {
      if (runners.get(runner.name) !== runner) continue;
      reports.push({ name: runner.name, ...runner.reload() });
      // Each reads its file: hundreds of them at a stretch would keep this host from saying that it lives.
      await nextTurn();
    }
    const needRestart = changedKeys(common.config, again.value.config).filter(isOfHost);
    if (needRestart.length > 0)
      logger.warn({ keys: needRestart }, "changed configuration needs a restart");
    return {
      ok: reports.every(({ ok }) => ok),
      problems: [...problems, ...reports.flatMap(named(({ problems: own }) => own))],
      taken: reports.flatMap(named(({ taken }) => taken)),
      needRestart,
    };
  }

  async function want(): Promise<void> {
    await duties.want(names);
    await listen(true);
  }

  const room = (): number => MOST_TO_START - starting.size - starting.pending;
  const opened = await openDuties(config.store, { follow, room, clock, logger });
  if (!opened.ok) {
    await Promise.all([http.stop(), agi.stop()]);
    return opened;
  }
  const duties = opened.value;
  const found = options.find();
  names = found.ok ? namesOf(found.value) : [];
  await listenFirst();
  if (found.ok) await want();
  await starting.onIdle();
  // One after another: what the folder was when somebody asked is done before it is looked at again.
  const reloading = new PQueue({ concurrency: 1 });
  return succeeded({
    accounts,
    reload: () => reloading.add(reload),
    async whatIsWrong() {
      const all = accounts().map(async ({ name, daemon }) => {
        const wrong = (await daemon()?.whatIsWrong()) ?? [];
        return wrong.map((sentence) => `${name}: ${sentence}`);
      });
      return (await Promise.all(all)).flat();
    },
    statusLine() {
      const all = accounts();
      const well = all.filter(isWell).length;
      return Promise.resolve(`${well} of ${all.length} accounts are connected to Asterisk`);
    },
    async stop() {
      await reloading.onIdle();
      await Promise.all([duties.stop(), standbys.stop()]);
      await Promise.all([http.stop(), agi.stop()]);
      limiter?.close();
      figures.stop();
    },
  });
}

const namesOf = ({ accounts }: AccountsFound): readonly string[] =>
  accounts.map(({ name }) => name);

const openDuties = async (
  { url, schema }: Config["store"],
  deps: Omit<SharedDutiesDeps, "place">,
): Promise<Result<Duties, OpenFailure>> =>
  url === undefined
    ? succeeded(allDuties(deps.follow))
    : openSharedDuties({ ...deps, place: { url, schema } });

/** What only a new process takes over; all else is the accounts' matter. */
const isOfHost = (path: string): boolean =>
  /^(http|fastagi|store|log)\.|^include$|^standby$|^requests_per_second_in_all$|^public_http\.(host|port|certificate_file|key_file)$/.test(
    path,
  );

const named =
  (part: (report: ReloadReport) => readonly string[]) =>
  ({ name, ...report }: ReloadReport & { readonly name: string }): string[] =>
    part(report).map((text) => `${name}: ${text}`);
