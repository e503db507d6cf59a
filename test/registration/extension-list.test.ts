// The list of extensions that an administrator saves in the widget: it fills gaps, and nothing else.
import { expect, test } from "@jest/globals";
import { decideExtensions, type ExtensionFacts } from "../../src/registration/extension-list.ts";
import { keepExtensions } from "../../src/registration/extension-rows.ts";

const [ANNA, VERA, BORIS, GONE] = [2, 3, 4, 9];
const CONFIGURED = new Map([["101", [ANNA]]]);

const facts = (changes: Partial<ExtensionFacts> = {}): ExtensionFacts => ({
  kept: new Map(),
  configuredUsers: (extension) => CONFIGURED.get(extension) ?? [],
  configuredExtensions: (user) => (user === ANNA ? ["101"] : []),
  isActive: (user) => user !== GONE,
  isExtension: (extension) => /^1\d\d$/.test(extension),
  ...changes,
});

const outcomes = (asked: [number, string][], changes: Partial<ExtensionFacts> = {}) => {
  const { entries, next } = decideExtensions(new Map(asked), facts(changes));
  return { said: entries.map(({ user, outcome }) => [user, outcome]), next: [...next] };
};

test.each<[string, [number, string][], [number, string][], [string, number][]]>([
  ["a gap is filled", [[VERA, "102"]], [[VERA, "kept"]], [["102", VERA]]],
  ["the configuration's own is no news", [[ANNA, "101"]], [[ANNA, "kept"]], []],
  ["the configuration goes before", [[ANNA, "104"]], [[ANNA, "configured"]], []],
  ["whose it is by the configuration keeps it", [[VERA, "101"]], [[VERA, "extension_taken"]], []],
  [
    "of two the first has it",
    [
      [BORIS, "102"],
      [VERA, "102"],
    ],
    [
      [VERA, "kept"],
      [BORIS, "extension_taken"],
    ],
    [["102", VERA]],
  ],
  ["no telephone has such a number", [[VERA, "999"]], [[VERA, "extension_unknown"]], []],
  ["a user who has left gets none", [[GONE, "102"]], [[GONE, "user_unknown"]], []],
  ["nothing is nothing", [[VERA, ""]], [], []],
])("%s", (_, asked, said, next) => {
  expect(outcomes(asked)).toEqual({ said, next });
});

test("two who change places both get what they ask for", () => {
  const kept = new Map([
    ["102", VERA],
    ["104", BORIS],
  ]);

  const { said, next } = outcomes(
    [
      [VERA, "104"],
      [BORIS, "102"],
    ],
    { kept },
  );

  expect(said).toEqual([
    [VERA, "kept"],
    [BORIS, "kept"],
  ]);
  expect(new Map(next)).toEqual(
    new Map([
      ["104", VERA],
      ["102", BORIS],
    ]),
  );
});

test("who has an extension keeps it, though somebody with a lower number asks for it too", () => {
  const { said } = outcomes(
    [
      [VERA, "104"],
      [BORIS, "104"],
    ],
    { kept: new Map([["104", BORIS]]) },
  );

  expect(said).toEqual([
    [VERA, "extension_taken"],
    [BORIS, "kept"],
  ]);
});

test("an empty field takes the extension away, and one whose user has left is free again", () => {
  const kept = new Map([
    ["102", VERA],
    ["104", GONE],
  ]);

  const { said, next } = outcomes(
    [
      [VERA, ""],
      [BORIS, "104"],
    ],
    { kept },
  );

  expect(said).toEqual([
    [VERA, "removed"],
    [BORIS, "kept"],
  ]);
  expect(next).toEqual([["104", BORIS]]);
});

test("each change and each refusal leaves an audit row, a list saved again leaves none", () => {
  const asked = new Map([
    [VERA, "102"],
    [BORIS, "101"],
  ]);
  const first = decideExtensions(asked, facts());
  const again = decideExtensions(new Map([[VERA, "102"]]), facts({ kept: first.next }));

  const rows = keepExtensions(first, { before: new Map(), by: 1, at: 5 });
  const none = keepExtensions(again, { before: first.next, by: 1, at: 6 });

  expect(rows.filter(({ sql }) => sql.includes("_change")).map(({ values }) => values)).toEqual([
    [5, 1, VERA, "102", "kept"],
    [5, 1, BORIS, "101", "extension_taken"],
  ]);
  expect(none).toEqual([]);
});
