import { afterAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { describeKeys } from "../../src/config/describe-keys.ts";
import { GOOD, load, removeFolders } from "./written-config.ts";

afterAll(removeFolders);

const names = [...new Set(describeKeys().flatMap(({ key }) => key.split(".")))];
const name = fc.oneof(
  fc.constantFrom(...names),
  fc.string(),
  fc.constantFrom("__proto__", "constructor"),
);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constantFrom(null, true, 0, -1, 1e308, "", "x", "/x", "\u0000"),
    fc.string(),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(name, tie("value"), { maxKeys: 5 }),
  ),
}));

test("any JSON in place of a configuration is told its problems, and none of it crashes", () => {
  fc.assert(
    fc.property(fc.dictionary(name, value), (config) => {
      const loaded = load(JSON.stringify(config));

      expect(loaded.ok ? 0 : loaded.failure.length).toBeGreaterThan(0);
    }),
    { numRuns: 200 },
  );
});

test("a good configuration that is cut or damaged anywhere never crashes, and shows no secret", () => {
  const text = JSON.stringify(GOOD, undefined, 2);
  fc.assert(
    fc.property(fc.nat(text.length), fc.string({ maxLength: 3 }), fc.nat(9), (at, noise, gap) => {
      const loaded = load(text.slice(0, at) + noise + text.slice(at + gap));

      const told = JSON.stringify(loaded.ok ? loaded.value.warnings : loaded.failure);
      expect(told).not.toMatch(/i-secre|mo-toke/);
    }),
    { numRuns: 300 },
  );
});
