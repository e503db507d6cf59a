/**
 * `application/x-www-form-urlencoded` with PHP's brackets ("leads[update][0][id]=5"), as trees of texts.
 * Made for what strangers send: no prototypes, and limits on how much and how deep.
 */

export type FormTree = { readonly [name: string]: FormTree | string };

export type FormLimits = { readonly mostPairs: number; readonly deepest: number };

const LIMITS: FormLimits = { mostPairs: 20_000, deepest: 10 };

/** @returns undefined: more pairs than the limit. Pairs that contradict earlier ones or are too deep are left out. */
export function parseForm(text: string, limits: FormLimits = LIMITS): FormTree | undefined {
  const root = branch();
  const pairs = text === "" ? [] : text.split("&", limits.mostPairs + 1);
  if (pairs.length > limits.mostPairs) return undefined;
  for (const [index, pair] of pairs.entries()) {
    const at = pair.indexOf("=");
    const name = decode(at < 0 ? pair : pair.slice(0, at));
    const value = at < 0 ? "" : decode(pair.slice(at + 1));
    const path = name === undefined ? undefined : pathOf(name, limits.deepest);
    if (path !== undefined && value !== undefined) put(root, namedFrom(path, index), value);
  }
  return root;
}

type Branch = { [name: string]: Branch | string };

/** Without a prototype: "__proto__" is a name like any other. */
const branch = (): Branch => Object.create(null) as Branch;

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return undefined;
  }
}

/** "a[b][0]" → a, b, 0. @returns undefined for a name that is none, or is too deep */
function pathOf(name: string, deepest: number): readonly string[] | undefined {
  const bracket = name.indexOf("[");
  if (bracket === 0 || name === "") return undefined;
  if (bracket < 0) return [name];
  const inner = name.slice(bracket);
  if (!/^(\[[^[\]]*\])+$/.test(inner)) return undefined;
  const path = [name.slice(0, bracket), ...inner.slice(1, -1).split("][")];
  return path.length <= deepest ? path : undefined;
}

function put(root: Branch, path: readonly string[], value: string): void {
  let at = root;
  path.forEach((name, index) => {
    const isLast = index === path.length - 1;
    const there = at[name];
    if (isLast) {
      if (there === undefined || typeof there === "string") at[name] = value;
      return;
    }
    // Where a text stands in the place of a list, the rest of this pair goes nowhere.
    const inner = typeof there === "object" ? there : branch();
    if (there === undefined) at[name] = inner;
    at = inner;
  });
}

/** "a[]" is a place of its own; by the pair's number, because counting would take ever longer. */
const namedFrom = (path: readonly string[], index: number): readonly string[] =>
  path.map((step) => (step === "" ? String(index) : step));
