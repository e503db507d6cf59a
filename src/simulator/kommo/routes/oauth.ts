/**
 * What is answered without a token: the consent page, the exchange of codes and refresh tokens, the
 * look-up of an account that moved.
 * @source kommo-api, section 4
 */
import { ADMIN_ID } from "../state/new-account.ts";
import type { Account } from "../state/account.ts";
import type { Integration, IssuedPair, Tokens } from "../state/tokens.ts";
import type { Switches } from "../switches.ts";
import { ok, problem, refusedItems } from "../wire/answer.ts";
import type { Answer } from "../wire/answer.ts";
import { filledText, object, oneOf, violationsOf } from "../wire/rule.ts";
import type { Rule } from "../wire/rule.ts";

export type OpenRequest = {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: unknown;
  readonly nowMs: number;
};
export type OpenDoor = {
  readonly account: Account;
  readonly integration: Integration;
  readonly tokens: Tokens;
  readonly switches: Readonly<Switches>;
};

/** @returns undefined for all other paths, which need a token */
export function answerWithoutToken(door: OpenDoor, request: OpenRequest): Answer | undefined {
  switch (`${request.method} ${request.url.pathname}`) {
    case "GET /oauth":
      return consentPage(door, request);
    case "POST /oauth2/access_token":
      return tokenAnswer(door, request);
    case "GET /oauth2/account/current/subdomain":
    case "GET /oauth2/account/subdomain":
      return subdomainAnswer(door, request);
    default:
      return undefined;
  }
}

/** The administrator answers at once, as the switch `consent` says. */
function consentPage({ integration, tokens, switches }: OpenDoor, request: OpenRequest): Answer {
  const { searchParams } = request.url;
  if (searchParams.get("client_id") !== integration.client_id) {
    return problem(400, "Unknown client_id");
  }
  const target = new URL(integration.redirect_uri);
  const isGiven = switches.consent === "given";
  const answer = isGiven
    ? {
        code: tokens.issueCode(ADMIN_ID, request.nowMs),
        state: searchParams.get("state") ?? "",
        referer: request.url.host,
      }
    : { error: "access_denied", state: searchParams.get("state") ?? "" };
  for (const [name, value] of Object.entries(answer)) target.searchParams.set(name, value);
  target.searchParams.set("client_id", integration.client_id);
  return { status: 302, headers: { Location: target.href } };
}

const credentials = { client_id: filledText, client_secret: filledText, redirect_uri: filledText };
const codeRule = object(
  { ...credentials, grant_type: oneOf("authorization_code"), code: filledText },
  {},
);
const refreshRule = object(
  { ...credentials, grant_type: oneOf("refresh_token"), refresh_token: filledText },
  {},
);

function tokenAnswer(door: OpenDoor, { body, nowMs }: OpenRequest): Answer {
  const { integration, tokens, switches } = door;
  const grantType = (body as { grant_type?: unknown } | undefined)?.grant_type;
  const rule: Rule<unknown> = grantType === "refresh_token" ? refreshRule : codeRule;
  const errors = violationsOf(rule, body);
  if (errors.length > 0) return refusedItems([{ request_id: "0", errors }]);
  const written = body as Record<string, string>;
  const isOurs =
    written["client_id"] === integration.client_id &&
    written["client_secret"] === integration.client_secret &&
    written["redirect_uri"] === integration.redirect_uri;
  if (!isOurs) return problem(401, "Client authentication failed");
  const isRefresh = grantType === "refresh_token";
  if (isRefresh && switches.refreshMovedStatus !== null) {
    return problem(switches.refreshMovedStatus, "Account not found");
  }
  const pair = isRefresh
    ? tokens.refresh(written["refresh_token"] ?? "", nowMs)
    : tokens.exchangeCode(written["code"] ?? "", nowMs);
  return pair === undefined ? badGrant(isRefresh, switches) : issuedAnswer(pair);
}

function badGrant(isRefresh: boolean, { badGrantStatus }: Readonly<Switches>): Answer {
  const status = badGrantStatus === "usual" ? (isRefresh ? 401 : 400) : badGrantStatus;
  return isRefresh
    ? problem(status, "Token has been revoked", { hint: "Token has been revoked" })
    : problem(status, "Cannot decrypt the authorization code", {
        hint: "Authorization code has been revoked",
      });
}

const issuedAnswer = ({ access_token, refresh_token, expires_in }: IssuedPair): Answer =>
  ok({ token_type: "Bearer", expires_in, access_token, refresh_token });

function subdomainAnswer({ account, tokens, switches }: OpenDoor, request: OpenRequest): Answer {
  const { headers, nowMs } = request;
  const refreshToken = headers["x-refresh-token"];
  const bearer = headers["authorization"];
  const isKnown =
    (typeof refreshToken === "string" && tokens.isGoodRefreshToken(refreshToken, nowMs)) ||
    (typeof bearer === "string" &&
      tokens.grantOf(bearer.replace(/^Bearer /, ""), nowMs) !== undefined);
  if (!isKnown) return problem(401, "Invalid user name or password");
  return ok({
    id: account.id,
    subdomain: account.subdomain,
    domain: switches.accountDomain ?? request.url.host,
    top_level_domain: "com",
  });
}
