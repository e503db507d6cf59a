/** What a key of the configuration is, and how one is written down. */
import type { Format } from "./formats.ts";

export type Key<T> = {
  readonly is: "key";
  readonly doc: string;
  readonly format: Format<NonNullable<T>>;
  readonly default: T | undefined;
  /** Wanted by whoever needs the section; there is no default. */
  readonly isRequired: boolean;
  /** A key that, where it is given, makes this one needless. */
  readonly isNeedlessWith?: string;
  /** Never shown; may also come from a file or a credential. */
  readonly isSecret: boolean;
};

export const withDefault = <T>(format: Format<T>, value: NoInfer<T>, doc: string): Key<T> => ({
  ...bare(format, doc),
  default: value,
});

export const optional = <T>(format: Format<T>, doc: string): Key<T | undefined> =>
  bare(format, doc);

export const required = <T>(format: Format<T>, doc: string): Key<T> => ({
  ...bare(format, doc),
  isRequired: true,
});

/** @param other the key that makes this one needless */
export const requiredWithout = <T>(
  other: string,
  format: Format<T>,
  doc: string,
): Key<T | undefined> => ({
  ...optional(format, doc),
  isRequired: true,
  isNeedlessWith: other,
});

export const secret = <T>(key: Key<T>): Key<T> => ({ ...key, isSecret: true });

function bare<T>(format: Format<T>, doc: string): Key<T> {
  return {
    is: "key",
    doc,
    format: format as Format<NonNullable<T>>,
    default: undefined,
    isRequired: false,
    isSecret: false,
  };
}

export type KeyTree = { readonly [name: string]: Key<unknown> | KeyTree };

export type ValuesOf<Tree> = {
  readonly [Name in keyof Tree]: Tree[Name] extends Key<infer T> ? T : ValuesOf<Tree[Name]>;
};

export const isKey = (entry: Key<unknown> | KeyTree): entry is Key<unknown> => entry.is === "key";

export type NamedKey = { readonly path: string; readonly key: Key<unknown> };

/** All of a tree with their dotted paths, in its order. */
export function keysIn(tree: KeyTree, prefix = ""): NamedKey[] {
  return Object.entries(tree).flatMap(([name, entry]) =>
    isKey(entry) ? [{ path: prefix + name, key: entry }] : keysIn(entry, `${prefix}${name}.`),
  );
}
