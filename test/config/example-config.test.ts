import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { describeKeys } from "../../src/config/describe-keys.ts";
import { readJsonText, valueOf } from "../../src/config/json-text.ts";
import { errorsOf, load, removeFolders } from "./written-config.ts";

afterAll(removeFolders);

const example = readFileSync(
  join(import.meta.dirname, "../../config/config.example.jsonc"),
  "utf8",
);

const isMap = (path: string): boolean =>
  [
    "users",
    "cel.columns",
    "working_hours",
    "customizations.timeouts_ms",
    "altegio.fields",
    "altegio.new_lead.by_location",
    "altegio.responsible_by_staff",
  ].includes(path);

/** The dotted paths of all values; a map such as `users` is one. */
function leavesOf(value: unknown, path: string): [string, unknown][] {
  if (!(value instanceof Map) || isMap(path)) return [[path, value]];
  return [...(value as Map<string, unknown>)].flatMap(([name, inner]) =>
    leavesOf(inner, path === "" ? name : `${path}.${name}`),
  );
}

test("the shipped example lacks nothing but the two secrets", () => {
  const errors = errorsOf(load(example)).map((error) => error.replace(/^\d+ /, ""));

  expect(errors).toEqual([
    "ami.secret: is still the placeholder of the example",
    "kommo.access_token: is still the placeholder of the example",
  ]);
});

test("the shipped example is good once the secrets are filled in", () => {
  const loaded = load(example.replaceAll('"PLACEHOLDER"', '"filled-in"'));

  expect(errorsOf(loaded)).toEqual([]);
  expect(loaded.ok && loaded.value.warnings).toEqual([]);
});

test("the shipped example names every key, and shows the defaults", () => {
  const { root } = readJsonText(example);
  const shown = new Map(leavesOf(root && valueOf(root), ""));

  const unnamed = describeKeys().filter(({ key }) => {
    const name = key.split(".").at(-1) ?? "";
    return !shown.has(key) && !example.includes(`"${name}"`);
  });
  const differing = describeKeys().filter(
    ({ key, default: usual }) =>
      usual !== undefined && key !== "users" && JSON.stringify(shown.get(key)) !== usual,
  );

  expect(unnamed.map(({ key }) => key)).toEqual([]);
  expect(differing.map(({ key }) => key)).toEqual([]);
});
