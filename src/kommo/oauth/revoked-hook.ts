/** The call that Kommo makes when an administrator disables the integration. */
import { createHmac } from "node:crypto";
import { isSameText } from "./consent.ts";
import type { OAuthSettings } from "./pair.ts";

/**
 * Checks the signature of `GET {hook}?client_uuid=…&account_id=…&signature=…`. It never changes for
 * one account, so whoever saw it once can repeat it: try the token (`suspectRevoked`), do not drop it.
 * @returns the account's id; undefined: not from Kommo, or for another integration
 * @source kommo-api, section 4.5: HMAC-SHA256 of "{client_id}|{account_id}" with the secret, in hex
 */
export function verifyRevokedHook(
  query: URLSearchParams,
  { clientId, clientSecret }: Pick<OAuthSettings, "clientId" | "clientSecret">,
): number | undefined {
  const accountId = query.get("account_id") ?? "";
  if (query.get("client_uuid") !== clientId || !/^[1-9]\d{0,14}$/.test(accountId)) return undefined;
  const expected = createHmac("sha256", clientSecret)
    .update(`${clientId}|${accountId}`)
    .digest("hex");
  const signature = (query.get("signature") ?? "").toLowerCase();
  return isSameText(signature, expected) ? Number(accountId) : undefined;
}
