/** F08: what a process may open has an end. Then no file, socket or thread can be made, nor a part of the program read. */
import { closeSync, openSync } from "node:fs";
import { toError } from "./failure.ts";

const NO_MORE_FILES = /\b(?:EMFILE|ENFILE)\b|too many open files/;

/** The way out, for the operator. */
const RAISE_LIMIT = "raise LimitNOFILE of the service (ulimit -n), and start it again";

type NoMoreFiles = { readonly reason: string; readonly hint: string };

/** @returns what to tell the operator, if the process or the host has no descriptor left; undefined of any other error */
export function tellNoMoreFiles({ message }: Error): NoMoreFiles | undefined {
  if (!NO_MORE_FILES.test(message)) return undefined;
  return { reason: `no more files can be opened: ${message}`, hint: RAISE_LIMIT };
}

/**
 * SQLite says of a file that it cannot be opened, and not why.
 * @param needed so many files, opened at the same time
 * @returns undefined if they can be opened
 */
export function tellMissingFiles(needed: number): NoMoreFiles | undefined {
  const opened: number[] = [];
  try {
    while (opened.length < needed) opened.push(openSync("/dev/null", "r"));
    return undefined;
  } catch (thrown) {
    return tellNoMoreFiles(toError(thrown));
  } finally {
    opened.forEach((file) => closeSync(file));
  }
}
