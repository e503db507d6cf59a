/** What the token may do: as it says itself, and as Kommo answers to what only administrators may ask. */
import { readClaims } from "../../kommo/oauth/claims.ts";
import { readUsers } from "../../kommo/read-account.ts";
import { checkWithConfig, type Check, type Verdict } from "./check.ts";

export const tokenRightsCheck: Check = checkWithConfig(
  "token's rights",
  async (config, context) => {
    if (!context.hasAccessToken) return { status: "skipped", sentence: "needs a token" };
    const scopes = judgeScopes(config.kommo.access_token ?? "");
    if (scopes.status === "failed") return scopes;
    const users = await readUsers(context.kommo(config), context.signal);
    if (!users.ok && users.failure.kind === "forbidden")
      return {
        status: "warning",
        sentence: "it is no administrator's: the account's users and webhooks stay unknown",
        remedy: MADE_ANEW,
      };
    return scopes;
  },
);

const MADE_ANEW =
  "let an administrator make a new token: Settings, Integrations, the integration, Keys and scopes";

/** @source kommo-api, sections 4.2 and 4.4: `crm` for the account's data, `notifications` for popups */
export function judgeScopes(token: string): Verdict {
  const { scopes } = readClaims(token);
  if (scopes === undefined)
    return { status: "ok", sentence: "does not say what it may; Kommo knows" };
  if (!scopes.includes("crm"))
    return {
      status: "failed",
      sentence: "it may not read or write the account's data",
      remedy: `${MADE_ANEW}, with access to the account's data`,
    };
  if (!scopes.includes("notifications"))
    return {
      status: "warning",
      sentence: "it may not show popups (the Notification Center)",
      remedy: `${MADE_ANEW}, with the Notification Center; or set popups to false`,
    };
  return { status: "ok", sentence: "the account's data and the Notification Center" };
}
