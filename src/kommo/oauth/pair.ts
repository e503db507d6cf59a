/** A pair of tokens as Kommo issues it, and the integration that it is issued to. */
import { asInteger, asObject } from "../json.ts";

/** Of the integration in Kommo: Settings, Integrations, Keys and scopes. */
export type OAuthSettings = {
  readonly clientId: string;
  readonly clientSecret: string;
  /** Exactly as it stands in the integration. */
  readonly redirectUri: string;
};

export type TokenPair = {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** How long the access token lasts from when it was issued, as Kommo says; 86,400 as a rule. */
  readonly expiresInSeconds: number;
};

/** Visible ASCII: what may stand in a header. Kommo's have some 1,000 characters. */
const TOKEN = /^[\x21-\x7e]{1,8192}$/;
const LONGEST_SECONDS = 5 * 366 * 86_400;

/** @returns undefined for anything that is not wholly a pair. @source kommo-api, section 4.2 */
export function decodePair(body: unknown): TokenPair | undefined {
  const answer = asObject(body);
  const accessToken = asToken(answer?.["access_token"]);
  const refreshToken = asToken(answer?.["refresh_token"]);
  const expiresInSeconds = asInteger(answer?.["expires_in"]);
  if (accessToken === undefined || refreshToken === undefined) return undefined;
  if (expiresInSeconds === undefined || expiresInSeconds < 1 || expiresInSeconds > LONGEST_SECONDS)
    return undefined;
  return { accessToken, refreshToken, expiresInSeconds };
}

const asToken = (value: unknown): string | undefined =>
  typeof value === "string" && TOKEN.test(value) ? value : undefined;
