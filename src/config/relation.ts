/** What a check of several keys is given, and what it finds. */
import type { ConfigProblem } from "./problem.ts";

export type Relation = Pick<ConfigProblem, "severity" | "key" | "wrong" | "instead"> & {
  /** Where inside the key's value. */
  readonly at?: readonly (string | number)[];
};

export type ValueOf = {
  /** undefined: neither given nor defaulted, or wrong in itself. */
  (path: string): unknown;
};
