/** The contract as JSON Schema (2020-12): one document, `$defs` for each input and answer. */
import { HOOK_NAMES, HOOKS } from "./hooks.ts";
import { object, text, anything, type Shape } from "./shape.ts";

type Schema = { readonly [key: string]: unknown };

export function contractSchema(): Schema {
  const defs: Record<string, Schema> = {};
  for (const name of HOOK_NAMES) {
    const { input, output, doc } = HOOKS[name];
    defs[`${name}.input`] = { description: doc, ...schemaOf(input, defs) };
    defs[`${name}.answer`] = schemaOf(answerShape(output), defs);
  }
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    $id: "asterisk-kommo/customization",
    title: "Inputs and answers of asterisk-kommo's customizations",
    $defs: defs,
  };
}

/** `data` may be empty: cancelled. */
const answerShape = (output: Shape | undefined): Shape =>
  object(
    {
      state: text('"success", or the default is used'),
      data: output ?? anything("not looked at"),
    },
    { optional: output === undefined ? ["data"] : [], isOpen: true },
  );

function schemaOf(shape: Shape, defs: Record<string, Schema>): Schema {
  const doc = shape.doc === "" ? {} : { description: shape.doc };
  switch (shape.is) {
    case "text":
      return {
        ...doc,
        type: "string",
        maxLength: shape.most,
        ...(shape.mayBeEmpty ? {} : { minLength: 1 }),
        ...(shape.pattern === undefined
          ? {}
          : { pattern: shape.mayBeEmpty ? `^$|${shape.pattern}` : shape.pattern }),
      };
    case "integer":
      return { ...doc, type: "integer", minimum: shape.least };
    case "number":
      return { ...doc, type: "number" };
    case "flag":
      return { ...doc, type: "boolean" };
    case "choice":
      return { ...doc, enum: shape.of };
    case "list":
      return { ...doc, type: "array", items: schemaOf(shape.of, defs) };
    case "map":
      return { ...doc, type: "object", additionalProperties: schemaOf(shape.of, defs) };
    case "either":
      return { ...doc, anyOf: shape.of.map((one) => schemaOf(one, defs)) };
    case "nullable":
      return { ...doc, anyOf: [{ type: "null" }, schemaOf({ ...shape.of, doc: "" }, defs)] };
    case "anything":
      return doc;
    case "named":
      defs[shape.name] ??= schemaOf(shape.of, defs);
      return { $ref: `#/$defs/${shape.name}` };
    case "object": {
      const names = Object.keys(shape.fields);
      return {
        ...doc,
        type: "object",
        properties: Object.fromEntries(
          Object.entries(shape.fields).map(([name, inner]) => [name, schemaOf(inner, defs)]),
        ),
        required: names.filter((name) => !shape.optional.includes(name)),
        additionalProperties: shape.isOpen,
      };
    }
  }
}
