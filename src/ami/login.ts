/**
 * The login, plain or by MD5 challenge, and the choice of events. Exports `logIn` and
 * `narrowEvents`; both speak through a `Request`, which the session gives.
 */
import { createHash } from "node:crypto";
import type { Result } from "../lib/failure.ts";
import { failed, succeeded } from "../lib/failure.ts";
import type { AmiAction } from "./action.ts";
import type { AmiAddress, AmiFailure } from "./ami-failure.ts";
import { refused } from "./ami-failure.ts";
import { fieldOf } from "./message.ts";
import type { AmiReply } from "./pending-actions.ts";

export type AmiCredentials = {
  readonly username: string;
  readonly secret: string;
  /** `md5`: the secret itself is never on the line. */
  readonly auth: "plain" | "md5";
};

export type Request = (action: AmiAction) => Promise<Result<AmiReply, AmiFailure>>;

/**
 * The classes of events that calls are made of. Left out: `reporting` (RTCP statistics, tests),
 * `security`, `dtmf`, `cdr` and `command`, which would be read only to be thrown away.
 */
export const EVENT_CLASSES = "system,call,agent,dialplan,user";

/**
 * @param events "off" for a connection that only sends actions
 * @returns `refused` for whatever Asterisk has against the login; it never says what
 */
export async function logIn(
  request: Request,
  credentials: AmiCredentials,
  { address, events }: { address: AmiAddress; events: "on" | "off" },
): Promise<Result<void, AmiFailure>> {
  const { username, secret, auth } = credentials;
  const login = { Action: "Login", Username: username, Events: events } as const;
  const answer =
    auth === "plain"
      ? await request({ ...login, Secret: secret })
      : await answerChallenge(request, (challenge) => ({
          ...login,
          AuthType: "MD5",
          Key: createHash("md5").update(challenge).update(secret).digest("hex"),
        }));
  if (answer.ok) return succeeded(undefined);
  const { kind } = answer.failure;
  const isRefusal = kind === "rejected" || kind === "permission-denied";
  return failed(isRefusal ? refused(username, address) : answer.failure);
}

async function answerChallenge(
  request: Request,
  loginFor: (challenge: string) => AmiAction,
): Promise<Result<AmiReply, AmiFailure>> {
  const answer = await request({ Action: "Challenge", AuthType: "MD5" });
  if (!answer.ok) return answer;
  return request(loginFor(fieldOf(answer.value.response, "Challenge") ?? ""));
}

/**
 * Asks for the needed classes only. Whoever does not understand this, and turns all events off, is
 * asked for all of them again.
 * @source asterisk.md (e): the user's own rights narrow them further
 */
export async function narrowEvents(request: Request): Promise<void> {
  const answer = await request({ Action: "Events", EventMask: EVENT_CLASSES });
  if (answer.ok && fieldOf(answer.value.response, "Events")?.toLowerCase() === "off") {
    await request({ Action: "Events", EventMask: "on" });
  }
}
