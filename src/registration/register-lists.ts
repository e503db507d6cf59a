/** Black and white lists: calls that are not told to Kommo at all. Pure. */
import type { FinishedCall } from "../calls/finished-call.ts";
import { exchangeIn } from "../lib/exchange-names.ts";
import { isNameListed, isNumberListed } from "./number-list.ts";
import { extensionsOf } from "./rules.ts";
import type { OnlyExcept, RegistrationSettings } from "./settings.ts";

/**
 * @param phone the client's number after the number rules; "" where there is none
 * @returns why the call is left out, in words without the number; undefined: it is registered
 */
export function whyLeftOut(
  call: FinishedCall,
  phone: string,
  { register, learnt }: RegistrationSettings,
): string | undefined {
  const { extensions, trunks, dids, clients } = register;
  const some = (name: string | undefined): readonly string[] => (name === undefined ? [] : [name]);
  return (
    listed("extensions", extensions, { names: extensionsOf(call), isIn: isNameListed }) ??
    listed("trunks", trunks, { names: some(call.trunk), isIn: isNameListed }) ??
    listed("dids", dids, { names: some(call.did), isIn: isNumberListed }) ??
    listed("clients", clients, { names: phone === "" ? [] : [phone], isIn: isNumberListed }) ??
    (phone !== "" && learnt?.isBlacklisted?.(phone, exchangeIn(call.linkedId)) === true
      ? "the number is on the exchange's black list"
      : undefined)
  );
}

type Asked = {
  /** One of several suffices to register: a call that went from one telephone to another is one call. */
  readonly names: readonly string[];
  readonly isIn: (name: string, listed: readonly string[]) => boolean;
};

function listed(
  what: string,
  { only, except }: OnlyExcept,
  { names, isIn }: Asked,
): string | undefined {
  if (only.length > 0 && !names.some((name) => isIn(name, only)))
    return `register.${what}.only does not name it`;
  if (names.length > 0 && except.length > 0 && names.every((name) => isIn(name, except)))
    return `register.${what}.except names it`;
  return undefined;
}
