/** A code becomes a pair of tokens, which is laid where the daemon takes it. */
import { createPairSource } from "../../kommo/oauth/ask-for-pair.ts";
import type { KommoFailure } from "../../kommo/failure.ts";
import { EXCHANGE_LIMITS } from "../../kommo/exchange.ts";
import { handoverFile, writeHandover } from "../../kommo/oauth/handover.ts";
import { otherAccount } from "../../kommo/oauth/same-account.ts";
import { systemClock } from "../../lib/clock.ts";
import { userAgent } from "../version.ts";
import { forgetState } from "./asked-consent.ts";
import { refused, told, type AuthContext, type Said } from "./auth-context.ts";
import { lookAtAccess } from "./kept-access.ts";

export async function tradeCode(context: AuthContext, code: string): Promise<Said> {
  const { config, accountUrl, oauth } = context;
  const source = createPairSource({
    accountUrl,
    oauth,
    clock: systemClock,
    userAgent: userAgent(),
    limits: {
      ...EXCHANGE_LIMITS,
      connectMs: config.kommo.connect_timeout_ms,
      totalMs: config.kommo.timeout_ms,
    },
  });
  const issuedAt = systemClock.now();
  const pair = await source.askForPair({ kind: "code", code }, new AbortController().signal);
  if (!pair.ok) return refused(whyNotTraded(pair.failure));
  const { accountId, trouble } = await lookAtAccess(config);
  const other = otherAccount(accountId, pair.value.accessToken);
  if (other !== undefined) return refused(other);
  const file = handoverFile(config.store.path);
  await writeHandover(file, { ...pair.value, clientId: oauth.clientId, issuedAt });
  await forgetState(context.consentFile);
  const doubt =
    trouble === undefined
      ? ""
      : ` Whether it is the store's account was not looked at: ${trouble}.`;
  return told(
    `Kommo allows the access. A running daemon takes it over within 5 seconds, a stopped one at its next start.${doubt}`,
  );
}

function whyNotTraded(failure: KommoFailure): { reason: string; hint: string } {
  const reason = `Kommo gave no token (${failure.detail})`;
  switch (failure.kind) {
    case "rejected":
    case "token-revoked":
    case "not-found":
    case "forbidden":
      return {
        reason,
        hint: "a code is good once and for 20 minutes: run asterisk-kommo auth url again; if that does not help, compare kommo.oauth with the integration in Kommo",
      };
    case "lost-answer":
    case "gateway-timeout":
    case "server-error":
    case "nonsense":
      return { reason, hint: "the code may be used up: run asterisk-kommo auth url again" };
    case "rate-limited":
    case "unreachable":
    case "given-up":
    case "payment-required":
    case "blocked":
    case "moved":
      return { reason, hint: failure.hint };
  }
}
