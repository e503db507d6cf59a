/**
 * Keeps the access by OAuth alive: the token to send now, renewed before it ends or when Kommo refuses
 * it, by one request however many ask.
 *
 * Why no moment of death loses the authorisation: Kommo lets an old refresh token live until the pair
 * that replaced it is first used, and a new pair is used only once it is on the disk. Whatever happens
 * between, the pair in the store is good.
 * @source kommo-api, section 4.2
 */
import type { Clock } from "../../lib/clock.ts";
import { toError } from "../../lib/failure.ts";
import type { Statement, Store } from "../../store/store.ts";
import type { KommoLog } from "../client.ts";
import { tellFailure, type KommoFailure } from "../failure.ts";
import type { PairSource } from "./ask-for-pair.ts";
import { readClaims } from "./claims.ts";
import type { Handover, HandoverFailure } from "./handover.ts";
import * as noToken from "./no-token.ts";
import { otherAccount } from "./same-account.ts";
import { lifeOfKept, lifeOfNew, type TokenLife } from "./token-life.ts";
import * as rows from "./token-rows.ts";

export type Tokens = {
  /** Reads the store and what `auth` has handed over. Rejects with StoreFailure. */
  restore(): Promise<void>;
  /** Renews in time, and looks for what `auth` hands over, until `stop`. */
  start(): void;
  /** Gives up what is under way; resolves when all is quiet. */
  stop(): Promise<void>;
  /** The token to send now; "" before the first authorisation. */
  current(): string;
  /** Before a request: waits while a token that has ended is renewed. @returns why there is none */
  ready(signal: AbortSignal): Promise<KommoFailure | undefined>;
  /** Kommo answered 401 to `refused`. @returns undefined: there is another one, repeat once */
  renew(refused: string, signal: AbortSignal): Promise<KommoFailure | undefined>;
  /** Somebody says that the access was revoked: finds out, at most once a minute. */
  suspectRevoked(): void;
};

export type TokensDeps = {
  readonly store: Pick<Store, "read">;
  /** Resolves once it is on the disk; waits out a full one. */
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly clock: Clock;
  readonly clientId: string;
  readonly source: PairSource;
  readonly handover: Handover;
  readonly log: KommoLog & { error(fields: object, message: string): void };
  /** There is a token again after Kommo had refused the last one, or for the first time. */
  readonly onRenewed: () => void;
  /** A bug. */
  readonly onFatal: (error: Error) => void;
  /** How often to look for what `auth` hands over. Default 5,000. */
  readonly watchMs?: number;
};

const WATCH_MS = 5_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;
const LONGEST_WAIT_MS = 30_000; // of one request, for a token
/** After a refusal; heals a refusal that was Kommo's own mistake without being a nuisance. */
const PROBE_MS = 3_600_000;
const PROBE_BLOCKED_MS = 600_000; // as for all requests to an account that is closed to us
const SUSPECT_PAUSE_MS = 60_000;

type Held = rows.KeptPair & { readonly life: TokenLife };

