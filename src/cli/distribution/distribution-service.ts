/**
 * Tells the dialplan who should get a caller, over HTTP and FastAGI: looks the caller up, decides, asks
 * the administrator's script, and never takes longer than its limit. Exports
 * `createDistributionService`.
 */
import type { DeviceStates } from "../../ami/device-states.ts";
import { lastTalkWith, readLastTalk } from "../../calls/archive.ts";
import type { Config } from "../../config/keys.ts";
import type { Customizations } from "../../customization/customizations.ts";
import { candidatesFor, type LastTalk } from "../../directory/callers-cards.ts";
import { chooseEmployee, type Choice, type Office } from "../../directory/choose-employee.ts";
import type { Directory } from "../../directory/directory.ts";
import type { KnownClient } from "../../directory/rows.ts";
import type { AgiRequest } from "../../http/agi-request.ts";
import { autodistributionRoute, type Advice, type Caller } from "../../http/autodistribution.ts";
import type { AgiHandler, FastAgi } from "../../http/start-fastagi.ts";
import type { FastifyRoute } from "../../http/create-server.ts";
import { wholeSecondsOf, type Clock } from "../../lib/clock.ts";
import { exchangeIn, nameAt, ownName } from "../../lib/exchange-names.ts";
import type { Logger } from "../../lib/log.ts";
import { phoneKey } from "../../lib/phone.ts";
import { shownName } from "../../lib/shown-name.ts";
import { dutyOf, isAtWork } from "../../registration/duty.ts";
import { userAt } from "../../registration/employees.ts";
import { rewriteNumber } from "../../registration/number-rules.ts";
import { zoneOf, type RegistrationSettings } from "../../registration/settings.ts";
import { StoreFailure, type Store } from "../../store/store.ts";
import { createAskingExchanges, WHICH_EXCHANGE, type AskingExchange } from "./asking-exchange.ts";
import type { AskKommo } from "./ask-kommo.ts";

export type DistributionService = {
  /** Within the limit. Never rejects for what lies outside. */
  advise(caller: Caller): Promise<Advice>;
  readonly routes: readonly FastifyRoute[];
  counts(): DistributionCounts;
  start(): Promise<void>;
  stop(): Promise<void>;
};

/** Since the start. */
export type DistributionCounts = {
  readonly asked: number;
  /** An extension was named. */
  readonly given: number;
  /** The limit was over before all was known. */
  readonly late: number;
};

export type DistributionDeps = {
  readonly config: Pick<Config, "distribution">;
  readonly openAgi: (handle: AgiHandler) => Promise<Pick<FastAgi, "stop">>;
  /** Which there are; whoever asks is at one of them. */
  readonly exchanges: () => readonly AskingExchange[];
  readonly settings: RegistrationSettings;
  readonly directory: Pick<Directory, "find">;
  /** The directory holds all cards: whom it does not know has none. */
  readonly isDirectoryWhole: () => boolean;
  readonly askKommo: AskKommo;
  /** Reads a few rows at once. */
  readonly glance: Pick<Store, "read">;
  /** By extensions with their exchange before them, where there are several. */
  readonly telephones: Pick<DeviceStates, "stateOf">;
  readonly isTelephone: (extension: string) => boolean;
  readonly customizations: Pick<Customizations, "has" | "run">;
  readonly clock: Clock;
  readonly logger: Logger;
};

const DAY_MS = 86_400_000;

