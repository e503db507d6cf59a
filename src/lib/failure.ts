/**
 * Expected failures are values: `Result` names every case of `F`, and the caller has to look.
 * Bugs are thrown. A stop is an `AbortSignal`.
 */
export type Result<T, F> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: F };

export const succeeded = <T>(value: T): { ok: true; value: T } => ({ ok: true, value });
export const failed = <F>(failure: F): { ok: false; failure: F } => ({ ok: false, failure });

/** What `catch` gives, as an Error; also one that was made in another context of the process. */
export const toError = (thrown: unknown): Error =>
  thrown instanceof Error || isErrorOfElsewhere(thrown) ? thrown : new Error(String(thrown));

const isErrorOfElsewhere = (thrown: unknown): thrown is Error =>
  Object.prototype.toString.call(thrown) === "[object Error]";

/** The `code` of a system error ("ECONNREFUSED"), or undefined. */
export const codeOf = (error: unknown): string | undefined =>
  typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
    ? error.code
    : undefined;

/** For the `default` of a switch that names every case: a new case without a branch does not compile. */
export function assertNever(value: never): never {
  throw new Error(`unexpected value: ${JSON.stringify(value)}`);
}
