/**
 * Reads what a script answered. Hostile input: at most 64 kB are parsed (more than any body that Kommo
 * takes), so that reading never holds up the daemon, and every field is checked by its shape.
 */
import { shownName } from "../lib/shown-name.ts";
import { HOOKS, type HookName } from "./contract/hooks.ts";
import { readShape } from "./contract/read-shape.ts";
import { failure, type JsonObject, type RunFailure } from "./run-result.ts";

export type Answer =
  | { readonly kind: "answered"; readonly data: JsonObject }
  | { readonly kind: "cancelled" }
  | RunFailure;

/** What the answers of some customizations are checked against beside their shape. */
export type AnswerRules = {
  /** Numbers that customize_autodistribution may answer. */
  readonly isExtension: (number: string) => boolean;
  /** Under which process_record_file_path may answer a path; absolute, without a slash at the end. */
  readonly recordingRoots: readonly string[];
};

export const MOST_ANSWER_BYTES = 1_048_576;
const MOST_PARSED_BYTES = 65_536;
const BYTE_ORDER_MARK = 0xfeff;

export function readAnswer(name: HookName, bytes: Uint8Array, rules: AnswerRules): Answer {
  const parsed = parse(bytes);
  if (!parsed.ok) return failure("no-answer", parsed.why);
  const answer = parsed.value;
  if (typeof answer !== "object" || answer === null || Array.isArray(answer))
    return failure("no-answer", "the answer is no object");
  const { state, data } = answer as JsonObject;
  if (typeof state !== "string") return failure("no-answer", "the answer has no state");
  if (state !== "success")
    return failure("state", `the script answered the state ${JSON.stringify(state.slice(0, 40))}`);
  return readData(name, { data, has: Object.hasOwn(answer, "data") }, rules);
}

function parse(bytes: Uint8Array): { ok: true; value: unknown } | { ok: false; why: string } {
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { ok: false, why: "the answer is not UTF-8" };
  }
  if (text.charCodeAt(0) === BYTE_ORDER_MARK)
    return { ok: false, why: "a byte-order mark stands before the answer: save the file without" };
  text = text.trim();
  if (text === "") return { ok: false, why: "the answer is empty" };
  if (text.length > MOST_PARSED_BYTES)
    return { ok: false, why: "the answer is longer than anything that Kommo takes (64 kB)" };
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch {
    return { ok: false, why: "the answer is not JSON, or more than one" };
  }
}

function readData(
  name: HookName,
  { data, has }: { data: unknown; has: boolean },
  rules: AnswerRules,
): Answer {
  const { output, onCancel } = HOOKS[name];
  if (output === undefined) return { kind: "answered", data: {} };
  if (!has) return failure("no-answer", "the answer has no data");
  if (isEmpty(data))
    return onCancel === undefined
      ? failure("no-answer", "data is empty, and there is nothing to cancel")
      : { kind: "cancelled" };
  // Scripts give back what they were given, changed.
  const read = readShape(output, withoutCall(data));
  if (!read.ok) return failure("no-answer", read.failure);
  return tidy(name, read.value as JsonObject, rules);
}

const isEmpty = (data: unknown): boolean =>
  data === null || (typeof data === "object" && Object.keys(data).length === 0);

function withoutCall(data: unknown): unknown {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return data;
  const { call_full: _call, ...rest } = data as JsonObject;
  return rest;
}

function tidy(name: HookName, data: JsonObject, rules: AnswerRules): Answer {
  if (name === "process_record_file_path") {
    const path = String(data["file_path"]);
    return isUnder(path, rules.recordingRoots)
      ? { kind: "answered", data }
      : failure("no-answer", "data.file_path does not lie under a folder of recordings");
  }
  if (name === "customize_autodistribution") {
    const number = String(data["number"]);
    if (!rules.isExtension(number))
      return failure("no-answer", "data.number is no extension of the configuration");
    const shown = typeof data["name"] === "string" ? { name: shownName(data["name"]) } : {};
    return { kind: "answered", data: { ...data, number, ...shown } };
  }
  return { kind: "answered", data };
}

/** Without looking at the disk: whoever opens the file has to look where links lead. */
export function isUnder(path: string, roots: readonly string[]): boolean {
  if (!path.startsWith("/") || path.includes("\0")) return false;
  if (path.split("/").some((part) => part === ".." || part === ".")) return false;
  return roots.some((root) => path.startsWith(`${root}/`));
}
