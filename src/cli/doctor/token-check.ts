/**
 * How long the token lasts. A token of Kommo is a JWT; only its end is read, here on this host.
 * @source kommo-api, section 4: the signature cannot be verified, `exp` can be read
 */
import type { Check, Verdict } from "./check.ts";
import { checkWithConfig } from "./check.ts";

const DAY_MS = 86_400_000;
/** Time enough to make a new token without haste. */
const SOON_DAYS = 30;

export const tokenCheck: Check = checkWithConfig("token", ({ kommo }, { clock }) =>
  Promise.resolve(judgeToken(kommo.access_token, clock.now())),
);

export function judgeToken(token: string, nowMs: number): Verdict {
  const endsAt = endOf(token);
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

/** @returns milliseconds since 1970; undefined for a token that is no JWT or has no end */
function endOf(token: string): number | undefined {
  const payload = token.split(".")[1];
  if (payload === undefined) return undefined;
  try {
    const claims: unknown = JSON.parse(Buffer.from(payload, "base64url").toString("utf8"));
    const exp = typeof claims === "object" && claims !== null && "exp" in claims && claims.exp;
    // Beyond the year 9999 no date can be written.
    return typeof exp === "number" && exp > 0 && exp < 253_402_300_800 ? exp * 1000 : undefined;
  } catch {
    return undefined;
  }
}
