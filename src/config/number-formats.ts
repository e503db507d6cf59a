/** Formats of the keys that speak of numbers: patterns, rules that rewrite them, employees' further ones. */
import type { NumberRule } from "../registration/number-rules.ts";
import { compileDialPattern } from "../lib/dial-pattern.ts";
import { wholeNumberFrom, type Format } from "./formats.ts";
import { formatOf, listOf, objectOf, oneOrMany, shapeOf, textThat, type Shape } from "./shapes.ts";

export const userId: Shape<number> = {
  ...shapeOf(wholeNumberFrom(1, Number.MAX_SAFE_INTEGER)),
  expects: "the id of a Kommo user",
};

export const numberPattern: Shape<string> = textThat(
  'a number as "79161234567" or a pattern as "_7916XXXXXXX" or "8123456XXXX"',
  (text) => {
    const isSpelt = /^\+?[\d ().-]+$/.test(text);
    if (text.length > 80 || (/\s/.test(text) && !isSpelt)) return "is a text that does not fit";
    return text.startsWith("_") && compileDialPattern(text) === undefined
      ? "is a dial pattern that cannot be read"
      : undefined;
  },
);

export const namePattern: Shape<string> = {
  ...numberPattern,
  expects: 'a name as "PJSIP/trunk" or "sales", a number, or a pattern as "_1XX"',
};

/** @param what makes the words of each list its own: equal words mean one format */
export const patternList = (item: Shape<string>, what: string): Format<readonly string[]> =>
  formatOf(listOf(item, `a list of ${what}, each ${item.expects}`));

/**
 * In how many ways an expression may try a number of 40 characters (LONGEST_NUMBER in
 * registration/number-rules.ts): three `*`, or sixteen `?`. Some milliseconds at worst.
 */
const MOST_WAYS = 70_000;
const WAYS_OF_MANY = 40;
const LONGEST_EXPRESSION = 200;

/**
 * Some expressions take hours for some numbers. Refused are those that repeat a group with a choice or
 * a repetition inside, and those with many repetitions.
 */
export function whyNoExpression(text: string): string | undefined {
  if (text.length > LONGEST_EXPRESSION) return "is too long";
  try {
    new RegExp(text);
  } catch {
    return "is a regular expression that cannot be read";
  }
  const plain = text.replace(/\\[^]/g, "a").replace(/\[[^\]]*\]/g, "a");
  const repeated = /[*+]|\{\d*,?\d*\}|\?(?![:=!<])/g;
  if (text.includes("(?<") || /\\[1-9k]/.test(text)) return "refers to itself or looks back";
  for (const { at, body } of groupsOf(plain)) {
    const isRepeated = /^([*+]|\{)/.test(plain.slice(at));
    if (isRepeated && (body.includes("|") || body.replace(/\(\?[:=!]/g, "(").match(repeated)))
      return "repeats something that repeats itself, and may take hours";
  }
  const quantifiers = plain.replace(/\(\?[:=!]/g, "(").match(repeated) ?? [];
  const ways = quantifiers.reduce((product, one) => product * waysOf(one), 1);
  return ways > MOST_WAYS ? "has too many of * + ? {} (several rules may do it)" : undefined;
}

function waysOf(quantifier: string): number {
  if (quantifier === "?") return 2;
  const [, from, to = from] = /^\{(\d+)(?:,(\d+))?\}$/.exec(quantifier) ?? [];
  return from === undefined ? WAYS_OF_MANY : Number(to) - Number(from) + 1;
}

/** The groups of an expression without escapes and sets: what is inside, and where what follows begins. */
function groupsOf(plain: string): { readonly at: number; readonly body: string }[] {
  const opened: number[] = [];
  return [...plain].flatMap((symbol, index) => {
    if (symbol === "(") opened.push(index);
    if (symbol !== ")") return [];
    const from = opened.pop() ?? 0;
    return [{ at: index + 1, body: plain.slice(from + 1, index) }];
  });
}

const expression = textThat('a regular expression as "^8(\\\\d{10})$"', whyNoExpression);

/** May be empty: what matched is taken away. */
const replacement: Shape<string> = {
  expects: 'a text as "7$1"',
  flaws: (value) =>
    typeof value === "string" && value.length <= 100 && !/[\0-\x1f\x7f]/.test(value)
      ? []
      : [{ at: [], wrong: "is no text that fits", instead: 'write a text as "7$1"' }],
  read: (value) => value as string,
};

export const numberRules = (whose: string): Format<readonly NumberRule[]> =>
  formatOf(
    listOf(
      objectOf("an object with match and replace", { match: expression, replace: replacement }, {}),
      `a list of rules for ${whose} numbers, each { "match": "^8(\\\\d{10})$", "replace": "7$1" }`,
    ),
  );

type Employee = {
  readonly user: number;
  readonly numbers: readonly string[];
  readonly agents?: readonly string[];
};

const agentName = textThat('the name or number of a queue agent, as "Anna" or "1001"', (text) =>
  text.length > 80 || /[\0-\x1f\x7f]/.test(text) ? "is a text that does not fit" : undefined,
);

/** `numbers` may be missing where `agents` are given. */
const employee: Shape<Employee> = {
  expects: "an object with user and numbers or agents",
  flaws: (value) => {
    const flaws = employeeParts.flaws(value);
    if (flaws.length > 0 || !(value instanceof Map)) return flaws;
    if (value.has("numbers") || value.has("agents")) return [];
    const instead = `write ${employeeNumbers.expects}`;
    return [{ at: [], wrong: 'lacks "numbers"', instead }];
  },
  read: (value) => ({ numbers: [], ...employeeParts.read(value) }),
};

const employeeNumbers = oneOrMany(numberPattern);
const employeeParts = objectOf(
  employee.expects,
  { user: userId },
  { numbers: employeeNumbers, agents: oneOrMany(agentName) },
);

export const employees: Format<readonly Employee[]> = formatOf(
  listOf(employee, 'a list of employees, each { "user": 9100001, "numbers": ["79161234567"] }'),
);

export const unknownExtension: Format<"leave_out" | { readonly user: number }> = {
  expects: '"leave_out" or { "user": 9100001 }',
  check: (value) =>
    value === "leave_out" || namedUser.flaws(value).length === 0
      ? []
      : value instanceof Map
        ? namedUser.flaws(value)
        : [
            {
              at: [],
              wrong: "does not fit",
              instead: 'write "leave_out" or { "user": 9100001 }',
            },
          ],
  fromText: (text) => (text === "leave_out" ? text : formatOf(namedUser).fromText(text)),
  read: (value) => (value === "leave_out" ? value : namedUser.read(value)),
};

const namedUser = objectOf('{ "user": 9100001 }', { user: userId }, {});
