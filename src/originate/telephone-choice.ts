/** Which of an employee's telephones rings for a click. Pure. */
import type { TelephoneState } from "../ami/device-states.ts";

export type TelephoneChoice =
  | { readonly kind: "chosen"; readonly extension: string }
  | {
      readonly kind: "no-extension" | "not-yours" | "not-connected" | "busy";
    };

export type ChoiceAsked = {
  /** The user's own, in the order of the configuration. */
  readonly extensions: readonly string[];
  /** The one chosen in the widget. */
  readonly chosen: string | undefined;
  /** undefined: the exchange has not told; then it is tried. */
  readonly stateOf: (extension: string) => TelephoneState | undefined;
};

/** The chosen one, else the first that is connected and idle, else the first of which nothing is known. */
export function chooseTelephone({ extensions, chosen, stateOf }: ChoiceAsked): TelephoneChoice {
  if (extensions.length === 0) return { kind: "no-extension" };
  if (chosen !== undefined && !extensions.includes(chosen)) return { kind: "not-yours" };
  const mine = chosen === undefined ? extensions : [chosen];
  const found =
    mine.find((extension) => stateOf(extension) === "idle") ??
    mine.find((extension) => stateOf(extension) === undefined);
  if (found !== undefined) return { kind: "chosen", extension: found };
  const isThere = mine.some((extension) => stateOf(extension) !== "unavailable");
  return { kind: isThere ? "busy" : "not-connected" };
}
