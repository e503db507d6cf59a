/** Whether Kommo answers, takes the token, and has what the configuration counts on. */
import { ACCOUNT_PATH, ACCOUNT_QUERY, decodeAccount } from "../../kommo/entities/account.ts";
import type { Account } from "../../kommo/entities/account.ts";
import type { Config } from "../../config/keys.ts";
import { inOtherAccount } from "../../kommo/oauth/same-account.ts";
import { lookAtAccess } from "../auth/kept-access.ts";
import type { Check } from "./check.ts";
import { checkWithConfig } from "./check.ts";

export const kommoCheck: Check = checkWithConfig("Kommo", async (config, context) => {
  if (!context.hasAccessToken) return { status: "skipped", sentence: "needs a token" };
  const answer = await context.kommo(config).request({
    method: "GET",
    path: ACCOUNT_PATH,
    query: ACCOUNT_QUERY,
    purpose: "account",
    signal: context.signal,
  });
  if (!answer.ok) {
    const sentence = `${config.kommo.account_url}: ${answer.failure.detail}`;
    return { status: "failed", sentence, remedy: answer.failure.hint };
  }
  const account = decodeAccount(answer.value.body);
  if (account === undefined) {
    const sentence = `${config.kommo.account_url} answers, but not as Kommo does`;
    return { status: "failed", sentence, remedy: "check kommo.account_url" };
  }

  const { accountId } = await lookAtAccess(config);
  if (accountId !== undefined && accountId !== account.id) {
    const { reason, hint } = inOtherAccount(accountId, account.id);
    return { status: "failed", sentence: reason, remedy: hint };
  }

  const details = wishesUnmet(account, config);
  const leads = account.isUnsortedOn ? "on" : "off";
  const sentence = `account "${printable(account.name)}" (${account.id}), incoming leads are ${leads}`;
  if (details.length === 0) return { status: "ok", sentence };
  const remedy = "change the configuration, or the account's settings";
  return { status: "warning", sentence, remedy, details };
});

function wishesUnmet(account: Account, config: Config): string[] {
  const unmet: string[] = [];
  if (config.unknown_client === "unsorted" && !account.isUnsortedOn)
    unmet.push('unknown_client is "unsorted", and this account has no incoming leads');
  const { type_id } = config.task;
  const isKnown = account.taskTypes.some(({ id }) => id === type_id);
  if (config.missed_call_task !== false && account.taskTypes.length > 0 && !isKnown)
    unmet.push(`task.type_id is ${type_id}, and this account has no such type of task`);
  return unmet;
}

const printable = (name: string): string => name.replace(/[\0-\x1f\x7f"]/g, " ").slice(0, 80);
