/**
 * Shapes of values with parts inside (rules, working hours, lists of numbers): each finds all flaws
 * with their places, and reads a value without flaws into the type that the daemon works with.
 */
import { closestWord } from "../lib/closest-word.ts";
import type { Flaw, Format } from "./formats.ts";
import { fromJson, isMap, notA } from "./formats.ts";

export type Shape<T> = {
  /** "a whole number above 0" */
  readonly expects: string;
  readonly flaws: (value: unknown) => readonly Flaw[];
  /** Only of a value without flaws. */
  readonly read: (value: unknown) => T;
};

export const formatOf = <T>({ expects, flaws, read }: Shape<T>): Format<T> => ({
  expects,
  check: flaws,
  fromText: fromJson,
  read,
});

export const shapeOf = <T>({ expects, check }: Format<T>): Shape<T> => ({
  expects,
  flaws: check,
  read: (value) => value as T,
});

/** @param wrong says what is wrong with a text, or undefined */
export function textThat(
  expects: string,
  wrong: (text: string) => string | undefined,
): Shape<string> {
  return {
    expects,
    flaws: (value) => {
      if (typeof value !== "string" || value === "") return [notA(expects, value)];
      const told = wrong(value);
      return told === undefined ? [] : [{ at: [], wrong: told, instead: `write ${expects}` }];
    },
    read: (value) => value as string,
  };
}

export function mapped<T, U>(shape: Shape<T>, change: (value: T) => U): Shape<U> {
  return { ...shape, read: (value) => change(shape.read(value)) };
}

export function listOf<T>(item: Shape<T>, expects: string): Shape<readonly T[]> {
  return {
    expects,
    flaws: (value) =>
      Array.isArray(value)
        ? value.flatMap((one: unknown, index) => inside(index, item.flaws(one)))
        : [notA(expects, value)],
    read: (value) => (value as unknown[]).map(item.read),
  };
}

/** One item may stand without brackets; an empty list fits nothing, and is a mistake. */
export function oneOrMany<T>(item: Shape<T>): Shape<readonly T[]> {
  const expects = `${item.expects}, or a list of such`;
  const list = listOf(item, expects);
  return {
    expects,
    flaws: (value) => {
      if (!Array.isArray(value)) return item.flaws(value);
      return value.length === 0 ? [notA(expects, value)] : list.flaws(value);
    },
    read: (value) => (Array.isArray(value) ? list.read(value) : [item.read(value)]),
  };
}

/** The first that takes the value; what it has to say for itself is said by `expects`. */
export function either<T, U>(one: Shape<T>, other: Shape<U>, expects: string): Shape<T | U> {
  const isObject = (value: unknown): boolean => isMap(value) || Array.isArray(value);
  return {
    expects,
    flaws: (value) => {
      const [first, second] = [one.flaws(value), other.flaws(value)];
      if (first.length === 0 || second.length === 0) return [];
      return isObject(value) && second.some(({ at }) => at.length > 0)
        ? second
        : [notA(expects, value)];
    },
    read: (value) => (one.flaws(value).length === 0 ? one.read(value) : other.read(value)),
  };
}

type Parts = Readonly<Record<string, Shape<unknown>>>;
type Read<P extends Parts> = { readonly [N in keyof P]: ReturnType<P[N]["read"]> };

/** An object with these parts and no others. */
export function objectOf<R extends Parts, O extends Parts>(
  expects: string,
  required: R,
  optional: O,
): Shape<Read<R> & Partial<Read<O>>> {
  const parts: Parts = { ...required, ...optional };
  const known = Object.keys(parts);
  return {
    expects,
    flaws: (value) => {
      if (!isMap(value)) return [notA(expects, value)];
      const missing = Object.keys(required).filter((name) => !value.has(name));
      return [
        ...missing.map((name) => {
          const instead = `write ${required[name]?.expects ?? "it"}`;
          return { at: [], wrong: `lacks "${name}"`, instead };
        }),
        ...[...value].flatMap(([name, part]) => {
          const shape = Object.hasOwn(parts, name) ? parts[name] : undefined;
          if (shape !== undefined) return inside(name, shape.flaws(part));
          const near = closestWord(name, known);
          const instead =
            near === undefined ? `choose one of ${known.join(", ")}` : `did you mean ${near}?`;
          return [{ at: [name], wrong: "is no key here", instead }];
        }),
      ];
    },
    read: (value) =>
      Object.fromEntries(
        [...(value as ReadonlyMap<string, unknown>)].map(([name, part]) => [
          name,
          parts[name]?.read(part),
        ]),
      ) as Read<R> & Partial<Read<O>>,
  };
}

/** Any names with values of one shape. */
export function mapOf<T>(
  item: Shape<T>,
  { expects, names }: { expects: string; names: (name: string) => boolean },
): Shape<ReadonlyMap<string, T>> {
  return {
    expects,
    flaws: (value) =>
      isMap(value)
        ? [...value].flatMap(([name, one]) => [
            ...(names(name) ? [] : [{ at: [name], ...BAD_NAME }]),
            ...inside(name, item.flaws(one)),
          ])
        : [notA(expects, value)],
    read: (value) =>
      new Map(
        [...(value as ReadonlyMap<string, unknown>)].map(([name, one]) => [name, item.read(one)]),
      ),
  };
}

const BAD_NAME = {
  wrong: "has a name that does not fit",
  instead: "use letters, digits, - and _",
};

const inside = (at: string | number, flaws: readonly Flaw[]): Flaw[] =>
  flaws.map((flaw) => ({ ...flaw, at: [at, ...flaw.at] }));
