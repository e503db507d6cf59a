/**
 * The values that the outside gives for the known keys: one reader each for the file, the credentials
 * of systemd and the environment. Each value is checked where it stands, so that its problem can say where.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { closestWord } from "../lib/closest-word.ts";
import { matchFile } from "./file-entries.ts";
import type { FileEntry } from "./file-entries.ts";
import { FILE_SUFFIX } from "./file-suffix.ts";
import type { Flaw } from "./formats.ts";
import type { JsonNode, JsonText } from "./json-text.ts";
import { nodeAt, readJsonText, valueOf } from "./json-text.ts";
import type { Key } from "./keys.ts";
import { allKeys, keys, variableOf } from "./keys.ts";
import { flawsOfKey } from "./key-flaws.ts";
import type { ConfigProblem, Place } from "./problem.ts";
import { readSecretFile } from "./secret-files.ts";

export type Given = {
  readonly value: unknown;
  readonly place: Place;
  readonly isValid: boolean;
  /** The file that the value was read from, where the configuration named one. */
  readonly secretFile: string | undefined;
  /** The place of a part of the value. */
  readonly placeAt?: (at: Flaw["at"]) => Place;
};

export type GivenValues = {
  readonly values: ReadonlyMap<string, Given>;
  readonly problems: readonly ConfigProblem[];
};

export type GivenByFile = GivenValues & {
  /** Where to tell of a key that is missing; undefined: what is wrong there has been said already. */
  placeToMiss(path: string): Place | undefined;
};

export function givenByFile(file: string, text: string): GivenByFile {
  const json = readJsonText(text);
  const collected = new Collected();
  const placeAt = (offset: number): Place => ({ kind: "file", file, ...json.positionAt(offset) });
  // Behind the first error a reader can only guess, unless no more than commas are missing.
  for (const { offset, wrong } of json.isReadable ? json.syntax : json.syntax.slice(0, 1)) {
    const instead = json.isReadable ? "write it" : "what follows is looked at once this is right";
    collected.add({ place: placeAt(offset), key: "", wrong: `the JSON ${wrong}`, instead });
  }
  const root = json.root;
  if (root === undefined || (json.syntax.length > 0 && !json.isReadable))
    return { ...collected, placeToMiss: () => undefined };
  if (root.type !== "object") {
    const instead = 'write { "ami": { … }, "pbx": { … }, "kommo": { … } }';
    collected.add({
      place: placeAt(root.offset),
      key: "",
      wrong: "the text is no JSON object",
      instead,
    });
    return { ...collected, placeToMiss: () => undefined };
  }

  const lineOf = (node: JsonNode): number => json.positionAt(node.offset).line;
  const { entries, findings, sections } = matchFile(root, keys, lineOf);
  for (const { node, ...finding } of findings)
    collected.add({ place: placeAt(node.offset), ...finding });
  for (const entry of entries) addFileEntry(collected, entry, placeAt);
  return { ...collected, placeToMiss: (path) => placeToMiss({ path, json, sections, placeAt }) };
}