export function createDistributionService(deps: DistributionDeps): DistributionService {
  const { settings, directory, glance, telephones, customizations, clock, logger } = deps;
  const { distribution: config } = deps.config;
  const { isTelephone } = deps;
  const asking = createAskingExchanges(deps.exchanges, { clock, logger });
  const counts = { asked: 0, given: 0, late: 0 };
  let agi: Pick<FastAgi, "stop"> | undefined;

  async function lastTalk(key: string, exchange: Exchange): Promise<LastTalk | undefined> {
    if (config.last_talk_days === 0 || key === "") return undefined;
    const since = clock.now() - config.last_talk_days * DAY_MS;
    const [row] = await glance.read(lastTalkWith(key, since));
    const extension = readLastTalk(row);
    if (extension === undefined || !isTelephone(extension)) return undefined;
    if (exchangeIn(extension) !== exchange) return undefined;
    return { extension: ownName(extension), user: userAt(extension, settings).user };
  }

  function office(exchange: Exchange): Office {
    const at = wholeSecondsOf(clock.now());
    const timeZone = zoneOf(settings);
    const roster = { employees: config.employees, workingHours: settings.workingHours, timeZone };
    return {
      isOpen: isAtWork(config.working_hours, at, roster),
      isActive: (user) => settings.learnt?.activeUsers?.has(user) ?? true,
      awayOf: (user) => {
        const duty = dutyOf(user, at, roster);
        return duty.isOn ? undefined : duty;
      },
      extensionsOf: (user) =>
        [...settings.users]
          .filter(([one, of]) => of.includes(user) && exchangeIn(one) === exchange)
          .flatMap(([one]) => (isTelephone(one) ? [ownName(one)] : [])),
      stateOf: (extension) => telephones.stateOf(nameAt(exchange, extension)),
      skipsBusy: config.skip_busy,
    };
  }

  /** What is known here, in a millisecond. A store that does not answer knows nothing. */
  async function known<T>(looking: Promise<T>): Promise<T | undefined> {
    try {
      return await looking;
    } catch (thrown) {
      if (thrown instanceof StoreFailure) return undefined;
      throw thrown;
    }
  }

  /** @param lookUp the last talk, which is asked for where the card leads to nobody */
  async function choose(
    client: KnownClient | undefined,
    lookUp: () => Promise<LastTalk | undefined>,
    { exchange, limit }: { exchange: Exchange; limit: Limit },
  ): Promise<Choice> {
    const at = office(exchange);
    const byCard = chooseEmployee(candidatesFor(client, undefined), at);
    if (byCard.extension !== undefined) return byCard;
    const talk = await limit.wait(lookUp());
    return talk === undefined ? byCard : chooseEmployee(candidatesFor(client, talk), at);
  }

  /** An address that says where the question comes from saves the dialplan the name. */
  const withPlace = (caller: Caller, address: string): Caller =>
    caller.exchange === "" ? { ...caller, exchange: asking.at(address) ?? "" } : caller;

  async function advise(caller: Caller): Promise<Advice> {
    counts.asked += 1;
    const place = asking.of(caller);
    if (place === undefined) return { ...NOBODY, reason: WHICH_EXCHANGE };
    const { exchange } = place;
    const { number: phone } = rewriteNumber(caller.from, settings.numbers.client);
    const limit = createLimit(clock, config.limit_ms);
    try {
      let client = await limit.wait(directory.find(phone));
      let lookUp = (): Promise<LastTalk | undefined> => known(lastTalk(phoneKey(phone), exchange));
      if (client === undefined && !deps.isDirectoryWhole()) {
        const talk = lookUp(); // while Kommo thinks, which may take all the time there is
        lookUp = () => talk;
        client = await limit.wait(deps.askKommo(phone));
        // What came in time is in the directory, also where the whole of it did not.
        if (limit.isOver()) client = await directory.find(phone);
      }
      const choice = await choose(client, lookUp, { exchange, limit });
      return await customized(caller, { client, choice, exchange }, limit);
    } finally {
      if (limit.isOver()) counts.late += 1;
      limit.end();
    }
  }

  async function customized(caller: Caller, found: Known, limit: Limit): Promise<Advice> {
    const { choice } = found;
    const advice: Advice = {
      number: choice.extension ?? "",
      name: shownName(found.client?.name ?? ""),
      reason: choice.because,
      passed_over: choice.passedOver,
    };
    const told = (await asScriptSays(advice, { caller, found, limit })) ?? advice;
    if (told.number !== "") counts.given += 1;
    const { number, reason, passed_over } = told;
    logger.debug(
      { from: caller.from, extension: number, reason, passed_over },
      "caller distributed",
    );
    return told;
  }

  async function asScriptSays(
    advice: Advice,
    { caller, found, limit }: Asked,
  ): Promise<Advice | undefined> {
    if (limit.isOver() || !customizations.has(HOOK)) return undefined;
    const { number, name, reason } = advice;
    const { from, trunk, asked } = caller;
    const run = customizations.run(HOOK, {
      ...{ number, name, from, trunk: lineOf(trunk), request_data: asked },
      entity: found.client === undefined ? null : entityOf(found.client),
      error: number === "" ? reason : "",
    });
    const answer = await limit.wait(run);
    if (answer?.kind === "cancelled")
      return { ...NOBODY, reason: `cancelled by customization ${HOOK}` };
    if (answer?.kind !== "answered") return undefined;
    const { number: chosen, name: shown } = answer.data;
    // What runs for all exchanges knows the telephones of all.
    const { exchange } = found;
    const isHere = (one: string): boolean =>
      one === "" || exchange === undefined || isTelephone(nameAt(exchange, one));
    return {
      number: typeof chosen === "string" && isHere(chosen) ? chosen : number,
      name: typeof shown === "string" ? shown : name,
      reason: `customization ${HOOK} says so`,
      passed_over: advice.passed_over,
    };
  }

  return {
    advise,
    routes: [autodistributionRoute(advise)],
    counts: () => counts,
    async start() {
      agi = await deps.openAgi(async (request, address) =>
        request.script === "responsible"
          ? variables(await advise(withPlace(callerOf(request), address)))
          : undefined,
      );
    },
    async stop() {
      await agi?.stop();
    },
  };
}

