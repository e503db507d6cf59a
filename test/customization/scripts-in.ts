// A folder of scripts for a test, and the daemon's side of it.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HookName } from "../../src/customization/contract/hooks.ts";
import {
  createCustomizations,
  type Customizations,
  type CustomizationsDeps,
} from "../../src/customization/customizations.ts";
import type { RunResult } from "../../src/customization/run-result.ts";
import type { ScriptNews } from "../../src/customization/script-folder.ts";

export type Scripts = {
  readonly folder: string;
  readonly customizations: Customizations;
  readonly news: ScriptNews[];
  readonly told: () => string[];
  write(file: string, text: string, mode?: number): string;
  [Symbol.asyncDispose](): Promise<void>;
};

export function openScripts(
  files: Readonly<Record<string, string>> = {},
  deps: Partial<CustomizationsDeps> = {},
): Scripts {
  const folder = mkdtempSync(join(tmpdir(), "asterisk-kommo-customizations-"));
  const news: ScriptNews[] = [];
  const write = (file: string, text: string, mode = 0o755): string => {
    const path = join(folder, file);
    writeFileSync(path, text);
    chmodSync(path, mode);
    return path;
  };
  for (const [file, text] of Object.entries(files)) write(file, text);
  const customizations = createCustomizations({
    path: folder,
    limitMs: () => 20_000,
    rules: { isExtension: (number) => /^1\d\d$/.test(number), recordingRoots: ["/var/spool"] },
    now: () => Date.now(),
    onNews: (told) => news.push(told),
    ...deps,
  });
  return {
    folder,
    customizations,
    news,
    told: () =>
      news.map((one) =>
        one.kind === "not-loaded" ? one.reason : one.kind === "words" ? one.words : one.kind,
      ),
    write,
    async [Symbol.asyncDispose]() {
      await customizations.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** What the call goes on with. */
export async function phoneAfter(scripts: Scripts, phone = "79161234567"): Promise<unknown> {
  const result = await scripts.customizations.run("process_client_phone", { phone });
  return result.kind === "answered" ? result.data["phone"] : phone;
}

export const whyNot = (result: RunResult): string =>
  result.kind === "failed" ? `${result.why}: ${result.reason}` : result.kind;

export const answering = (data: object): string =>
  `export default () => (${JSON.stringify({ data, state: "success" })});\n`;

/** What calls meet while a condition comes true, however slow the machine is. */
export async function until<T>(
  look: () => T | Promise<T>,
  isDone: (seen: T) => boolean,
): Promise<T> {
  for (let round = 0; ; round++) {
    const seen = await look();
    if (isDone(seen) || round > 1_500) return seen;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export const anyName: HookName = "process_client_phone";