export function givenByCredentials(directory: string): GivenValues {
  const collected = new Collected();
  for (const { path, key } of allKeys) {
    const file = join(directory, path);
    if (!key.isSecret || !existsSync(file)) continue;
    const place: Place = { kind: "credential", credential: path };
    collected.addSecretFile({ path, key, place, file, mayBeOpen: true });
  }
  return collected;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** An empty variable counts as one that is not there. */
export function givenByEnvironment(env: Environment): GivenValues {
  const collected = new Collected();
  const known = new Set<string>();
  for (const { path, key } of allKeys) {
    const variable = variableOf(path);
    const fileVariable = `${variable}_FILE`;
    known.add(variable);
    if (key.isSecret) known.add(fileVariable);
    const text = env[variable] ?? "";
    const file = key.isSecret ? (env[fileVariable] ?? "") : "";
    const place: Place = { kind: "variable", variable: text === "" ? fileVariable : variable };
    if (text !== "")
      collected.addValue({ path, key, value: key.format.fromText(text), flawPlace: () => place });
    if (file === "") continue;
    if (text === "") collected.addSecretFile({ path, key, place, file });
    else
      collected.add({
        place,
        key: path,
        wrong: `is given, and ${fileVariable} too`,
        instead: "keep one of the two",
      });
  }
  for (const variable of Object.keys(env)) {
    if (!variable.startsWith("ASTERISK_KOMMO_") || known.has(variable)) continue;
    const near = closestWord(variable, [...known]);
    const instead = near === undefined ? "remove it" : `did you mean ${near}?`;
    const place: Place = { kind: "variable", variable };
    collected.add({
      severity: "warning",
      place,
      key: "",
      wrong: "names no key of the configuration",
      instead,
    });
  }
  return collected;
}

function addFileEntry(
  collected: Collected,
  { path, key, node, fromFile }: FileEntry,
  placeAt: (offset: number) => Place,
): void {
  const place = placeAt(node.offset);
  const value = valueOf(node);
  const named = fromFile ? path + FILE_SUFFIX : path;
  if (collected.values.has(path)) {
    const wrong = `is given, and ${path}${fromFile ? "" : FILE_SUFFIX} too`;
    collected.add({ place, key: named, wrong, instead: "keep one of the two" });
  } else if (!fromFile) {
    const flawPlace = (at: Flaw["at"]): Place => placeAt(nodeAt(node, at).offset);
    collected.addValue({ path, key, value, flawPlace });
  } else if (typeof value === "string" && value.startsWith("/")) {
    collected.addSecretFile({ path, key, place, file: value });
  } else {
    collected.values.set(path, { value: undefined, place, isValid: false, secretFile: undefined });
    const instead = "write the path of a file, beginning with /";
    collected.add({ place, key: named, wrong: "is no such path", instead });
  }
}

type Miss = {
  readonly path: string;
  readonly json: JsonText;
  readonly sections: ReadonlyMap<string, JsonNode>;
  readonly placeAt: (offset: number) => Place;
};

function placeToMiss({ path, json, sections, placeAt }: Miss): Place | undefined {
  const names = path.split(".").slice(0, -1);
  let place = placeAt(json.root?.offset ?? 0);
  for (let depth = 1; depth <= names.length; depth++) {
    const node = sections.get(names.slice(0, depth).join("."));
    if (node !== undefined) place = placeAt(node.offset);
    // The section stands there and is no object: that has been said.
    else if (
      json.root !== undefined &&
      nodeAt(json.root, names.slice(0, depth)) !== nodeAt(json.root, names.slice(0, depth - 1))
    )
      return undefined;
  }
  return place;
}

type Secret = { path: string; key: Key<unknown>; place: Place; file: string; mayBeOpen?: boolean };
type Value = {
  path: string;
  key: Key<unknown>;
  value: unknown;
  flawPlace: (at: Flaw["at"]) => Place;
  secretFile?: string;
};

class Collected implements GivenValues {
  readonly values = new Map<string, Given>();
  readonly problems: ConfigProblem[] = [];

  add(problem: Omit<ConfigProblem, "severity"> & Partial<Pick<ConfigProblem, "severity">>): void {
    this.problems.push({ severity: "error", ...problem });
  }

  addValue({ path, key, value, flawPlace, secretFile }: Value): void {
    const flaws = flawsOfKey(key, value);
    for (const { at, wrong, instead } of flaws) {
      const inside = at
        .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
        .join("");
      this.add({ place: flawPlace(at), key: path + inside, wrong, instead });
    }
    const isValid = flaws.length === 0;
    this.values.set(path, { value, place: flawPlace([]), isValid, secretFile, placeAt: flawPlace });
  }

  /** A credential of systemd is only ours (`mayBeOpen`); any other file with a secret has to be closed. */
  addSecretFile({ path, key, place, file, mayBeOpen = false }: Secret): void {
    const text = readSecretFile(file);
    if (text.ok) {
      const secretFile = mayBeOpen ? {} : { secretFile: file };
      return this.addValue({ path, key, value: text.value, flawPlace: () => place, ...secretFile });
    }
    this.values.set(path, { value: undefined, place, isValid: false, secretFile: undefined });
    this.add({ place, key: path, ...text.failure });
  }
}
