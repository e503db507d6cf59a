import { expect, test } from "@jest/globals";
import * as fc from "fast-check";
import { parseForm } from "../../src/lib/form-text.ts";

const read = (text: string): unknown => JSON.parse(JSON.stringify(parseForm(text)));

test("PHP's brackets are trees, whatever is escaped", () => {
  const text =
    "contacts%5Bupdate%5D%5B0%5D%5Bname%5D=Ana+Costa%20%C3%A9&contacts[update][0][id]=5&a[]=x&a[]=y&b";

  expect(read(text)).toEqual({
    contacts: { update: { 0: { name: "Ana Costa é", id: "5" } } },
    a: { 2: "x", 3: "y" },
    b: "",
  });
});

test.each([
  ["a=1&a[b]=2", { a: "1" }],
  ["a[b]=2&a=1", { a: { b: "2" } }],
  ["a[b=1&c]=2&[d]=3&=4&e[f]g=5&%=6&h=%E0%A4%A", { "c]": "2" }],
  ["a[b][c][d][e][f][g][h][i][j]=9&a[b][c][d][e][f][g][h][i][j][k]=10", undefined],
])("what contradicts itself, is broken or too deep is left out: %s", (text, expected) => {
  const found = read(text);

  if (expected !== undefined) expect(found).toMatchObject(expected);
  expect(JSON.stringify(found)).not.toMatch(/"10"|"4"|"6"/);
});

test("names of prototypes are names, and change no other object", () => {
  const form = parseForm("__proto__[polluted]=1&constructor[prototype][polluted]=1&a[__proto__]=1");

  expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  expect(Object.keys(form ?? {})).toEqual(["__proto__", "constructor", "a"]);
});

test("more pairs than the limit are refused as a whole", () => {
  const limits = { mostPairs: 3, deepest: 10 };
  const sizes = ["a=1&b=2", "a=1&b=2&c=3", "a=1&b=2&c=3&d=4"].map((text) =>
    parseForm(text, limits),
  );

  expect(sizes.map((form) => form && Object.keys(form).length)).toEqual([2, 3, undefined]);
});

test("any text gives a tree or nothing", () => {
  const piece = fc.constantFrom("a", "[", "]", "=", "&", "0", "%5B", "%5D", "%", "__proto__", "é");
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      parseForm(pieces.join(""));
    }),
  );
});
