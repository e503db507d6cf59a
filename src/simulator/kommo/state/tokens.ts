/**
 * Tokens of the simulated account: long-lived ones, and pairs of OAuth with their rotation: an old
 * refresh token stays good until the pair that replaced it is first used.
 * @source kommo-api, section 4
 */
import { createHmac, randomBytes, randomUUID } from "node:crypto";
import type { Account } from "./account.ts";

export type Integration = {
  readonly client_id: string;
  readonly client_secret: string;
  readonly redirect_uri: string;
};
export type Scope = "crm" | "notifications";
export type Grant = { readonly userId: number; readonly scopes: ReadonlySet<string> };

type Pair = {
  readonly accessToken: string;
  readonly refreshToken: string;
  readonly grant: Grant;
  readonly family: Pair[];
  readonly accessUntil: number;
  readonly refreshUntil: number;
  isUsed: boolean;
  refreshIsGood: boolean;
};

export type IssuedPair = {
  readonly access_token: string;
  readonly refresh_token: string;
  readonly expires_in: number;
};

export type Tokens = {
  /** Whose token it is; undefined for unknown, expired and revoked ones. Counts as a use. */
  grantOf(token: string, nowMs: number): Grant | undefined;
  addLongLived(
    token: string,
    owner: { userId: number; scopes?: readonly Scope[]; expiresAtMs?: number },
  ): void;
  /** A code as the redirect brings it: 20 minutes, once. */
  issueCode(userId: number, nowMs: number): string;
  exchangeCode(code: string, nowMs: number): IssuedPair | undefined;
  refresh(refreshToken: string, nowMs: number): IssuedPair | undefined;
  isGoodRefreshToken(refreshToken: string, nowMs: number): boolean;
  /** An administrator disables the integration, or deletes the token. */
  revokeAll(): void;
};

const CODE_LIFE_MS = 20 * 60_000;
const REFRESH_LIFE_MS = 90 * 86_400_000;
const ALL_SCOPES: readonly Scope[] = ["crm", "notifications"];

export function createTokens(
  account: Account,
  { integration, accessSeconds }: { integration: Integration; accessSeconds: () => number },
): Tokens {
  const longLived = new Map<string, Grant & { until: number }>();
  const codes = new Map<string, { grant: Grant; until: number }>();
  const byAccess = new Map<string, Pair>();
  const byRefresh = new Map<string, Pair>();

  const issue = (grant: Grant, family: Pair[], nowMs: number): IssuedPair => {
    const expires_in = accessSeconds();
    const pair: Pair = {
      accessToken: jwt(account, integration, { grant, nowMs, expires_in }),
      refreshToken: `def50200${randomBytes(64).toString("hex")}`,
      grant,
      family,
      accessUntil: nowMs + expires_in * 1_000,
      refreshUntil: nowMs + REFRESH_LIFE_MS,
      isUsed: false,
      refreshIsGood: true,
    };
    family.push(pair);
    byAccess.set(pair.accessToken, pair);
    byRefresh.set(pair.refreshToken, pair);
    return { access_token: pair.accessToken, refresh_token: pair.refreshToken, expires_in };
  };
  const use = (pair: Pair): void => {
    if (pair.isUsed) return;
    pair.isUsed = true;
    for (const other of pair.family) if (other !== pair) other.refreshIsGood = false;
  };
  const isGood = (pair: Pair | undefined, nowMs: number): pair is Pair =>
    pair?.refreshIsGood === true && nowMs < pair.refreshUntil;

  return {
    grantOf(token, nowMs) {
      const kept = longLived.get(token);
      if (kept !== undefined) return nowMs < kept.until ? kept : undefined;
      const pair = byAccess.get(token);
      if (pair === undefined || nowMs >= pair.accessUntil) return undefined;
      use(pair);
      return pair.grant;
    },
    addLongLived(token, { userId, scopes = ALL_SCOPES, expiresAtMs = Infinity }) {
      longLived.set(token, { userId, scopes: new Set(scopes), until: expiresAtMs });
    },
    issueCode(userId, nowMs) {
      const code = `def502${randomBytes(32).toString("hex")}`;
      codes.set(code, {
        grant: { userId, scopes: new Set(ALL_SCOPES) },
        until: nowMs + CODE_LIFE_MS,
      });
      return code;
    },
    exchangeCode(code, nowMs) {
      const issued = codes.get(code);
      codes.delete(code);
      return issued === undefined || nowMs >= issued.until
        ? undefined
        : issue(issued.grant, [], nowMs);
    },
    refresh(refreshToken, nowMs) {
      const pair = byRefresh.get(refreshToken);
      if (!isGood(pair, nowMs)) return undefined;
      use(pair);
      return issue(pair.grant, pair.family, nowMs);
    },
    isGoodRefreshToken: (refreshToken, nowMs) => isGood(byRefresh.get(refreshToken), nowMs),
    revokeAll() {
      for (const kept of [longLived, codes, byAccess, byRefresh]) kept.clear();
    },
  };
}

/** Clients read `exp` and `account_id` of it; nobody can verify Kommo's signature. */
function jwt(
  account: Account,
  integration: Integration,
  { grant, nowMs, expires_in }: { grant: Grant; nowMs: number; expires_in: number },
): string {
  const iat = Math.floor(nowMs / 1_000);
  const claims = {
    aud: integration.client_id,
    jti: randomUUID(),
    iat,
    nbf: iat,
    exp: iat + expires_in,
    sub: String(grant.userId),
    account_id: account.id,
    base_domain: "kommo.com",
    api_domain: "api-c.kommo.com",
    scopes: [...grant.scopes],
  };
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const head = `${part({ typ: "JWT", alg: "RS256" })}.${part(claims)}`;
  return `${head}.${createHmac("sha256", "simulator").update(head).digest("base64url")}`;
}

/** The query of the access-revoked hook (section 4.5). */
export function revokedHookQuery(account: Account, integration: Integration): URLSearchParams {
  const signature = createHmac("sha256", integration.client_secret)
    .update(`${integration.client_id}|${account.id}`)
    .digest("hex");
  return new URLSearchParams({
    client_uuid: integration.client_id,
    account_id: String(account.id),
    signature,
  });
}
