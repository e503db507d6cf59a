/**
 * A hosting company's day in minutes: many exchanges that play recorded calls, the accounts of Kommo they
 * are booked in, a few hosts on one PostgreSQL of which one is killed every minute; then everything is
 * held against what was played. Exports `runFleet`; nothing of it is left afterwards.
 */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { DEFAULT_USER } from "../../src/simulator/pbx/access.ts";
import { startPostgres, type PostgresServer } from "../database/postgres-server.ts";
import { USERS } from "../nemesis/office.ts";
import {
  ACCOUNTS_FILE,
  type AccountAddress,
  type AccountEvidence,
  type NewToken,
} from "./accounts.ts";
import { openBeside, type Beside } from "./beside.ts";
import { AMI_SECRET, EXCHANGES_FILE, type Played, type SessionEnded } from "./exchanges.ts";
import { openHosts, type Host } from "./hosts.ts";
import { judgeAccount, type Judgement } from "./judge.ts";
import { watchHosts, type HostFigures } from "./host-watch.ts";
import type { Episode } from "./misbehaviour.ts";
import { accountName, fleetOf, planFleet, type FleetExchange, type FleetPlan } from "./plan.ts";
import { openStores, type Stores } from "./stores.ts";
import { tellWaits, type Waits } from "./waits.ts";

export type FleetOptions = {
  readonly seed: number;
  readonly seconds: number;
  readonly exchanges: number;
  readonly accounts: number;
  readonly hosts: number;
  /** Over all exchanges, in the mean of the day. */
  readonly callsPerSecond: number;
  /** As many in each hour of the day. Default false. */
  readonly isEven?: boolean;
  /** Each host also listens at the exchanges of accounts that another one serves. Default false. */
  readonly isStandby?: boolean;
  /** From one SIGKILL to the next. Default 60; Infinity: none. */
  readonly killEverySeconds?: number;
  /** Of the accounts, at any time. Default 0.05. */
  readonly misbehaving?: number;
  /** How far it is, as sentences. */
  readonly onProgress?: (told: string) => void;
  /** What was going on, when something is wrong. */
  readonly onFailure?: (log: string) => void;
};

export type FleetReport = {
  readonly seed: number;
  readonly exchanges: number;
  readonly accounts: number;
  readonly hosts: number;
  readonly isStandby: boolean;
  readonly kills: number;
  /** Times in which an account behaved badly. */
  readonly episodes: number;
  readonly calls: number;
  readonly bound: number;
  readonly booked: number;
  readonly partlyHeard: number;
  /** Seconds until all exchanges were heard, at first. */
  readonly startSeconds: number;
  /** Seconds from the last hangup until nothing was left to be done. */
  readonly restSeconds: number;
  readonly waits: Waits;
  readonly cost: HostFigures;
  /** None: nothing lost, nothing doubled, nothing wrong. */
  readonly problems: readonly string[];
};

const READY_WITHIN_MS = 300_000;
/** Much longer than any day needs: pauses between tries grow to two minutes. */
const BOOKED_WITHIN_MS = 400_000;
const RESTART_AFTER_MS = 10_000;
const LOOKED_EVERY_MS = 1_000;
/** What is just being handed on from one list to the next is in none of them. */
const LOOKS = 4;
const LEFT_TOLD = 3;

type Fleet = {
  readonly options: FleetOptions;
  readonly folder: string;
  readonly map: readonly FleetExchange[];
  readonly plan: FleetPlan;
  readonly exchanges: Beside;
  readonly accounts: Beside;
  readonly hosts: readonly Host[];
  readonly stores: Stores;
  /** Ends of hosts that nobody had asked for. */
  readonly crashes: string[];
};

