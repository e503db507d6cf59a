/** The daemon's way to one Kommo account: access, one limiter for all that is asked, the client, notifications. */
import type { Config } from "../../config/keys.ts";
import { createPatience, type Patience } from "../../directory/patience.ts";
import { openAccess, type Access } from "../../kommo/access.ts";
import { parseAccountUrl } from "../../kommo/account-url.ts";
import { createKommoClient, type KommoClient, type RequestTold } from "../../kommo/client.ts";
import { EXCHANGE_LIMITS } from "../../kommo/exchange.ts";
import { createLimiter, type Limiter, type Slot } from "../../kommo/limiter.ts";
import { createNotifier, type Notifier } from "../../kommo/notify.ts";
import type { Clock } from "../../lib/clock.ts";
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import type { Logger } from "../../lib/log.ts";
import type { Stores } from "./open-stores.ts";

export type KommoSide = {
  readonly access: Access;
  readonly client: KommoClient;
  readonly notifier: Notifier;
  /** How long those who read in the background wait after a failure. */
  readonly patience: Patience;
  readonly pace: () => KommoPace;
  /** After all who ask Kommo have stopped. */
  close(): Promise<void>;
};

export type KommoPace = {
  /** Requests that may be sent in a second now. */
  readonly perSecond: number;
  /** Requests that wait for their turn. */
  readonly waiting: number;
};

export type KommoSideDeps = {
  readonly config: Pick<Config, "kommo" | "store">;
  readonly stores: Pick<Stores, "store" | "keep">;
  readonly clock: Clock;
  readonly logger: Logger;
  /** "asterisk-kommo/1.2.3" */
  readonly userAgent: string;
  readonly signal: AbortSignal;
  /** One request goes to Kommo. */
  readonly onRequest: () => void;
  /** false: nothing may be sent now, because another host may be sending. */
  readonly mayAsk: (() => boolean) | undefined;
  /** Of all accounts of this host, whose turn is waited for after the account's own. */
  readonly common: Pick<Limiter, "slot"> | undefined;
  /** One of the client's has ended. */
  readonly onAnswered: (told: RequestTold) => void;
  /** Kommo can be asked again. */
  readonly onRenewed: () => void;
  readonly onFatal: (error: Error) => void;
};

type KommoSideFailure = { readonly reason: string; readonly hint: string };

/** Rejects with StoreFailure. */
export async function openKommoSide(
  deps: KommoSideDeps,
): Promise<Result<KommoSide, KommoSideFailure>> {
  const { config, stores, clock, logger, signal } = deps;
  const { kommo } = config;
  const accountUrl = parseAccountUrl(kommo.account_url);
  if (!accountUrl.ok)
    return failed({ reason: "kommo.account_url is wrong", ...accountUrl.failure });
  const limiter = watched(
    createLimiter({ requestsPerSecond: kommo.requests_per_second, clock }),
    deps,
  );
  const patience = createPatience(clock);
  const toKommo = {
    accountUrl: accountUrl.value,
    limiter,
    clock,
    log: logger,
    userAgent: deps.userAgent,
    limits: {
      ...EXCHANGE_LIMITS,
      connectMs: kommo.connect_timeout_ms,
      totalMs: kommo.timeout_ms,
    },
  };
  const opened = await openAccess({
    ...toKommo,
    ...stores,
    config,
    onRenewed: () => {
      patience.release();
      notifier.release();
      deps.onRenewed();
    },
    onFatal: deps.onFatal,
  });
  if (!opened.ok) {
    limiter.close();
    return opened;
  }
  const access = opened.value;
  const client = createKommoClient({
    ...{ ...toKommo, ...access.forClient },
    onRequest: deps.onAnswered,
  });
  const notifier = createNotifier({ client, clock, log: logger, signal });
  return succeeded({
    ...{ access, client, notifier, patience },
    pace: () => ({ perSecond: limiter.perSecond(), waiting: limiter.waiting() }),
    async close() {
      limiter.close();
      await access.stop();
      client.close();
    },
  });
}

const watched = (
  limiter: Limiter,
  {
    onRequest,
    mayAsk = () => true,
    common,
  }: Pick<KommoSideDeps, "onRequest" | "mayAsk" | "common">,
): Limiter => ({
  ...limiter,
  async slot(purpose, signal) {
    const own = await limiter.slot(purpose, signal);
    const slot = own && common ? await withCommon(own, common.slot(purpose, signal)) : own;
    if (slot === undefined || mayAsk()) {
      if (slot !== undefined) onRequest();
      return slot;
    }
    slot.ended("lost");
    return undefined;
  },
});

async function withCommon(own: Slot, asking: Promise<Slot | undefined>): Promise<Slot | undefined> {
  const common = await asking;
  if (common === undefined) {
    own.ended("lost");
    return undefined;
  }
  return {
    left() {
      own.left();
      common.left();
    },
    ended(how) {
      own.ended(how);
      common.ended(how);
    },
  };
}
