// The shipped JSON Schemas, as an author's own validator reads them.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import type { HookName } from "../../src/customization/contract/hooks.ts";

const file = join(import.meta.dirname, "../../customizations/schemas.json");
const schemas = JSON.parse(readFileSync(file, "utf8")) as { readonly $id: string };
const validator = new Ajv2020({ strict: true, allErrors: true });
validator.addSchema(schemas);

/** What is not as the schema says; empty: all is. */
export function schemaProblems(
  name: HookName,
  what: "input" | "answer",
  value: unknown,
): readonly string[] {
  const validate = validator.getSchema(`${schemas.$id}#/$defs/${name}.${what}`);
  if (validate === undefined) throw new Error(`there is no schema of ${name}.${what}`);
  if (validate(value) === true) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message }) => `${name}${instancePath} ${message ?? ""}`,
  );
}
