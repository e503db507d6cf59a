/** Where CEL is read from: what every kind of source offers. */
import type { LinkedId } from "../../ami/ids.ts";
import type { EpochMs } from "../../lib/clock.ts";
import type { Result } from "../../lib/failure.ts";
import type { CelRow } from "./cel-row.ts";

export type CelFailure = {
  readonly kind: "unreachable" | "refused" | "columns" | "too-slow";
  /** One sentence without its full stop. */
  readonly reason: string;
  readonly hint: string;
};

export type CelRows = {
  readonly rows: readonly CelRow[];
  /** Records that made no sense. */
  readonly skipped: number;
  /** false: there were more than the limit, and the rest was left. */
  readonly isWhole: boolean;
};

export type CelWindow = { readonly from: EpochMs; readonly to: EpochMs };

export type CelSource = {
  /** Rows from `from` on and before `to`. */
  readWindow(window: CelWindow, signal: AbortSignal): Promise<Result<CelRows, CelFailure>>;
  /** All rows of these calls, however old. */
  readCalls(
    linkedIds: readonly LinkedId[],
    signal: AbortSignal,
  ): Promise<Result<CelRows, CelFailure>>;
  close(): Promise<void>;
};

/** Rows of one question: an exchange with 20,000 calls a day writes some 30 a call. */
export const MAX_ROWS = 200_000;

/** What either database may say, in the same words. @param where names the database and its address */
export const tookTooLong = (where: string): CelFailure => ({
  kind: "too-slow",
  reason: `${where} took too long`,
  hint: "ask for less time at once, or add an index on eventtime",
});

/** @param code of the driver, or the name of what it threw */
export const notReadable = (where: string, code: string): CelFailure => ({
  kind: "unreachable",
  reason: `${where} cannot be read (${code})`,
  hint: "see that it runs and that cel.host and cel.port are right",
});
