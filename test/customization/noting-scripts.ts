// Scripts that note what they are given, and what of that is not as documented.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { HOOKS, type HookName } from "../../src/customization/contract/hooks.ts";
import { readShape } from "../../src/customization/contract/read-shape.ts";
import { schemaProblems } from "./published-schema.ts";

type Given = Record<string, unknown>;

export type NotingScripts = {
  /** A script that notes what it was given and then does `body`, with `call_full` and `params`. */
  script(name: HookName, body: string): void;
  given(name: HookName): Given[];
  /** What is not as the reference says, by our own check and by the shipped JSON Schema. */
  misfits(name: HookName): readonly string[];
  close(): void;
};

export function openNotingScripts(folder: string): NotingScripts {
  const seen = mkdtempSync(join(tmpdir(), "asterisk-kommo-seen-"));
  const fileOf = (name: HookName): string => join(seen, `${name}.jsonl`);
  function given(name: HookName): Given[] {
    if (!existsSync(fileOf(name))) return [];
    const lines = readFileSync(fileOf(name), "utf8").trim().split("\n");
    return lines.map((line) => JSON.parse(line) as Given);
  }
  return {
    script(name, body) {
      writeFileSync(
        join(folder, `${name}.js`),
        `import { appendFileSync } from "node:fs";
export default async (input) => {
  appendFileSync(${JSON.stringify(fileOf(name))}, JSON.stringify(input) + "\\n");
  const { call_full, ...params } = input;
  ${body}
};\n`,
      );
    },
    given,
    misfits: (name) =>
      given(name).flatMap((input) => {
        const read = readShape(HOOKS[name].input, input, name);
        return [...(read.ok ? [] : [read.failure]), ...schemaProblems(name, "input", input)];
      }),
    close: () => rmSync(seen, { recursive: true, force: true }),
  };
}
