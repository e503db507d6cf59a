/**
 * Text of a configuration → nodes with their places, and plain values. JSON with comments; a comma
 * behind the last item is allowed. Objects become Maps, so that no key ("__proto__") can mean more than a key.
 */
import jsonc from "jsonc-parser";
import type { Node, ParseError } from "jsonc-parser";

export type JsonNode = Node;
export type Position = { readonly line: number; readonly column: number };
export type SyntaxFlaw = { readonly offset: number; readonly wrong: string };

export type JsonText = {
  /** undefined: the text is empty, or too broken to tell anything. */
  readonly root: JsonNode | undefined;
  readonly syntax: readonly SyntaxFlaw[];
  /** Whether `root` can be trusted in spite of `syntax`: only commas are missing. */
  readonly isReadable: boolean;
  positionAt(offset: number): Position;
};

export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | ReadonlyMap<string, JsonValue>;

export function readJsonText(text: string): JsonText {
  const errors: ParseError[] = [];
  const starts = lineStarts(text);
  const positionAt = (offset: number): Position => {
    const line = starts.findLastIndex((start) => start <= offset);
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
  const unreadable = (wrong: string): JsonText => ({
    root: undefined,
    syntax: [{ offset: 0, wrong }],
    isReadable: false,
    positionAt,
  });

  if (text.trim() === "") return unreadable("is empty");
  let root: JsonNode | undefined;
  try {
    root = jsonc.parseTree(text, errors, { allowTrailingComma: true, disallowComments: false });
  } catch (thrown) {
    // The parser recurses: thousands of open brackets are more than its stack holds.
    if (thrown instanceof RangeError) return unreadable("has too many brackets inside each other");
    throw thrown;
  }
  return {
    root,
    syntax: errors.map(({ error, offset }) => ({
      offset,
      wrong: PARSE_ERRORS[jsonc.printParseErrorCode(error)] ?? "cannot be read here",
    })),
    isReadable: errors.every(({ error }) => jsonc.printParseErrorCode(error) === "CommaExpected"),
    positionAt,
  };
}

/** The value of a node. Of a key that stands twice the last one counts. */
export function valueOf(node: JsonNode): JsonValue {
  switch (node.type) {
    case "object":
      return new Map(propertiesOf(node).map(({ name, value }) => [name, valueOf(value)]));
    case "array":
      return (node.children ?? []).map(valueOf);
    default:
      return node.value as string | number | boolean | null;
  }
}

export type Property = {
  readonly name: string;
  readonly key: JsonNode;
  readonly value: JsonNode;
};

/** The properties of an object in the order of the text, doubled ones too. */
export function propertiesOf(node: JsonNode): Property[] {
  return (node.children ?? []).flatMap((property) => {
    const [key, value] = property.children ?? [];
    return key === undefined || value === undefined
      ? []
      : [{ name: key.value as string, key, value }];
  });
}

/** The node at `path` below `node`; the nearest one above it where there is none. */
export function nodeAt(node: JsonNode, path: readonly (string | number)[]): JsonNode {
  let found = node;
  for (const step of path) {
    const next =
      typeof step === "number"
        ? found.children?.[step]
        : propertiesOf(found).findLast(({ name }) => name === step)?.value;
    if (next === undefined) break;
    found = next;
  }
  return found;
}

const PARSE_ERRORS: Readonly<Record<string, string>> = {
  InvalidSymbol: "has something here that needs double quotes",
  InvalidNumberFormat: "has a number here that is not written as JSON wants it",
  PropertyNameExpected: 'lacks the name of a key here ("name": value)',
  ValueExpected: "lacks a value here",
  ColonExpected: "lacks a colon here, between key and value",
  CommaExpected: "lacks a comma before this",
  CloseBraceExpected: "lacks a closing brace } here",
  CloseBracketExpected: "lacks a closing bracket ] here",
  EndOfFileExpected: "goes on here after its last closing brace",
  InvalidCommentToken: "has a comment here that is not written // … or /* … */",
  UnexpectedEndOfComment: "has a comment here that is never closed with */",
  UnexpectedEndOfString: "has a text here that is never closed with a double quote",
  UnexpectedEndOfNumber: "has an unfinished number here",
  InvalidUnicode: "has a \\u here without four hexadecimal digits",
  InvalidEscapeCharacter:
    "has a backslash here before a character that needs none (a backslash itself is \\\\)",
  InvalidCharacter: "has a control character here (a line end in a text is \\n)",
};

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) starts.push(at + 1);
  return starts;
}
