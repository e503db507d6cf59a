/**
 * The nodes of a configuration file, matched with the known keys: what is given and where, and what
 * stands there that cannot be: unknown and doubled keys, a section that is no object.
 */
import { closestWord } from "../lib/closest-word.ts";
import { FILE_SUFFIX, secretNamedBy } from "./file-suffix.ts";
import { kindInWords } from "./formats.ts";
import type { JsonNode } from "./json-text.ts";
import { propertiesOf, valueOf } from "./json-text.ts";
import type { Key, KeyTree } from "./keys.ts";
import { allKeys, isKey } from "./keys.ts";

/** `fromFile`: the node is the path of a file that holds the value. */
export type FileEntry = {
  readonly path: string;
  readonly key: Key<unknown>;
  readonly node: JsonNode;
  readonly fromFile: boolean;
};

export type Finding = {
  readonly node: JsonNode;
  readonly key: string;
  readonly wrong: string;
  readonly instead: string;
};

export type FileEntries = {
  readonly entries: readonly FileEntry[];
  readonly findings: readonly Finding[];
  /** Nodes of the sections that are there, by path: the place to tell of a missing key. */
  readonly sections: ReadonlyMap<string, JsonNode>;
};

export function matchFile(
  root: JsonNode,
  tree: KeyTree,
  lineOf: (node: JsonNode) => number,
): FileEntries {
  const entries: FileEntry[] = [];
  const findings: Finding[] = [];
  const sections = new Map<string, JsonNode>();

  const walk = (node: JsonNode, branch: KeyTree, prefix: string): void => {
    findings.push(...doubledKeys(node, prefix, lineOf));
    for (const { name, key: keyNode, value } of lastOfEach(node)) {
      const path = prefix + name;
      const entry = Object.hasOwn(branch, name) ? branch[name] : undefined;
      const secret = secretNamedBy(branch, name);
      if (entry !== undefined && isKey(entry)) {
        entries.push({ path, key: entry, node: value, fromFile: false });
        if (value.type === "object") findings.push(...doubledKeys(value, `${path}.`, lineOf));
      } else if (entry !== undefined && value.type === "object") {
        sections.set(path, value);
        walk(value, entry, `${path}.`);
      } else if (entry !== undefined) {
        const instead = `write an object with the keys ${Object.keys(entry).join(", ")}`;
        findings.push({ node: value, key: path, wrong: kindInWords(valueOf(value)), instead });
      } else if (secret !== undefined) {
        const basePath = path.slice(0, -FILE_SUFFIX.length);
        entries.push({ path: basePath, key: secret, node: value, fromFile: true });
      } else {
        const instead = suggestion({ name, branch, prefix });
        findings.push({
          node: keyNode,
          key: path,
          wrong: "is no key of the configuration",
          instead,
        });
      }
    }
  };

  sections.set("", root);
  walk(root, tree, "");
  return { entries, findings, sections };
}

const lastOfEach = (node: JsonNode): ReturnType<typeof propertiesOf> => [
  ...new Map(propertiesOf(node).map((property) => [property.name, property])).values(),
];

function doubledKeys(
  node: JsonNode,
  prefix: string,
  lineOf: (node: JsonNode) => number,
): Finding[] {
  const first = new Map<string, JsonNode>();
  return propertiesOf(node).flatMap(({ name, key }) => {
    const earlier = first.get(name);
    if (earlier === undefined) {
      first.set(name, key);
      return [];
    }
    const wrong = `stands here a second time, after line ${lineOf(earlier)}`;
    return [{ node: key, key: prefix + name, wrong, instead: "keep one of the two" }];
  });
}

type Unknown = { readonly name: string; readonly branch: KeyTree; readonly prefix: string };

function suggestion({ name, branch, prefix }: Unknown): string {
  const near = closestWord(name, namesIn(branch));
  if (near !== undefined) return `did you mean ${prefix}${near}?`;
  const elsewhere = allKeys.find(({ path }) => path.split(".").at(-1) === name);
  if (elsewhere !== undefined) return `did you mean ${elsewhere.path}?`;
  return `remove it, or choose one of ${Object.keys(branch).join(", ")}`;
}

const namesIn = (branch: KeyTree): string[] =>
  Object.entries(branch).flatMap(([name, entry]) =>
    isKey(entry) && entry.isSecret ? [name, name + FILE_SUFFIX] : [name],
  );
