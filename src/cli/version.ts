/** What this program calls itself, to users and to Kommo. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** @returns the version of the package, "0.1.0" */
export function version(): string {
  const text = readFileSync(join(import.meta.dirname, "../../package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** "asterisk-kommo/0.1.0", for the header User-Agent. */
export const userAgent = (): string => `asterisk-kommo/${version()}`;
