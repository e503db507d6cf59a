/** Where what is needed to understand a failure is kept. Exports `keepLog`. */
import { writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const keepLog =
  (name: string) =>
  (log: string): void => {
    const file = join(tmpdir(), `asterisk-kommo-${name}-${String(Date.now())}.log`);
    writeFileSync(file, log);
    process.stdout.write(`what happened: ${file}\n`);
  };
