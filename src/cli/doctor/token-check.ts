/**
 * How long the token lasts. A token of Kommo is a JWT; only its end is read, here on this host.
 * By OAuth the store tells how it stands.
 * @source kommo-api, section 4: the signature cannot be verified, `exp` can be read
 */
import { oauthSettings } from "../../kommo/access.ts";
import { readClaims } from "../../kommo/oauth/claims.ts";
import { lookAtAccess } from "../auth/kept-access.ts";
import { judgeAccess } from "../auth/status.ts";
import type { Check, Verdict } from "./check.ts";
import { checkWithConfig } from "./check.ts";

const DAY_MS = 86_400_000;
/** Time enough to make a new token without haste. */
const SOON_DAYS = 30;

export const tokenCheck: Check = checkWithConfig("token", async (config, { clock }) => {
  const oauth = oauthSettings(config.kommo);
  return oauth === undefined
    ? judgeToken(config.kommo.access_token ?? "", clock.now())
    : judgeAccess(await lookAtAccess(config), oauth.clientId, clock.now());
});

export function judgeToken(token: string, nowMs: number): Verdict {
  const { endsAtMs: endsAt } = readClaims(token);
  if (endsAt === undefined)
    return { status: "ok", sentence: "does not say when it ends; Kommo knows" };
  const days = Math.floor((endsAt - nowMs) / DAY_MS);
  const date = new Date(endsAt).toISOString().slice(0, 10);
  const remedy =
    "make a new long-lived token in Kommo (Settings, Integrations, your integration, Keys and scopes) and put it in place of kommo.access_token";
  if (endsAt <= nowMs) return { status: "failed", sentence: `ended on ${date}`, remedy };
  const sentence = `lasts until ${date}, ${days} more ${days === 1 ? "day" : "days"}`;
  return days < SOON_DAYS ? { status: "warning", sentence, remedy } : { status: "ok", sentence };
}
