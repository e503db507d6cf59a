/**
 * What `$authorizedAjax` of Kommo's page puts into X-Auth-Token: who clicks, signed with the secret of
 * the integration. @source kommo-api, section 21.6
 */
import { createHmac, randomUUID } from "node:crypto";
import type { Switches } from "../switches.ts";
import type { Account } from "./account.ts";
import type { Integration } from "./tokens.ts";

export type OneTimeTokens = {
  /** Fresh for each request, or the same for half an hour: the switch `oneTimeTokens`. */
  readonly issue: (userId: number) => string;
};

const LIFE_SECONDS = 1_800;

export function createOneTimeTokens(deps: {
  readonly account: Account;
  readonly integration: Integration;
  readonly switches: Switches;
  /** The account's own address. */
  readonly base: () => string;
  readonly nowMs: () => number;
}): OneTimeTokens {
  const { account, integration, switches } = deps;
  const issued = new Map<number, { readonly token: string; readonly until: number }>();

  return {
    issue(userId) {
      const now = Math.floor(deps.nowMs() / 1_000);
      const known = issued.get(userId);
      if (switches.oneTimeTokens === "repeated" && known !== undefined && known.until > now)
        return known.token;
      const { protocol, hostname } = new URL(integration.redirect_uri);
      const token = signed(integration.client_secret, {
        iss: deps.base(),
        aud: `${protocol}//${hostname}`, // without the port, as Kommo's PHP library builds it
        jti: randomUUID(),
        iat: now,
        nbf: now,
        exp: now + LIFE_SECONDS,
        account_id: account.id,
        user_id: userId,
        subdomain: account.subdomain,
        client_uuid: integration.client_id,
        is_admin: account.users.get(userId)?.isAdmin ?? false,
      });
      issued.set(userId, { token, until: now + LIFE_SECONDS });
      return token;
    },
  };
}

function signed(secret: string, claims: object): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ typ: "JWT", alg: "HS256" })}.${part(claims)}`;
  return `${text}.${createHmac("sha256", secret).update(text).digest("base64url")}`;
}
