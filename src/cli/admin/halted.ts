/** Whether Kommo takes nothing at all, why, and since when. Exports `createHalted`. */
import type { DeliveriesAnswer } from "../../http/admin/contract-pages.ts";

export type Halted = {
  readonly halt: (why: { readonly reason: string; readonly hint: string }) => void;
  readonly resume: () => void;
  readonly current: () => DeliveriesAnswer["halt"];
};

export function createHalted(now: () => number): Halted {
  let halt: DeliveriesAnswer["halt"] = null;
  return {
    halt: ({ reason, hint }) => (halt = { reason, hint, since: halt?.since ?? now() }),
    resume: () => (halt = null),
    current: () => halt,
  };
}
