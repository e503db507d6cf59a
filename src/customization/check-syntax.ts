/** Whether an executable or a PHP action is whole, before it takes the place of an older one. */
import { execFile } from "node:child_process";
import { constants, existsSync } from "node:fs";
import { access, stat } from "node:fs/promises";
import { basename } from "node:path";
import { firstLine, type ScriptKind } from "./find-scripts.ts";
import { environment } from "./limits.ts";

const LIMIT_MS = 5_000;

/** The usual places; the first that there is. */
export const findProgram = (name: string): string | undefined =>
  [...(process.env["PATH"] ?? "").split(":"), "/usr/local/bin", "/usr/bin", "/bin"]
    .filter((folder) => folder.startsWith("/"))
    .map((folder) => `${folder}/${name}`)
    .find((path) => existsSync(path));

/** @returns why it does not load; undefined: nothing speaks against it */
export async function whyNotWhole(file: string, kind: ScriptKind): Promise<string | undefined> {
  if ((await stat(file)).size === 0) return "it is empty";
  if (kind === "php-action") {
    const php = findProgram("php");
    if (php === undefined) return "it is written in PHP, and there is no php; install php-cli";
    return tryProgram(php, ["-l", file]);
  }
  try {
    await access(file, constants.X_OK);
  } catch {
    return `it is not executable; run: chmod +x ${file}`;
  }
  const line = firstLine(file);
  if (!line.startsWith("#!")) return undefined; // a program; starting it will tell
  const interpreter = interpreterOf(line);
  if (interpreter === undefined) return `there is no interpreter ${line.slice(2).trim()}`;
  const check = CHECKS.find(({ of }) => of.test(basename(interpreter)));
  return check && tryProgram(interpreter, [...check.args, file]);
}

const COMPILE = "import sys; compile(open(sys.argv[1], 'rb').read(), sys.argv[1], 'exec')";
const CHECKS = [
  { of: /^python/, args: ["-c", COMPILE] },
  { of: /^(?:ba|da|k|z)?sh$/, args: ["-n"] },
  { of: /^php/, args: ["-l"] },
  { of: /^node/, args: ["--check"] },
];

/** The program that the first line names, through `env` too. */
export function interpreterOf(line: string): string | undefined {
  const [first = "", ...rest] = line.slice(2).trim().split(/\s+/);
  if (basename(first) !== "env") return existsSync(first) ? first : undefined;
  const name = rest.find((word) => !word.startsWith("-") && !word.includes("="));
  return name === undefined ? undefined : findProgram(name);
}

const tryProgram = (program: string, args: readonly string[]): Promise<string | undefined> =>
  new Promise((resolve) => {
    const options = { timeout: LIMIT_MS, maxBuffer: 65_536, env: environment("syntax", "-") };
    execFile(program, args, options, (error, out, err) => {
      if (error === null) return resolve(undefined);
      const words = `${out}\n${err}`.trim().split("\n");
      resolve((words.find((word) => /error/i.test(word)) ?? words.at(-1) ?? error.message).trim());
    });
  });
