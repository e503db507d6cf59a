/**
 * Reads an untrusted value by its shape. What PHP and shell scripts do innocently passes (a number as
 * a string, an empty array for an empty object); everything else that is not as described is a
 * problem, named with its place. Pure.
 */
import { failed, succeeded, type Result } from "../../lib/failure.ts";
import type { Shape } from "./shape.ts";

/** @returns the value as it is to be used, or one sentence: "data.name is longer than 255 characters" */
export function readShape(shape: Shape, value: unknown, path = "data"): Result<unknown, string> {
  try {
    return succeeded(read(shape, value, path));
  } catch (thrown) {
    if (thrown instanceof Misfit) return failed(thrown.message);
    throw thrown;
  }
}

class Misfit extends Error {}

function refuse(path: string, why: string): never {
  throw new Misfit(`${path} ${why}`);
}

function read(shape: Shape, value: unknown, path: string): unknown {
  switch (shape.is) {
    case "text":
      return readText(shape, value, path);
    case "integer": {
      const whole = typeof value === "string" && /^-?\d{1,15}$/.test(value) ? Number(value) : value;
      if (typeof whole !== "number" || !Number.isSafeInteger(whole))
        return refuse(path, "is no whole number");
      return whole < shape.least ? refuse(path, `is below ${shape.least}`) : whole;
    }
    case "number":
      return typeof value === "number" && Number.isFinite(value)
        ? value
        : refuse(path, "is no number");
    case "flag":
      if (value === 0 || value === 1) return value === 1;
      return typeof value === "boolean" ? value : refuse(path, "is neither true nor false");
    case "choice":
      return typeof value === "string" && shape.of.includes(value)
        ? value
        : refuse(path, `is none of ${shape.of.join(", ")}`);
    case "nullable":
      return value === null ? null : read(shape.of, value, path);
    case "named":
      return read(shape.of, value, path);
    case "anything":
      return readFree(value, path, 0);
    case "list":
      if (!Array.isArray(value)) return refuse(path, "is no list");
      if (value.length > MOST_ELEMENTS) return refuse(path, "is too long a list");
      return value.map((element, index) => read(shape.of, element, `${path}[${index}]`));
    case "map":
      return Object.fromEntries(
        Object.entries(plainObject(value, path)).map(([key, inner]) => [
          key,
          read(shape.of, inner, `${path}.${key}`),
        ]),
      );
    case "either":
      return readEither(shape.of, value, path);
    case "object":
      return readObject(shape, value, path);
  }
}

const MOST_ELEMENTS = 500;
const DEEPEST = 12;
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/;
const CONTROL_BUT_BREAKS =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;
const MARKUP = /<\s*[a-z/!?]/i;

function readText(shape: Extract<Shape, { is: "text" }>, value: unknown, path: string): string {
  const words = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof words !== "string") return refuse(path, "is no text");
  if (words === "" && !shape.mayBeEmpty) return refuse(path, "is empty");
  if (words.length > shape.most) return refuse(path, `is longer than ${shape.most} characters`);
  if ((shape.mayBreak ? CONTROL_BUT_BREAKS : CONTROL).test(words))
    return refuse(path, "has control characters in it");
  if (MARKUP.test(words)) return refuse(path, "has markup in it");
  if (shape.pattern !== undefined && words !== "" && !new RegExp(shape.pattern, "u").test(words))
    return refuse(path, "is not of the form that is wanted");
  return words;
}

function readEither(shapes: readonly Shape[], value: unknown, path: string): unknown {
  let last: Misfit | undefined;
  for (const shape of shapes) {
    try {
      return read(shape, value, path);
    } catch (thrown) {
      if (!(thrown instanceof Misfit)) throw thrown;
      last = thrown;
    }
  }
  throw last ?? new Misfit(`${path} fits nothing`);
}

function readObject(
  shape: Extract<Shape, { is: "object" }>,
  value: unknown,
  path: string,
): Record<string, unknown> {
  const given = plainObject(value, path);
  const kept: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(shape.fields)) {
    if (Object.hasOwn(given, name)) kept[name] = read(inner, given[name], `${path}.${name}`);
    else if (!shape.optional.includes(name)) refuse(`${path}.${name}`, "is missing");
  }
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(shape.fields, name)) continue;
    if (!shape.isOpen) refuse(`${path}.${name}`, "is not known");
    kept[name] = readFree(given[name], `${path}.${name}`, 0);
  }
  return kept;
}

/** PHP has one empty array for both. */
function plainObject(value: unknown, path: string): Readonly<Record<string, unknown>> {
  if (Array.isArray(value) && value.length === 0) return {};
  if (typeof value !== "object" || value === null || Array.isArray(value))
    return refuse(path, "is no object");
  const bad = Object.keys(value).find((name) => name.length > 128 || FORBIDDEN.includes(name));
  if (bad !== undefined) refuse(path, "has a field name that is not allowed");
  return value as Readonly<Record<string, unknown>>;
}

/** In JavaScript these are doors into every other object. */
const FORBIDDEN: readonly string[] = ["__proto__", "constructor", "prototype"];

/** Fields that the contract does not know go to Kommo as they are; only their form is looked at. */
function readFree(value: unknown, path: string, depth: number): unknown {
  if (depth > DEEPEST) return refuse(path, "is nested too deep");
  if (typeof value === "string") {
    if (CONTROL_BUT_BREAKS.test(value)) return refuse(path, "has control characters in it");
    return value;
  }
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) {
    if (value.length > MOST_ELEMENTS) return refuse(path, "is too long a list");
    return value.map((element, index) => readFree(element, `${path}[${index}]`, depth + 1));
  }
  return Object.fromEntries(
    Object.entries(plainObject(value, path)).map(([name, inner]) => [
      name,
      readFree(inner, `${path}.${name}`, depth + 1),
    ]),
  );
}