type Exchange = string | undefined;
type Known = {
  readonly client: KnownClient | undefined;
  readonly choice: Choice;
  readonly exchange: Exchange;
};
type Asked = { readonly caller: Caller; readonly found: Known; readonly limit: Limit };

const HOOK = "customize_autodistribution";
const NOBODY: Advice = { number: "", name: "", reason: "", passed_over: [] };

const entityOf = ({ card, name, responsibleUserId }: KnownClient): object => ({
  id: card.id,
  type: card.type === "companies" ? "company" : "contact",
  name,
  responsible_user_id: responsibleUserId ?? null,
  is_new: false,
});

const variables = ({ number, name, reason }: Advice): ReadonlyMap<string, string> =>
  new Map([
    ["KOMMO_RESPONSIBLE", number],
    ["KOMMO_CLIENT_NAME", name],
    ["KOMMO_REASON", reason],
  ]);

const MOST_ARGUMENT = 128;

/** Of the address, else of the arguments, else what Asterisk says of the channel. */
function callerOf({ query, fields }: AgiRequest): Caller {
  const field = (name: string): string => {
    const value = fields.get(name) ?? "";
    return value === "unknown" ? "" : value;
  };
  const told = (name: string, place: number, otherwise: string): string =>
    (query.get(name) ?? (field(`arg_${String(place)}`) || otherwise)).slice(0, MOST_ARGUMENT);
  const caller = {
    from: told("from", 1, field("callerid")),
    trunk: told("trunk", 2, field("channel")),
    did: told("did", 3, field("dnid")),
  };
  const exchange = (query.get("exchange") ?? "").slice(0, MOST_ARGUMENT);
  return { ...caller, exchange, asked: { ...Object.fromEntries(query), ...caller } };
}

/** "PJSIP/trunk-0000000a" → PJSIP/trunk: dialplans know the channel's name. */
const lineOf = (trunk: string): string => trunk.replace(/-[0-9a-f]{8}(;[12])?$/, "");

type Limit = {
  /** @returns undefined: the limit was over first */
  wait<T>(work: Promise<T>): Promise<T | undefined>;
  isOver(): boolean;
  end(): void;
};

function createLimit(clock: Clock, ms: number): Limit {
  const ended = new AbortController();
  let isOver = false;
  const over = clock.sleep(ms, ended.signal).then(() => {
    isOver ||= !ended.signal.aborted;
    return undefined;
  });
  return {
    wait: (work) => Promise.race([work, over]),
    isOver: () => isOver,
    // A reason of its own: Node makes an exception with its stack otherwise, for each caller.
    end: () => ended.abort("answered"),
  };
}
