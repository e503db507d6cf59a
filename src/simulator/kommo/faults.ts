/**
 * Programmed faults: what goes wrong with the next request, or the next that fits. They are taken in
 * the order in which they were set; each request meets at most one.
 * @source kommo-api, section 2, "Simulator switches worth having"
 */
import {
  anyNumber,
  atLeast,
  flag,
  integer,
  isObject,
  object,
  oneOf,
  text,
  violationsOf,
} from "./wire/rule.ts";
import type { Rule } from "./wire/rule.ts";

/** What of the request is carried out before the fault strikes. Half: the first half of a batch. */
export type Saved = "nothing" | "half" | "all";

type What =
  /** Answers so. Nothing is saved unless said otherwise: 504 with half, 500 after all. */
  | {
      readonly kind: "status";
      readonly status: number;
      readonly saved?: Saved;
      readonly html?: boolean;
      readonly detail?: string;
      readonly retryAfterSeconds?: number;
    }
  /** Saves at once, answers late. */
  | { readonly kind: "slow-answer"; readonly ms: number }
  /** Saves late: perhaps after the client gave up. */
  | { readonly kind: "slow-save"; readonly ms: number }
  /** Saves, then sends the answer drop by drop. */
  | { readonly kind: "slow-loris"; readonly bytesPerSecond?: number }
  /** Resets the connection (RST). */
  | { readonly kind: "reset"; readonly saved: Saved }
  /** Closes the connection without an answer. */
  | { readonly kind: "drop"; readonly saved: Saved }
  /** Never answers; the connection stays open. */
  | { readonly kind: "silence"; readonly saved: Saved }
  /** Saves, then answers 200 with something else than the answer. */
  | { readonly kind: "garble"; readonly as: Garbling; readonly bytes?: number };

export const GARBLINGS = [
  "invalid-json",
  "html",
  "huge",
  "truncated",
  "truncated-gzip",
  "wrong-content-type",
  "empty",
] as const;
export type Garbling = (typeof GARBLINGS)[number];

export type Fault = What & {
  /** How many requests it strikes; once unless said. */
  readonly times?: number;
  /** How many fitting requests pass before. */
  readonly skip?: number;
  readonly method?: string;
  /** The path begins so; or, with a leading ^, a regular expression. */
  readonly path?: string;
};

export type Faults = {
  readonly add: (...faults: readonly Fault[]) => void;
  /** The fault that strikes this request, if any. */
  readonly take: (method: string, path: string) => Fault | undefined;
  readonly clear: () => void;
  /** Those that have not struck yet. */
  readonly pending: () => readonly Fault[];
};

type Armed = { readonly fault: Fault; left: number; toSkip: number };

export function createFaults(): Faults {
  let armed: Armed[] = [];
  return {
    add(...faults) {
      armed.push(
        ...faults.map((fault) => ({ fault, left: fault.times ?? 1, toSkip: fault.skip ?? 0 })),
      );
    },
    take(method, path) {
      const struck = armed.find((one) => {
        if (!fits(one.fault, method, path)) return false;
        one.toSkip -= 1;
        return one.toSkip < 0;
      });
      if (struck === undefined) return undefined;
      struck.left -= 1;
      if (struck.left <= 0) armed = armed.filter((one) => one !== struck);
      return struck.fault;
    },
    clear() {
      armed = [];
    },
    pending: () => armed.map(({ fault, left }) => ({ ...fault, times: left })),
  };
}

function fits(fault: Fault, method: string, path: string): boolean {
  if (fault.method !== undefined && fault.method !== method) return false;
  if (fault.path === undefined) return true;
  return fault.path.startsWith("^")
    ? new RegExp(fault.path).test(path)
    : path.startsWith(fault.path);
}

const saved: Rule<Saved> = oneOf("nothing", "half", "all");
const common = { kind: text, times: atLeast(1), skip: atLeast(0), method: text, path: text };
const RULES: Readonly<Record<What["kind"], Rule<unknown>>> = {
  status: object(
    { status: integer },
    { ...common, saved, html: flag, detail: text, retryAfterSeconds: atLeast(0) },
  ),
  "slow-answer": object({ ms: anyNumber }, common),
  "slow-save": object({ ms: anyNumber }, common),
  "slow-loris": object({}, { ...common, bytesPerSecond: atLeast(1) }),
  reset: object({ saved }, common),
  drop: object({ saved }, common),
  silence: object({ saved }, common),
  garble: object({ as: oneOf(...GARBLINGS) }, { ...common, bytes: atLeast(1) }),
};

export const FAULT_KINDS = Object.keys(RULES) as readonly What["kind"][];

/** A fault from outside. @returns what is wrong with it, as a sentence, or the fault */
export function parseFault(value: unknown): Fault | string {
  const kind = isObject(value) ? String(value["kind"]) : "";
  if (!Object.hasOwn(RULES, kind)) return `there is no fault of kind "${kind}"`;
  const [wrong] = violationsOf(RULES[kind as What["kind"]], value);
  if (wrong !== undefined) return `${wrong.path}: ${wrong.detail}`;
  return value as Fault;
}
