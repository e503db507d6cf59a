/**
 * A list whose entries are small configurations: the keys of a tree, with their formats, defaults and
 * secrets as everywhere else. Exports `listOfEntries`, and `valuesInEntry` for checks between keys.
 */
import { closestWord } from "../lib/closest-word.ts";
import { FILE_SUFFIX, secretNamedBy } from "./file-suffix.ts";
import { fromJson, isMap, kindInWords, notA, type Flaw, type Format } from "./formats.ts";
import { isKey, keysIn, type Key, type KeyTree } from "./key.ts";
import { flawsOfKey } from "./key-flaws.ts";
import { readSecretFile } from "./secret-files.ts";

type Wish = {
  readonly tree: KeyTree;
  /** The required key at the top of an entry that no two entries may have alike. */
  readonly unique: string;
};

export function listOfEntries<T>(expects: string, { tree, unique }: Wish): Format<readonly T[]> {
  return {
    expects,
    check(value) {
      if (!Array.isArray(value)) return [notA(expects, value)];
      const names = value.map((entry: unknown) => (isMap(entry) ? entry.get(unique) : undefined));
      return value.flatMap((entry: unknown, index) => {
        const isTwice = names[index] !== undefined && names.indexOf(names[index]) !== index;
        const twice = { wrong: "is there twice", instead: `choose another ${unique}` };
        const flaws = isMap(entry) ? entryFlaws(entry, tree) : [notA("an object", entry)];
        return [...flaws, ...(isTwice ? [{ at: [unique], ...twice }] : [])].map((flaw) => ({
          ...flaw,
          at: [index, ...flaw.at],
        }));
      });
    },
    fromText: fromJson,
    read: (value) =>
      (value as ReadonlyMap<string, unknown>[]).map((entry) => readEntry<T>(entry, tree)),
    secretsIn: (value) =>
      (value as ReadonlyMap<string, unknown>[]).flatMap((entry) =>
        [...valuesInEntry(entry, tree)].flatMap(([, { key, value: given, file }]) =>
          key.isSecret && typeof given === "string" ? [{ value: given, file }] : [],
        ),
      ),
  };
}

export type EntryValue = {
  readonly key: Key<unknown>;
  readonly value: unknown;
  /** The file that it was read from. */
  readonly file: string | undefined;
};

/** What an entry gives, by dotted path. Of one with flaws: what can be read of it. */
export function valuesInEntry(
  entry: ReadonlyMap<string, unknown>,
  tree: KeyTree,
): ReadonlyMap<string, EntryValue> {
  const values = new Map<string, EntryValue>();
  for (const { path, key } of keysIn(tree)) {
    const value = partAt(entry, path);
    if (value !== undefined) values.set(path, { key, value, file: undefined });
    const file = key.isSecret ? partAt(entry, path + FILE_SUFFIX) : undefined;
    if (typeof file !== "string" || value !== undefined) continue;
    const text = readSecretFile(file);
    if (text.ok) values.set(path, { key, value: text.value, file });
  }
  return values;
}

const partAt = (entry: ReadonlyMap<string, unknown>, path: string): unknown =>
  path
    .split(".")
    .reduce<unknown>((section, name) => (isMap(section) ? section.get(name) : undefined), entry);

function entryFlaws(entry: ReadonlyMap<string, unknown>, tree: KeyTree): Flaw[] {
  const flaws: Flaw[] = [];
  const walk = (section: ReadonlyMap<string, unknown>, branch: KeyTree, at: string[]): void => {
    for (const [name, value] of section) {
      const place = [...at, name];
      const known = Object.hasOwn(branch, name) ? branch[name] : undefined;
      if (known !== undefined && isKey(known))
        flaws.push(
          ...flawsOfKey(known, value).map((flaw) => ({ ...flaw, at: [...place, ...flaw.at] })),
        );
      else if (known !== undefined && isMap(value)) walk(value, known, place);
      else if (known !== undefined) {
        const instead = `write an object with the keys ${Object.keys(known).join(", ")}`;
        flaws.push({ at: place, wrong: kindInWords(value), instead });
      } else if (secretNamedBy(branch, name) !== undefined)
        flaws.push(...fileFlaws(value, { place, isSecondWay: section.has(baseOf(name)) }));
      else {
        const near = closestWord(name, Object.keys(branch));
        const choice = `choose one of ${Object.keys(branch).join(", ")}`;
        const instead = near === undefined ? choice : `did you mean ${near}?`;
        flaws.push({ at: place, wrong: "is no key here", instead });
      }
    }
  };
  walk(entry, tree, []);
  for (const { path, key } of keysIn(tree)) {
    const isGiven = (name: string): boolean => partAt(entry, name) !== undefined;
    if (!key.isRequired || isGiven(path) || (key.isSecret && isGiven(path + FILE_SUFFIX))) continue;
    const file = key.isSecret ? `, or give ${path}${FILE_SUFFIX}` : "";
    const instead = `write ${key.format.expects} (${key.doc})${file}`;
    flaws.push({ at: [], wrong: `lacks ${path}`, instead });
  }
  return flaws;
}

const baseOf = (name: string): string => name.slice(0, -FILE_SUFFIX.length);

function fileFlaws(
  value: unknown,
  { place, isSecondWay }: { place: readonly string[]; isSecondWay: boolean },
): Flaw[] {
  if (isSecondWay)
    return [{ at: place, wrong: "is given, and the secret too", instead: "keep one of the two" }];
  if (typeof value !== "string" || !value.startsWith("/")) {
    const instead = "write the path of a file, beginning with /";
    return [{ at: place, wrong: "is no such path", instead }];
  }
  const text = readSecretFile(value);
  return text.ok ? [] : [{ at: place, ...text.failure }];
}

/** An entry without flaws, with its defaults. */
function readEntry<T>(entry: ReadonlyMap<string, unknown>, tree: KeyTree): T {
  const given = valuesInEntry(entry, tree);
  const build = (branch: KeyTree, prefix: string): Record<string, unknown> =>
    Object.fromEntries(
      Object.entries(branch).map(([name, known]) => {
        const path = prefix + name;
        if (!isKey(known)) return [name, build(known, `${path}.`)];
        const value = given.get(path)?.value;
        if (value === undefined) return [name, known.default];
        return [name, known.format.read === undefined ? value : known.format.read(value)];
      }),
    );
  return build(tree, "") as T;
}
