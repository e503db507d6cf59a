/** The lines to both accounts that a command by itself opens: with a pace of its own, closed at its end. */
import {
  createAltegioClient,
  REQUESTS_PER_SECOND,
  type AltegioClient,
} from "../../altegio/api/client.ts";
import type { CrmReader } from "../../altegio/crm.ts";
import type { ConfigFor } from "../../config/load-config.ts";
import { oauthSettings } from "../../kommo/access.ts";
import { parseAccountUrl } from "../../kommo/account-url.ts";
import { createCardReader } from "../../kommo/card-reader.ts";
import { createKommoClient } from "../../kommo/client.ts";
import { createExchanger, EXCHANGE_LIMITS } from "../../kommo/exchange.ts";
import { createLimiter } from "../../kommo/limiter.ts";
import { systemClock } from "../../lib/clock.ts";
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import { silentLogger } from "../../lib/log.ts";
import { lookAtAccess, newestOf } from "../auth/kept-access.ts";
import type { CommandFailure } from "../store-or-daemon.ts";
import { userAgent } from "../version.ts";

export type AltegioFarSides = {
  readonly crm: CrmReader;
  readonly altegio: AltegioClient;
  close(): void;
};

type CommandConfig = ConfigFor<"kommo">;

export function openAltegio({
  altegio: { api_url: apiUrl, partner_token: partner, user_token: user },
}: Pick<CommandConfig, "altegio">): { readonly altegio: AltegioClient; close(): void } {
  const exchanger = createExchanger(apiUrl, EXCHANGE_LIMITS);
  const limiter = createLimiter({ requestsPerSecond: REQUESTS_PER_SECOND, clock: systemClock });
  const altegio = createAltegioClient({
    ...{ apiUrl, exchanger, limiter, clock: systemClock, log: silentLogger },
    partnerToken: partner ?? "",
    userToken: () => user ?? "",
    userAgent: userAgent(),
  });
  return {
    altegio,
    close() {
      limiter.close();
      exchanger.close();
    },
  };
}

export async function openFarSides(
  config: CommandConfig,
): Promise<Result<AltegioFarSides, CommandFailure>> {
  const { kommo } = config;
  const url = parseAccountUrl(kommo.account_url);
  if (!url.ok) return failed({ reason: "kommo.account_url is wrong", ...url.failure });
  const token =
    oauthSettings(kommo) === undefined
      ? (kommo.access_token ?? "")
      : (newestOf(await lookAtAccess(config))?.accessToken ?? "");
  const limiter = createLimiter({
    requestsPerSecond: kommo.requests_per_second,
    clock: systemClock,
  });
  const client = createKommoClient({
    ...{ limiter, clock: systemClock, log: silentLogger, userAgent: userAgent() },
    accountUrl: url.value,
    accessToken: () => token,
  });
  const far = openAltegio(config);
  return succeeded({
    crm: createCardReader(client),
    altegio: far.altegio,
    close() {
      far.close();
      limiter.close();
      client.close();
    },
  });
}
