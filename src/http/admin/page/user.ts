/** Who looks at the page, for all of its parts. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { SessionAnswer } from "../contract.ts";
import { may, type Right } from "../roles.ts";

export type User = NonNullable<SessionAnswer["user"]>;

const Context = createContext<User>({ name: "", role: "observer" });
export const UserProvider = Context.Provider;
export const useUser = (): User => useContext(Context);

/** The daemon refuses it as well. */
export const useMay = (right: Right): boolean => may(useUser().role, right);
