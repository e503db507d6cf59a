/**
 * A small language for the shape of JSON: what scripts are given and what they may answer is written
 * in it once (hooks.ts). From it come the check of answers, the JSON Schemas and the types.
 */
export type Shape = { readonly doc: string } & (
  | {
      readonly is: "text";
      readonly most: number;
      readonly mayBeEmpty: boolean;
      readonly mayBreak: boolean;
      readonly pattern?: string;
    }
  | { readonly is: "integer"; readonly least: number }
  | { readonly is: "number" }
  | { readonly is: "flag" }
  | { readonly is: "choice"; readonly of: readonly string[] }
  | { readonly is: "list"; readonly of: Shape }
  | { readonly is: "map"; readonly of: Shape }
  | { readonly is: "either"; readonly of: readonly Shape[] }
  | { readonly is: "nullable"; readonly of: Shape }
  | { readonly is: "named"; readonly name: string; readonly of: Shape }
  | { readonly is: "anything" }
  | {
      readonly is: "object";
      readonly fields: Readonly<Record<string, Shape>>;
      /** Not in every object. */
      readonly optional: readonly string[];
      /** Further fields pass as they are. */
      readonly isOpen: boolean;
    }
);

type TextLimits = {
  readonly most?: number;
  readonly mayBeEmpty?: boolean;
  readonly mayBreak?: boolean;
  readonly pattern?: string;
};

const MOST_CHARACTERS = 255; // Kommo's limit for names

/** A line of plain text: no control characters, no markup; `mayBreak`: several lines. */
export const text = (doc: string, limits: TextLimits = {}): Shape => ({
  is: "text",
  doc,
  most: MOST_CHARACTERS,
  mayBeEmpty: false,
  mayBreak: false,
  ...limits,
});
export const integer = (doc: string, least = 0): Shape => ({ is: "integer", doc, least });
export const number = (doc: string): Shape => ({ is: "number", doc });
export const flag = (doc: string): Shape => ({ is: "flag", doc });
export const choice = (doc: string, of: readonly string[]): Shape => ({ is: "choice", doc, of });
export const list = (of: Shape, doc = ""): Shape => ({ is: "list", of, doc });
export const mapOf = (of: Shape, doc = ""): Shape => ({ is: "map", of, doc });
export const either = (of: readonly Shape[], doc = ""): Shape => ({ is: "either", of, doc });
export const nullable = (of: Shape): Shape => ({ is: "nullable", of, doc: of.doc });
export const anything = (doc: string): Shape => ({ is: "anything", doc });
/** Stands once in schemas and types, under this name. */
export const named = (name: string, of: Shape): Shape => ({ is: "named", name, of, doc: of.doc });

export const object = (
  fields: Readonly<Record<string, Shape>>,
  { doc = "", optional = [], isOpen = false }: Partial<ObjectTraits> = {},
): Shape => ({ is: "object", fields, optional, isOpen, doc });

type ObjectTraits = {
  readonly doc: string;
  readonly optional: readonly string[];
  readonly isOpen: boolean;
};
