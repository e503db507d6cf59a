/** The lines to Asterisk and Kommo that all checks share: opened by the first that asks, closed at the end. */
import type { AmiFailure } from "../../ami/ami-failure.ts";
import { timedOut } from "../../ami/ami-failure.ts";
import { createAmiSession } from "../../ami/session.ts";
import type { AmiSession } from "../../ami/session.ts";
import type { Snapshot } from "../../ami/resync.ts";
import type { Config } from "../../config/keys.ts";
import { parseAccountUrl } from "../../kommo/account-url.ts";
import { createKommoClient } from "../../kommo/client.ts";
import type { KommoClient } from "../../kommo/client.ts";
import { EXCHANGE_LIMITS } from "../../kommo/exchange.ts";
import { createLimiter } from "../../kommo/limiter.ts";
import type { Clock } from "../../lib/clock.ts";
import type { Result } from "../../lib/failure.ts";
import { failed, succeeded } from "../../lib/failure.ts";
import { silentLogger } from "../../lib/log.ts";
import { amiAddress } from "../ami-address.ts";
import { userAgent } from "../version.ts";
import type { DoctorContext, ExchangeLine } from "./check.ts";

export type FarSides = Pick<DoctorContext, "exchange" | "kommo"> & { close(): Promise<void> };

export type FarSideDeps = {
  readonly clock: Clock;
  readonly signal: AbortSignal;
  /** The token to try at Kommo. */
  readonly accessToken: string;
};

export function createFarSides({ clock, signal, accessToken }: FarSideDeps): FarSides {
  const sessions: AmiSession[] = [];
  const lines = new Map<Config["ami"], Promise<Result<ExchangeLine, AmiFailure>>>();
  let client: KommoClient | undefined;
  const closers: (() => void)[] = [];

  const openLine = async (
    config: Pick<Config, "ami">,
  ): Promise<Result<ExchangeLine, AmiFailure>> => {
    const address = amiAddress(config.ami);
    if (!address.ok) return address;
    const heard = new Set<string>();
    const first = Promise.withResolvers<Result<Snapshot, AmiFailure>>();
    const session = createAmiSession({
      address: address.value,
      credentials: config.ami,
      clock,
      onMessage: (text) => {
        const told = /\r\nPrivilege: ([a-z,]+)/i.exec(text)?.[1] ?? "";
        for (const name of told.split(",")) if (name !== "" && name !== "all") heard.add(name);
      },
      onSnapshot: (snapshot) => first.resolve(succeeded(snapshot)),
      onState: (state) => {
        if (state.kind === "waiting") first.resolve(failed(state.failure));
        if (state.kind === "stopped") first.resolve(failed(timedOut("Login", LIMIT_MS)));
      },
    });
    sessions.push(session);
    session.start(AbortSignal.any([signal, AbortSignal.timeout(LIMIT_MS)]));
    const snapshot = await first.promise;
    return snapshot.ok
      ? succeeded({ session, snapshot: snapshot.value, heard: () => heard })
      : snapshot;
  };

  const openClient = ({ kommo }: Pick<Config, "kommo">): KommoClient => {
    const accountUrl = parseAccountUrl(kommo.account_url);
    if (!accountUrl.ok) throw new Error(accountUrl.failure.hint);
    const limiter = createLimiter({ requestsPerSecond: kommo.requests_per_second, clock });
    const opened = createKommoClient({
      accountUrl: accountUrl.value,
      accessToken: () => accessToken,
      limiter,
      clock,
      log: silentLogger,
      userAgent: userAgent(),
      limits: {
        ...EXCHANGE_LIMITS,
        connectMs: kommo.connect_timeout_ms,
        totalMs: kommo.timeout_ms,
      },
    });
    closers.push(
      () => opened.close(),
      () => limiter.close(),
    );
    return opened;
  };

  return {
    exchange(config) {
      const line = lines.get(config.ami) ?? openLine(config);
      lines.set(config.ami, line);
      return line;
    },
    kommo: (config) => (client ??= openClient(config)),
    close: async () => {
      for (const close of closers) close();
      await Promise.all(sessions.map((session) => session.stop()));
    },
  };
}

/** Connecting, login and reading the state all have limits of their own; this is for all together. */
const LIMIT_MS = 30_000;
