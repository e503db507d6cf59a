// The examples of docs/rules.md are what check-config accepts.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { readJsonText, valueOf } from "../../src/config/json-text.ts";
import { errorsOf, GOOD, load, removeFolders } from "./written-config.ts";

afterAll(removeFolders);

const page = readFileSync(join(import.meta.dirname, "../../docs/rules.md"), "utf8");
const examples = [...page.matchAll(/```jsonc\n(.*?)```/gs)].map(([, text = ""]) => text);

const plain = (value: unknown): unknown =>
  value instanceof Map
    ? Object.fromEntries([...value].map(([name, inner]) => [name, plain(inner)]))
    : Array.isArray(value)
      ? value.map(plain)
      : value;

test("the page has examples", () => {
  expect(examples.length).toBeGreaterThan(3);
});

test.each(examples.map((text, index) => [index + 1, text]))("example %d is accepted", (_, text) => {
  const { root, syntax } = readJsonText(String(text));

  const part = plain(root && valueOf(root)) as object;

  expect(syntax).toEqual([]);
  expect(errorsOf(load({ ...GOOD, ...part }))).toEqual([]);
});
