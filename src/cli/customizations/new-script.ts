/** `customizations new NAME` and `customizations types`: files for authors of scripts. */
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { HOOK_NAMES, isHookName } from "../../customization/contract/hooks.ts";
import { contractTypes } from "../../customization/contract/typescript.ts";
import { LANGUAGES, templateOf, type Language } from "../../customization/templates.ts";
import { closestWord } from "../../lib/closest-word.ts";
import { toError } from "../../lib/failure.ts";
import { openConfig, tellProblems } from "../open-config.ts";

const options = {
  config: { type: "string" },
  folder: { type: "string" },
  lang: { type: "string" },
} as const;

const TYPES_FILE = "asterisk-kommo-customization.d.ts";
const TYPES_CONFIG = {
  compilerOptions: {
    target: "es2024",
    module: "nodenext",
    moduleResolution: "nodenext",
    strict: true,
    noEmit: true,
    allowJs: true,
    checkJs: true,
    allowImportingTsExtensions: true,
    erasableSyntaxOnly: true,
    types: [],
    skipLibCheck: false,
    paths: { "asterisk-kommo/customization": [`./${TYPES_FILE}`] },
  },
  include: ["*"],
};

export function runNew(args: string[]): number {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true });
  const [name, ...others] = positionals;
  if (name === undefined || others.length > 0) return refuse("say one name: new NAME");
  if (!isHookName(name)) return refuseName(name);
  const language = values.lang ?? "ts";
  if (!isLanguage(language)) return refuse(`--lang is one of ${LANGUAGES.join(", ")}`);
  const folder = folderOf(values);
  if (folder === undefined) return 1;
  const file = join(folder, `${name}.${language}`);
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    const isExecutable = language === "py" || language === "sh";
    writeFileSync(file, templateOf(name, language), {
      flag: "wx",
      mode: isExecutable ? 0o755 : 0o644,
    });
    if (language === "ts" || language === "js") writeTypes(folder);
  } catch (thrown) {
    const why = existsSync(file) ? "it is there already" : toError(thrown).message;
    process.stderr.write(`asterisk-kommo customizations: ${file} is not written: ${why}\n`);
    return 1;
  }
  process.stdout.write(
    `${file}\nIt changes nothing yet. Try it: asterisk-kommo customizations test ${name} --call LINKEDID\n`,
  );
  return 0;
}

export function runTypes(args: string[]): number {
  const folder = folderOf(parseArgs({ args, options }).values);
  if (folder === undefined) return 1;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o755 });
    writeTypes(folder);
  } catch (thrown) {
    process.stderr.write(
      `asterisk-kommo customizations: not written: ${toError(thrown).message}\n`,
    );
    return 1;
  }
  process.stdout.write(`${join(folder, TYPES_FILE)}\n`);
  return 0;
}

/** An editor finds them with no node_modules, because the folder says where they are. */
function writeTypes(folder: string): void {
  writeFileSync(join(folder, TYPES_FILE), contractTypes(), { mode: 0o644 });
  const config = join(folder, "tsconfig.json");
  if (!existsSync(config))
    writeFileSync(config, `${JSON.stringify(TYPES_CONFIG, null, 2)}\n`, { mode: 0o644 });
}

const isLanguage = (text: string): text is Language =>
  (LANGUAGES as readonly string[]).includes(text);

function folderOf(values: { folder?: string; config?: string }): string | undefined {
  if (values.folder !== undefined) return values.folder;
  const loaded = openConfig({ file: values.config, needs: [] });
  if (loaded.ok) return loaded.value.config.customizations.path;
  process.stderr.write(tellProblems(loaded.failure));
  return undefined;
}

function refuse(why: string): number {
  process.stderr.write(`asterisk-kommo customizations: ${why}\n`);
  return 2;
}

export function refuseName(name: string): number {
  const near = closestWord(name, HOOK_NAMES);
  const advice = near === undefined ? `one of ${HOOK_NAMES.join(", ")}` : `did you mean ${near}?`;
  return refuse(`there is no customization ${JSON.stringify(name.slice(0, 60))}; ${advice}`);
}