export async function runFleet(options: FleetOptions): Promise<FleetReport> {
  const folder = await mkdtemp(join(tmpdir(), "asterisk-kommo-fleet-"));
  const server = await startPostgres();
  const opened: Opened = { folder, server, ends: [] };
  try {
    return await liveThrough(await openFleet(options, opened));
  } finally {
    for (const end of opened.ends.toReversed()) await end();
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

type Opened = {
  readonly folder: string;
  readonly server: PostgresServer;
  /** What has to be ended, in the order of its beginning. */
  readonly ends: (() => Promise<unknown>)[];
};

async function openFleet(options: FleetOptions, { folder, server, ends }: Opened): Promise<Fleet> {
  const map = fleetOf(options);
  const plan = await planFleet(map, options);
  const stores = await openStores(server.url, options.accounts);
  ends.push(() => stores.close());
  const accountOf = (exchange: number): number => map[exchange]?.account ?? 0;
  const exchanges = openBeside(EXCHANGES_FILE, (news) =>
    stores.look(accountOf((news as SessionEnded).exchange)),
  );
  ends.push(() => exchanges.end());
  const accounts = openBeside(ACCOUNTS_FILE, (news) => {
    const { account, token } = news as NewToken;
    void write(account, token).then(() => hosts.forEach((host) => host.reload()));
  });
  ends.push(() => accounts.end());
  const ports = await exchanges.ask<readonly number[]>(
    "open",
    map.map(({ host }) => host),
  );
  const addresses = await accounts.ask<readonly AccountAddress[]>(
    "open",
    Array.from({ length: options.accounts }, (_, account) => plan.knownClients[account] ?? []),
  );
  const include = join(folder, "accounts.d");
  await mkdir(include);
  const configFile = join(folder, "config.json");
  await writeFile(configFile, JSON.stringify(common(include, server.url, options)), {
    mode: 0o600,
  });

  async function write(account: number, token: string): Promise<void> {
    const own = map.filter((one) => one.account === account);
    const text = JSON.stringify({
      ...exchangesIn(own, ports),
      kommo: { account_url: addresses[account]?.url, access_token: token },
    });
    await writeFile(join(include, `${accountName(account)}.json`), text, { mode: 0o600 });
  }
  for (const [account, { token }] of addresses.entries()) await write(account, token);
  const crashes: string[] = [];
  const hosts = openHosts({
    ...{ folder, configFile, count: options.hosts },
    onCrash: (words) => crashes.push(words),
  });
  ends.push(() => Promise.all(hosts.map((host) => host.kill())));
  return { options, folder, map, plan, exchanges, accounts, hosts, stores, crashes };
}

const common = (
  include: string,
  url: string,
  { isStandby = false }: Pick<FleetOptions, "isStandby">,
): object => ({
  ...{ include, standby: isStandby },
  users: Object.fromEntries(USERS),
  kommo: { connect_timeout_ms: 2_000, timeout_ms: 5_000 },
  ...{ store: { url }, public_http: { port: 0 } },
  outbox: { believe_absence_after_seconds: 2 },
});

function exchangesIn(own: readonly FleetExchange[], ports: readonly number[]): object {
  const ami = ({ index, host }: FleetExchange): object => ({
    ...{ host, port: ports[index], username: DEFAULT_USER.name, secret: AMI_SECRET },
  });
  const pbx = { extensions: ["_10X"], trunks: ["PJSIP/trunk"] };
  const [only] = own;
  if (only !== undefined && only.name === undefined) return { ami: ami(only), pbx };
  return { exchanges: own.map((one) => ({ name: one.name, ami: ami(one), pbx })) };
}

async function liveThrough(fleet: Fleet): Promise<FleetReport> {
  const { options, hosts, exchanges, accounts, stores, plan } = fleet;
  const begunAt = performance.now();
  await Promise.all(hosts.map((host) => host.start()));
  await untilAllAreHeard(fleet);
  const startSeconds = secondsSince(begunAt);
  const { onProgress = () => undefined } = options;
  onProgress(`all exchanges are heard after ${startSeconds} s`);
  const watch = watchHosts(hosts);
  await accounts.ask("misbehave", {
    seed: options.seed,
    atOnce: Math.ceil(options.accounts * (options.misbehaving ?? 0.05)),
  });
  const dayIsOver = new AbortController();
  const killing = killInTurn(fleet, dayIsOver.signal);
  const played = await exchanges.ask<Pick<Played, "sent">>("play", plan.calls);
  dayIsOver.abort();
  const [kills, episodes] = [await killing, await accounts.ask<readonly Episode[]>("calm")];
  const overAt = performance.now();
  onProgress(`the day is over, with ${kills} kills and ${episodes.length} bad times`);
  await untilAllAreHeard(fleet);
  const unfinished = await waitUntilBooked(fleet, onProgress);
  const restSeconds = secondsSince(overAt);
  await stores.looked();
  const heard = await exchanges.ask<Omit<Played, "sent">>("heard");
  const { late, ...cost } = await watch.stop();
  const day = { sent: played.sent, ...heard, late: [...late, ...heard.late], episodes };
  const aside = await stores.setAside();
  const ends = await Promise.all(hosts.map((host) => host.stop()));
  const judged = await judge(fleet, day);
  const sum = (of: (one: Judgement) => number): number =>
    judged.reduce((all, one) => all + of(one), 0);
  const problems = [
    ...judged.flatMap((one, account) =>
      one.problems.map((problem) => `${accountName(account)}: ${problem}`),
    ),
    ...unfinished,
    ...aside,
    ...fleet.crashes,
    ...ends.flatMap(({ code }, index) =>
      code === 0 ? [] : [`host-${index} ended with ${String(code)} when it was told to stop`],
    ),
  ];
  if (problems.length > 0)
    options.onFailure?.([...problems, ...hosts.map((host) => host.log())].join("\n"));
  return {
    ...{ seed: options.seed, exchanges: options.exchanges, accounts: options.accounts },
    ...{
      hosts: options.hosts,
      isStandby: options.isStandby === true,
      kills,
      episodes: episodes.length,
    },
    calls: sum(({ calls }) => calls),
    bound: sum(({ bound }) => bound),
    booked: sum(({ booked }) => booked),
    partlyHeard: sum(({ partlyHeard }) => partlyHeard),
    ...{ startSeconds, restSeconds, problems },
    waits: tellWaits(judged.flatMap(({ waits }) => waits)),
    cost,
  };
}

async function untilAllAreHeard(fleet: Fleet): Promise<void> {
  const until = performance.now() + READY_WITHIN_MS;
  while (!(await areAllHeard(fleet))) {
    if (performance.now() > until)
      throw new Error(fleet.hosts.map((host) => host.log().slice(-4_000)).join("\n"));
    await sleep(LOOKED_EVERY_MS);
  }
}

async function areAllHeard({ hosts, exchanges, options }: Fleet): Promise<boolean> {
  if (!(await exchanges.ask<boolean>("areHeard"))) return false;
  const served = await Promise.all(hosts.map((host) => host.serves()));
  return served.reduce<number>((sum, count) => sum + (count ?? 0), 0) === options.accounts;
}

/** One host after another, each started again after some seconds. @returns how many kills */
async function killInTurn({ options, hosts }: Fleet, signal: AbortSignal): Promise<number> {
  const everyMs = (options.killEverySeconds ?? 60) * 1_000;
  if (everyMs === Infinity) return 0;
  const starting: Promise<void>[] = [];
  let kills = 0;
  const pause = (ms: number): Promise<unknown> =>
    sleep(ms, undefined, { signal }).catch(() => undefined);
  for (await pause(everyMs / 2); !signal.aborted; await pause(everyMs)) {
    const victim = hosts[kills % hosts.length];
    if (victim?.isUp() !== true) continue;
    kills += 1;
    await victim.kill();
    starting.push(pause(RESTART_AFTER_MS).then(() => victim.start()));
  }
  await Promise.all(starting);
  return kills;
}

/** Nothing to be sent, and no call that goes on, at each of several looks. @returns what is left */
async function waitUntilBooked(
  { stores, hosts }: Fleet,
  onProgress: (told: string) => void,
): Promise<readonly string[]> {
  const until = performance.now() + BOOKED_WITHIN_MS;
  for (let looks = 0; ;) {
    await sleep(LOOKED_EVERY_MS);
    const inHand = await Promise.all(hosts.map((host) => host.callsInHand()));
    const left = [
      ...(await stores.unfinished()),
      ...inHand.flatMap((calls, index) =>
        calls === 0 ? [] : [`host-${index} has ${String(calls)} calls in hand`],
      ),
    ];
    if (left.length > 0) onProgress(left.slice(0, LEFT_TOLD).join("; "));
    looks = left.length === 0 ? looks + 1 : 0;
    if (looks === LOOKS || (left.length > 0 && performance.now() >= until)) return left;
  }
}

type Day = Played & { readonly episodes: readonly Episode[] };

async function judge(fleet: Fleet, day: Day): Promise<readonly Judgement[]> {
  const { options, map, plan, accounts, stores } = fleet;
  const accountsLateMs = await accounts.ask<number>("lateMs");
  const plays = plan.calls.flatMap((call, index) => {
    const [sent, exchange] = [day.sent[index], map[call.exchange]];
    if (sent === undefined || exchange === undefined) return [];
    const { account, name } = exchange;
    const ids = [...sent.linkedIds].map((id) => (name === undefined ? id : `${name}/${id}`));
    const linkedIds = new Set(ids);
    const wasKept = (key: string): boolean => stores.wasKept(account, linkedIds, key);
    return [{ account, call, sent, sessions: day.sessions[call.exchange] ?? [], wasKept }];
  });
  const byAccount = Map.groupBy(plays, ({ account }) => account);
  const judged: Judgement[] = [];
  for (let account = 0; account < options.accounts; account++) {
    judged.push(
      judgeAccount({
        plays: byAccount.get(account) ?? [],
        evidence: await accounts.ask<AccountEvidence>("show", account),
        knownClients: plan.knownClients[account] ?? [],
        episodes: day.episodes.filter((one) => one.account === account),
        ...{ late: day.late, accountsLateMs },
      }),
    );
  }
  return judged;
}

const secondsSince = (at: number): number => Math.round((performance.now() - at) / 100) / 10;
