/** Runs the program as a user does: a process of its own, its output and its exit code. */
import { spawn } from "node:child_process";
import { join } from "node:path";

export type Outcome = { readonly code: number | null; readonly out: string; readonly err: string };

/** Of a process that learns nothing else of who runs the tests. What was compiled once is used again. */
export const PLAIN_ENVIRONMENT: Readonly<Record<string, string>> = Object.fromEntries(
  ["PATH", "NODE_COMPILE_CACHE"].flatMap((name) => {
    const value = process.env[name];
    return value === undefined ? [] : [[name, value]];
  }),
);

const MAIN = join(import.meta.dirname, "../../src/cli/main.ts");

export function runProgram(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(
      process.execPath,
      ["--disable-warning=ExperimentalWarning", MAIN, ...args],
      {
        env: { ...PLAIN_ENVIRONMENT, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let [out, err] = ["", ""];
    child.stdout.on("data", (chunk: Buffer) => (out += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}
