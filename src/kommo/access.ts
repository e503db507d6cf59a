/**
 * How the daemon gets into the account: by a long-lived token, which stands in the configuration, or
 * by OAuth, which is kept alive. Either way a token of another account than the store's is refused.
 */
import type { Config } from "../config/keys.ts";
import type { Clock } from "../lib/clock.ts";
import { failed, succeeded, type Result } from "../lib/failure.ts";
import type { Statement, Store } from "../store/store.ts";
import type { AccountUrl } from "./account-url.ts";
import type { KommoClientDeps } from "./client.ts";
import type { ExchangeLimits } from "./exchange.ts";
import type { Limiter } from "./limiter.ts";
import { createPairSource } from "./oauth/ask-for-pair.ts";
import { readClaims } from "./oauth/claims.ts";
import { createHandover, handoverFile } from "./oauth/handover.ts";
import type { OAuthSettings } from "./oauth/pair.ts";
import { verifyRevokedHook } from "./oauth/revoked-hook.ts";
import { otherAccount, type OtherAccount } from "./oauth/same-account.ts";
import { parseAccountId, readAccountId, saveAccountId } from "./oauth/token-rows.ts";
import { createTokens, type TokensDeps } from "./oauth/tokens.ts";

export type Access = {
  /** What the client is given. */
  readonly forClient: Pick<KommoClientDeps, "accessToken" | "renewal">;
  start(): void;
  stop(): Promise<void>;
  /**
   * Somebody says, with this query, that the access was revoked: if it is Kommo, the access is tried.
   * @returns whether it is Kommo; a long-lived token has no such hook
   */
  hearRevoked(query: URLSearchParams): boolean;
};

export type AccessDeps = {
  readonly config: Pick<Config, "kommo" | "store">;
  readonly accountUrl: AccountUrl;
  readonly store: Pick<Store, "read">;
  readonly keep: (statements: readonly Statement[]) => Promise<unknown>;
  readonly clock: Clock;
  readonly limiter: Limiter;
  readonly log: TokensDeps["log"];
  readonly userAgent: string;
  readonly limits: ExchangeLimits;
  /** Kommo can be asked again. */
  readonly onRenewed: () => void;
  readonly onFatal: (error: Error) => void;
};

/** Rejects with StoreFailure. */
export async function openAccess(deps: AccessDeps): Promise<Result<Access, OtherAccount>> {
  const { config } = deps;
  const oauth = oauthSettings(config.kommo);
  if (oauth === undefined) return openLongLived(deps, config.kommo.access_token ?? "");
  const tokens = createTokens({
    ...deps,
    clientId: oauth.clientId,
    source: createPairSource({ ...deps, oauth }),
    handover: createHandover(handoverFile(config.store.path)),
  });
  await tokens.restore();
  return succeeded({
    forClient: { accessToken: () => tokens.current(), renewal: tokens },
    start: () => tokens.start(),
    stop: () => tokens.stop(),
    hearRevoked: (query) => {
      const isKommos = verifyRevokedHook(query, oauth) !== undefined;
      if (isKommos) tokens.suspectRevoked();
      return isKommos;
    },
  });
}

async function openLongLived(
  { store, keep }: AccessDeps,
  token: string,
): Promise<Result<Access, OtherAccount>> {
  const keptId = parseAccountId((await store.read(readAccountId))[0]);
  const other = otherAccount(keptId, token);
  if (other !== undefined) return failed(other);
  const { accountId } = readClaims(token);
  if (keptId === undefined && accountId !== undefined) await keep([saveAccountId(accountId)]);
  return succeeded({
    forClient: { accessToken: () => token },
    start: () => undefined,
    stop: () => Promise.resolve(),
    hearRevoked: () => false,
  });
}

/** @returns undefined: the account is reached by a long-lived token */
export function oauthSettings({
  oauth,
}: Pick<Config["kommo"], "oauth">): OAuthSettings | undefined {
  const { client_id: clientId, client_secret: clientSecret, redirect_uri: redirectUri } = oauth;
  return clientId === undefined || clientSecret === undefined || redirectUri === undefined
    ? undefined
    : { clientId, clientSecret, redirectUri };
}
