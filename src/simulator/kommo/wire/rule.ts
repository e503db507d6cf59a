/**
 * Rules that a request body has to keep, each of which tells what is wrong in Kommo's own words
 * (`validation-errors`). A rule carries the type of what passed it, so that routes need no casts.
 * An explicit null is refused by every rule but `nullable` (kommo-api, sections 2 and 7).
 */

/** What Kommo says about one field. `path` is dotted, `custom_fields_values.0.field_id`. */
export type Violation = {
  readonly code: string;
  readonly path: string;
  readonly detail: string;
  /** Set when the only thing wrong is a user that the account does not have. */
  readonly userId?: number;
};

export type Place = { readonly path: string; readonly found: Violation[] };

export type Rule<T> = {
  readonly check: (value: unknown, place: Place) => void;
  /** Never set: holds the type of a value that passed. */
  readonly passed?: T;
};

export type Passed<R> = R extends Rule<infer T> ? T : never;
type Rules = Readonly<Record<string, Rule<unknown>>>;
type Fields<R extends Rules, O extends Rules> = { [K in keyof R]: Passed<R[K]> } & {
  [K in keyof O]?: Passed<O[K]>;
};

export const violate = (place: Place, code: string, detail: string): void => {
  place.found.push({ code, path: place.path, detail });
};

const under = (place: Place, key: string | number): Place => ({
  path: place.path === "" ? String(key) : `${place.path}.${key}`,
  found: place.found,
});

const notNull = (value: unknown, place: Place): boolean => {
  if (value !== null) return true;
  violate(place, "NotNullable", "This value should not be null.");
  return false;
};

const typed = <T>(isOfType: (value: unknown) => boolean, name: string): Rule<T> => ({
  check(value, place) {
    if (notNull(value, place) && !isOfType(value)) {
      violate(place, "InvalidType", `This value should be of type ${name}.`);
    }
  },
});

export const integer = typed<number>(Number.isSafeInteger, "int");
export const anyNumber = typed<number>((value) => typeof value === "number", "float");
export const text = typed<string>((value) => typeof value === "string", "string");
export const flag = typed<boolean>((value) => typeof value === "boolean", "bool");
export const integerOrText = typed<number | string>(
  (value) => Number.isSafeInteger(value) || typeof value === "string",
  "int|string",
);

/** A whole number from `least` on. */
export const atLeast = (least: number): Rule<number> =>
  refined(integer, (value, place) => {
    if (value < least) {
      violate(place, "InvalidType", `This value should be greater than or equal to ${least}.`);
    }
  });

export const filledText: Rule<string> = refined(text, (value, place) => {
  if (value.trim() === "") violate(place, "NotBlank", "This value should not be blank.");
});

/** One of a fixed list; anything else is `NotSupportedChoice`. */
export const oneOf = <const T extends string | number>(...choices: readonly T[]): Rule<T> => ({
  check(value, place) {
    if (notNull(value, place) && !choices.includes(value as T)) notSupported(place);
  },
});

export const notSupported = (place: Place): void => {
  violate(place, "NotSupportedChoice", "The value you selected is not a valid choice.");
};

/** `rule`, and when it is kept, `more` on top. */
export function refined<T>(rule: Rule<T>, more: (value: T, place: Place) => void): Rule<T> {
  return {
    check(value, place) {
      const before = place.found.length;
      rule.check(value, place);
      if (place.found.length === before) more(value as T, place);
    },
  };
}

export const nullable = <T>(rule: Rule<T>): Rule<T | null> => ({
  check(value, place) {
    if (value !== null) rule.check(value, place);
  },
});

export const listOf = <T>(rule: Rule<T>, most = Infinity): Rule<T[]> => ({
  check(value, place) {
    if (!notNull(value, place)) return;
    if (!Array.isArray(value)) {
      violate(place, "InvalidType", "This value should be of type array.");
      return;
    }
    if (value.length > most) {
      violate(place, "InvalidType", `This collection should contain ${most} elements or less.`);
      return;
    }
    for (const [index, item] of value.entries()) rule.check(item, under(place, index));
  },
});

/** An object with exactly these keys: unknown ones are `FieldNotExpected`, absent ones `FieldMissing`. */
export function object<R extends Rules, O extends Rules>(
  required: R,
  optional: O,
): Rule<Fields<R, O>> {
  const rules = new Map(Object.entries({ ...required, ...optional }));
  const needed = Object.keys(required);
  return {
    check(value, place) {
      if (!notNull(value, place)) return;
      if (!isObject(value)) {
        violate(place, "InvalidType", "This value should be of type object.");
        return;
      }
      for (const key of needed) {
        if (!(key in value)) violate(under(place, key), "FieldMissing", "This field is missing.");
      }
      for (const [key, field] of Object.entries(value)) {
        const rule = rules.get(key);
        if (rule === undefined) {
          violate(under(place, key), "FieldNotExpected", "This field was not expected.");
        } else rule.check(field, under(place, key));
      }
    },
  };
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** @returns what is wrong with `value`; empty when the rule is kept. */
export function violationsOf(rule: Rule<unknown>, value: unknown): Violation[] {
  const found: Violation[] = [];
  rule.check(value, { path: "", found });
  return found;
}
