/** `asterisk-kommo store copy`: an installation from a file into PostgreSQL, and back. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { learnSecrets } from "../../lib/known-secrets.ts";
import { codeOf } from "../../lib/failure.ts";
import { nameOfStore, type StorePlace } from "../../store/open-store.ts";
import { copyStore } from "./copy-store.ts";

export async function runStoreCopy(args: string[]): Promise<number> {
  const { values } = parseArgs({
    args,
    options: {
      from: { type: "string" },
      to: { type: "string" },
      "from-schema": { type: "string", default: "default" },
      "to-schema": { type: "string", default: "default" },
      "dry-run": { type: "boolean", default: false },
    },
  });
  const refuse = (sentence: string, code: 1 | 2): number => {
    process.stderr.write(`asterisk-kommo store copy: ${sentence}\n`);
    return code;
  };
  if (values.from === undefined || values.to === undefined)
    return refuse("give --from and --to; see: asterisk-kommo store --help", 2);
  const from = placeOf(values.from, values["from-schema"]);
  const to = placeOf(values.to, values["to-schema"]);
  if (typeof from === "string") return refuse(from, 2);
  if (typeof to === "string") return refuse(to, 2);
  const isDry = values["dry-run"];
  const done = await copyStore(from, to, { isDry });
  if (!done.ok) return refuse(`${done.failure.reason}; ${done.failure.hint}`, 1);
  for (const { name, rows } of done.value.tables)
    if (rows > 0) process.stdout.write(`${name.padEnd(24)} ${rows}\n`);
  const total = done.value.tables.reduce((sum, { rows }) => sum + rows, 0);
  process.stdout.write(
    isDry
      ? `${total} rows of ${nameOfStore(from)} would be copied; nothing was changed\n`
      : `${total} rows of ${nameOfStore(from)} are in ${nameOfStore(to)}; name that one in the configuration now\n`,
  );
  return 0;
}

/** @returns a sentence where it is no place */
function placeOf(given: string, schema: string): StorePlace | string {
  if (!/^[a-z0-9_]{1,50}$/.test(schema))
    return `${schema} is no name of a schema: small letters, digits and _`;
  let text = given;
  if (given.startsWith("@")) {
    try {
      text = readFileSync(given.slice(1), "utf8").trim();
    } catch (thrown) {
      return `${given.slice(1)} cannot be read (${codeOf(thrown) ?? "unknown"})`;
    }
  }
  if (!/^postgres(ql)?:/.test(text)) return { path: resolve(text), schema };
  const { password } = URL.parse(text) ?? {};
  if (password) learnSecrets([decodeURIComponent(password)]);
  return { path: "", url: text, schema };
}
