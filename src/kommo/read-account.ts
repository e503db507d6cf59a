/** What the daemon asks of the account itself: who we are, the employees, the pipelines. */
import { failed, succeeded, type Result } from "../lib/failure.ts";
import type { KommoClient } from "./client.ts";
import { ACCOUNT_PATH, ACCOUNT_QUERY, decodeAccount, type Account } from "./entities/account.ts";
import { decodePipeline, PIPELINES_PATH, type Pipeline } from "./entities/pipelines.ts";
import { decodeUser, USERS_PATH, USERS_QUERY, type User } from "./entities/users.ts";
import type { KommoFailure } from "./failure.ts";
import { readList } from "./hal.ts";

export async function readAccount(
  client: KommoClient,
  signal: AbortSignal,
): Promise<Result<Account, KommoFailure>> {
  const answer = await client.request({
    method: "GET",
    path: ACCOUNT_PATH,
    query: ACCOUNT_QUERY,
    purpose: "account",
    signal,
  });
  if (!answer.ok) return answer;
  const account = decodeAccount(answer.value.body);
  if (account !== undefined) return succeeded(account);
  return failed({
    kind: "nonsense",
    retry: "after-look-up",
    detail: "the answer tells no account",
    hint: "something else than Kommo answers at kommo.account_url",
  });
}

/** All users; `forbidden` unless the token is an administrator's. Whoever is not active must not be named. */
export const readUsers = (
  client: KommoClient,
  signal: AbortSignal,
): Promise<Result<readonly User[], KommoFailure>> =>
  readList(client, {
    path: USERS_PATH,
    query: USERS_QUERY,
    plural: "users",
    decode: decodeUser,
    purpose: "account",
    signal,
  });

export const readPipelines = (
  client: KommoClient,
  signal: AbortSignal,
): Promise<Result<readonly Pipeline[], KommoFailure>> =>
  readList(client, {
    path: PIPELINES_PATH,
    plural: "pipelines",
    decode: decodePipeline,
    purpose: "account",
    signal,
  });
