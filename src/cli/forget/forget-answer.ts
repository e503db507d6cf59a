/** How the running daemon answers `asterisk-kommo forget`: it owns the store. */
import { storeMigrations } from "../daemon/store-migrations.ts";
import { openStore } from "../../store/open-store.ts";
import { UNKNOWN_REQUEST } from "../command-requests.ts";
import { forgetNumber, type ForgetDeps } from "./forget-number.ts";

export const FORGET_ASK = "forget";

export const createForgetAnswer =
  (deps: Omit<ForgetDeps, "reader">): ((asked: unknown) => Promise<unknown>) =>
  async (asked) => {
    const { number } = asked as { readonly number?: unknown };
    if (typeof number !== "string") return UNKNOWN_REQUEST;
    // A thread of its own: looking through all of a large store takes its time.
    const looking = await openStore(deps.place, {
      ...{ migrations: storeMigrations, access: "look" },
    });
    if (!looking.ok) return looking;
    try {
      return await forgetNumber(number, { ...deps, reader: looking.value });
    } finally {
      await looking.value.close();
    }
  };
