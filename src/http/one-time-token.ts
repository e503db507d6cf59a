/**
 * Kommo's one-time token: who clicked, signed with the secret of the integration. Pure but for the
 * signature; whatever is wrong with a token looks the same to whoever sent it.
 * @source kommo-api, section 21.6
 */
import { createHmac, timingSafeEqual } from "node:crypto";

export type TokenRules = {
  readonly secret: string;
  /** The integration's id; undefined: not configured, and not looked at. */
  readonly clientId: string | undefined;
  /** The account's address: "https://acme.kommo.com". */
  readonly issuer: string;
  /** Scheme and host of the integration's redirect URI, with and without its port. */
  readonly audiences: readonly string[];
  /** undefined: not known yet, and no token is good. */
  readonly accountId: number | undefined;
  /** Unix seconds. */
  readonly now: number;
};

export type OneTimeToken = {
  readonly jti: string;
  readonly userId: number;
  readonly accountId: number;
  /** Only what Kommo's API says of a user counts; this is for the eye. */
  readonly isAdmin: boolean;
  /** Unix seconds, the leeway included. */
  readonly endsAt: number;
};

/** Half an hour by the documents; a token of days was not made by Kommo. */
const LONGEST_LIFE_S = 3_600;
const LEEWAY_S = 30;
const LONGEST_TOKEN = 4_096;
const THREE_PARTS = /^([\w-]{1,1024})\.([\w-]{1,3072})\.([\w-]{43})$/;

/** @returns undefined: no genuine token, or one that is not good now */
export function readOneTimeToken(text: string, rules: TokenRules): OneTimeToken | undefined {
  const parts = text.length > LONGEST_TOKEN ? null : THREE_PARTS.exec(text);
  const [, header = "", payload = "", signature = ""] = parts ?? [];
  // Also of what is no token, so that its time tells nothing.
  const wanted = createHmac("sha256", rules.secret).update(`${header}.${payload}`).digest();
  const given = Buffer.from(signature, "base64url");
  const isSame = given.length === wanted.length && timingSafeEqual(given, wanted);
  if (!isSame || parts === null || wanted.toString("base64url") !== signature) return undefined;
  return isOurAlgorithm(header) ? goodClaims(objectIn(payload), rules) : undefined;
}

/** HS256 and no other, with nothing that a verifier would have to understand. */
function isOurAlgorithm(header: string): boolean {
  const { alg, typ = "JWT", ...others } = objectIn(header) ?? {};
  return alg === "HS256" && typ === "JWT" && !("crit" in others) && !("b64" in others);
}

function goodClaims(
  claims: Readonly<Record<string, unknown>> | undefined,
  rules: TokenRules,
): OneTimeToken | undefined {
  if (claims === undefined || rules.accountId === undefined) return undefined;
  const { now } = rules;
  const [exp, iat, nbf] = [seconds(claims["exp"]), seconds(claims["iat"]), seconds(claims["nbf"])];
  const { jti, iss, aud } = claims;
  const userId = claims["user_id"];
  const client = claims["client_uuid"];
  const isInTime =
    exp !== undefined &&
    iat !== undefined &&
    nbf !== undefined &&
    exp > now - LEEWAY_S &&
    iat <= now + LEEWAY_S &&
    nbf <= now + LEEWAY_S &&
    exp - iat <= LONGEST_LIFE_S;
  if (!isInTime || iss !== rules.issuer) return undefined;
  if (typeof aud !== "string" || !rules.audiences.includes(aud)) return undefined;
  if (claims["account_id"] !== rules.accountId) return undefined;
  if (client !== undefined && rules.clientId !== undefined && client !== rules.clientId)
    return undefined;
  if (typeof jti !== "string" || !/^[\x21-\x7e]{1,128}$/.test(jti)) return undefined;
  if (typeof userId !== "number" || !Number.isSafeInteger(userId) || userId <= 0) return undefined;
  const isAdmin = claims["is_admin"] === true;
  return { jti, userId, accountId: rules.accountId, isAdmin, endsAt: exp + LEEWAY_S };
}

const seconds = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;

function objectIn(part: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Readonly<Record<string, unknown>>)
      : undefined;
  } catch {
    return undefined;
  }
}

/** What a token may name as its audience: with the port and, as Kommo's own library does, without. */
export function audiencesOf(...addresses: readonly (string | undefined)[]): readonly string[] {
  return addresses.flatMap((address) => {
    const url = address === undefined ? null : URL.parse(address);
    return url === null ? [] : [url.origin, `${url.protocol}//${url.hostname}`];
  });
}
