/** Whether a token belongs to the account that the store was filled for (fault F46). Pure. */
import { readClaims } from "./claims.ts";

export type OtherAccount = { readonly reason: string; readonly hint: string };

/**
 * A store holds ids of cards and steps that are still to be sent; in another account they would fall
 * on strangers' cards, so moving means a new store.
 * @param keptId undefined: nothing was booked from this store yet
 * @returns undefined when it is the same, or when the token does not say
 */
export function otherAccount(keptId: number | undefined, token: string): OtherAccount | undefined {
  const { accountId } = readClaims(token);
  if (keptId === undefined || accountId === undefined || accountId === keptId) return undefined;
  return inOtherAccount(keptId, accountId);
}

export const inOtherAccount = (keptId: number, accountId: number): OtherAccount => ({
  reason: `the token belongs to Kommo account ${String(accountId)}, and the store to account ${String(keptId)}`,
  hint: `use a token of account ${String(keptId)}; to move to the other account on purpose, name a new file in store.path`,
});
