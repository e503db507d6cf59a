/**
 * The requests of OAuth: a code or a refresh token becomes a pair, and where an account lives now that
 * its old address does not answer for. Both without the access token.
 * @source kommo-api, section 4.2
 */
import type { Clock } from "../../lib/clock.ts";
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import { parseAccountUrl, type AccountUrl } from "../account-url.ts";
import { understand } from "../client.ts";
import { createExchanger, EXCHANGE_LIMITS, type ExchangeLimits } from "../exchange.ts";
import type { KommoFailure } from "../failure.ts";
import { asObject, asText } from "../json.ts";
import type { Limiter } from "../limiter.ts";
import { readClaims } from "./claims.ts";
import { decodePair, type OAuthSettings, type TokenPair } from "./pair.ts";

export type Grant =
  | { readonly kind: "code"; readonly code: string }
  | { readonly kind: "refresh"; readonly refreshToken: string };

export type PairSource = {
  /** `lost-answer` and the like: Kommo may have issued a pair that nobody has. */
  askForPair(grant: Grant, signal: AbortSignal): Promise<Result<TokenPair, KommoFailure>>;
  /** @returns the account's address if Kommo names another one than ours. */
  movedTo(pair: TokenPair, signal: AbortSignal): Promise<AccountUrl | undefined>;
};

export type PairSourceDeps = {
  readonly accountUrl: AccountUrl;
  readonly oauth: OAuthSettings;
  readonly clock: Clock;
  readonly userAgent: string;
  readonly limits?: ExchangeLimits;
  /** Of the account; a command that makes one request needs none. */
  readonly limiter?: Limiter;
};

export function createPairSource(deps: PairSourceDeps): PairSource {
  const { accountUrl, oauth, clock, limiter } = deps;

  async function request(
    asked: { method: "GET" | "POST"; url: string; headers?: object; body?: object },
    signal: AbortSignal,
  ): Promise<Result<unknown, KommoFailure>> {
    // All else waits for a token, so that nobody is overtaken who could go on.
    const slot = await limiter?.slot("click-to-call", signal);
    if (limiter !== undefined && slot === undefined) return understand(undefined, clock);
    const exchanger = createExchanger(asked.url, deps.limits ?? EXCHANGE_LIMITS);
    try {
      const exchange = await exchanger.exchange({
        method: asked.method,
        url: asked.url,
        headers: {
          Accept: "application/json",
          "User-Agent": deps.userAgent,
          ...(asked.body === undefined ? {} : { "Content-Type": "application/json" }),
          ...asked.headers,
        },
        body: asked.body === undefined ? undefined : JSON.stringify(asked.body),
        signal,
        onSent: () => slot?.left(),
      });
      const outcome = understand(exchange, clock);
      if (outcome.ok) return succeeded(outcome.value.body);
      if (outcome.failure.kind === "rate-limited") limiter?.slowDown(outcome.failure.retryAfterMs);
      return outcome;
    } finally {
      slot?.ended("lost");
      exchanger.close();
    }
  }

  return {
    async askForPair(grant, signal) {
      const answer = await request(
        {
          method: "POST",
          url: `${accountUrl}/oauth2/access_token`,
          body: {
            client_id: oauth.clientId,
            client_secret: oauth.clientSecret,
            redirect_uri: oauth.redirectUri,
            ...(grant.kind === "code"
              ? { grant_type: "authorization_code", code: grant.code }
              : { grant_type: "refresh_token", refresh_token: grant.refreshToken }),
          },
        },
        signal,
      );
      if (!answer.ok) return answer;
      const pair = decodePair(answer.value);
      return pair === undefined ? failed(NO_PAIR) : succeeded(pair);
    },

    async movedTo({ accessToken, refreshToken }, signal) {
      const { apiDomain } = readClaims(accessToken);
      const isSimulated = new URL(accountUrl).port !== ""; // Kommo's own addresses have no port
      if (!isSimulated && apiDomain === undefined) return undefined;
      const origin = isSimulated ? accountUrl : `https://${apiDomain ?? ""}`;
      const answer = await request(
        {
          method: "GET",
          url: `${origin}/oauth2/account/current/subdomain`,
          headers: { "X-Refresh-Token": refreshToken },
        },
        signal,
      );
      const domain = answer.ok ? asText(asObject(answer.value)?.["domain"]) : undefined;
      const address = parseAccountUrl(`${new URL(accountUrl).protocol}//${domain ?? ""}`);
      return address.ok && address.value !== accountUrl ? address.value : undefined;
    },
  };
}

const NO_PAIR: KommoFailure = {
  kind: "nonsense",
  retry: "after-look-up",
  detail: "the answer holds no pair of tokens",
  hint: "something between this host and Kommo answers in its place; check proxies, filters and kommo.account_url",
};
