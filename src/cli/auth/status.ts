/** How it stands with the access by OAuth, in words: for `auth status` and for the doctor. Pure. */
import { otherIntegration, neverAuthorised } from "../../kommo/oauth/no-token.ts";
import { CONSENT_LASTS_MS } from "../../kommo/oauth/token-life.ts";
import type { Verdict } from "../doctor/check.ts";
import { newestOf, type KeptAccess } from "./kept-access.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** The daemon renews daily; so long without it, something is wrong with it. */
const LONG_AGO_MS = 3 * DAY_MS;

export function judgeAccess(kept: KeptAccess, clientId: string, nowMs: number): Verdict {
  const pair = newestOf(kept);
  if (pair === undefined)
    return kept.trouble === undefined
      ? { status: "failed", sentence: neverAuthorised.detail, remedy: neverAuthorised.hint }
      : { status: "warning", sentence: `not known: ${kept.trouble}` };
  if (pair.clientId !== clientId)
    return { status: "failed", sentence: otherIntegration.detail, remedy: otherIntegration.hint };
  const endsAt = pair.issuedAt + pair.expiresInSeconds * 1_000;
  const consentUntil = pair.issuedAt + CONSENT_LASTS_MS;
  const details = [
    `last renewed: ${inWords(pair.issuedAt)}`,
    `access token: ${endsAt > nowMs ? `lasts ${timeLeft(endsAt - nowMs)} more` : "has ended, the daemon renews it"}`,
    `consent: lasts until ${inWords(consentUntil)}; every renewal begins three new months`,
    ...(kept.handedOver === undefined
      ? []
      : ["a new consent waits to be taken over by the daemon"]),
  ];
  if (nowMs > consentUntil)
    return {
      status: "failed",
      sentence: "not renewed for three months, so Kommo asks for a new consent",
      remedy: neverAuthorised.hint,
      details,
    };
  if (nowMs - pair.issuedAt > LONG_AGO_MS && endsAt < nowMs)
    return {
      status: "warning",
      sentence: `not renewed since ${inWords(pair.issuedAt)}; it is good until ${inWords(consentUntil)}`,
      remedy: "let the daemon run, and see its log if it does",
      details,
    };
  const left = endsAt > nowMs ? `, the token lasts ${timeLeft(endsAt - nowMs)} more` : "";
  return {
    status: "ok",
    sentence: `by OAuth, last renewed ${inWords(pair.issuedAt)}${left}`,
    details,
  };
}

const inWords = (ms: number): string =>
  `${new Date(ms).toISOString().slice(0, 16).replace("T", " ")} UTC`;

function timeLeft(ms: number): string {
  if (ms >= 2 * DAY_MS) return `${Math.floor(ms / DAY_MS)} days`;
  if (ms >= 2 * HOUR_MS) return `${Math.floor(ms / HOUR_MS)} hours`;
  return `${Math.floor(ms / 60_000)} minutes`;
}
