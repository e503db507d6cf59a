/** "secret_file": the key that names a file in which the secret stands. */
import { isKey, type Key, type KeyTree } from "./key.ts";

export const FILE_SUFFIX = "_file";

/** @returns the secret whose file this name gives; undefined: it is no such name */
export function secretNamedBy(branch: KeyTree, name: string): Key<unknown> | undefined {
  if (!name.endsWith(FILE_SUFFIX)) return undefined;
  const base = name.slice(0, -FILE_SUFFIX.length);
  const entry = Object.hasOwn(branch, base) ? branch[base] : undefined;
  return entry !== undefined && isKey(entry) && entry.isSecret ? entry : undefined;
}
