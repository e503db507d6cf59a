/**
 * The process that a JavaScript customization runs in: loads the file once, then answers requests.
 * Started by warm-process.ts, never imported. Lines on file descriptor 3: "7 {input}" comes in,
 * "7 {answer}" or "7 !what went wrong" goes out; before that "files […]" and "ready" or "broken why".
 */
import { Socket } from "node:net";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { followImports } from "./imports.ts";

type Script = (input: unknown) => unknown;

const wire = new Socket({ fd: 3, readable: true, writable: true });
// The daemon is gone: so are we.
wire.on("error", () => process.exit(0));
wire.on("end", () => process.exit(0));
wire.on("close", () => process.exit(0));

const tell = (line: string): void => void wire.write(`${line}\n`);
const oneLine = (thrown: unknown): string =>
  String(thrown instanceof Error ? thrown.message : thrown)
    .replace(/\s+/g, " ")
    .slice(0, 300);

async function load(file: string): Promise<Script> {
  const module = (await import(pathToFileURL(file).href)) as { readonly default?: unknown };
  if (typeof module.default !== "function")
    throw new Error("it has no default export that is a function");
  return module.default as Script;
}

async function answer(script: Script, line: string): Promise<void> {
  const space = line.indexOf(" ");
  const id = line.slice(0, space);
  try {
    const output = await script(JSON.parse(line.slice(space + 1)));
    tell(`${id} ${JSON.stringify(output) ?? "null"}`);
  } catch (thrown) {
    process.stderr.write(`${thrown instanceof Error ? (thrown.stack ?? "") : String(thrown)}\n`);
    tell(`${id} !${oneLine(thrown)}`);
  }
}

const file = process.argv[2] ?? "";
const files = followImports();
const tellFiles = (): void => tell(`files ${JSON.stringify(files)}`);
try {
  const script = await load(file);
  tellFiles();
  const lines = createInterface({ input: wire, crlfDelay: Infinity });
  lines.on("line", (line) => void answer(script, line));
  lines.on("error", () => process.exit(0)); // those of the wire, told a second time
  tell("ready");
} catch (thrown) {
  process.stderr.write(`${thrown instanceof Error ? (thrown.stack ?? "") : String(thrown)}\n`);
  tellFiles();
  wire.end(`broken ${oneLine(thrown)}\n`);
}
