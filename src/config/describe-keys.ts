/** The keys as documentation wants them; the example and the pages are held against this list. */
import { allKeys, variableOf } from "./keys.ts";

export type KeyDescription = {
  readonly key: string;
  readonly variable: string;
  readonly expects: string;
  /** As JSON; undefined: none. */
  readonly default: string | undefined;
  readonly isRequired: boolean;
  readonly doc: string;
  /** Other ways to give a secret: a key and a variable that name a file, a credential of systemd. */
  readonly secretFrom:
    | { readonly fileKey: string; readonly fileVariable: string; readonly credential: string }
    | undefined;
};

export function describeKeys(): KeyDescription[] {
  return allKeys.map(({ path, key }) => ({
    key: path,
    variable: variableOf(path),
    expects: key.format.expects,
    default: key.default === undefined ? undefined : asJson(key.default),
    isRequired: key.isRequired,
    doc: key.doc,
    secretFrom: key.isSecret
      ? { fileKey: `${path}_file`, fileVariable: `${variableOf(path)}_FILE`, credential: path }
      : undefined,
  }));
}

const asJson = (value: unknown): string =>
  JSON.stringify(value instanceof Map ? Object.fromEntries(value) : value);
