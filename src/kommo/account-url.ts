/**
 * The address of the Kommo account. Only Kommo's own domains are taken, because the token is sent
 * there; a loopback address is for a simulator.
 */
import type { Brand } from "../lib/brand.ts";
import { failed, succeeded, type Result } from "../lib/failure.ts";

/** An origin without a slash at its end: "https://acme.kommo.com". */
export type AccountUrl = Brand<string, "AccountUrl">;

/** @source kommo-api, section 1: a closed list, never built from untrusted input */
const ACCOUNT_HOST = /^[a-z0-9][a-z0-9-]*\.(kommo\.com|amocrm\.ru|amocrm\.com)$/;
const NOT_AN_ACCOUNT = /^(www|api|api-[a-z]+|developers)\./;
const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

const EXPECTED =
  'use the address of your account as the browser shows it: "https://acme.kommo.com"';

/** @returns the origin, or a hint that says what is wrong with the text. */
export function parseAccountUrl(text: string): Result<AccountUrl, { readonly hint: string }> {
  const url = URL.parse(text.trim());
  if (url === null) return failed({ hint: `this is not an address; ${EXPECTED}` });
  if (url.username !== "" || url.password !== "")
    return failed({ hint: `no user name or password belongs here; ${EXPECTED}` });
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "")
    return failed({ hint: `leave out all that stands behind the host name; ${EXPECTED}` });
  if (LOOPBACK.test(url.hostname) && /^https?:$/.test(url.protocol))
    return succeeded(url.origin as AccountUrl);
  if (url.protocol !== "https:")
    return failed({ hint: `the token travels over https only; ${EXPECTED}` });
  if (!ACCOUNT_HOST.test(url.hostname) || NOT_AN_ACCOUNT.test(url.hostname) || url.port !== "")
    return failed({
      hint: `accounts live at NAME.kommo.com, NAME.amocrm.ru or NAME.amocrm.com; ${EXPECTED}`,
    });
  return succeeded(url.origin as AccountUrl);
}
