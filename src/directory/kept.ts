/** Small things that the directory knows and keeps over restarts. */
import { keptValues } from "../store/kept-values.ts";

export type KeptName =
  | "users"
  | "account"
  /** How far each list has been read: mirror-state.ts. */
  | "mirror"
  | "webhook-secret"
  /** The address that was last subscribed at Kommo. */
  | "webhook-address";

export const { readKept, keepValue } = keptValues<KeptName>("directory_kept");
