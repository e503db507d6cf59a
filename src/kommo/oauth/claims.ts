/**
 * What a token of Kommo says of itself. It is a JWT whose signature only Kommo can verify, so this is
 * a hint for messages and for telling accounts apart, and never a proof.
 * @source kommo-api, section 4.2
 */
import { asId, asInteger, asObject, asText, type JsonObject } from "../json.ts";

/** Each undefined where the token is no JWT or does not say it. */
export type TokenClaims = {
  readonly accountId: number | undefined;
  /** Milliseconds since 1970. */
  readonly endsAtMs: number | undefined;
  /** "api-c.kommo.com", only if it is a host of Kommo's. */
  readonly apiDomain: string | undefined;
  /** "crm", "notifications", "files" … */
  readonly scopes: readonly string[] | undefined;
};

const API_HOST = /^api(-[a-z]+)?\.(kommo\.com|amocrm\.ru|amocrm\.com)$/;
const LAST_SECOND = 253_402_300_799; // beyond the year 9999 no date can be written

export function readClaims(token: string): TokenClaims {
  const claims = payloadOf(token);
  const exp = asInteger(claims?.["exp"]);
  const apiDomain = asText(claims?.["api_domain"]);
  const scopes: unknown = claims?.["scopes"];
  return {
    accountId: asId(claims?.["account_id"]),
    endsAtMs: exp !== undefined && exp > 0 && exp <= LAST_SECOND ? exp * 1_000 : undefined,
    apiDomain: apiDomain !== undefined && API_HOST.test(apiDomain) ? apiDomain : undefined,
    scopes: Array.isArray(scopes) ? scopes.filter((scope) => typeof scope === "string") : undefined,
  };
}

function payloadOf(token: string): JsonObject | undefined {
  const payload = token.split(".")[1];
  if (payload === undefined) return undefined;
  try {
    return asObject(JSON.parse(Buffer.from(payload, "base64url").toString("utf8")));
  } catch {
    return undefined; // no JWT: a simulator's token may be any text
  }
}
