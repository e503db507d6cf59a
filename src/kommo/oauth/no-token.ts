/** Why there is no token to send, in the words of KommoFailure. Pure. */
import type { EpochMs } from "../../lib/clock.ts";
import type { AccountUrl } from "../account-url.ts";
import { tellFailure, type KommoFailure } from "../failure.ts";
import { CONSENT_LASTS_MS } from "./token-life.ts";
import type { KeptPair } from "./token-rows.ts";

const CONSENT =
  "run: asterisk-kommo auth url, and allow the access in Kommo as an administrator; calls are kept until then";

const revoked = (detail: string, hint = CONSENT): KommoFailure => ({
  kind: "token-revoked",
  retry: "after-operator",
  detail,
  hint,
});

export const neverAuthorised = revoked("nobody has allowed asterisk-kommo into Kommo yet");

export const otherIntegration = revoked(
  "the authorisation in the store is of another integration than kommo.oauth.client_id",
);

/** A token that Kommo issued a moment ago is refused: asking for more would not help. */
export const newTokenRefused = revoked(
  "Kommo refuses a token that it has just issued",
  "see in Kommo whether the integration is on and its user active, then run: asterisk-kommo auth url",
);

/** Kommo refuses the refresh token, or the integration itself. */
export function refreshRefused(
  pair: Pick<KeptPair, "issuedAt">,
  failure: KommoFailure,
  now: EpochMs,
): KommoFailure {
  const isOld = now - pair.issuedAt > CONSENT_LASTS_MS;
  const since = new Date(pair.issuedAt).toISOString().slice(0, 10);
  const why = isOld
    ? `the access was last renewed on ${since}, and Kommo drops it after three months`
    : "the integration was removed or disabled, or its secret was changed";
  return revoked(`Kommo does not renew the access (${failure.detail}); ${why}`, CONSENT);
}

export const accountMoved = (to: AccountUrl): KommoFailure => ({
  kind: "moved",
  retry: "after-operator",
  detail: `the account lives at ${to} now`,
  hint: `write ${to} into kommo.account_url and start the daemon again; the access stays good`,
});

/** Nothing was sent, and it may work the next time. */
export const notRenewedYet = (reason: string): KommoFailure => ({
  kind: "unreachable",
  retry: "later",
  detail: `the access token has ended and is not renewed yet: ${reason}`,
  hint: "nothing to do: it is tried again by itself",
});

export const passing = (failure: KommoFailure): KommoFailure => notRenewedYet(tellFailure(failure));
