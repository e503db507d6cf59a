/** The contract as TypeScript types, for authors of scripts: the text of a `.d.ts`. */
import { HOOK_NAMES, HOOKS, type HookName } from "./hooks.ts";
import type { Shape } from "./shape.ts";

const HEAD = `/**
 * Types of asterisk-kommo's customizations. Generated from the contract; do not edit.
 *
 *   import type { ProcessClientPhone } from "asterisk-kommo/customization";
 *   const script: ProcessClientPhone = ({ phone }) => ({ data: { phone }, state: "success" });
 *   export default script;
 */

/** Any \`state\` but "success": the default is used. */
export type Answer<Data> = { state: "success"; data: Data | Cancelled } | { state: string };
/** Of a creation, an update, a dial or a distribution: it is not done. */
export type Cancelled = Record<string, never> | [] | null;
`;

export function contractTypes(): string {
  const named = new Map<string, string>();
  const hooks = HOOK_NAMES.map((name) => typesOf(name, named)).join("\n");
  return `${HEAD}\n${[...named.values()].join("\n")}\n${hooks}`;
}

/** "process_client_phone" → "ProcessClientPhone" */
export const typeName = (name: HookName): string =>
  name.replace(/(?:^|_)(\w)/g, (_, letter: string) => letter.toUpperCase());

function typesOf(name: HookName, named: Map<string, string>): string {
  const { doc, input, output, onCancel } = HOOKS[name];
  const type = typeName(name);
  const data = output === undefined ? "unknown" : `${type}Data`;
  const answer =
    output === undefined
      ? "{ state: string }"
      : onCancel === undefined
        ? `{ state: string; data: ${data} }`
        : `Answer<${data}>`;
  const cancel = onCancel === undefined ? "" : ` Empty \`data\`: ${onCancel}.`;
  return [
    `export type ${type}Input = ${tell(input, named, "")};`,
    ...(output === undefined ? [] : [`export type ${data} = ${tell(output, named, "")};`]),
    `/** ${doc}${cancel} */`,
    `export type ${type} = (input: ${type}Input) => ${answer} | Promise<${answer}>;`,
    "",
  ].join("\n");
}

function tell(shape: Shape, named: Map<string, string>, indent: string): string {
  switch (shape.is) {
    case "text":
      return "string";
    case "integer":
    case "number":
      return "number";
    case "flag":
      return "boolean";
    case "choice":
      return shape.of.map((one) => JSON.stringify(one)).join(" | ");
    case "list":
      return `Array<${tell(shape.of, named, indent)}>`;
    case "map":
      return `Record<string, ${tell(shape.of, named, indent)}>`;
    case "either":
      return [...new Set(shape.of.map((one) => tell(one, named, indent)))].join(" | ");
    case "nullable":
      return `${tell(shape.of, named, indent)} | null`;
    case "anything":
      return "unknown";
    case "named":
      if (!named.has(shape.name)) {
        named.set(shape.name, "");
        const doc = shape.doc === "" ? "" : `/** ${shape.doc} */\n`;
        named.set(shape.name, `${doc}export type ${shape.name} = ${tell(shape.of, named, "")};\n`);
      }
      return shape.name;
    case "object": {
      const inner = `${indent}  `;
      const lines = Object.entries(shape.fields).flatMap(([name, field]) => [
        ...(field.doc === "" ? [] : [`${inner}/** ${field.doc} */`]),
        `${inner}${name}${shape.optional.includes(name) ? "?" : ""}: ${tell(field, named, inner)};`,
      ]);
      const more = shape.isOpen
        ? [`${inner}/** Other fields go on as they are. */`, `${inner}[name: string]: unknown;`]
        : [];
      return ["{", ...lines, ...more, `${indent}}`].join("\n");
    }
  }
}
