/**
 * The consent of an administrator: the page that asks for it, and what the browser brings back to the
 * redirect address. Pure; the answer of a browser is never trusted to say where a request goes.
 * @source kommo-api, section 4.1
 */
import { timingSafeEqual } from "node:crypto";
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import { parseAccountUrl, type AccountUrl } from "../account-url.ts";
import { tidy } from "../failure.ts";
import type { OAuthSettings } from "./pair.ts";

/** Accounts at amocrm.com are Kommo's. @source kommo-api, section 1, kommo.com vs amocrm.ru */
const CONSENT_HOSTS: readonly (readonly [ending: string, origin: string])[] = [
  [".amocrm.ru", "https://www.amocrm.ru"],
  [".amocrm.com", "https://www.kommo.com"],
  [".kommo.com", "https://www.kommo.com"],
];

/** The page to open in a browser; a simulator has its own. */
export function consentUrl(
  accountUrl: AccountUrl,
  { clientId }: OAuthSettings,
  state: string,
): string {
  const { hostname, origin } = new URL(accountUrl);
  const known = CONSENT_HOSTS.find(([ending]) => hostname.endsWith(ending));
  const page = new URL("/oauth", known?.[1] ?? origin);
  page.search = new URLSearchParams({ client_id: clientId, state, mode: "popup" }).toString();
  return page.href;
}

export type ConsentFailure = {
  readonly kind: "refused-consent" | "wrong-state" | "other-account" | "unusable";
  readonly reason: string;
  readonly hint: string;
};

type Expected = {
  readonly accountUrl: AccountUrl;
  readonly clientId: string;
  /** undefined: nobody was sent to the consent page from here. */
  readonly state: string | undefined;
};

/** What the redirect carries. @returns the code, which may be exchanged at `accountUrl` only */
export function readRedirect(
  query: URLSearchParams,
  { accountUrl, clientId, state }: Expected,
): Result<string, ConsentFailure> {
  if (state === undefined || !isSameText(query.get("state") ?? "", state))
    return failed({
      kind: "wrong-state",
      reason: "this answer of the browser does not belong to the page that `auth url` named last",
      hint: "run asterisk-kommo auth url again and open the page that it names",
    });
  const error = query.get("error");
  if (error !== null)
    return failed({
      kind: "refused-consent",
      reason: `the consent was refused in Kommo (${tidy(error).slice(0, 60)})`,
      hint: "open the page again as an administrator of the account and allow the access",
    });
  if ((query.get("client_id") ?? clientId) !== clientId)
    return failed({
      kind: "unusable",
      reason: "the consent was given to another integration than kommo.oauth.client_id",
      hint: "run asterisk-kommo auth url again and open the page that it names",
    });
  const other = otherAccountOf(query.get("referer") ?? "", accountUrl);
  if (other !== undefined) return failed(other);
  return readCode(query.get("code") ?? "");
}

/** A code as Kommo shows it: visible ASCII without spaces, some 1,000 characters. */
export function readCode(text: string): Result<string, ConsentFailure> {
  if (/^[\x21-\x7e]{8,4096}$/.test(text)) return succeeded(text);
  return failed({
    kind: "unusable",
    reason: "this is no authorisation code",
    hint: 'copy it whole, or give the whole address of the browser after the consent, in quotes: auth code "https://…"',
  });
}

/**
 * @param referer the host of the account in which the consent was given, as the redirect tells it
 * @returns undefined if it is the account of the configuration
 */
export function otherAccountOf(
  referer: string,
  accountUrl: AccountUrl,
): ConsentFailure | undefined {
  const { protocol } = new URL(accountUrl);
  const account = parseAccountUrl(`${protocol}//${referer}`);
  if (!account.ok)
    return {
      kind: "unusable",
      reason: "the answer of the browser names no account of Kommo",
      hint: `referer must be a host such as acme.kommo.com: ${account.failure.hint}`,
    };
  if (account.value === accountUrl) return undefined;
  return {
    kind: "other-account",
    reason: `the consent was given in ${account.value}, and kommo.account_url is ${accountUrl}`,
    hint: "log in to the right account in the browser and consent again, or correct kommo.account_url",
  };
}

export function isSameText(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)];
  return a.length === b.length && timingSafeEqual(a, b);
}