export function createTokens(deps: TokensDeps): Tokens {
  const { clock, log, source, handover, clientId } = deps;
  const stopping = new AbortController();
  let held: Held | undefined;
  let accountId: number | undefined;
  /** The token that Kommo answered 401 to. */
  let refusedToken: string | undefined;
  let halted: { readonly failure: KommoFailure; readonly until: number } | undefined;
  let paused: { readonly failure: KommoFailure; readonly until: number } | undefined;
  let pauseMs = 0;
  let flight: Promise<KommoFailure | undefined> | undefined;
  let suspectedAt = -Infinity;
  let handoverTrouble: string | undefined;
  let turn: Promise<unknown> = Promise.resolve();
  let loop: Promise<void> | undefined;

  /** One at a time: a renewal must not overwrite what `auth` has just brought. */
  function exclusively<T>(act: () => Promise<T>): Promise<T> {
    const mine = turn.then(act);
    turn = mine.catch(() => undefined);
    return mine;
  }

  const isUsable = (pair: Held | undefined): pair is Held =>
    pair !== undefined &&
    pair.accessToken !== refusedToken &&
    clock.monotonicMs() < pair.life.endsAt;

  const isHeldBack = (hold: { readonly until: number } | undefined): boolean =>
    hold !== undefined && clock.monotonicMs() < hold.until;

  function halt(failure: KommoFailure, probeMs = PROBE_MS): KommoFailure {
    if (halted?.failure.detail !== failure.detail)
      log.error({ reason: tellFailure(failure), hint: failure.hint }, "no access to kommo");
    halted = { failure, until: clock.monotonicMs() + probeMs };
    return failure;
  }

  function pause(failure: KommoFailure): KommoFailure {
    const asked = failure.kind === "rate-limited" ? (failure.retryAfterMs ?? 0) : 0;
    pauseMs = Math.min(LONGEST_PAUSE_MS, Math.max(FIRST_PAUSE_MS, pauseMs * 2));
    const untilMs = Math.max(pauseMs, asked);
    log.warn(
      { reason: tellFailure(failure), pauseMs: untilMs },
      "the access to kommo is not renewed yet",
    );
    paused = { failure: noToken.passing(failure), until: clock.monotonicMs() + untilMs };
    return paused.failure;
  }

  function use(pair: Held): void {
    const isNews = halted !== undefined || held === undefined;
    held = pair;
    halted = undefined;
    paused = undefined;
    pauseMs = 0;
    refusedToken = undefined;
    if (isNews && loop !== undefined) deps.onRenewed();
  }

  /** @returns undefined once the pair is on the disk, and in use. */
  async function keepAndUse(pair: Held): Promise<KommoFailure | undefined> {
    const owner = readClaims(pair.accessToken).accountId;
    try {
      await deps.keep([
        rows.savePair(pair),
        ...(owner === undefined ? [] : [rows.saveAccountId(owner)]),
      ]);
    } catch (thrown) {
      // Told by the store itself. The pair before is as good as it was.
      return noToken.notRenewedYet(`it cannot be saved, ${toError(thrown).message}`);
    }
    accountId ??= owner;
    use(pair);
    return undefined;
  }

  /** @returns whether `auth` has brought a pair that is in use now. */
  async function takeOver(): Promise<boolean> {
    const read = await handover.read();
    if (!read.ok) {
      tellHandover(read.failure);
      return false;
    }
    const pair = read.value;
    if (pair === undefined) return false;
    const wrong =
      pair.clientId === clientId
        ? otherAccount(accountId, pair.accessToken)
        : { reason: noToken.otherIntegration.detail, hint: noToken.otherIntegration.hint };
    if (wrong !== undefined) tellHandover(wrong);
    const isNew = wrong === undefined && pair.grantId !== held?.grantId;
    if (isNew) {
      const failure = await keepAndUse({ ...pair, life: lifeOfKept(pair, moment()) });
      if (failure !== undefined) return false;
      log.warn({}, "access to kommo was allowed anew");
    }
    const removal = await handover.remove();
    if (removal !== undefined) tellHandover(removal);
    return isNew;
  }

  /** Once, though it is looked at every few seconds. */
  function tellHandover(trouble: HandoverFailure): void {
    if (handoverTrouble !== trouble.reason)
      log.error(trouble, "trouble with what asterisk-kommo auth has handed over");
    handoverTrouble = trouble.reason;
  }

  const moment = () => ({ now: clock.now(), monotonicMs: clock.monotonicMs() });

  async function renewNow(): Promise<KommoFailure | undefined> {
    if (await takeOver()) return undefined;
    if (held === undefined) return halted?.failure ?? halt(noToken.neverAuthorised);
    if (halted !== undefined && isHeldBack(halted)) return halted.failure;
    if (paused !== undefined && isHeldBack(paused)) return paused.failure;
    const { now: issuedAt, monotonicMs: askedAt } = moment();
    const { refreshToken } = held;
    const answer = await source.askForPair({ kind: "refresh", refreshToken }, stopping.signal);
    if (!answer.ok) return judge(held, answer.failure);
    const pair = { ...answer.value, clientId, grantId: held.grantId, issuedAt };
    const failure = await keepAndUse({ ...pair, life: lifeOfNew(pair, askedAt) });
    if (failure === undefined) log.debug({}, "access to kommo renewed");
    return failure;
  }

  async function judge(pair: Held, failure: KommoFailure): Promise<KommoFailure> {
    switch (failure.kind) {
      case "token-revoked":
      case "rejected":
      case "not-found":
      case "forbidden": {
        // An account that was renamed is refused like one that is gone.
        const address = await source.movedTo(pair, stopping.signal);
        if (address !== undefined) return halt(noToken.accountMoved(address));
        return halt(noToken.refreshRefused(pair, failure, clock.now()));
      }
      case "moved":
      case "payment-required":
      case "blocked":
        return halt(failure, PROBE_BLOCKED_MS);
      case "given-up":
        return noToken.passing(failure);
      case "rate-limited":
      case "unreachable":
      case "gateway-timeout":
      case "server-error":
      case "lost-answer":
      case "nonsense":
        return pause(failure);
    }
  }

  const renewOnce = (): Promise<KommoFailure | undefined> =>
    (flight ??= exclusively(renewNow).finally(() => (flight = undefined)));

  /** A flight may wait long for a full disk; whoever asked need not. */
  async function within(signal: AbortSignal): Promise<KommoFailure | undefined> {
    const waited = new AbortController();
    const late = clock
      .sleep(LONGEST_WAIT_MS, AbortSignal.any([signal, waited.signal]))
      .then(() => noToken.notRenewedYet("it takes long"));
    try {
      return await Promise.race([renewOnce(), late]);
    } finally {
      waited.abort();
    }
  }

  async function tend(): Promise<void> {
    const isDue =
      held !== undefined &&
      (held.accessToken === refusedToken || clock.monotonicMs() >= held.life.dueAt);
    if (isDue && !isHeldBack(halted) && !isHeldBack(paused)) await renewOnce();
    else await exclusively(takeOver);
  }

  async function run(): Promise<void> {
    while (!stopping.signal.aborted) {
      await tend();
      const untilDue = (held?.life.dueAt ?? Infinity) - clock.monotonicMs();
      const watchMs = deps.watchMs ?? WATCH_MS;
      const pauseLeft = untilDue > 0 ? Math.min(untilDue, watchMs) : watchMs;
      await clock.sleep(pauseLeft, stopping.signal);
    }
  }

  return {
    async restore() {
      const [pair] = await deps.store.read(rows.readPair);
      accountId = rows.parseAccountId((await deps.store.read(rows.readAccountId))[0]);
      const kept = pair === undefined ? undefined : rows.parsePair(pair);
      if (kept?.clientId === clientId) held = { ...kept, life: lifeOfKept(kept, moment()) };
      await exclusively(takeOver);
      if (held !== undefined) return;
      halt(kept === undefined ? noToken.neverAuthorised : noToken.otherIntegration, Infinity);
    },
    start() {
      loop ??= run().catch((thrown: unknown) => deps.onFatal(toError(thrown)));
    },
    async stop() {
      stopping.abort();
      await loop;
      await turn;
    },
    current: () => held?.accessToken ?? "",
    ready(signal) {
      if (isUsable(held)) return Promise.resolve(undefined);
      if (halted !== undefined && isHeldBack(halted)) return Promise.resolve(halted.failure);
      return within(signal);
    },
    renew(refused, signal) {
      if (held !== undefined && held.accessToken !== refused) return Promise.resolve(undefined);
      refusedToken = refused;
      if (held !== undefined && clock.monotonicMs() < held.life.youngUntil)
        return Promise.resolve(halt(noToken.newTokenRefused));
      return within(signal);
    },
    suspectRevoked() {
      const now = clock.monotonicMs();
      if (now - suspectedAt < SUSPECT_PAUSE_MS) return;
      suspectedAt = now;
      renewOnce().catch((thrown: unknown) => deps.onFatal(toError(thrown)));
    },
  };
}
