/**
 * Writes what is generated from the contract: `node src/customization/contract/write-contract.ts`.
 * A test holds the files to the contract.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { contractSchema } from "./json-schema.ts";
import { contractTypes } from "./typescript.ts";

const root = join(import.meta.dirname, "../../..");
export const GENERATED = {
  "customizations/asterisk-kommo-customization.d.ts": contractTypes,
  "customizations/schemas.json": () => `${JSON.stringify(contractSchema(), null, 1)}\n`,
} as const;

if (import.meta.main)
  for (const [file, text] of Object.entries(GENERATED)) writeFileSync(join(root, file), text());
